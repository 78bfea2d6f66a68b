"""Files of the build over HTTP: only names of its manifest, with digests, validators and ranges.

https://www.rfc-editor.org/rfc/rfc9530 (digests), https://www.rfc-editor.org/rfc/rfc9110#section-14
"""

import base64
import re
from collections.abc import Callable, Mapping

from starlette.datastructures import Headers
from starlette.requests import Request as HttpRequest
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from ..graph.media import media_type
from .answers import tags
from .builds import Build
from .negotiate import entity_tags
from .problems import HttpProblem

Current = Callable[[], Build]
"""Returns the build that is served now; each request asks once, so that one answer is of one build."""

_RANGE = re.compile(r"(\d{1,18})-(\d{0,18})|-\d{1,18}", re.ASCII)
_PAGE_SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "Referrer-Policy": "no-referrer",
}


def root_of(request: HttpRequest) -> str:
    """Return the path under which the application is mounted, "" at the root of a host."""
    return str(request.scope.get("root_path", "")).rstrip("/")


def missing(what: str) -> HttpProblem:
    """Return the problem of a thing or file that is not there; raise it."""
    return HttpProblem(404, "not-found", "Not Found", f"There is no {what[:200]!r} here.")


class _File(FileResponse):
    """A file, or parts of it for GET; a range that says nothing usable is none (section 14.2)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = Headers(scope=scope).get("range", "")
        if scope["method"] != "GET" or _first_bytes(given) is None:
            kept = [(name, value) for name, value in scope["headers"] if name != b"range"]
            scope = {**scope, "headers": kept}
        await super().__call__(scope, receive, send)


def _first_bytes(given: str) -> list[int] | None:
    """Return where the ranges of a Range field begin, -1 for a last part; None if it is none."""
    unit, _, ranges = given.partition("=")
    if unit.lower() != "bytes":
        return None
    first: list[int] = []
    for text in ranges.split(","):
        one = _RANGE.fullmatch(text.strip())
        if one is None or (one[2] and int(one[2]) < int(one[1])):
            return None
        first.append(int(one[1] or -1))
    return first


def _demand_same(request: HttpRequest, etag: str) -> None:
    """Raise `HttpProblem` for another file than If-Match names (section 13.1.1)."""
    held = entity_tags(request.headers, "if-match")
    if "if-match" in request.headers and not {etag, "*"} & set(held):
        detail = "The file is not the one that If-Match names."
        raise HttpProblem(412, "precondition", "Precondition failed", detail)


def _demand_range(request: HttpRequest, size: int) -> None:
    """Raise `HttpProblem` for a range that begins beyond the end (section 15.5.17)."""
    if request.method != "GET" or "if-range" in request.headers:
        return
    first = _first_bytes(request.headers.get("range", "")) or []
    if max(first, default=-1) >= size:
        where = {"Content-Range": f"bytes */{size}"}
        raise HttpProblem(416, "range", "No such range", f"The file has {size} bytes.", where)


def not_modified(request: HttpRequest, etag: str, headers: Mapping[str, str]) -> Response | None:
    """Return 304 when the client has this representation (RFC 9110 section 13.1.2), else None."""
    if {etag, "*"} & tags(request):
        kept = {name: value for name, value in headers.items() if name != "Content-Type"}
        return Response(status_code=304, headers={**kept, "ETag": etag})
    return None


def file_response(
    request: HttpRequest, build: Build, name: str, more: Mapping[str, str] | None = None
) -> Response:
    """Return a file of the build, or a part of it, or 304; raises 404 for a name it does not list.

    The name is only ever looked up in the manifest: no path is made of what a client sends.
    """
    facts = build.manifest["files"].get(name)
    if facts is None:
        raise missing(name)
    etag = f'"{facts["sha256"]}"'
    headers = _headers(name, str(facts["sha256"])) | dict(more or {})
    _demand_same(request, etag)
    if answer := not_modified(request, etag, headers):
        return answer
    _demand_range(request, int(facts["bytes"]))
    return _File(build.folder / name, headers={**headers, "ETag": etag})


def _headers(name: str, sha256: str) -> dict[str, str]:
    kind = media_type(name)
    digest = base64.b64encode(bytes.fromhex(sha256)).decode()
    headers = {
        "Content-Type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        "Repr-Digest": f"sha-256=:{digest}:",
        "Digest": f"sha-256={digest}",  # RFC 3230, which older clients know
        "Cache-Control": "no-cache, no-transform",  # a digest is of these very bytes
        "X-Content-Type-Options": "nosniff",
    }
    return headers | (_PAGE_SECURITY if kind == "text/html" else {})
