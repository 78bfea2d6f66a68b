"""The service description, and the counts of graphs that it and `/graphs` need.

https://www.w3.org/TR/sparql11-service-description/
"""

import json
from dataclasses import dataclass

import pyoxigraph as ox
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ..graph.terms import A
from ..ontology import BASE, DCTERMS, SD, VOID
from ..queries import FORMATS, GRAPH_FORMATS, RESULT_FORMATS, Format
from ..queries.evaluate import serialize_graph
from .answers import Answers, reply, tags
from .pool import Reply, Request

_SIMPLE = "http://www.w3.org/ns/entailment/Simple"
_FORMATS = "http://www.w3.org/ns/formats/"  # the engine's own IRI of JSON-LD is not of this list
_GEOF = "http://www.opengis.net/def/function/geosparql/"
_XSD_INTEGER = ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer")
# What the engine has beyond SPARQL; a test calls each of them.
EXTENSION_FUNCTIONS = tuple(
    _GEOF + name
    for name in (
        *("asGeoJSON", "centroid", "convexHull", "coordinateDimension", "difference", "dimension"),
        *("distance", "envelope", "getSRID", "intersection", "isEmpty", "isSimple", "length"),
        *("perimeter", "spatialDimension", "symDifference", "union"),
        *("ehContains", "ehCoveredBy", "ehCovers", "ehDisjoint"),
        *("ehEquals", "ehInside", "ehMeet", "ehOverlap"),
        *("rcc8dc", "rcc8ec", "rcc8eq", "rcc8ntpp", "rcc8ntppi", "rcc8po", "rcc8tpp", "rcc8tppi"),
        *("sfContains", "sfCrosses", "sfDisjoint", "sfEquals"),
        *("sfIntersects", "sfOverlaps", "sfTouches", "sfWithin"),
    )
)
_COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
_COUNTS = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"


@dataclass(frozen=True)
class Census:
    """How many triples the default graph and each named graph hold."""

    default: int
    named: dict[str, int]


class Service:
    """What an endpoint says of itself. `merged`: its default graph is that of all named graphs."""

    def __init__(self, answers: Answers, merged: bool):
        self.answers, self.merged = answers, merged
        self._counted: tuple[str, Census] | None = None

    async def census(self) -> Census:
        """Return the counts of the dataset, asked of a worker once. Raises what `Pool.ask` does."""
        digest = self.answers.dataset.digest
        if self._counted is None or self._counted[0] != digest:
            default = await self._rows(_COUNT)
            named = await self._rows(_COUNTS)
            counts = {row["g"]["value"]: int(row["n"]["value"]) for row in named if "g" in row}
            self._counted = digest, Census(int(default[0]["n"]["value"]), counts)
        return self._counted[1]

    async def _rows(self, query: str) -> list[dict[str, dict[str, str]]]:
        answer = await self.answers.pool.ask(Request(query, FORMATS["json"], None))
        return json.loads(answer.body)["results"]["bindings"]

    async def describe(self, http: HttpRequest, form: Format) -> Response:
        """Return the service description in a graph format."""
        endpoint = f"{http.base_url}sparql"
        services = self.answers.pool.limits.services
        tag = self.answers.entity_tag("\0".join(("service", endpoint, form.name, *services)))
        headers = self.answers.headers(http, tag)
        if tags(http) & {tag, "*"}:
            return self.answers.unchanged(http, tag)
        assert isinstance(form.engine, ox.RdfFormat)
        body = serialize_graph(
            self._described(ox.NamedNode(endpoint), await self.census()), form.engine
        )
        return reply(Reply(form, body), headers)

    def _described(self, endpoint: ox.NamedNode, census: Census) -> list[ox.Triple]:
        service = ox.BlankNode("service")
        dataset = ox.NamedNode(f"{BASE}dataset") if self.merged else ox.BlankNode("dataset")
        features = [SD.UnionDefaultGraph] if self.merged else []
        features += [SD.BasicFederatedQuery] if self.answers.pool.limits.services else []
        names = [form.engine.iri.rpartition("/")[2] for form in (*RESULT_FORMATS, *GRAPH_FORMATS)]
        return [
            _say(service, A, SD.Service),
            ox.Triple(service, ox.NamedNode(SD.endpoint), endpoint),
            ox.Triple(service, ox.NamedNode(SD.url), endpoint),  # what clients of drafts read
            _say(service, SD.supportedLanguage, SD.SPARQL11Query),
            _say(service, SD.defaultEntailmentRegime, _SIMPLE),
            *(_say(service, SD.feature, feature) for feature in features),
            *(_say(service, SD.resultFormat, _FORMATS + name) for name in names),
            *(_say(service, SD.extensionFunction, iri) for iri in EXTENSION_FUNCTIONS),
            *(_say(ox.NamedNode(iri), A, SD.Function) for iri in EXTENSION_FUNCTIONS),
            ox.Triple(service, ox.NamedNode(SD.defaultDataset), dataset),
            *self._of_dataset(dataset, census),
        ]

    def _of_dataset(self, dataset: ox.NamedNode | ox.BlankNode, census: Census) -> list[ox.Triple]:
        licence = self.answers.dataset.licence
        default = ox.BlankNode("default")
        said = [
            _say(dataset, A, SD.Dataset),
            *([_say(dataset, DCTERMS.license, licence)] if licence else []),
            ox.Triple(dataset, ox.NamedNode(SD.defaultGraph), default),
            *_graph(default, census.default),
        ]
        for number, (name, count) in enumerate(sorted(census.named.items())):
            named, graph = ox.BlankNode(f"named{number}"), ox.BlankNode(f"graph{number}")
            said += [
                ox.Triple(dataset, ox.NamedNode(SD.namedGraph), named),
                _say(named, A, SD.NamedGraph),
                _say(named, SD.name, name),
                ox.Triple(named, ox.NamedNode(SD.graph), graph),
                *_graph(graph, count),
            ]
        return said


def _graph(node: ox.BlankNode, count: int) -> list[ox.Triple]:
    triples = ox.Literal(str(count), datatype=_XSD_INTEGER)
    return [_say(node, A, SD.Graph), ox.Triple(node, ox.NamedNode(VOID.triples), triples)]


def _say(subject: ox.NamedNode | ox.BlankNode, predicate: str, value: str) -> ox.Triple:
    return ox.Triple(subject, ox.NamedNode(predicate), ox.NamedNode(value))
