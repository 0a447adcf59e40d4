"""Choose free loopback ports, and name the process that holds a taken one when it can be known."""

import random
import socket

import psutil

from kentongan.stack.errors import StackError

LOOPBACK = "127.0.0.1"

# Below the range from which Linux and macOS take ports for outgoing connections, so that nobody's
# outgoing connection can take the port between our choice and the server's bind.
_QUIET_RANGE = range(18_000, 32_000)


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return some free port that outgoing connections never use."""
    for port in random.SystemRandom().sample(_QUIET_RANGE, 200):
        if is_free(port):
            return port
    raise StackError("No free port was found on 127.0.0.1; end some of the servers that run here.")


def next_free(preferred: int, taken: set[int]) -> int:
    """Return the preferred port, or the first free one above it that is not spoken for."""
    for port in range(preferred, min(preferred + 1_000, 65_536)):
        if port not in taken and is_free(port):
            return port
    raise StackError(f"No port from {preferred} upwards is free; give another start with --port-base.")


def holder(port: int) -> str | None:
    """Describe the process that listens on the port, or None when the system does not tell."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return None
    for connection in connections:
        listening = connection.status == psutil.CONN_LISTEN
        if listening and connection.pid and connection.laddr and connection.laddr.port == port:
            return _describe(connection.pid)
    return None


def _describe(pid: int) -> str | None:
    try:
        return f"{psutil.Process(pid).name()} (pid {pid})"
    except psutil.Error:
        return None
