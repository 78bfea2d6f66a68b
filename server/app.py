"""The web application: the catalogue, its queries, the front page, and `/sparql` beside them."""

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version as installed_version
from typing import Annotated, Any, Literal

import fastapi
import fastapi.openapi.utils
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from ..queries import (
    FORMATS,
    Format,
    Parameter,
    ParameterError,
    Query,
    catalogue,
    choices,
    refuse,
)
from ..queries.parameters import Things, spoken
from .metrics import Metrics
from .negotiate import negotiate, prefers_html
from .operations import add_operations
from .page import front_page
from .pool import Pool, Request
from .problems import HANDLED, to_response
from .sparql import SparqlApp, ask, reply

MAX_ENUM = 60  # beyond this many values OpenAPI gets an example instead of a list
_SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_app(
    pool: Pool, things: Things, digest: str, *, canned: bool = True, metrics: Metrics | None = None
) -> fastapi.FastAPI:
    """Return the application over a pool that it starts and stops.

    `things` is what parameters may name, `digest` names the dataset, `canned` says whether the
    dataset is CAMI, so that its queries make sense, and `metrics` is what `/metrics` shows.
    """

    @asynccontextmanager
    async def lifespan(_: fastapi.FastAPI) -> AsyncGenerator[None]:
        await pool.start()
        yield
        await pool.stop()

    app = fastapi.FastAPI(
        title="cami",
        summary="The Central Asian Mammals Initiative as a knowledge graph.",
        version=installed_version("cami"),
        docs_url=None,  # those pages load scripts from other servers
        redoc_url=None,
        lifespan=lifespan,
    )
    queries = dict(catalogue()) if canned else {}
    for error in HANDLED:
        app.add_exception_handler(error, _handle)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=["Retry-After"],
    )
    app.router.routes.append(Route("/sparql", SparqlApp(pool)))
    _add_pages(app, queries, things, digest, pool)
    add_operations(app, pool, metrics or Metrics())
    for query in queries.values():
        app.add_api_route(
            f"/queries/{query.name}",
            _endpoint(query, pool, things),
            methods=["GET", "HEAD"],
            summary=query.summary,
            description=query.description,
            tags=list(query.tags[:1]),
            response_class=Response,
            responses=_responses(query),
            operation_id=query.name,
        )
    app.openapi = lambda: _openapi(app)
    return app


def _formats(query: Query) -> list[Format]:
    return [form for form in FORMATS.values() if form.is_graph == query.is_graph]


def _responses(query: Query) -> dict[int | str, dict[str, Any]]:
    """Return what a canned query answers, for OpenAPI."""
    problem = {"content": {"application/problem+json": {"schema": _PROBLEM}}}
    return {
        200: {
            "description": "The answer, whole.",
            "content": {form.media_type: {} for form in _formats(query)},
        },
        400: {"description": "A parameter has no usable value.", **problem},
        406: {"description": "No acceptable format fits.", **problem},
        413: {"description": "The result is too large.", **problem},
        429: {"description": "The server is busy; see Retry-After.", **problem},
        503: {"description": "The query took too long or too much memory.", **problem},
    }


_PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "line": {"type": "integer"},
        "column": {"type": "integer"},
    },
}


