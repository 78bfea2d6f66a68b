"""`GET /resolve`: from an identifier of another authority to our thing, and back."""

import json
from typing import Annotated, Literal

import fastapi
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
            str,
            fastapi.Query(
                min_length=1,
                max_length=MAX_LENGTH,
                description="A CURIE such as gbif:2435238, an IRI or web address, a Wikidata item, "
                "one of our things, or with authority a bare identifier.",
                examples=["gbif:2435238", "Q30197", "sis:22732", "taxon/snow-leopard"],
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
        check_names([name for name, _ in request.query_params.multi_items()], _KNOWN)
        form = format or _accepted(request)
        tag = answers.entity_tag(json.dumps(["resolve", id, authority, form]))
        found = _resolved(resolver, id, authority)
        if tag in tags(request):
            return answers.unchanged(request, tag)
        headers = answers.headers(request, tag)
        if form == "csv":
            return Response(as_csv([found]), headers=headers, media_type="text/csv; charset=utf-8")
        body = json.dumps(found.as_json(), ensure_ascii=False).encode()
        return Response(body, headers=headers, media_type="application/json")

    app.add_api_route(
        "/resolve",
        resolve,
        methods=["GET", "HEAD"],
        summary="Our thing for an identifier of others, or all identifiers of ours",
        description="Each match has the relation seen from our thing, and a warning where it is "
        "wider, narrower or overlapping.",
        operation_id="resolve",
        response_class=Response,
        responses=_RESPONSES,
    )


def _resolved(resolver: Resolver, text: str, authority: str | None) -> Resolved:
    try:
        return resolver.resolve(text, authority)
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
_RESPONSES = problems(
    {400: "Not clear of whom it is.", 404: "Not linked.", 406: "No such format."}
) | {
    200: {
        "description": "What it stands for.",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["query", "readAs", "matches"],
                    "properties": {
                        "query": {"type": "string"},
                        "readAs": {"type": "string"},
                        "thing": {"type": "object"},
                        "matches": {"type": "array", "items": _MATCH},
                    },
                }
            },
            "text/csv": {},
        },
    }
}
