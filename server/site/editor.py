"""The query editor at `/sparql` for browsers, and the vocabulary from which it completes.

Without scripts the page is a form that asks the endpoint. The scripts are bundled when cami is
installed (`assets/bundle.py`); the page says so where that could not be done.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import cache

import fastapi
from fastapi.responses import JSONResponse, PlainTextResponse
from rdflib import OWL, RDF, RDFS, URIRef
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ...ontology import BASE, ONTOLOGY_FILE, PREFIXES, SKOS
from ...ontology.model import Ontology, read_ontology
from ...queries import Query
from ..answers import PUBLIC
from ..files import missing
from .frame import page
from .static import files

SCRIPT = "built/editor.js"
LICENCES = "built/third-party-licences.txt"
FORMATS = ("csv", "tsv", "json", "xml", "turtle", "ntriples", "jsonld")
_KINDS = {
    OWL.Class: "class",
    RDFS.Class: "class",
    OWL.ObjectProperty: "property",
    OWL.DatatypeProperty: "property",
    OWL.AnnotationProperty: "property",
    RDF.Property: "property",
}
# Of RDF and RDF Schema, which the ontology need not declare.
_EVERYWHERE = {
    "rdf:type": "type",
    "rdfs:comment": "comment",
    "rdfs:label": "label",
    "rdfs:seeAlso": "see also",
    "rdfs:subClassOf": "subclass of",
}
_FIRST = """PREFIX cami: <https://w3id.org/cami/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?region (COUNT(?activity) AS ?activities) WHERE {
    ?activity a cami:Activity ;
        cami:concernsRegion/rdfs:label ?region .
}
GROUP BY ?region
ORDER BY DESC(?activities)
"""
_ANYTHING = "SELECT * WHERE {\n    ?thing ?property ?value .\n}\nLIMIT 100\n"


def editor_page(queries: Mapping[str, Query]) -> Callable[[HttpRequest, str], Response]:
    """Return what makes the page of the editor for a request and the query to open it with.

    `?example=` names a canned query to open instead; `queries` are those of the dataset.
    """
    groups = _by_tag(queries.values())

    def answer(request: HttpRequest, text: str) -> Response:
        name = request.query_params.get("example", "")
        if name and name not in queries:
            raise missing(f"sparql?example={name}")
        example = queries.get(name)
        return page(
            request,
            "editor.html.j2",
            title="SPARQL editor",
            text=text or (example.text if example else _FIRST if queries else _ANYTHING),
            example=example,
            groups=groups,
            formats=FORMATS,
            prefixes=PREFIXES,
            script=SCRIPT if SCRIPT in files() else "",
            licences=LICENCES in files(),
        )

    return answer


def add_editor(app: fastapi.FastAPI, queries: Mapping[str, Query]) -> None:
    """Add what the editor reads: the vocabulary, and the licences of its parts."""

    @app.api_route(
        "/vocabulary",
        methods=["GET", "HEAD"],
        summary="Classes, properties and prefixes, for editors that complete",
    )
    async def terms() -> Response:  # pyright: ignore[reportUnusedFunction]
        found = await asyncio.to_thread(vocabulary) if queries else _PREFIXES_ALONE
        return JSONResponse(found, headers={"Cache-Control": PUBLIC})

    @app.api_route(
        "/licences",
        methods=["GET", "HEAD"],
        summary="The licences of the packages that are in the scripts of the pages",
        response_class=PlainTextResponse,
    )
    async def licences() -> Response:  # pyright: ignore[reportUnusedFunction]
        none = b"The scripts of these pages hold no package of others.\n"
        return PlainTextResponse(files().get(LICENCES, none), headers={"Cache-Control": PUBLIC})


_PREFIXES_ALONE: Mapping[str, object] = {"prefixes": PREFIXES, "terms": []}


@cache
def vocabulary() -> Mapping[str, object]:
    """Return the prefixes, and every class and property of the ontology, those of others too.

    A term has `name` (with its prefix), `iri`, `kind` ("class" or "property"), `label` and
    `definition`; they are sorted by name, our own first.
    """
    ontology = read_ontology(ONTOLOGY_FILE)
    kinds = {
        iri: word
        for kind, word in _KINDS.items()
        for iri in ontology.graph.subjects(RDF.type, kind)
        if isinstance(iri, URIRef)
    }
    terms = [_term(ontology, iri, word) for iri, word in kinds.items() if _name(iri)]
    for name, label in _EVERYWHERE.items():
        prefix, _, local = name.partition(":")
        about = {"kind": "property", "label": label, "definition": ""}
        terms.append({"name": name, "iri": PREFIXES[prefix] + local, **about})
    terms.sort(key=lambda one: (not one["iri"].startswith(BASE), one["name"]))
    return {"prefixes": PREFIXES, "terms": terms}


def _term(ontology: Ontology, iri: URIRef, kind: str) -> dict[str, str]:
    label = ontology.words(iri, RDFS.label)
    definition = ontology.words(iri, SKOS.definition)
    return {
        "name": _name(iri),
        "iri": str(iri),
        "kind": kind,
        "label": label,
        "definition": definition,
    }


def _name(iri: str) -> str:
    """Return an IRI as a prefixed name, by the longest namespace that fits; "" without one."""
    fitting = [(len(start), prefix) for prefix, start in PREFIXES.items() if iri.startswith(start)]
    if not fitting:
        return ""
    length, prefix = max(fitting)
    local = iri[length:]
    return f"{prefix}:{local}" if local and "/" not in local and "#" not in local else ""


def _by_tag(queries: Iterable[Query]) -> dict[str, list[Query]]:
    """Return queries by their first tag, both in alphabetical order."""
    found: dict[str, list[Query]] = {}
    for query in queries:
        found.setdefault(query.tags[0], []).append(query)
    return dict(sorted(found.items()))
