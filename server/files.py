"""Files of the build over HTTP: only names of its manifest, with digests, validators and ranges.

https://www.rfc-editor.org/rfc/rfc9530 (digests), https://www.rfc-editor.org/rfc/rfc9110#section-14
"""

import base64
from collections.abc import Callable, Mapping

from starlette.requests import Request as HttpRequest
from starlette.responses import FileResponse, Response

from ..graph.description import media_type
from .builds import Build
from .problems import HttpProblem

Current = Callable[[], Build]
"""Returns the build that is served now; each request asks once, so that one answer is of one build."""

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


def not_modified(request: HttpRequest, etag: str, headers: Mapping[str, str]) -> Response | None:
    """Return 304 when the client has this representation (RFC 9110 section 13.1.2), else None."""
    given = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    if "*" in given or etag in (one.removeprefix("W/") for one in given):
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
    return not_modified(request, etag, headers) or FileResponse(
        build.folder / name, headers={**headers, "ETag": etag}
    )


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
