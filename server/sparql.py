"""`/sparql`: the SPARQL 1.1 Protocol, read only, as a plain ASGI application.

https://www.w3.org/TR/sparql11-protocol/#query-operation
"""

import asyncio
import contextlib
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

import pyoxigraph as ox
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from ..graph.terms import A
from ..ontology import SD
from ..queries import GRAPH_FORMATS, RESULT_FORMATS, refuse, refuse_outside
from .fairness import wait_of
from .negotiate import negotiate, prefers_html
from .pool import Pool, Reply, Request
from .problems import HANDLED, HttpProblem, to_response

MAX_BODY = 1 << 20
BODY_SECONDS = 10
SEND_SECONDS = 60  # a client that does not read holds a whole answer in memory
_FORM = "application/x-www-form-urlencoded"
_QUERY = "application/sparql-query"
_METHODS = "GET, HEAD, POST, QUERY, OPTIONS"


@dataclass(frozen=True)
class Operation:
    """A query operation as the protocol gives it, before negotiation."""

    query: str | None
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    format: str | None


class SparqlApp:
    """The endpoint; it answers from a pool and never touches the engine itself."""

    def __init__(self, pool: Pool):
        self.pool = pool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        http = HttpRequest(scope, receive)
        try:
            response = await self.answer(http)
        except HANDLED as error:
            response = to_response(error)
        except ClientDisconnect:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SEND_SECONDS):
                await response(scope, receive, send)

    async def answer(self, http: HttpRequest) -> Response:
        """Return the response to a request; raises the errors that `problems` knows."""
        if http.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": _METHODS})
        operation = await read_operation(http)
        if operation.query is None:
            return service_description(http, operation)
        await asyncio.to_thread(_check, operation, self.pool.graphs)  # a long one takes a while
        results, graph = negotiate(http.headers.get("accept"), operation.format)
        request = Request(
            operation.query, results, graph, operation.default_graphs, operation.named_graphs
        )
        return reply(await ask(self.pool, http, request))


def _check(operation: Operation, graphs: frozenset[str] | None) -> None:
    assert operation.query is not None
    refuse(operation.query)
    if graphs is not None:
        named = (*operation.default_graphs, *operation.named_graphs)
        refuse_outside(operation.query, named, graphs)


