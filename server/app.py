"""The web application: the catalogue, its queries, the front page, and `/sparql` beside them."""

import inspect
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version as installed_version
from typing import Annotated, Any, Literal

import fastapi
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from ..graph.media import LICENCE
from ..ontology import GRAPH
from ..queries import (
    Parameter,
    Query,
    catalogue,
    choices,
)
from ..queries.parameters import Things, spoken
from .answers import PUBLIC, Answers, Dataset
from .builds import Build
from .cache import ByteCache
from .canned import PAGING, answer, catalogue_as_rdf, check_names, rdf_wanted
from .dumps import add_files
from .edge import EXPOSED, METHODS, Edge, Place
from .encoding import Encoding
from .fairness import Budgets
from .front import Front
from .graphs import Dump, add_graphs
from .linked import add_linked_data
from .metrics import Metrics
from .openapi import add_openapi, formats, responses
from .operations import add_operations
from .pool import Pool, Reply
from .problem_types import add_problem_types
from .problems import HANDLED, to_response
from .reconcile import add_reconcile
from .resolve import add_resolve
from .service import Service
from .site.editor import add_editor, editor_page
from .site.forms import Forms
from .site.front import add_front
from .site.known import Known
from .site.pictures_route import add_pictures
from .site.problem import problem_page
from .site.programme_route import add_programme
from .site.reference import add_reference
from .site.search import add_search
from .site.shelf import Shelf
from .site.static import add_static
from .sparql import PATHS, SparqlApp, Straight, read_form
from .validate_route import Validator, add_validate

_HERE = Place()
MAX_ENUM = 60  # beyond this many values OpenAPI gets an example instead of a list


