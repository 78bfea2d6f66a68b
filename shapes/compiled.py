"""A shapes graph as plain Python, for the part of SHACL that our shapes use.

Terms are N-Triples text throughout. What is not understood raises `NotCompiled`; such shapes are
left to the reference engine, so nothing is ever passed over in silence.
"""

import re
from dataclasses import dataclass, field

import pyoxigraph as ox
import rdflib
from rdflib import RDF, RDFS
from rdflib.collection import Collection
from rdflib.term import Node

from ..ontology import SH

XSD = str(rdflib.XSD)
DATATYPES = {f"{XSD}{name}" for name in ("string", "integer", "date", "gYear", "gYearMonth")}
DATATYPES.add(str(RDF.langString))

# SHACL parameters of a value or of a set of values; the keys of `Shape.rules`.
_TERMS = ("class", "datatype", "nodeKind", "equals", "disjoint", "hasValue")
_NUMBERS = ("minCount", "maxCount", "minLength", "maxLength", "minInclusive", "maxInclusive")
_LISTS = ("in", "languageIn")
_SHAPES = ("or", "xone")
_ELSE = ("not", "pattern", "uniqueLang", "qualifiedValueShape", "property", "sparql", "message")
_QUALIFIED = ("qualifiedMinCount", "qualifiedMaxCount", "severity", "path")
_TARGETS = ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf")
_SAID = ("name", "description", "order", "group", "defaultValue")  # for people, not for validation
_AROUND = ("declare", "prefix", "namespace", "prefixes", "select", "inversePath", "alternativePath")
_KNOWN = {*_TERMS, *_NUMBERS, *_LISTS, *_SHAPES, *_ELSE, *_QUALIFIED, *_TARGETS, *_SAID}


class NotCompiled(Exception):
    """The shapes use something of SHACL that only the reference engine knows."""


@dataclass(frozen=True)
class Path:
    """A property path: a predicate, or `kind` over parts."""

    kind: str  # "predicate", "inverse", "sequence" or "alternative"
    predicate: str = ""
    parts: tuple["Path", ...] = ()

    def __str__(self) -> str:
        """Return the path as SPARQL writes it."""
        if self.kind == "predicate":
            return self.predicate
        if self.kind == "inverse":
            return f"^{self.parts[0]}"
        return "(" + ("/" if self.kind == "sequence" else "|").join(map(str, self.parts)) + ")"


@dataclass(frozen=True)
class Query:
    """A SPARQL constraint: its IRI, its whole text, its messages."""

    iri: str
    text: str
    messages: tuple[str, ...]


@dataclass
class Shape:
    """A node shape, or a property shape when it has a path."""

    name: str  # "" for an anonymous shape
    path: Path | None = None
    severity: str = "Violation"
    messages: tuple[str, ...] = ()
    targets: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    terms: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    numbers: dict[str, float] = field(default_factory=dict[str, float])
    lists: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    shapes: dict[str, list[list["Shape"]]] = field(default_factory=dict[str, list[list["Shape"]]])
    properties: list["Shape"] = field(default_factory=list["Shape"])
    patterns: list[re.Pattern[str]] = field(default_factory=list[re.Pattern[str]])
    queries: list[Query] = field(default_factory=list[Query])
    unique_lang: bool = False


def compile_shapes(graph: rdflib.Graph) -> list[Shape]:
    """Return the shapes that have a target, each with all that it uses.

    Raises `NotCompiled` when the graph uses a part of SHACL that is not covered here.
    """
    used = {str(one).removeprefix(str(SH)) for one in graph.predicates() if str(one).startswith(SH)}
    if used - _KNOWN - set(_AROUND):
        raise NotCompiled("sh:" + min(used - _KNOWN - set(_AROUND)))
    targeted = {shape for name in _TARGETS for shape in graph.subjects(SH[name], None)}
    classes = {*graph.subjects(RDF.type, RDFS.Class), *graph.subjects(RDF.type, rdflib.OWL.Class)}
    if any(str(one).startswith(SH) for kind in classes for one in graph.predicates(kind, None)):
        raise NotCompiled("a class that is its own shape")
    return [_shape(graph, node) for node in sorted(targeted, key=str)]


def _shape(graph: rdflib.Graph, node: Node) -> Shape:
    shape = Shape(str(node) if isinstance(node, rdflib.URIRef) else "")
    single = (*_NUMBERS, *_LISTS, "datatype", "nodeKind", "path", "uniqueLang", "severity")
    if any(len(set(graph.objects(node, SH[name]))) > 1 for name in single):
        raise NotCompiled("a parameter that is given twice")
    for predicate, value in sorted(graph.predicate_objects(node), key=lambda pair: (*pair,)):
        if str(predicate).startswith(str(SH)):
            _read(graph, shape, str(predicate).removeprefix(str(SH)), value)
    shape.messages = tuple(sorted(str(message) for message in graph.objects(node, SH.message)))
    _qualified(graph, node, shape)
    return shape


