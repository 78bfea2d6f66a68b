"""`/sparql`: the SPARQL 1.1 Protocol, read only, as a plain ASGI application.

https://www.w3.org/TR/sparql11-protocol/#query-operation
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import pyoxigraph as ox
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..queries import refuse, refuse_outside
from .answers import Answers, ask, reply
from .bodies import Bodies
from .cache import SHORT, remember
from .fairness import Turns
from .flights import asker
from .negotiate import field, negotiate, prefers_html
from .parameters import pairs
from .pool import Request
from .problems import HANDLED, HttpProblem, to_response
from .service import Service
from .threads import READING, within

__all__ = [
    "Operation",
    "SparqlApp",
    "ask",
    "check",
    "read_form",
    "read_operation",
    "reply",
]

MAX_BODY = 1 << 20
MAX_IRI = 2000  # characters
BODY_SECONDS = 10
_MOST_BODIES = 64 << 20  # bytes of all bodies that are on their way
SEND_SECONDS = 60  # a client that does not read holds a whole answer in memory
PATHS = ("/sparql", "/sparql/")
_PLACES = 100  # for long queries that wait to be read
_FORM = "application/x-www-form-urlencoded"
_QUERY = "application/sparql-query"
_DATASET = ("default-graph-uri", "named-graph-uri")
_METHODS = "GET, HEAD, POST, QUERY, OPTIONS"


@dataclass(frozen=True)
class Operation:
    """A query operation as the protocol gives it, before negotiation."""

    query: str | None
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    format: str | None


class Straight:
    """ASGI middleware that hands what is for `/sparql` to its application.

    The layers of the web framework below this one (error handlers, routing) cost more than the
    rest, and do nothing for an application that handles its own errors.
    """

    def __init__(self, app: ASGIApp, endpoint: "SparqlApp"):
        self.app, self.endpoint = app, endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        here = scope["type"] == "http" and path in PATHS
        await (self.endpoint if here else self.app)(scope, receive, send)


class SparqlApp:
    """The endpoint; it answers from a pool and never touches the engine itself.

    `editor` makes the page that a browser gets, opened with the query of its address or with "".
    """

    def __init__(
        self, answers: Answers, service: Service, editor: Callable[[HttpRequest, str], Response]
    ):
        self.answers, self.service, self.editor = answers, service, editor
        self._reading = Turns(1, _PLACES, "Other long queries are being read.")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        http = HttpRequest(scope, receive)
        try:
            response = await self.answer(http)
        except HANDLED as error:
            response = to_response(error)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SEND_SECONDS):
                await response(scope, receive, send)

    async def answer(self, http: HttpRequest) -> Response:
        """Return the response to a request; raises the errors that `problems` knows."""
        if http.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": _METHODS})
        operation = await read_operation(http)
        if _is_for_reading(http, operation):
            return self.editor(http, operation.query or "")
        if operation.query is None:
            return await self.describe(http, operation)
        pool = self.answers.pool
        rules = operation.query, pool.graphs, pool.limits.services
        if len(operation.query) <= SHORT:
            check(*rules)
        else:  # it takes longer than to wake a thread
            async with self._reading.of(asker(http).account, BODY_SECONDS):
                await within(READING, check, *rules)
        results, graph = negotiate(field(http.headers, "accept"), operation.format)
        request = Request(
            operation.query, results, graph, operation.default_graphs, operation.named_graphs
        )
        return await self.answers.answer(http, request)

    async def describe(self, http: HttpRequest, operation: Operation) -> Response:
        """Return the service description."""
        if http.method in ("POST", "QUERY"):
            raise HttpProblem(
                400, "no-query", "No query", "Send the query as the parameter 'query'."
            )
        _, graph = negotiate(field(http.headers, "accept"), operation.format)
        if graph is None:
            raise HttpProblem(
                406, "not-acceptable", "Not acceptable", "Without a query this is a graph."
            )
        return await self.service.describe(http, graph)


def _is_for_reading(http: HttpRequest, operation: Operation) -> bool:
    """Whether a person opens the address: a page is wanted, and nothing that it could not show."""
    plain = not (operation.format or operation.default_graphs or operation.named_graphs)
    asked = prefers_html(field(http.headers, "accept"))
    return http.method in ("GET", "HEAD") and plain and asked


@remember
def check(query: str, graphs: frozenset[str] | None, services: tuple[str, ...]) -> None:
    """Raise `RefusedQuery` for a query that may not be asked."""
    refuse(query, services)
    if graphs is not None:
        refuse_outside(query, (), graphs)


async def read_operation(http: HttpRequest) -> Operation:
    """Return the operation of a GET, a form POST, or a direct POST or QUERY.

    Raises `HttpProblem` for a request that is none of them.
    """
    parameters = pairs(http.scope["query_string"])
    if http.method in ("GET", "HEAD"):
        return _operation(parameters, None)
    if http.method not in ("POST", "QUERY"):
        raise HttpProblem(
            405,
            "method",
            "Method not allowed",
            f"{http.method} is not one of {_METHODS}.",
            headers={"Allow": _METHODS},
        )
    content_type = _content_type(http)
    if content_type == _FORM and http.method == "POST":
        return _operation(parameters + pairs(await _body(http)), None)
    if content_type == _QUERY:
        return _operation(parameters, _text(await _body(http)))
    if content_type == "application/sparql-update":
        raise _read_only()
    kinds = f"{_FORM} or {_QUERY}" if http.method == "POST" else _QUERY
    raise HttpProblem(415, "content-type", "Unsupported content type", f"Send {kinds}.")


def _content_type(http: HttpRequest) -> str:
    """Return the media type of a body. Raises `HttpProblem` for text that is not UTF-8."""
    content_type, *parameters = http.headers.get("content-type", "").lower().split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "utf8"):
            raise HttpProblem(415, "charset", "Unsupported charset", "Send the query as UTF-8.")
    return content_type.strip()


async def read_form(http: HttpRequest) -> list[tuple[str, str]]:
    """Return the parameters of a form in the body; none without a body. Raises `HttpProblem`."""
    if _content_type(http) == _FORM:
        return pairs(await _body(http))
    if await _body(http):
        raise HttpProblem(415, "content-type", "Unsupported content type", f"Send {_FORM}.")
    return []


def _operation(given: list[tuple[str, str]], body: str | None) -> Operation:
    def all_of(name: str) -> list[str]:
        return [value for key, value in given if key == name]

    if all_of("update"):
        raise _read_only()
    queries = all_of("query") + ([] if body is None else [body])
    if len(queries) > 1:
        raise HttpProblem(400, "many-queries", "More than one query", "Send exactly one query.")
    formats = all_of("format")
    if len(formats) > 1:
        raise HttpProblem(400, "many-formats", "More than one format", "Send one 'format'.")
    graphs = [(key, value) for key, value in given if key in _DATASET]
    for key, value in graphs:
        _check_iri(key, value)
    return Operation(
        queries[0] if queries else None,
        # A dataset is a set, and the engine would count what is in a graph twice for one named twice.
        tuple(sorted({value for key, value in graphs if key == "default-graph-uri"})),
        tuple(sorted({value for key, value in graphs if key == "named-graph-uri"})),
        formats[-1] if formats else None,
    )


def _check_iri(key: str, value: str) -> None:
    try:
        if len(value) > MAX_IRI:
            raise ValueError
        ox.NamedNode(value)
    except ValueError:
        raise HttpProblem(
            400,
            "iri",
            "Not an absolute IRI",
            f"{key}={value[:200]!r} is not an absolute IRI, or too long.",
        ) from None


def _read_only() -> HttpProblem:
    return HttpProblem(403, "read-only", "Read only", "This endpoint takes no updates.")


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise HttpProblem(
            400, "encoding", "Not UTF-8", f"The query is not UTF-8 at byte {error.start}."
        ) from None


def _too_large() -> HttpProblem:
    return HttpProblem(413, "request-size", "Request too large", f"At most {MAX_BODY:,} bytes.")


_BODIES = Bodies(MAX_BODY, BODY_SECONDS, _MOST_BODIES, _too_large)  # of this process


async def _body(http: HttpRequest) -> bytes:
    async with _BODIES.of(http, asker(http).account) as body:
        return body
