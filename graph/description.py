"""What the dataset says of itself: VoID, DCAT and prefixes, generated with every build."""

from collections import Counter
from collections.abc import Iterable, Iterator

import pyoxigraph as ox
import rdflib

from ..ontology import BASE, DCAT, DCTERMS, GRAPH, PREFIXES, SD, SH, VOID
from .dataset import Dataset
from .terms import LABEL, A, Triple, english, whole

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
DATASET = rdflib.URIRef(f"{BASE}dataset")
DUMPS = {
    "cami.ttl": "text/turtle",
    "cami.trig": "application/trig",
    "cami.nt": "application/n-triples",
}


def describe(dataset: Dataset, version: str) -> Iterator[Triple]:
    """Yield the description of a dataset: counts, partitions, graphs, dumps and prefixes."""
    triples = dataset.default()
    yield DATASET, A, VOID.Dataset
    yield DATASET, A, DCAT.Dataset
    yield DATASET, DCTERMS.title, english("Central Asian Mammals Initiative knowledge graph")
    yield DATASET, DCTERMS.license, rdflib.URIRef(LICENCE)
    yield DATASET, DCAT.version, rdflib.Literal(version)
    yield DATASET, VOID.uriSpace, rdflib.Literal(f"{BASE}id/")
    yield DATASET, VOID.triples, whole(len(triples))
    yield DATASET, VOID.distinctSubjects, whole(len({t.subject for t in triples}))
    yield from _distributions()
    properties = Counter(t.predicate.value for t in triples)
    classes = class_counter(triples)
    yield DATASET, VOID.properties, whole(len(properties))
    yield DATASET, VOID.classes, whole(len(classes))
    yield from _partitions("property", properties, VOID.triples)
    yield from _partitions("class", classes, VOID.entities)
    yield from _graphs(dataset)
    for prefix, namespace in sorted(PREFIXES.items()):
        node = rdflib.URIRef(f"{BASE}dataset/prefix/{prefix}")
        yield DATASET, SH.declare, node
        yield node, SH.prefix, rdflib.Literal(prefix)
        yield node, SH.namespace, rdflib.Literal(namespace, datatype=rdflib.XSD.anyURI)


def class_counter(triples: Iterable[ox.Triple]) -> Counter[str]:
    """Return how many things of each class some triples hold, by the IRI of the class."""
    return Counter(
        t.object.value
        for t in triples
        if t.predicate.value == str(A) and isinstance(t.object, ox.NamedNode)
    )


def _distributions() -> Iterator[Triple]:
    for name, media_type in DUMPS.items():
        dump = rdflib.URIRef(f"{BASE}dumps/{name}")
        yield DATASET, VOID.dataDump, dump
        yield DATASET, DCAT.distribution, dump
        yield dump, A, DCAT.Distribution
        yield dump, DCAT.mediaType, rdflib.Literal(media_type)


def _partitions(kind: str, counts: Counter[str], measure: rdflib.URIRef) -> Iterator[Triple]:
    for number, (iri, count) in enumerate(sorted(counts.items()), 1):
        node = rdflib.URIRef(f"{BASE}dataset/{kind}/{number}")
        yield DATASET, VOID[f"{kind}Partition"], node
        yield node, VOID[kind], rdflib.URIRef(iri)
        yield node, measure, whole(count)


def _graphs(dataset: Dataset) -> Iterator[Triple]:
    for origin, triples in sorted(dataset.graphs.items()):
        node = rdflib.URIRef(GRAPH + origin)
        yield DATASET, VOID.subset, node
        yield node, A, SD.NamedGraph
        yield node, A, VOID.Dataset
        yield node, SD.name, node
        yield node, LABEL, english(f"Graph of origin: {origin}")
        yield node, VOID.triples, whole(len(triples))
