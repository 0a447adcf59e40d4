"""Intake as it is, with one route more that does nothing: the limit of the same server, stack and process.

With `BENCH_SERVER=uvicorn` the same application is served by uvicorn instead of granian.
"""

import os
from dataclasses import dataclass, replace

import uvicorn
from fastapi import FastAPI, Request, Response

from chassis.service import Composition, Runtime, main
from intake.app import compose
from intake.settings import Settings

ANSWER = b'{"id":"00000000-0000-0000-0000-000000000000","code":"KTG-35.04-0000-0000"}'


@dataclass
class Uvicorn:
    """The other server, as a loop of the same process."""

    app: FastAPI
    host: str
    port: int
    name: str = "http"

    async def run(self) -> None:
        """Serve until cancelled."""
        config = uvicorn.Config(self.app, self.host, self.port, log_level="warning", access_log=False, lifespan="off")
        await uvicorn.Server(config).serve()


def compose_with_noop(runtime: Runtime[Settings]) -> Composition:
    """Add the route that reads the body and answers 201 without doing anything."""
    composition = compose(runtime)
    app = composition.app
    if app is None:
        raise LookupError("intake has no app")

    @app.post("/noop", status_code=201)
    async def noop(request: Request) -> Response:
        """Do nothing."""
        await request.body()
        return Response(ANSWER, 201, media_type="application/json")

    if os.environ.get("BENCH_SERVER") != "uvicorn":
        return composition
    other = Uvicorn(app, runtime.settings.http_host, runtime.settings.http_port)
    return replace(composition, app=None, loops=[other])


if __name__ == "__main__":
    main("intake", Settings, compose_with_noop)