def _read(graph: rdflib.Graph, shape: Shape, name: str, value: Node) -> None:
    if name in _TARGETS:
        shape.targets.append((name, n_triples(value)))
    elif name == "path":
        shape.path = compile_path(graph, value)
    elif name == "severity":
        shape.severity = str(value).rpartition("#")[2]
    elif name in _TERMS:
        if name == "datatype" and str(value) not in DATATYPES:
            raise NotCompiled(f"sh:datatype {value}")
        shape.terms.setdefault(name, []).append(n_triples(value))
    elif name in _NUMBERS:
        shape.numbers[name] = _number(value)
    elif name in _LISTS:
        shape.lists[name] = frozenset(_items(graph, name, value))
    elif name in _SHAPES:
        members = [_shape(graph, member) for member in Collection(graph, value)]
        shape.shapes.setdefault(name, []).append(members)
    elif name == "not":
        shape.shapes.setdefault(name, []).append([_shape(graph, value)])
    elif name == "property":
        part = _shape(graph, value)
        if part.path is None:
            raise NotCompiled("a property shape without a path")
        shape.properties.append(part)
    elif name == "pattern":
        try:
            shape.patterns.append(re.compile(str(value)))
        except re.error as error:
            raise NotCompiled(f"sh:pattern {value}: {error}") from None
    elif name == "uniqueLang":
        shape.unique_lang = str(value) == "true"
    elif name == "sparql":
        shape.queries.append(_query(graph, value))


def _qualified(graph: rdflib.Graph, node: Node, shape: Shape) -> None:
    value = graph.value(node, SH.qualifiedValueShape)
    if value is not None:
        shape.shapes["qualified"] = [[_shape(graph, value)]]
        for name in ("qualifiedMinCount", "qualifiedMaxCount"):
            count = graph.value(node, SH[name])
            if count is not None:
                shape.numbers[name] = _number(count)


def _items(graph: rdflib.Graph, name: str, value: Node) -> list[str]:
    items = Collection(graph, value)
    return [str(item).lower() if name == "languageIn" else n_triples(item) for item in items]


def _number(value: Node) -> float:
    try:
        return float(str(value))
    except ValueError:
        raise NotCompiled(f"a bound that is not a number: {value}") from None


def compile_path(graph: rdflib.Graph, node: Node) -> Path:
    """Return a property path. Raises `NotCompiled` for kinds that our shapes do not use."""
    if isinstance(node, rdflib.URIRef):
        return Path("predicate", n_triples(node))
    inverse = graph.value(node, SH.inversePath)
    if inverse is not None:
        return Path("inverse", parts=(compile_path(graph, inverse),))
    either = graph.value(node, SH.alternativePath)
    steps = node if either is None else either
    if graph.value(steps, RDF.first) is None:
        raise NotCompiled("a repeated path")
    parts = tuple(compile_path(graph, part) for part in Collection(graph, steps))
    return Path("sequence" if either is None else "alternative", parts=parts)


def _query(graph: rdflib.Graph, node: Node) -> Query:
    select = graph.value(node, SH.select)
    if select is None or not isinstance(node, rdflib.URIRef) or graph.value(node, SH.deactivated):
        raise NotCompiled("a SPARQL constraint without a name or a SELECT")
    if any(
        "this" in inner
        for inner in re.findall(r"\{\s*SELECT[^}]*\{[^}]*\}", str(select), re.IGNORECASE)
    ):
        raise NotCompiled("$this inside a subselect, which Oxigraph does not bind")
    prefixes = {
        str(graph.value(one, SH.prefix)): str(graph.value(one, SH.namespace))
        for ontology in graph.objects(node, SH.prefixes)
        for one in graph.objects(ontology, SH.declare)
    }
    head = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in sorted(prefixes.items()))
    messages = tuple(sorted(str(message) for message in graph.objects(node, SH.message)))
    return Query(str(node), head + str(select), messages)


def n_triples(term: Node) -> str:
    """Return a term as N-Triples text, exactly as Oxigraph writes it."""
    if isinstance(term, rdflib.URIRef):
        return f"<{term}>"
    if not isinstance(term, rdflib.Literal):
        return f"_:{term}"
    if term.language:
        return str(ox.Literal(str(term), language=term.language))
    return str(ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype or f"{XSD}string"))))
