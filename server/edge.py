"""What holds for every request before any route sees it: limits, the address, CORS, OPTIONS."""

import logging
import re
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .problems import HttpProblem, to_response

MAX_TARGET = 32 << 10  # bytes of path and query string; longer queries go by POST
MAX_LISTS = 2000  # bytes of lists in headers, which are looked at several times
MAX_METHOD = 20
MAX_HEADERS = 100
MAX_PARAMETERS = 150  # a page links to itself with and without each of them
MAX_HEADER_BYTES = 48 << 10
EXPOSED = ["ETag", "Link", "Preference-Applied", "Repr-Digest", "Retry-After", "X-Query-Id"]
METHODS = ["GET", "HEAD", "POST", "QUERY", "OPTIONS"]
_LISTS = (b"accept", b"prefer", b"if-none-match")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")
_ABSOLUTE = re.compile(rb"https?://([^/@]+)(/.*|$)", re.IGNORECASE | re.DOTALL)
_LOG = logging.getLogger("uvicorn.error")


@dataclass(frozen=True)
class Place:
    """Where the server is reached: below `root_path`, or where a trusted proxy says."""

    root_path: str = ""
    proxy: bool = False

    def root(self, headers: Headers) -> str:
        """Return the path below which the server is, without a last slash.

        Raises `HttpProblem` when a trusted proxy names one that is no path.
        """
        told = headers.get("x-forwarded-prefix", "").rstrip("/") if self.proxy else ""
        if told and not _PREFIX.fullmatch(told):
            raise HttpProblem(400, "proxy", "Bad prefix", "X-Forwarded-Prefix is no plain path.")
        return told or self.root_path.rstrip("/")


class Edge:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, place: Place):
        self.app, self.place = app, place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it as a problem."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        outgoing = _Outgoing(scope["method"], send)
        try:
            _limit(scope)
            scope = _origin_form(scope)
            root = self.place.root(Headers(scope=scope))
            if root and scope["path"] == root:
                asked = scope["query_string"].decode("latin-1")
                where = f"{root}/?{asked}" if asked else f"{root}/"
                return await RedirectResponse(where, 308)(scope, receive, outgoing.send)
            if scope["path"] == "*" and scope["method"] == "OPTIONS":
                allowed = {"Allow": ", ".join(METHODS)}
                return await Response(None, 204, allowed)(scope, receive, outgoing.send)
            await self.app(_placed(scope, root, self.place.proxy), receive, outgoing.send)
        except HttpProblem as problem:
            await to_response(problem)(scope, receive, outgoing.send)
        except ClientDisconnect:
            return  # nobody is there to answer
        except Exception:
            _LOG.exception("a request failed")
            if outgoing.started:
                raise
            fault = HttpProblem(500, "internal", "The server failed", "This is a fault of cami.")
            await to_response(fault)(scope, receive, outgoing.send)


def _origin_form(scope: Scope) -> Scope:
    """Return the scope of a request whose target may name the host (RFC 9112, section 3.2.2)."""
    named = _ABSOLUTE.fullmatch(scope.get("raw_path") or b"")
    if named is None:
        return scope
    path = named[2] or b"/"
    others = [(name, value) for name, value in scope["headers"] if name != b"host"]
    headers = [(b"host", named[1]), *others]
    return {**scope, "path": unquote(path.decode()), "raw_path": path, "headers": headers}


def _placed(scope: Scope, root: str, proxy: bool) -> Scope:
    """Return the scope as ASGI has it: `path` includes `root_path`, whether the proxy cut it or not."""
    scope = dict(scope)
    if proxy and (host := Headers(scope=scope).get("x-forwarded-host", "").partition(",")[0]):
        kept = [(name, value) for name, value in scope["headers"] if name != b"host"]
        scope["headers"] = [*kept, (b"host", host.strip().encode("latin-1"))]
    if root:
        inside = scope["path"].startswith(f"{root}/")
        scope["path"] = scope["path"] if inside else root + scope["path"]
        scope["root_path"] = root
    return scope


def _limit(scope: Scope) -> None:
    target = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    if target > MAX_TARGET:
        raise HttpProblem(
            414,
            "target-size",
            "Address too long",
            f"At most {MAX_TARGET:,} bytes: send it by POST.",
        )
    if len(scope["method"]) > MAX_METHOD:
        raise HttpProblem(400, "http", "Not a valid HTTP request", "There is no such method.")
    if b"#" in scope["query_string"] or b"#" in (scope.get("raw_path") or b""):
        # Half of all libraries read what follows, and half do not (RFC 9112, section 3.2).
        raise HttpProblem(400, "http", "Not a valid HTTP request", "An address holds no #: %23.")
    if scope["query_string"].count(b"&") > MAX_PARAMETERS:
        raise HttpProblem(
            400, "many-parameters", "Too many parameters", f"At most {MAX_PARAMETERS} parameters."
        )
    size = sum(len(name) + len(value) for name, value in scope["headers"])
    lists = sum(len(value) for name, value in scope["headers"] if name.startswith(_LISTS))
    if lists > MAX_LISTS:
        limit = f"At most {MAX_LISTS:,} bytes of Accept fields, Prefer and If-None-Match."
        raise HttpProblem(431, "header-size", "Too many headers", limit)
    if len(scope["headers"]) > MAX_HEADERS or size > MAX_HEADER_BYTES:
        limit = f"At most {MAX_HEADERS} headers and {MAX_HEADER_BYTES:,} bytes of them."
        raise HttpProblem(431, "header-size", "Too many headers", limit)


class _Outgoing:
    """Adds to every answer what all of them have."""

    def __init__(self, method: str, send: Send):
        self.method, self.out, self.started = method, send, False
        self.silent = False

    async def send(self, message: Message) -> None:
        """Pass one ASGI message on."""
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(raw=list(message["headers"]))
            # Also without Origin: a shared cache would keep the answer for those who send one.
            headers["Access-Control-Allow-Origin"] = "*"
            headers["Access-Control-Expose-Headers"] = ", ".join(EXPOSED)
            _without_origin(headers)
            if message["status"] == 405:
                allowed = dict.fromkeys([*headers.get("allow", "").split(", "), "OPTIONS"])
                headers["Allow"] = ", ".join(method for method in allowed if method)
            message = {**message, "headers": headers.raw}
            if self.method == "OPTIONS" and message["status"] == 405:
                message = self._options(message, headers)
        elif self.silent:
            message = {**message, "body": b""}
        await self.out(message)

    def _options(self, message: Message, headers: MutableHeaders) -> Message:
        """Turn "no such method" into the list of methods that was asked for."""
        self.silent = True
        for name in ("content-type", "content-length"):
            del headers[name]
        return {**message, "status": 204, "headers": headers.raw}


def _without_origin(headers: MutableHeaders) -> None:
    """Take Origin out of Vary: the answer is the same for every origin, and is kept once."""
    names = [name.strip() for name in headers.get("vary", "").split(",")]
    if "Origin" in names:
        headers["Vary"] = ", ".join(name for name in names if name != "Origin")
