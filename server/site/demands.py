"""What one shape demands, in words made of its parts, beside the message that its author wrote."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pyoxigraph as ox

from ...ontology import SH
from .labels import Labels

Node = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
_XSD = "http://www.w3.org/2001/XMLSchema#"
DATATYPES = {
    f"{_XSD}string": "text",
    f"{_XSD}integer": "a whole number",
    f"{_XSD}decimal": "a number",
    f"{_XSD}boolean": "true or false",
    f"{_XSD}date": "a day",
    f"{_XSD}gYear": "a year",
    f"{_XSD}gYearMonth": "a month of a year",
    f"{_XSD}anyURI": "a web address",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString": "text with its language",
}
_KINDS = {"IRI": "an IRI", "Literal": "a value", "BlankNodeOrIRI": "a node", "BlankNode": "a node"}
_IRI = re.compile(r"<(https?://[^>]+)>")
_LANGUAGES = {"en": "English", "fr": "French", "es": "Spanish", "ru": "Russian", "mn": "Mongolian"}


class Triples(Protocol):
    """Triples by subject and predicate."""

    def objects(self, subject: object, predicate: str) -> list[Node]:
        """Return the values of a property of a node."""
        ...

    def text(self, subject: object, predicate: str) -> str:
        """Return the first text of a property of a node."""
        ...

    def iris(self, subject: object, predicate: str) -> list[str]:
        """Return the IRIs of a property of a node."""
        ...

    def members(self, head: object) -> list[Node]:
        """Return the members of a list."""
        ...


@dataclass(frozen=True)
class Demand:
    """A demand: on which property, how many values of which kind, and what happens without."""

    name: str
    path: str
    property: str
    how_many: str
    values: str
    message: str
    severity: str
    profile: str
    rank: int


def demand(shape: ox.NamedNode, index: Triples, labels: Labels, space: str) -> Demand:
    """Return what a shape with a name demands; `space` is the namespace of the names."""
    paths = index.objects(shape, str(SH.path))
    path = paths[0].value if paths and isinstance(paths[0], ox.NamedNode) else ""
    said = [
        one.value for one in index.objects(shape, str(SH.message)) if isinstance(one, ox.Literal)
    ]
    severity = (index.iris(shape, str(SH.severity)) or [str(SH.Violation)])[0]
    return Demand(
        name=shape.value.removeprefix(space),
        path=path,
        property=", ".join(_path(one, index, labels) for one in paths),
        how_many=_how_many(
            index.text(shape, str(SH.minCount)), index.text(shape, str(SH.maxCount))
        ),
        values=", ".join(_values(shape, index, labels)),
        message=_IRI.sub(lambda one: labels.text(one[1]), " ".join(" ".join(sorted(said)).split())),
        severity=severity.rpartition("#")[2],
        profile=index.text(shape, f"{space}profile") or "core",
        rank=0 if paths else 1,
    )


def _path(node: Node, index: Triples, labels: Labels) -> str:
    """Return a path in words: a property, one read backwards, or several after each other."""
    if isinstance(node, ox.NamedNode):
        return labels.text(node.value)
    if inverse := index.objects(node, str(SH.inversePath)):
        return f"{_path(inverse[0], index, labels)} (backwards)"
    if either := index.objects(node, str(SH.alternativePath)):
        return " or ".join(_path(one, index, labels) for one in index.members(either[0]))
    return ", then ".join(_path(one, index, labels) for one in index.members(node))


def _how_many(least: str, most: str) -> str:
    if least == most:
        return f"exactly {_count(least)}" if least else ""
    if most and least in ("", "0"):
        return f"at most {_count(most)}"
    if most:
        return f"{least} to {most}"
    return f"{_count(least)} or more" if least not in ("", "0") else ""


def _count(number: str) -> str:
    return "one" if number == "1" else number


def _values(shape: Node, index: Triples, labels: Labels) -> Sequence[str]:
    """Return what each value has to be, as far as a shape says it by itself."""
    found = [DATATYPES.get(one, labels.text(one)) for one in index.iris(shape, str(SH.datatype))]
    found += [labels.text(one) for one in index.iris(shape, str(SH["class"]))]
    found += [
        _KINDS[k]
        for one in index.iris(shape, str(SH.nodeKind))
        if (k := one.rpartition("#")[2]) in _KINDS
    ]
    for head in index.objects(shape, str(SH["in"])):
        found.append("one of " + ", ".join(_shown(one, labels) for one in index.members(head)))
    for head in index.objects(shape, str(SH.languageIn)):
        tags = [one.value for one in index.members(head) if isinstance(one, ox.Literal)]
        found.append("in " + " or ".join(_LANGUAGES.get(one, one) for one in tags))
    for name, words in (
        ("minInclusive", "from"),
        ("maxInclusive", "up to"),
        ("pattern", "of the form"),
    ):
        if value := index.text(shape, str(SH[name])):
            found.append(f"{words} {value}")
    for name, words in (("minLength", "at least"), ("maxLength", "at most")):
        if value := index.text(shape, str(SH[name])):
            found.append(f"{words} {value} characters")
    for either in index.objects(shape, str(SH["or"])):
        kinds = [_values(one, index, labels) for one in index.members(either)]
        if kinds and all(kinds):
            found.append(" or ".join(" ".join(one) for one in kinds))
    if index.text(shape, str(SH.uniqueLang)) == "true":
        found.append("one for each language")
    return found


def _shown(node: Node, labels: Labels) -> str:
    if isinstance(node, ox.NamedNode):
        return labels.text(node.value)
    return node.value if isinstance(node, ox.Literal) else ""
