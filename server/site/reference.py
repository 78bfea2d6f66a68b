"""`/reference`: data dictionary, shapes in words, the API, how to cite, the licence."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import distribution
from typing import Any

import fastapi
import yaml
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ...graph.media import LICENCE
from ...ontology import BASE, CAMI
from ..openapi import describe
from .frame import Crumb, page
from .known import Known

TRAIL = (Crumb("Reference", "/reference"),)
_PARTS = (
    (
        "/reference/dictionary",
        "Data dictionary",
        "every class and property with its meaning and use",
    ),
    ("/ontology", "Ontology", "classes and properties with their axioms and diagrams"),
    ("/reference/shapes", "Shapes in words", "what a record must hold, class by class"),
    ("/schemes/", "Code lists", "SKOS schemes such as Appendices, categories and goals"),
    ("/reference/api", "API", "every address that programs may use"),
    ("/dumps/", "Files", "the whole dataset, ontology and shapes, with digests"),
    ("/reference/cite", "How to cite", "the dataset, a version, a thing"),
    ("/reference/licence", "Licence", "what you may do with data and code"),
)


def add_reference(app: fastapi.FastAPI, known: Known) -> None:
    """Add the reference pages to an application."""
    pages = {
        "": index,
        "/dictionary": dictionary,
        "/shapes": shapes,
        "/api": api,
        "/cite": cite,
        "/licence": licence,
    }
    for path, handler in pages.items():
        app.add_api_route(
            f"/reference{path}",
            _bound(handler, known),
            methods=["GET", "HEAD"],
            include_in_schema=False,
        )


def _bound(handler: Any, known: Known) -> Any:
    async def answer(request: HttpRequest) -> Response:
        return await handler(request, known)

    return answer


async def index(request: HttpRequest, known: Known) -> Response:
    """Return the list of the reference pages."""
    return page(request, "reference.html.j2", title="Reference", parts=_PARTS)


async def dictionary(request: HttpRequest, known: Known) -> Response:
    """Return the page of every class with its properties."""
    read = await known.read()
    return page(
        request,
        "dictionary.html.j2",
        title="Data dictionary",
        trail=TRAIL,
        entries=[one for one in await known.vocabulary() if one.count],
        labels=read.labels,
        ours=str(CAMI),
    )


async def shapes(request: HttpRequest, known: Known) -> Response:
    """Return the page of what the shapes demand of each class."""
    from ...shapes import PROFILES  # slow to import, so not at the start of the server

    return page(
        request,
        "shapes.html.j2",
        title="Shapes in words",
        trail=TRAIL,
        entries=[one for one in await known.vocabulary() if one.demands],
        profiles=PROFILES,
    )


@dataclass(frozen=True)
class Operation:
    """An address that programs may use."""

    path: str
    summary: str
    description: str
    parameters: Sequence[Mapping[str, Any]]
    formats: Sequence[str]


async def api(request: HttpRequest, known: Known) -> Response:
    """Return the page of the API, made from its OpenAPI description."""
    paths: dict[str, dict[str, dict[str, Any]]] = describe(request.app)["paths"]
    operations = [
        _operation(path, methods["get"]) for path, methods in paths.items() if "get" in methods
    ]
    posted = [_operation(path, one["post"]) for path, one in paths.items() if "post" in one]
    canned = [one for one in operations if one.path.startswith("/queries/")]
    return page(
        request,
        "api.html.j2",
        title="API",
        trail=TRAIL,
        routes=[one for one in operations if one not in canned],
        posted=posted,
        canned=canned,
        base=str(request.base_url).rstrip("/"),
    )


def _operation(path: str, said: Mapping[str, Any]) -> Operation:
    content: Mapping[str, Any] = said["responses"].get("200", {}).get("content", {})
    return Operation(
        path,
        said.get("summary", ""),
        said.get("description", ""),
        said.get("parameters", ()),
        [kind for kind in content if kind != "application/json" or len(content) > 1],
    )


async def cite(request: HttpRequest, known: Known) -> Response:
    """Return the page of how to cite, made from the project's CITATION.cff."""
    text = _licensed("CITATION.cff")
    said = yaml.safe_load(text)
    read = await known.read()
    return page(
        request,
        "cite.html.j2",
        title="How to cite",
        trail=TRAIL,
        cff=text,
        said=said,
        authors="; ".join(one["name"] for one in said["authors"]),
        year=str(said["date-released"])[:4],
        digest=read.build.digest,
        dataset=f"{BASE}dataset",
        embedded=json.dumps,
    )


async def licence(request: HttpRequest, known: Known) -> Response:
    """Return the page of the licence, made from the project's LICENSE."""
    summary, _, text = _licensed("LICENSE").partition("-" * 20)
    return page(
        request,
        "licence.html.j2",
        title="Licence",
        trail=TRAIL,
        summary=[one for one in summary.strip().split("\n\n")[1:] if one.strip()],
        text=text.strip("-\n"),
        data=LICENCE,
    )


def _licensed(name: str) -> str:
    """Return a file that is installed beside the metadata of the project."""
    text = distribution("cami").read_text(f"licenses/{name}")
    assert text is not None, f"{name} is not installed: pyproject.toml lists it"
    return text
