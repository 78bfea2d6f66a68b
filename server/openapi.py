"""The description of the API for programs: canned queries and `/sparql`, as OpenAPI."""

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any

import fastapi
import fastapi.openapi.utils
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from ..queries import FORMATS, Format, Query
from .validate_route import openapi_path

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

_WRONG: dict[str, Any] = {
    "description": "What is wrong.",
    "content": {"application/problem+json": {"schema": _PROBLEM}},
}


def add_openapi(app: fastapi.FastAPI, cache_control: str) -> None:
    """Add the description as `/openapi.json`; below a path, that path is its server."""

    async def openapi(http: Request) -> JSONResponse:
        root = http.scope.get("root_path", "")
        servers = {"servers": [{"url": root}]} if root else {}
        return JSONResponse({**describe(app), **servers}, headers={"Cache-Control": cache_control})

    app.router.routes.append(Route("/openapi.json", openapi))


def formats(query: Query) -> list[Format]:
    """Return the formats that can carry the answer to a query."""
    return [form for form in FORMATS.values() if form.is_graph == query.is_graph]


def responses(query: Query) -> dict[int | str, dict[str, Any]]:
    """Return what a canned query answers, for OpenAPI."""
    problem = {"content": {"application/problem+json": {"schema": _PROBLEM}}}
    return {
        200: {
            "description": "The answer, whole; or a page, with Link rel=next if more rows follow.",
            "content": {form.media_type: {} for form in formats(query)},
        },
        400: {"description": "A parameter has no usable value.", **problem},
        406: {"description": "No acceptable format fits.", **problem},
        413: {"description": "The result is too large.", **problem},
        429: {"description": "The server is busy; see Retry-After.", **problem},
        503: {"description": "The query took too long or too much memory.", **problem},
    }


def problems(said: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """Return what a route answers when something is wrong, by status, for OpenAPI."""
    content = {"application/problem+json": {"schema": _PROBLEM}}
    return {status: {"description": what, "content": content} for status, what in said.items()}


def describe(app: fastapi.FastAPI) -> dict[str, Any]:
    """Return the description of the API, without the framework's own 422, which is never sent."""
    if not app.openapi_schema:
        schema = fastapi.openapi.utils.get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=_by_get(app.routes)
        )
        for path in schema["paths"].values():
            for operation in path.values():
                _be_true(operation["responses"])
        schema["paths"]["/sparql"] = _sparql_path()
        if any(getattr(route, "path", "") == "/validate" for route in app.routes):
            schema["paths"]["/validate"] = openapi_path(_PROBLEM)
        schema["paths"]["/graphs"] = _graphs_path()
        app.openapi_schema = schema
    return app.openapi_schema


def _be_true(responses: dict[str, Any]) -> None:
    """Take out what the framework supposes of routes that say nothing of their answers.

    Those are pages, files or data as the client likes it best, and may lead elsewhere.
    """
    responses.pop("422", None)
    if list(responses) != ["200"]:
        return
    if responses["200"].get("content") == {"application/json": {"schema": {}}}:
        del responses["200"]["content"]
    responses["default"] = {"description": "Where it is, or what is wrong."}


def _by_get(routes: Iterable[BaseRoute]) -> list[BaseRoute]:
    """Return routes that answer GET as if they answered nothing else.

    HEAD is the same, and QUERY is a method that OpenAPI 3.1 does not know.
    """
    found: list[BaseRoute] = []
    for route in routes:
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
            route = copy(route)
            route.methods = {"GET"}
        found.append(route)
    return found


def _graphs_path() -> dict[str, Any]:
    names = ("graph", "default", "format")
    return {
        "get": {
            "summary": "One graph of the dataset (Graph Store Protocol, read only)",
            "description": "Either graph=IRI or default.",
            "operationId": "graph",
            "parameters": _parameters(names),
            "responses": {"200": {"description": "The graph, whole."}, "default": _WRONG},
        }
    }


def _sparql_path() -> dict[str, Any]:
    names = ("query", "default-graph-uri", "named-graph-uri", "format")
    responses = {
        "200": {"description": "The answer, whole; without a query, the service description."},
        "default": _WRONG,
    }
    text = {"type": "string"}
    form = {"type": "object", "required": ["query"], "properties": dict.fromkeys(names, text)}
    return {
        "get": {
            "summary": "SPARQL 1.1 Protocol, read only",
            "description": "Also by the method QUERY, which OpenAPI 3.1 does not know.",
            "operationId": "sparql",
            "parameters": _parameters(names),
            "responses": responses,
        },
        "post": {
            "summary": "SPARQL 1.1 Protocol, read only: a query as it is, or in a form",
            "operationId": "sparql-post",
            "parameters": _parameters(names[1:]),
            "requestBody": {
                "required": True,
                "content": {
                    "application/x-www-form-urlencoded": {"schema": form},
                    "application/sparql-query": {"schema": text},
                },
            },
            "responses": responses,
        },
    }


def _parameters(names: Iterable[str]) -> list[dict[str, Any]]:
    return [{"name": name, "in": "query", "schema": {"type": "string"}} for name in names]
