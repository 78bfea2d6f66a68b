"""What an axiom says, as short parts in the manner of the Manchester syntax.

A part is a word of the syntax (`str`), a term (`URIRef`) or a value (`Literal`), so that a page can
link the terms and a list of changes can write them as text.
See https://www.w3.org/TR/owl2-manchester-syntax/
"""

from collections.abc import Iterable, Sequence

import rdflib
from rdflib import OWL, RDF, XSD, BNode, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from . import PREFIXES

Part = str | URIRef | Literal
Expression = tuple[Part, ...]

_QUANTIFIERS = {
    OWL.someValuesFrom: "some",
    OWL.allValuesFrom: "only",
    OWL.hasValue: "value",
    OWL.hasSelf: "self",
    OWL.minCardinality: "min",
    OWL.maxCardinality: "max",
    OWL.cardinality: "exactly",
    OWL.minQualifiedCardinality: "min",
    OWL.maxQualifiedCardinality: "max",
    OWL.qualifiedCardinality: "exactly",
}
_BARE = (XSD.boolean, XSD.integer, XSD.nonNegativeInteger, XSD.decimal)
_JOINED = {OWL.unionOf: "or", OWL.intersectionOf: "and"}
_PREFIXED = {OWL.complementOf: "not", OWL.inverseOf: "inverse", OWL.datatypeComplementOf: "not"}


def expression(graph: rdflib.Graph, node: Node) -> Expression:
    """Return the parts of a term, a value, or the class expression that a blank node stands for."""
    if isinstance(node, URIRef | Literal):
        return (node,)
    if (node, OWL.onProperty, None) in graph:
        return _restriction(graph, node)
    for predicate, word in _JOINED.items():
        for members in graph.objects(node, predicate):
            return _joined(graph, members, word)
    for members in graph.objects(node, OWL.oneOf):
        return ("{", *_joined(graph, members, ",")[1:-1], "}")
    for predicate, word in _PREFIXED.items():
        for value in graph.objects(node, predicate):
            return (word, *expression(graph, value))
    return everything(graph, node)


def listed(graph: rdflib.Graph, node: Node, word: str) -> Expression:
    """Return the parts of the members of an RDF list with a word between them."""
    return _joined(graph, node, word)[1:-1]


def curie(iri: str) -> str:
    """Return an IRI with its prefix, or in angle brackets where no prefix gives a plain name."""
    for prefix, namespace in PREFIXES.items():
        local = iri.removeprefix(namespace)
        if local != iri and local.replace("_", "").replace("-", "").isalnum():
            return f"{prefix}:{local}"
    return f"<{iri}>"


def text(parts: Sequence[Part]) -> str:
    """Return parts as one line of text, terms with their prefixes."""
    return spaced([_word(part) for part in parts])


def spaced(words: Iterable[str]) -> str:
    """Return words with spaces between them, but none inside brackets or before a comma."""
    shown = ""
    for word in words:
        tight = not shown or shown.endswith(("(", "{", "[")) or word in (")", "}", "]", ",")
        shown += word if tight else f" {word}"
    return shown


def _word(part: Part) -> str:
    if isinstance(part, URIRef):
        return curie(part)
    return value_text(part) if isinstance(part, Literal) else part


def value_text(value: Literal) -> str:
    """Return a value as Turtle writes it, its datatype with a prefix."""
    if value.datatype is None:
        return value.n3()
    return (
        str(value)
        if value.datatype in _BARE
        else f"{Literal(str(value)).n3()}^^{curie(value.datatype)}"
    )


def _restriction(graph: rdflib.Graph, node: Node) -> Expression:
    parts: list[Part] = []
    for on_property in graph.objects(node, OWL.onProperty):
        parts += expression(graph, on_property)
    for predicate, word in _QUANTIFIERS.items():
        for value in graph.objects(node, predicate):
            counted = isinstance(value, Literal) and word in ("min", "max", "exactly")
            parts += (word, str(value)) if counted else (word, *expression(graph, value))
    for predicate in (OWL.onClass, OWL.onDataRange):
        for value in graph.objects(node, predicate):
            parts += expression(graph, value)
    return tuple(parts)


def _joined(graph: rdflib.Graph, members: Node, word: str) -> Expression:
    parts: list[Part] = ["("]
    for member in _members(graph, members):
        parts += (word,) if len(parts) > 1 else ()
        parts += expression(graph, member)
    return (*parts, ")")


def _members(graph: rdflib.Graph, members: Node) -> Iterable[Node]:
    return Collection(graph, members)


def everything(graph: rdflib.Graph, node: Node) -> Expression:
    """Return all that is said of a blank node, in brackets as in Turtle; nothing gets lost."""
    parts: list[Part] = ["["]
    for predicate, value in sorted(graph.predicate_objects(node), key=str):
        is_list = isinstance(value, BNode) and (value, RDF.first, None) in graph
        parts += (URIRef(str(predicate)),)
        parts += _joined(graph, value, ",") if is_list else expression(graph, value)
    return (*parts, "]")
