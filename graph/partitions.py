"""VoID partitions: which classes have which properties, with values of which classes or datatypes.

SPARQL editors complete from these: https://www.w3.org/TR/void/#class-property-partitions, with
datatypes in the extension http://ldf.fi/void-ext#.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

import pyoxigraph as ox
import rdflib

from ..ontology import BASE, PREFIXES, VOID
from .terms import A, Triple, whole

VOID_EXT = rdflib.Namespace("http://ldf.fi/void-ext#")
DATASET = rdflib.URIRef(f"{BASE}dataset")
_TYPE = str(A)


class _Use(NamedTuple):
    """A property of a class, with the class or datatype of its values, if they have one."""

    subject: str
    property: str
    value: str
    is_datatype: bool


def class_counter(triples: Iterable[ox.Triple]) -> Counter[str]:
    """Return how many things of each class some triples hold, by the IRI of the class."""
    return Counter(
        t.object.value
        for t in triples
        if t.predicate.value == _TYPE and isinstance(t.object, ox.NamedNode)
    )


def partitions(triples: Collection[ox.Triple], asserted: Iterable[ox.Triple]) -> Iterator[Triple]:
    """Yield the property and class partitions of the dataset, each class with its properties.

    Classes that things have only by inference are counted, but get no properties: an editor that
    offered every property of every superclass would help nobody.
    """
    properties = Counter(t.predicate.value for t in triples)
    classes = class_counter(triples)
    yield DATASET, VOID.properties, whole(len(properties))
    yield DATASET, VOID.classes, whole(len(classes))
    for iri, count in sorted(properties.items()):
        yield from _part(DATASET, "property", iri, VOID.triples, count)
    for iri, count in sorted(classes.items()):
        yield from _part(DATASET, "class", iri, VOID.entities, count)
    uses = _uses(triples, _classes_of(asserted))
    for use, count in sorted(uses.items()):
        if use.value:
            yield from _values(use, count)
        else:  # each triple once, whatever the classes of its value
            node = _node(DATASET, "class", use.subject)
            yield from _part(node, "property", use.property, VOID.triples, count)


def _classes_of(triples: Iterable[ox.Triple]) -> Mapping[object, set[str]]:
    classes: dict[object, set[str]] = defaultdict(set)
    for t in triples:
        if t.predicate.value == _TYPE and isinstance(t.object, ox.NamedNode):
            classes[t.subject].add(t.object.value)
    return classes


def _uses(triples: Iterable[ox.Triple], classes: Mapping[object, Collection[str]]) -> Counter[_Use]:
    uses: Counter[_Use] = Counter()
    for t in triples:
        for subject in classes.get(t.subject, ()):
            uses[_Use(subject, t.predicate.value, "", False)] += 1
            if isinstance(t.object, ox.Literal):
                uses[_Use(subject, t.predicate.value, t.object.datatype.value, True)] += 1
            for value in classes.get(t.object, ()):
                uses[_Use(subject, t.predicate.value, value, False)] += 1
    return uses


def _values(use: _Use, count: int) -> Iterator[Triple]:
    parent = _node(_node(DATASET, "class", use.subject), "property", use.property)
    if not use.is_datatype:
        yield from _part(parent, "class", use.value, VOID.triples, count)
        return
    node = _node(parent, "datatype", use.value)
    yield parent, VOID_EXT.datatypePartition, node
    yield node, VOID_EXT.datatype, rdflib.URIRef(use.value)
    yield node, VOID.triples, whole(count)


def _part(
    parent: rdflib.URIRef, kind: str, iri: str, measure: rdflib.URIRef, count: int
) -> Iterator[Triple]:
    node = _node(parent, kind, iri)
    yield parent, VOID[f"{kind}Partition"], node
    yield node, VOID[kind], rdflib.URIRef(iri)
    yield node, measure, whole(count)


def _node(parent: rdflib.URIRef, kind: str, iri: str) -> rdflib.URIRef:
    """Return the IRI of a partition, which stays the same when others come and go."""
    fits = [(len(space), name) for name, space in PREFIXES.items() if iri.startswith(space)]
    if fits:
        name = max(fits)[1]
        local = f"{name}-{iri.removeprefix(PREFIXES[name])}"
    else:
        local = hashlib.sha256(iri.encode()).hexdigest()[:12]
    return rdflib.URIRef(f"{parent}/{kind}/{local}")