async def ask(pool: Pool, http: HttpRequest, request: Request) -> Reply:
    """Return the pool's answer; when the client goes away, its worker is killed.

    Raises what `Pool.ask` raises, and `ClientDisconnect`.
    """
    request = replace(request, account=http.app.state.budgets.account(http.scope["client"]))
    asked = asyncio.ensure_future(pool.ask(request, seconds=wait_of(http.headers)))
    gone = asyncio.ensure_future(_disconnected(http))
    try:
        await asyncio.wait({asked, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not asked.done():
            raise ClientDisconnect
        return asked.result()
    finally:
        for task in (asked, gone):
            task.cancel()
        await asyncio.gather(asked, gone, return_exceptions=True)


async def _disconnected(http: HttpRequest) -> None:
    while (await http.receive())["type"] != "http.disconnect":
        pass


def reply(answer: Reply) -> Response:
    """Return a complete answer as an HTTP response."""
    headers = {"Vary": "Accept", "X-Content-Type-Options": "nosniff"}
    return Response(answer.body, headers={**headers, "Content-Type": answer.format.content_type})


async def read_operation(http: HttpRequest) -> Operation:
    """Return the operation of a GET, a form POST, or a direct POST or QUERY.

    Raises `HttpProblem` for a request that is none of them.
    """
    parameters = _pairs(http.scope["query_string"])
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
    content_type, _, charset = http.headers.get("content-type", "").partition(";")
    content_type = content_type.strip().lower()
    if "charset" in charset.lower() and "utf8" not in charset.lower().replace("-", ""):
        raise HttpProblem(415, "charset", "Unsupported charset", "Send the query as UTF-8.")
    if content_type == _FORM and http.method == "POST":
        return _operation(parameters + _pairs(await _body(http)), None)
    if content_type == _QUERY:
        return _operation(parameters, _text(await _body(http)))
    if content_type == "application/sparql-update":
        raise _read_only()
    kinds = f"{_FORM} or {_QUERY}" if http.method == "POST" else _QUERY
    raise HttpProblem(415, "content-type", "Unsupported content type", f"Send {kinds}.")


def _operation(pairs: list[tuple[str, str]], body: str | None) -> Operation:
    def all_of(name: str) -> list[str]:
        return [value for key, value in pairs if key == name]

    if all_of("update"):
        raise _read_only()
    queries = all_of("query") + ([] if body is None else [body])
    if len(queries) > 1:
        raise HttpProblem(400, "many-queries", "More than one query", "Send exactly one query.")
    formats = all_of("format")
    graphs = [(key, value) for key, value in pairs if key.endswith("graph-uri")]
    for key, value in graphs:
        _check_iri(key, value)
    return Operation(
        queries[0] if queries else None,
        tuple(value for key, value in graphs if key == "default-graph-uri"),
        tuple(value for key, value in graphs if key == "named-graph-uri"),
        formats[-1] if formats else None,
    )


def _check_iri(key: str, value: str) -> None:
    try:
        ox.NamedNode(value)
    except ValueError:
        raise HttpProblem(
            400, "iri", "Not an absolute IRI", f"{key}={value[:200]!r} is not an absolute IRI."
        ) from None


def _read_only() -> HttpProblem:
    return HttpProblem(403, "read-only", "Read only", "This endpoint takes no updates.")


def _pairs(data: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            data.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100
        )
    except UnicodeDecodeError:
        raise HttpProblem(
            400, "encoding", "Not UTF-8", "Parameters must be percent-encoded UTF-8."
        ) from None
    except ValueError:
        raise HttpProblem(
            400, "many-parameters", "Too many parameters", "At most 100 parameters."
        ) from None


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise HttpProblem(
            400, "encoding", "Not UTF-8", f"The query is not UTF-8 at byte {error.start}."
        ) from None


async def _body(http: HttpRequest) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in http.stream():
                body += chunk
                if len(body) > MAX_BODY:
                    raise HttpProblem(
                        413, "request-size", "Request too large", f"At most {MAX_BODY:,} bytes."
                    )
    except TimeoutError:
        raise HttpProblem(
            408, "slow-request", "Request too slow", f"Send it in {BODY_SECONDS} seconds."
        ) from None
    return bytes(body)


def service_description(http: HttpRequest, operation: Operation) -> Response:
    """Return what an endpoint says of itself when it gets no query; a browser gets the front page.

    https://www.w3.org/TR/sparql11-service-description/
    """
    if http.method in ("POST", "QUERY"):
        raise HttpProblem(400, "no-query", "No query", "Send the query as the parameter 'query'.")
    if operation.format is None and prefers_html(http.headers.get("accept")):
        return RedirectResponse(str(http.base_url), 303)
    _, graph = negotiate(http.headers.get("accept"), operation.format)
    if graph is None:
        raise HttpProblem(
            406, "not-acceptable", "Not acceptable", "Without a query this is a graph."
        )
    assert isinstance(graph.engine, ox.RdfFormat)
    body = ox.serialize(_described(str(http.url.replace(query=""))), format=graph.engine)
    assert body is not None
    return reply(Reply(graph, body))


def _described(endpoint: str) -> list[ox.Triple]:
    service = ox.BlankNode("service")

    def say(predicate: str, value: str) -> ox.Triple:
        return ox.Triple(service, ox.NamedNode(predicate), ox.NamedNode(value))

    return [
        say(A, SD.Service),
        say(SD.endpoint, endpoint),
        say(SD.supportedLanguage, SD.SPARQL11Query),
        *(say(SD.resultFormat, form.engine.iri) for form in (*RESULT_FORMATS, *GRAPH_FORMATS)),
    ]
