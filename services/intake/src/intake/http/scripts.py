"""Intake's own scripts: few, small, addressed by content so that browsers may keep them."""

import hashlib
from importlib.resources import files

from fastapi import APIRouter, HTTPException, Response

AREAS = "areas.js"
_SOURCES = {AREAS: files("intake").joinpath("scripts", AREAS).read_bytes()}


def url(name: str) -> str:
    """Give the address of a script; it changes with the script."""
    return f"/scripts/{name}?{hashlib.sha256(_SOURCES[name]).hexdigest()[:10]}"


def routes() -> APIRouter:
    """Serve the scripts."""
    router = APIRouter(include_in_schema=False)

    @router.get("/scripts/{name}")
    async def script(name: str) -> Response:
        if name not in _SOURCES:
            raise HTTPException(404)
        headers = {"cache-control": "public, max-age=31536000, immutable"}
        return Response(_SOURCES[name], headers=headers, media_type="text/javascript")

    return router