def create_app(
    pool: Pool,
    things: Things,
    digest: str,
    *,
    canned: bool = True,
    build: Build | None = None,
    validator: Validator | None = None,
    cache_bytes: int = 64 << 20,
    place: Place = _HERE,
    budgets: Budgets | None = None,
    metrics: Metrics | None = None,
) -> fastapi.FastAPI:
    """Return the application over a pool that it starts and stops.

    `things` is what parameters may name, `digest` names the dataset, and `canned` says whether the
    dataset is CAMI, so that its queries make sense. With a `build` its IRIs and files resolve.
    `validator` answers `/validate`, if there is one. Answers are kept in at most `cache_bytes` of
    memory; `place` says below which path clients find the server, `budgets` what each may use,
    `metrics` what `/metrics` shows.
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
        openapi_url=None,  # added below, to be kept and tagged as other pages are
        docs_url=None,  # those pages load scripts from other servers
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.budgets = budgets or Budgets()
    queries = dict(catalogue()) if canned else {}
    for error in HANDLED:
        app.add_exception_handler(error, _handle)
    metrics = metrics or Metrics()
    # Half for answers as they are, half for their compressed forms.
    kept = ByteCache[Reply](cache_bytes // 2)
    answers = Answers(pool, _dataset(pool, digest, canned), kept, metrics.answered)
    app.state.answers = answers  # whoever changes the data behind the pool names the new dataset
    service = Service(answers, merged=canned)
    endpoint = SparqlApp(answers, service, editor_page(queries))
    app.add_middleware(Straight, endpoint=endpoint)
    app.add_middleware(Encoding, cache=ByteCache[bytes](cache_bytes // 2))
    app.add_middleware(Front, seconds=pool.limits.seconds)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=METHODS,
        allow_headers=["*"],
        expose_headers=EXPOSED,
    )
    app.add_middleware(Edge, place=place)
    app.router.routes += [Route(path, endpoint) for path in PATHS]  # among those that there are
    add_editor(app, queries)
    add_graphs(app, answers, service, _dump(pool, build, canned))
    if validator:
        add_validate(app, validator)
    add_static(app)
    known = Known(lambda: build) if build else None
    shelf = Shelf(lambda: build) if build else None
    add_front(app, pool, things, build, known, shelf)
    forms = Forms(answers, things, queries, known)
    _add_pages(app, queries, digest, pool, forms)
    add_operations(app, pool, metrics)
    add_problem_types(app)
    for query in queries.values():
        app.add_api_route(
            f"/queries/{query.name}",
            _endpoint(query, answers, things, forms),
            methods=["GET", "HEAD", "QUERY"],
            summary=query.summary,
            description=query.description,
            tags=list(query.tags[:1]),
            response_class=Response,
            responses=responses(query),
            operation_id=query.name,
        )
    if build is not None and known is not None and shelf is not None:
        add_files(app, lambda: build)
        add_linked_data(app, pool, lambda: build, known)
        add_search(app, known)
        add_reference(app, known)
        add_programme(app, shelf, answers, known)
        add_pictures(app, shelf, answers, known)
        add_reconcile(app, lambda: build)
        add_resolve(app, answers, build)
    add_openapi(app, PUBLIC)
    return app


def _dump(pool: Pool, build: Build | None, canned: bool) -> Dump | None:
    if build:
        return Dump(build.nquads, frozenset(f"{GRAPH}{one}" for one in build.manifest["graphs"]))
    return Dump(pool.source, None) if canned else None


def _dataset(pool: Pool, digest: str, canned: bool) -> Dataset:
    # Other syntaxes leave labels of blank nodes out; each kind of store has an order of its own.
    labelled = canned or pool.source.suffix.lower() in (".nq", ".nt")
    seed = digest if labelled else digest + secrets.token_hex(8)
    seed += "" if pool.kind == "memory" else f" {pool.kind}"
    return Dataset(seed, LICENCE if canned else None, repeats=pool.kind != "elsewhere")


async def _handle(request: HttpRequest, error: Exception) -> Response:
    return problem_page(request, to_response(error))


def _add_pages(
    app: fastapi.FastAPI, queries: dict[str, Query], digest: str, pool: Pool, forms: Forms
) -> None:
    version = installed_version("cami")

    @app.api_route("/queries", methods=["GET", "HEAD"], summary="The catalogue of canned queries")
    async def queries_list(request: HttpRequest) -> Response:  # pyright: ignore[reportUnusedFunction]
        kept = {"Vary": "Accept", "Cache-Control": PUBLIC}
        if forms.wanted(request):
            return await forms.list(request)
        if queries and (form := rdf_wanted(request)):
            return catalogue_as_rdf(form, kept)
        listed = [_entry(query, str(request.base_url)) for query in queries.values()]
        return JSONResponse({"queries": listed}, headers=kept)

    @app.api_route(
        "/livez",
        methods=["GET", "HEAD"],
        summary="Whether the server is alive",
        response_class=PlainTextResponse,
    )
    async def livez() -> PlainTextResponse:  # pyright: ignore[reportUnusedFunction]
        return PlainTextResponse("ok\n") if pool.alive else PlainTextResponse("no engine\n", 503)

    @app.api_route(
        "/version",
        methods=["GET", "HEAD"],
        summary="The version of the project and the digest of the dataset",
    )
    async def version_of() -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        said = {"version": version, "digest": digest}
        return JSONResponse(said, headers={"Cache-Control": "no-cache"})


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


def _endpoint(
    query: Query, answers: Answers, things: Things, forms: Forms
) -> Callable[..., Awaitable[Response]]:
    """Return the handler of one canned query, its typed parameters in its signature."""
    paging: Mapping[str, Any] = {} if query.is_graph else PAGING

    async def run(request: HttpRequest, format: str | None = None, **given: Any) -> Response:
        if forms.wanted(request):
            return await forms.form(query, request)
        known = {*given, "format", *paging}
        check_names([name for name, _ in request.query_params.multi_items()], known)
        asked = dict(request.query_params)
        if request.method == "QUERY":  # the parameters are a form in the body
            form = await read_form(request)
            check_names([*(name for name, _ in form), *request.query_params], known)
            asked |= dict(form)
        return await answer(query, answers, request, asked, things)

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
                Literal[*(form.name for form in formats(query))] | None,
                fastapi.Query(description="Instead of an Accept header."),
            ],
        ),
        *(
            inspect.Parameter(name, keyword, default=None, annotation=Annotated[int | None, field])
            for name, field in paging.items()
        ),
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run


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
