"""Styles, scripts, fonts and marks: served from memory, addressed by content, kept by browsers for ever."""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fastapi import HTTPException, Request, Response

SHARED = Path(__file__).parent / "front" / "static"
_own: dict[str, Path] = {}
FOR_EVER = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"
MARK = re.compile(r"\.([0-9a-f]{10})(?=\.[a-z0-9]+$)")
NAME = re.compile(r"[A-Za-z0-9._/-]{1,200}")
LINK = re.compile(rb"url\(([a-z0-9/._-]+)\)")
COMPRESSIBLE = (".css", ".js", ".svg", ".html", ".txt")
mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("text/javascript", ".js")


@dataclass(frozen=True)
class Asset:
    """One file in memory, plain and compressed."""

    body: bytes
    packed: bytes | None
    kind: str
    mark: str


def offer(package: str, folder: Path) -> None:
    """Let a package's own folder be served too: its `chart.js` is `<package>/chart.js`."""
    _own[package] = folder.resolve()


@lru_cache(maxsize=1000)  # bounded: strangers choose the names
def load(name: str) -> Asset | None:
    """Read a file once; links inside style sheets get content marks too."""
    if not NAME.fullmatch(name):
        return None
    package, _, rest = name.partition("/")
    folder, within = (_own[package], rest) if package in _own else (SHARED, name)
    path = (folder / within).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        return None
    body = path.read_bytes()
    if path.suffix == ".css":
        body = LINK.sub(lambda link: b"url(" + url(link[1].decode()).encode() + b")", body)
    packed = gzip.compress(body, mtime=0) if path.suffix in COMPRESSIBLE else None
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(body, packed, kind, hashlib.sha256(body).hexdigest()[:10])


def url(name: str) -> str:
    """Return the address of an asset, with a mark that changes when its content does."""
    asset = load(name)
    if asset is None:
        raise FileNotFoundError(name)
    stem, dot, suffix = name.rpartition(".")
    return f"/static/{stem}.{asset.mark}{dot}{suffix}"


async def serve(request: Request, name: str) -> Response:
    """Answer `/static/{name}`."""
    found = MARK.search(name)
    asset = load(MARK.sub("", name))
    if asset is None or (found and found[1] != asset.mark):
        raise HTTPException(404)
    headers = {"cache-control": FOR_EVER if found else A_DAY, "etag": f'"{asset.mark}"', "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    if asset.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.packed, headers={**headers, "content-encoding": "gzip"}, media_type=asset.kind)
    return Response(asset.body, headers=headers, media_type=asset.kind)
