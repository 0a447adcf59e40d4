"""Intake as it is, with one route more that does nothing: the limit of the same server, stack and process."""

from chassis.service import Composition, Runtime, main
from fastapi import Request, Response
from intake.app import compose
from intake.settings import Settings

ANSWER = b'{"id":"00000000-0000-0000-0000-000000000000","code":"KTG-35.04-0000-0000"}'


def compose_with_noop(runtime: Runtime[Settings]) -> Composition:
    """Add the route that reads the body and answers 201 without doing anything."""
    composition = compose(runtime)
    if composition.app is None:
        raise LookupError("intake has no app")

    @composition.app.post("/noop", status_code=201)
    async def noop(request: Request) -> Response:
        """Do nothing."""
        await request.body()
        return Response(ANSWER, 201, media_type="application/json")

    return composition


if __name__ == "__main__":
    main("intake", Settings, compose_with_noop)
