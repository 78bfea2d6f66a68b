"""What the dataset says of itself: VoID, DCAT and prefixes, generated with every build."""

from collections import Counter
from collections.abc import Iterator, Mapping

import pyoxigraph as ox
import rdflib

from ..ontology import BASE, DCAT, DCTERMS, GRAPH, PREFIXES, SD, SH, VOID
from . import media
from .crosswalk import LINK_PREDICATES
from .dataset import Dataset
from .linksets import DESCRIPTION, LINKSETS, origin_of
from .partitions import DATASET, partitions
from .terms import LABEL, XSD, A, Triple, english, whole

ENDPOINT = rdflib.URIRef(f"{BASE}sparql")
SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")
LICENCE = rdflib.URIRef(media.LICENCE)
DUMPS = ("cami.nq", "cami.nt", "cami.trig", "cami.ttl")
_IANA = "https://www.iana.org/assignments/media-types/"


def describe(dataset: Dataset, version: str) -> Iterator[Triple]:
    """Yield the description of a dataset: counts, partitions, graphs, dumps and prefixes."""
    graphs = {origin: held for origin, held in dataset.graphs.items() if origin != DESCRIPTION}
    triples = set[ox.Triple]().union(*graphs.values())  # a description cannot count itself
    asserted = [
        triple for origin, held in graphs.items() if origin != "inferred" for triple in held
    ]
    yield DATASET, A, VOID.Dataset
    yield DATASET, A, DCAT.Dataset
    yield DATASET, LABEL, english("Central Asian Mammals Initiative knowledge graph")
    yield DATASET, DCTERMS.title, english("Central Asian Mammals Initiative knowledge graph")
    yield DATASET, DCTERMS.license, LICENCE
    yield DATASET, DCAT.version, rdflib.Literal(version)
    yield DATASET, VOID.uriSpace, rdflib.Literal(f"{BASE}id/")
    yield DATASET, VOID.sparqlEndpoint, ENDPOINT
    yield from _service()
    yield DATASET, VOID.triples, whole(len(triples))
    yield DATASET, VOID.distinctSubjects, whole(len({t.subject for t in triples}))
    for name in DUMPS:
        yield DATASET, VOID.dataDump, rdflib.URIRef(f"{BASE}dumps/{name}")
        yield from _distribution(name)
    yield from partitions(triples, asserted)
    yield from _graphs(graphs)
    yield from _linksets(dataset)
    for prefix, namespace in sorted(PREFIXES.items()):
        node = rdflib.URIRef(f"{BASE}dataset/prefix/{prefix}")
        yield DATASET, SH.declare, node
        yield node, SH.prefix, rdflib.Literal(prefix)
        yield node, SH.namespace, rdflib.Literal(namespace, datatype=XSD["anyURI"])


def distributions(files: Mapping[str, tuple[int, str]]) -> Iterator[Triple]:
    """Yield each file of a build as a DCAT 3 distribution, by name with its bytes and SHA-256.

    This goes into the published description only: no graph can hold the digest of its own dump.
    """
    for name, (size, sha256) in sorted(files.items()):
        yield from _distribution(name)
        file = rdflib.URIRef(f"{BASE}dumps/{name}")
        checksum = rdflib.URIRef(f"{file}#checksum")
        yield file, DCAT.byteSize, rdflib.Literal(str(size), datatype=XSD["nonNegativeInteger"])
        yield file, SPDX.checksum, checksum
        yield checksum, A, SPDX.Checksum
        yield checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256
        yield checksum, SPDX.checksumValue, rdflib.Literal(sha256, datatype=XSD["hexBinary"])


def _distribution(name: str) -> Iterator[Triple]:
    file = rdflib.URIRef(f"{BASE}dumps/{name}")
    yield DATASET, DCAT.distribution, file
    yield file, A, DCAT.Distribution
    yield file, DCTERMS.title, rdflib.Literal(name)
    yield file, DCTERMS.license, LICENCE
    yield file, DCAT.accessURL, rdflib.URIRef(f"{BASE}dumps/")
    yield file, DCAT.downloadURL, file
    yield file, DCAT.mediaType, rdflib.URIRef(_IANA + media.media_type(name))


def _service() -> Iterator[Triple]:
    """Yield the endpoint as catalogues look for it; what it can do, it says of itself."""
    yield ENDPOINT, A, DCAT.DataService
    yield ENDPOINT, DCTERMS.title, english("SPARQL endpoint of the CAMI knowledge graph")
    yield ENDPOINT, DCTERMS.conformsTo, rdflib.URIRef("http://www.w3.org/TR/sparql11-protocol/")
    yield ENDPOINT, DCTERMS.license, LICENCE
    yield ENDPOINT, DCAT.endpointURL, ENDPOINT
    yield ENDPOINT, DCAT.endpointDescription, ENDPOINT
    yield ENDPOINT, DCAT.servesDataset, DATASET


def _graphs(graphs: Mapping[str, set[ox.Triple]]) -> Iterator[Triple]:
    for origin, triples in sorted(graphs.items()):
        node = rdflib.URIRef(GRAPH + origin)
        yield DATASET, VOID.subset, node
        yield node, A, SD.NamedGraph
        yield node, A, VOID.Dataset
        yield node, SD.name, node
        yield node, LABEL, english(f"Graph of origin: {origin}")
        yield node, VOID.triples, whole(len(triples))


def _linksets(dataset: Dataset) -> Iterator[Triple]:
    """Yield the counts of each linkset, whole and by predicate, and its file."""
    described = dataset.graphs.get(DESCRIPTION, set())
    names = {
        t.subject.value.removeprefix(LINKSETS)
        for t in described
        if t.object == ox.NamedNode(str(VOID.Linkset)) and isinstance(t.subject, ox.NamedNode)
    }
    for name in sorted(names):
        iri, graph = rdflib.URIRef(LINKSETS + name), rdflib.URIRef(GRAPH + origin_of(name))
        held = Counter(t.predicate.value for t in dataset.graphs.get(origin_of(name), set()))
        counts = {one: held[str(one)] for one in sorted(LINK_PREDICATES) if held[str(one)]}
        yield DATASET, VOID.subset, iri
        yield iri, SD.name, graph
        yield iri, VOID.triples, whole(sum(counts.values()))
        yield iri, VOID.dataDump, rdflib.URIRef(f"{BASE}dumps/links/{name}.sssom.tsv")
        yield iri, DCTERMS.license, LICENCE
        for predicate, count in counts.items():
            part = rdflib.URIRef(f"{iri}/{predicate.rpartition('#')[2]}")
            yield iri, VOID.linkPredicate, predicate
            yield iri, VOID.propertyPartition, part
            yield part, VOID.property, predicate
            yield part, VOID.triples, whole(count)
