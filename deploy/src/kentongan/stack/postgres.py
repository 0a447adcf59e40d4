"""Run one real PostgreSQL server on loopback, as an ordinary user even when started by root."""

import asyncio
import os
import secrets
import shutil
import signal
import time
from pathlib import Path
from urllib.parse import quote

import asyncpg
import psutil

from kentongan.stack import postgres_files, processes
from kentongan.stack.account import CLEAN_ENVIRONMENT, Account, run_as, unprivileged
from kentongan.stack.errors import StackError

SUPERUSER = "postgres"
_STOP_SECONDS = 4.0


class Postgres(processes.Owner):
    """A server with its data in `data_dir`, reachable on loopback `port` with the superuser's password."""

    def __init__(self, data_dir: Path, port: int, *, log: Path | None = None, password: str | None = None) -> None:
        super().__init__("postgres")
        self.data_dir = data_dir.resolve()
        self.port = port
        self.log = (self.data_dir / "postgres.log" if log is None else log).resolve()
        self._password = secrets.token_urlsafe(24) if password is None else password

    @property
    def bootstrap(self) -> str:
        """The address clients connect to."""
        return f"127.0.0.1:{self.port}"

    def dsn(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        """Return a connection string, the superuser's unless another user is named."""
        secret = self._password if password is None else password
        return f"postgresql://{quote(user)}:{quote(secret, safe='')}@{self.bootstrap}/{database}"

    async def start(self, timeout: float = 60.0) -> None:  # noqa: ASYNC109 - polled, so that a dead process is seen
        """Make the cluster once, start the server and return when it takes connections."""
        if self.pid is not None:
            return
        account = await asyncio.to_thread(unprivileged)
        programs = await asyncio.to_thread(postgres_files.programs, account)
        await asyncio.to_thread(self._prepare, programs, account)
        await self._clear_the_way()
        self._spawn(
            processes.Launch(
                command=[str(programs / "postgres"), "-D", self._name_for(account)],
                log=self.log,
                cwd=self._cluster,
                environment=CLEAN_ENVIRONMENT,
                uid=None if account is None else account.uid,
                gid=None if account is None else account.gid,
            )
        )
        await self._ready(timeout)

    async def stop(self) -> None:
        """End the server in good order: open transactions are rolled back, everything committed is on disk."""
        await self._end(signal.SIGINT, _STOP_SECONDS)

    @property
    def _cluster(self) -> Path:
        return self.data_dir / "data"

    def _name_for(self, account: Account | None) -> str:
        """Return a name of the cluster's folder that works where the account may not walk the path to it."""
        if account is None or run_as(account, ["test", "-x", str(self._cluster)], Path("/")).returncode == 0:
            return str(self._cluster)
        # The server starts inside the folder, and every process of it stays there.
        return "/proc/self/cwd"

    def _prepare(self, programs: Path, account: Account | None) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.data_dir.chmod(0o711)
        if not self._cluster.exists():
            self._initialise(programs, account)
        found = (self._cluster / "PG_VERSION").read_text().strip()
        if found != "18":
            raise StackError(
                f"{self._cluster} was made by PostgreSQL {found}, this is 18: move it away and start again."
            )
        for name, text in (
            ("postgresql.conf", postgres_files.configuration(self.port)),
            ("pg_hba.conf", postgres_files.ACCESS),
        ):
            (self._cluster / name).write_text(text)

    def _initialise(self, programs: Path, account: Account | None) -> None:
        # Made beside its place and renamed: a cluster cut short by a kill is never taken for a whole one.
        fresh = self.data_dir / "data.new"
        secret = self.data_dir / "initdb.password"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        secret.touch(mode=0o600)
        secret.write_text(self._password + "\n")
        if account is not None:
            os.chown(fresh, account.uid, account.gid)
            os.chown(secret, account.uid, account.gid)
        command = [str(programs / "initdb"), "-D", "/proc/self/cwd" if account is not None else str(fresh)]
        options = ["--auth=scram-sha-256", f"--username={SUPERUSER}", "--pwfile=../initdb.password"]
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        try:
            result = run_as(account, [*command, *options, *locale, "--data-checksums"], fresh)
        finally:
            secret.unlink()
        if result.returncode != 0:
            raise StackError(f"PostgreSQL could not make its cluster in {self.data_dir}: {result.stderr.strip()}")
        fresh.rename(self._cluster)

    async def _clear_the_way(self) -> None:
        """After a SIGKILL: forget the dead postmaster's lock file, and let its last children leave."""
        lock = self._cluster / "postmaster.pid"
        left = self.leftovers()
        if lock.exists():
            pid = int(lock.read_text().split("\n", 1)[0])
            if pid in left:
                raise StackError(f"PostgreSQL already runs on {self._cluster} (pid {pid}); stop it first.")
            lock.unlink()
        deadline = time.monotonic() + 15
        while left and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
            left = self.leftovers()
        if left:
            raise StackError(f"Processes {left} of a PostgreSQL that was killed still hold {self._cluster}; end them.")

    def leftovers(self) -> list[int]:
        """Return the pids of all PostgreSQL processes that work in this cluster's folder."""
        return [process.pid for process in psutil.process_iter(["name"]) if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.info["name"] == "postgres" and Path(process.cwd()) == self._cluster
        except psutil.Error:
            return False

    async def _ready(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not await self.answers():
            if self.pid is None:
                raise StackError(f"PostgreSQL {self.ending} while starting. {self._last_words()}")
            if time.monotonic() > deadline:
                await self.stop()
                raise StackError(f"PostgreSQL did not answer within {seconds:.0f} s. {self._last_words()}")
            await asyncio.sleep(0.02)

    async def answers(self) -> bool:
        """Tell whether the server takes connections (a wrong password is an answer, and an error)."""
        try:
            connection = await asyncpg.connect(self.dsn(), timeout=2)
        except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
            return False
        except asyncpg.InvalidPasswordError as error:
            raise StackError(
                f"The password in secrets.json does not open {self._cluster}: put the file back that was made with it, "
                "or remove the data with `kentongan reset`."
            ) from error
        await connection.close()
        return True

    def _last_words(self) -> str:
        return f"Its log {self.log} ends with:\n{processes.tail(self.log)}".rstrip()
