"""The HTTP loop: one process, one port."""

import errno

import pytest
from fastapi import FastAPI

from chassis.server import HttpServer
from kit.serving import HOST, serving


async def test_a_port_that_is_served_is_not_shared() -> None:
    """Two stacks on one port would each answer half of the requests, and nobody would see why."""
    async with serving(FastAPI()) as base_url:
        second = HttpServer(FastAPI(), HOST, int(base_url.rsplit(":", 1)[1]))
        with pytest.raises(OSError, match=rf"Errno {errno.EADDRINUSE}"):
            await second.run()
