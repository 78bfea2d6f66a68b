"""Style and scripts of the pages: files of the package, at addresses that name their content."""

import hashlib
import mimetypes
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import fastapi
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ...ontology import HERE as ONTOLOGY
from ..files import missing, not_modified

FOLDER = Path(__file__).parent / "static"
_IMMUTABLE = "public, max-age=31536000, immutable"
_TYPES = {  # not left to the tables of the machine, which differ
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}


@cache
def files() -> Mapping[str, bytes]:
    """Return every file by its name; read once, so that no request reaches the file system."""
    own = {
        path.relative_to(FOLDER).as_posix(): path.read_bytes()
        for path in sorted(FOLDER.rglob("*"))
        if path.is_file()
    }
    return {**own, "ontology/terms.css": (ONTOLOGY / "terms.css").read_bytes()}


@cache
def digest() -> str:
    """Return a short name of all the files: one for all, so that they can name each other."""
    found = hashlib.sha256()
    for name, content in files().items():
        found.update(f"{name}\0{len(content)}\0".encode() + content)
    return found.hexdigest()[:12]


def asset(name: str) -> str:
    """Return the path of a file below the root of the site; raises `KeyError` for an unknown name."""
    if name not in files():
        raise KeyError(name)
    return f"/static/{digest()}/{name}"


def add_static(app: fastapi.FastAPI) -> None:
    """Add the route of the files to an application."""

    @app.api_route(
        "/static/{version}/{name:path}",
        methods=["GET", "HEAD"],
        include_in_schema=False,
    )
    async def static(request: HttpRequest, version: str, name: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        content = files().get(name)
        if content is None:
            raise missing(f"static/{name}")
        kind = _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0]
        headers = {
            # A page of an older release asks for an older version: what is here serves it too.
            "Cache-Control": _IMMUTABLE if version == digest() else "no-cache",
            "X-Content-Type-Options": "nosniff",
            "Content-Type": kind or "application/octet-stream",
        }
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        answer = not_modified(request, etag, headers)
        return answer or Response(content, headers={**headers, "ETag": etag})
