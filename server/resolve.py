"""`GET /resolve`: from an identifier of another authority to our thing, and back."""

import json
from typing import Annotated, Literal

import fastapi
from pydantic import StringConstraints
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ..graph.joins import FILE
from ..queries import ParameterError
from ..queries.resolving import (
    MAX_LENGTH,
    Resolved,
    Resolver,
    UnclearIdentifier,
    UnknownIdentifier,
    as_csv,
    read_resolver,
)
from .answers import Answers, tags
from .builds import Build
from .canned import check_names
from .negotiate import choose, field
from .openapi import problems
from .problems import HttpProblem

_MEDIA = {"application/json": "json", "text/csv": "csv"}
_KNOWN = {"id", "authority", "format"}
MAX_IDS = 100  # in one request
_Identifier = Annotated[str, StringConstraints(min_length=1, max_length=MAX_LENGTH)]


def add_resolve(app: fastapi.FastAPI, answers: Answers, build: Build) -> None:
    """Add the route to an application; it reads the build's join table and asks no worker.

    A build of a version before 0.2.0 has no such table, so its server has no such route.
    """
    if FILE not in build.manifest["files"]:
        return
    resolver = read_resolver(build.folder, build.things())

    async def resolve(
        request: HttpRequest,
        id: Annotated[
            list[_Identifier],
            fastapi.Query(
                min_length=1,
                max_length=MAX_IDS,
                description="A CURIE such as gbif:2435238, an IRI or web address, a Wikidata item, "
                "one of our things, or with authority a bare identifier. Given more than once, the "
                "answer is a list in that order, and one that is not linked is no error.",
                examples=[["gbif:2435238"], ["Q30197", "sis:22732", "taxon/snow-leopard"]],
            ),
        ],
        authority: Annotated[
            str | None,
            fastapi.Query(
                description="Whose identifier it is, where it is a bare one.",
                json_schema_extra={"enum": resolver.names},
            ),
        ] = None,
        format: Annotated[
            Literal["json", "csv"] | None, fastapi.Query(description="Instead of an Accept header.")
        ] = None,
    ) -> Response:
        once = [name for name, _ in request.query_params.multi_items() if name != "id"]
        check_names(once, _KNOWN)
        form = format or _accepted(request)
        tag = answers.entity_tag(json.dumps(["resolve", id, authority, form]))
        found = _resolved(resolver, id, authority)
        if {tag, "*"} & tags(request):
            return answers.unchanged(request, tag)
        headers = answers.headers(request, tag)
        if form == "csv":
            return Response(as_csv(found), headers=headers, media_type="text/csv; charset=utf-8")
        said = [one.as_json() for one in found]
        body = json.dumps(said if len(id) > 1 else said[0], ensure_ascii=False).encode()
        return Response(body, headers=headers, media_type="application/json")

    app.add_api_route(
        "/resolve",
        resolve,
        methods=["GET", "HEAD"],
        summary="Our things for identifiers of others, or all identifiers of ours",
        description="Each match has the relation seen from our thing, and a warning where it is "
        "wider, narrower or overlapping.",
        operation_id="resolve",
        response_class=Response,
        responses=_RESPONSES,
    )


def _resolved(resolver: Resolver, texts: list[str], authority: str | None) -> list[Resolved]:
    """Return the answers; one text alone that cannot be resolved is a problem, in a list it is told."""
    try:
        if len(texts) > 1:
            return resolver.resolve_each(texts, authority)
        return [resolver.resolve(texts[0], authority)]
    except UnknownIdentifier as error:
        raise HttpProblem(404, "unknown-identifier", "Not linked", str(error)) from None
    except UnclearIdentifier as error:
        raise ParameterError(str(error)) from None


def _accepted(request: HttpRequest) -> str:
    kind = choose(field(request.headers, "accept"), list(_MEDIA))
    if kind is None:
        detail = f"There is {' and '.join(_MEDIA)}."
        raise HttpProblem(406, "not-acceptable", "Not acceptable", detail)
    return _MEDIA[kind]


_MATCH = {
    "type": "object",
    "properties": {
        name: {"type": "string"}
        for name in ("iri", "label", "linkset", "identifier", "curie", "url", "relation", "warning")
    },
}
_ANSWER = {
    "type": "object",
    "required": ["query", "readAs", "matches"],
    "properties": {
        "query": {"type": "string"},
        "readAs": {"type": "string"},
        "thing": {"type": "object"},
        "matches": {"type": "array", "items": _MATCH},
        "problem": {"type": "string", "description": "Why one of several has no match."},
    },
}
_RESPONSES = problems(
    {400: "Not clear of whom it is.", 404: "Not linked.", 406: "No such format."}
) | {
    200: {
        "description": "What it stands for.",
        "content": {
            "application/json": {
                "schema": {"oneOf": [_ANSWER, {"type": "array", "items": _ANSWER}]},
            },
            "text/csv": {},
        },
    }
}
