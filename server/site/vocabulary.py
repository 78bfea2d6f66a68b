"""The vocabulary of a build in words: each class with its properties, and what the shapes demand."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from ...ontology import CAMI, SH, SHAPES, SKOS, VOID
from ..builds import Build
from .demands import DATATYPES, Demand, demand
from .labels import Labels

_CLASS_PARTITION, _PROPERTY_PARTITION = str(VOID.classPartition), str(VOID.propertyPartition)
_DATATYPE = "http://ldf.fi/void-ext#datatype"
_DATATYPE_PARTITION = "http://ldf.fi/void-ext#datatypePartition"
_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
Node = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


class Index:
    """Triples of files of the build, by subject and predicate."""

    def __init__(self, paths: Iterable[Path]):
        self._held: dict[tuple[object, str], list[Node]] = defaultdict(list)
        self._by: dict[str, list[tuple[Node, Node]]] = defaultdict(list)
        for number, path in enumerate(paths):
            for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_TRIPLES):
                subject, found = _apart(quad.subject, number), _apart(quad.object, number)
                self._held[subject, quad.predicate.value].append(found)
                self._by[quad.predicate.value].append((subject, found))

    def objects(self, subject: object, predicate: str) -> list[Node]:
        """Return the values of a property of a node."""
        return self._held.get((subject, predicate), [])

    def text(self, subject: object, predicate: str) -> str:
        """Return the first text that a property of a node has, "" without one."""
        found = [
            one.value for one in self.objects(subject, predicate) if isinstance(one, ox.Literal)
        ]
        return min(found, default="")

    def iris(self, subject: object, predicate: str) -> list[str]:
        """Return the IRIs that a property of a node has, sorted."""
        values = self.objects(subject, predicate)
        return sorted(one.value for one in values if isinstance(one, ox.NamedNode))

    def pairs(self, predicate: str) -> list[tuple[Node, Node]]:
        """Return subject and object of each triple of a property."""
        return self._by.get(predicate, [])

    def members(self, head: object) -> list[Node]:
        """Return the members of a list."""
        rdf, found = "http://www.w3.org/1999/02/22-rdf-syntax-ns#", list[Node]()
        while first := self.objects(head, f"{rdf}first"):
            found += first
            head = next(iter(self.objects(head, f"{rdf}rest")), None)
        return found


def _apart(node: Node, number: int) -> Node:
    """Return a node, a blank one with a label that no other file has."""
    return ox.BlankNode(f"f{number}{node.value}") if isinstance(node, ox.BlankNode) else node


@dataclass(frozen=True)
class Use:
    """A property as one class uses it: how often, with which values, and how many the shapes want."""

    iri: str
    definition: str
    count: int
    values: Sequence[str]
    how_many: str


@dataclass(frozen=True)
class Entry:
    """A class: its definition, how many things it has, its properties, what its shapes demand."""

    iri: str
    name: str
    definition: str
    count: int
    uses: Sequence[Use]
    demands: Sequence[Demand]


def read_vocabulary(build: Build, labels: Labels) -> list[Entry]:
    """Return the classes of our vocabulary and those of others that it uses, by label."""
    names = ("void.nt", "ontology/cami.nt", "shapes/shapes.nt")
    index = Index(build.folder / name for name in names)
    demands = _demands(index, labels)
    parts: dict[str, list[Node]] = defaultdict(list)
    for _, part in index.pairs(_CLASS_PARTITION):
        for iri in index.iris(part, str(VOID["class"])):
            parts[iri].append(part)
    known = {iri for iri in (*parts, *demands) if labels.text(iri) and _ours(iri, index)}
    found = [_entry(iri, index, labels, parts.get(iri, []), demands.get(iri, [])) for iri in known]
    return sorted(found, key=lambda one: (labels.text(one.iri).casefold(), one.iri))


def _ours(iri: str, index: Index) -> bool:
    """Whether a class is one of ours, or one of others that things of ours have."""
    return iri.startswith((str(CAMI), "http://rs.tdwg.org/tcs/", str(SKOS)))


def _entry(
    iri: str, index: Index, labels: Labels, parts: Sequence[Node], demands: Sequence[Demand]
) -> Entry:
    of_dataset = sorted(parts, key=lambda part: -_number(index, part, str(VOID.entities)))[:1]
    counts = [_number(index, part, str(VOID.entities)) for part in of_dataset]
    uses = [
        _use(use, index, labels, demands)
        for part in of_dataset
        for use in index.objects(part, _PROPERTY_PARTITION)
    ]
    return Entry(
        iri,
        labels.text(iri),
        index.text(ox.NamedNode(iri), str(SKOS.definition)),
        sum(counts),
        sorted((one for one in uses if one.iri != _TYPE), key=lambda one: labels.text(one.iri)),
        demands,
    )


def _use(part: Node, index: Index, labels: Labels, demands: Sequence[Demand]) -> Use:
    iri = index.iris(part, str(VOID.property))[0]
    values = {
        DATATYPES.get(kind, labels.text(kind))
        for partition, name in (
            (_CLASS_PARTITION, str(VOID["class"])),
            (_DATATYPE_PARTITION, _DATATYPE),
        )
        for one in index.objects(part, partition)
        for kind in index.iris(one, name)
    }
    wanted = [one.how_many for one in demands if one.path == iri and one.how_many]
    return Use(
        iri,
        index.text(ox.NamedNode(iri), str(SKOS.definition)),
        _number(index, part, str(VOID.triples)),
        sorted(values, key=str.casefold),
        wanted[0] if wanted else "",
    )


def _number(index: Index, part: object, name: str) -> int:
    return int(index.text(part, name) or 0)


def _demands(index: Index, labels: Labels) -> dict[str, list[Demand]]:
    """Return what the shapes demand of each class, those of properties by their labels."""
    found: dict[str, list[Demand]] = defaultdict(list)
    for shape, target in index.pairs(str(SH.targetClass)):
        if not isinstance(target, ox.NamedNode):
            continue
        links = (str(SH.property), str(SH.sparql))
        parts = [part for link in links for part in index.objects(shape, link)]
        for part in (shape, *parts):
            if isinstance(part, ox.NamedNode) and index.text(part, str(SH.message)):
                found[target.value].append(demand(part, index, labels, str(SHAPES)))
    for held in found.values():
        held.sort(key=lambda one: (one.rank, one.property.casefold(), one.name))
    return found
