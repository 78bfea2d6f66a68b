"""Each request gets an id, is counted and, when asked for, logged as one line of JSON.

Neither holds what a client sent: no query, no parameter, and an address only on demand.
"""

import contextlib
import json
import os
import re
import sys
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .edge import METHODS, Place
from .metrics import Metrics
from .problems import HttpProblem

HEADER = b"x-query-id"
SPARQL = "/sparql"
_OWN = ("/", SPARQL, "/graphs", "/queries", "/validate", "/dataset", "/.well-known/void")
_OPERATIONS = ("/livez", "/readyz", "/metrics", "/version", "/openapi.json")
_FOLDERS = re.compile(
    r"/(id|data|page|graph|dataset|ontology|shapes|schemes|dumps|problem|reconcile|resolve|programme"
    r"|pictures|reference|search|static|vocabulary)(/|$)"
)
_METHODS = (*METHODS, "PUT", "PATCH", "DELETE")
_PLAIN = 200  # paths without headers whose routes are remembered
_PROBLEM = b"application/problem+json"


_drawn: list[str] = []


def _identifier() -> str:
    """Return 16 random hexadecimal digits; the system is asked for many at once."""
    if not _drawn:
        digits = os.urandom(1 << 10).hex()
        _drawn.extend(digits[at : at + 16] for at in range(0, len(digits), 16))
    return _drawn.pop()


@dataclass
class _Answer:
    """What is seen of an answer on its way out."""

    status: int = 0
    size: int = 0
    is_problem: bool = False
    complete: bool = False
    problem: bytearray = field(default_factory=bytearray)

    def see(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            kinds = [value for name, value in message["headers"] if name == b"content-type"]
            self.is_problem = kinds == [_PROBLEM]
        elif message["type"] == "http.response.body":
            body = message.get("body", b"")
            self.size += len(body)
            if self.is_problem:
                self.problem += body
            self.complete = not message.get("more_body", False)

    @property
    def reason(self) -> str | None:
        """The last part of the problem's type, such as `timeout`; None if nothing is wrong."""
        if not self.complete:
            return "client-gone"
        if not self.is_problem:  # a problem for people is a page
            return f"status-{self.status}" if self.status >= 400 else None
        try:
            return str(json.loads(self.problem)["type"]).rpartition("/")[2]
        except (ValueError, KeyError):  # compressed, or without a body, as after HEAD
            return f"status-{self.status}"


class Observed:
    """An ASGI application around another that counts its answers and gives each an id."""

    def __init__(
        self,
        app: ASGIApp,
        metrics: Metrics,
        queries: Collection[str],
        *,
        place: Place,
        log: bool = False,
        addresses: bool = False,
    ):
        self.app, self.metrics = app, metrics
        self.place, self.log, self.addresses = place, log, addresses
        self._plain = lru_cache(_PLAIN)(self._plain_route)
        self._routes = {*_OWN, *_OPERATIONS, *(f"/queries/{name}" for name in queries)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        identifier = _identifier()
        answer = _Answer()
        started = time.perf_counter()

        async def seen(message: Message) -> None:
            answer.see(message)
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (HEADER, identifier.encode())]
            await send(message)

        try:
            await self.app(scope, receive, seen)
        finally:
            route = self._route(scope["path"], Headers(scope=scope))
            self._note(scope, route, identifier, answer, time.perf_counter() - started)

    def given(self, request: bytes, client: str, size: int) -> str:
        """Count a request that was answered again by kept bytes; return the id it gets."""
        self.metrics.hits.inc()
        path = request[4 : request.index(b" ", 4)].partition(b"?")[0].decode("latin-1")
        return self.answered(self._plain(path), client, size, 0.0)

    def answered(self, route: str, client: str, size: int | None, seconds: float) -> str:
        """Count a request that was answered below this application; return the id it gets.

        `size` is None when the client had gone before it was answered.
        """
        identifier = _identifier()
        if size is not None and not self.log:
            self.metrics.answered_by(route, 200, seconds)
            return identifier
        scope: Scope = {"method": "GET"}
        if not self.place.proxy:  # else it is the proxy's
            scope["client"] = (client, 0)
        answer = _Answer() if size is None else _Answer(200, size, complete=True)
        self._note(scope, route, identifier, answer, seconds)
        return identifier

    def _note(
        self, scope: Scope, route: str, identifier: str, answer: _Answer, seconds: float
    ) -> None:
        self.metrics.answered_by(route, answer.status, seconds)
        if reason := answer.reason:
            self.metrics.problems.labels(reason).inc()
        if self.log:
            self._write(scope, route, identifier, answer, seconds)

    def _plain_route(self, path: str) -> str:
        return self._route(path, Headers())

    def _route(self, path: str, headers: Headers) -> str:
        """Return the name of a route, never what a client made up."""
        with contextlib.suppress(HttpProblem):
            path = path.removeprefix(self.place.root(headers)) or "/"
        if path in self._routes:
            return path
        folder = _FOLDERS.match(path)
        return f"/{folder[1]}" if folder else "other"

    def _write(
        self, scope: Scope, route: str, identifier: str, answer: _Answer, seconds: float
    ) -> None:
        line: dict[str, Any] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "id": identifier,
            "method": scope["method"] if scope["method"] in _METHODS else "other",
            "route": route,
            "status": answer.status,
            "ms": round(seconds * 1000, 1),
            "bytes": answer.size,
        }
        if answer.reason:
            line["problem"] = answer.reason
        if self.addresses and scope.get("client"):
            line["client"] = scope["client"][0]
        print(json.dumps(line), file=sys.stderr, flush=True)