def _openapi(app: fastapi.FastAPI) -> dict[str, Any]:
    """Return the description of the API, without the framework's own 422, which is never sent."""
    if not app.openapi_schema:
        schema = fastapi.openapi.utils.get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes
        )
        for path in schema["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
        schema["paths"]["/sparql"] = _sparql_path()
        app.openapi_schema = schema
    return app.openapi_schema


def _sparql_path() -> dict[str, Any]:
    names = ("query", "default-graph-uri", "named-graph-uri", "format")
    parameters = [{"name": n, "in": "query", "schema": {"type": "string"}} for n in names]
    responses = {
        "200": {"description": "The answer, whole; without a query, the service description."},
        "default": {
            "description": "What is wrong.",
            "content": {"application/problem+json": {"schema": _PROBLEM}},
        },
    }
    return {
        "get": {
            "summary": "SPARQL 1.1 Protocol, read only",
            "description": "Also POST form, POST direct and QUERY.",
            "operationId": "sparql",
            "parameters": parameters,
            "responses": responses,
        }
    }


async def _handle(_: HttpRequest, error: Exception) -> Response:
    return to_response(error)


def _add_pages(
    app: fastapi.FastAPI, queries: dict[str, Query], things: Things, digest: str, pool: Pool
) -> None:
    version = installed_version("cami")
    page = front_page(queries.values(), things, version, digest)

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def front() -> HTMLResponse:  # pyright: ignore[reportUnusedFunction]
        return HTMLResponse(page, headers=_SECURITY)

    @app.api_route("/queries", methods=["GET", "HEAD"], summary="The catalogue of canned queries")
    async def queries_list(request: HttpRequest) -> Response:  # pyright: ignore[reportUnusedFunction]
        if prefers_html(request.headers.get("accept")):
            return HTMLResponse(page, headers={**_SECURITY, "Vary": "Accept"})
        listed = [_entry(query, str(request.base_url)) for query in queries.values()]
        return JSONResponse({"queries": listed}, headers={"Vary": "Accept"})

    @app.api_route("/livez", methods=["GET", "HEAD"], summary="Whether the server is alive")
    async def livez() -> PlainTextResponse:  # pyright: ignore[reportUnusedFunction]
        return PlainTextResponse("ok\n") if pool.alive else PlainTextResponse("no engine\n", 503)

    @app.api_route(
        "/version",
        methods=["GET", "HEAD"],
        summary="The version of the project and the digest of the dataset",
    )
    async def version_of() -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]
        return {"version": version, "digest": digest}


def _entry(query: Query, base: str) -> dict[str, Any]:
    return {
        "name": query.name,
        "summary": query.summary,
        "description": query.description,
        "tags": query.tags,
        "url": f"{base}queries/{query.name}",
        "parameters": [
            {
                "name": one.name,
                "type": one.type,
                "summary": one.summary,
                "default": None if one.optional else spoken(one.default),
                "optional": one.optional,
            }
            for one in query.parameters
        ],
        "sparql": query.text,
    }


def _endpoint(query: Query, pool: Pool, things: Things) -> Callable[..., Awaitable[Response]]:
    """Return the handler of one canned query, its typed parameters in its signature."""

    async def run(request: HttpRequest, format: str | None = None, **given: str | None) -> Response:
        _check_names(request, {*given, "format"})
        values = {name: value for name, value in given.items() if value}
        text = query.bind(values, things)
        refuse(text)
        results, graph = negotiate(request.headers.get("accept"), format)
        return reply(await ask(pool, request, Request(text, results, graph)))

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("request", keyword, annotation=HttpRequest),
        *(
            inspect.Parameter(one.name, keyword, default=None, annotation=_annotation(one, things))
            for one in query.parameters
        ),
        inspect.Parameter(
            "format",
            keyword,
            default=None,
            annotation=Annotated[
                Literal[*(form.name for form in _formats(query))] | None,
                fastapi.Query(description="Instead of an Accept header."),
            ],
        ),
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run


def _check_names(request: HttpRequest, known: set[str]) -> None:
    """Raise `ParameterError` for a name that is misspelt or given twice: neither is ignored."""
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if name not in known:
            shown = ", ".join(sorted(known))
            raise ParameterError(f"{name[:80]!r} is no parameter here: there are {shown}.")
        if names.count(name) > 1:
            raise ParameterError(f"Parameter {name!r} is given more than once.")


def _annotation(parameter: Parameter, things: Things) -> Any:
    values = choices(parameter.type, things)
    extra: dict[str, Any] = {"x-type": parameter.type}
    if not parameter.optional:
        extra["x-default"] = spoken(parameter.default)
    if 0 < len(values) <= MAX_ENUM:
        extra["enum"] = values
    elif values:
        extra["examples"] = values[:3]
    elif parameter.type == "date":
        extra["format"] = "date"
    return Annotated[
        str | None, fastapi.Query(description=parameter.summary, json_schema_extra=extra)
    ]
