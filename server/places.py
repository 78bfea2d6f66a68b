"""Where in a user's RDF file a node, its property or its value stands, in any syntax."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pyoxigraph as ox
from rdflib.util import from_n3

from .positions import Lines, Place, Statement, Unreadable, statements
from .positions_tree import json_places, xml_places

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_LINKS = (f"{RDF}first", f"{RDF}rest")
_LINED = {"Turtle", "N-Triples", "N-Quads", "TriG", "N3"}
Term = tuple[str, ...]


def key(term: object) -> Term:
    """Return what makes a term of the engine the same as one of a result."""
    if isinstance(term, ox.NamedNode):
        return ("iri", term.value)
    if isinstance(term, ox.BlankNode):
        return ("blank", term.value)
    if isinstance(term, ox.Literal):
        return ("literal", term.value, term.datatype.value, (term.language or "").lower())
    return ("other", str(term))


def key_of_text(text: str) -> Term:
    """Return the key of a term that a result names, in N-Triples form."""
    if text.startswith("<"):
        return ("iri", text[1:-1])
    if not text.startswith('"'):
        return ("blank", text.removeprefix("_:"))
    literal = from_n3(text)
    datatype = getattr(literal, "datatype", None) or "http://www.w3.org/2001/XMLSchema#string"
    language = (getattr(literal, "language", None) or "").lower()
    return ("literal", str(literal), f"{RDF}langString" if language else str(datatype), language)


@dataclass
class Places:
    """The places of the statements of one text; `found` may lack some, never invents one."""

    nodes: dict[Term, Place] = field(default_factory=dict[Term, Place])
    properties: dict[tuple[Term, Term], Place] = field(
        default_factory=dict[tuple[Term, Term], Place]
    )
    values: dict[tuple[Term, Term, Term], Place] = field(
        default_factory=dict[tuple[Term, Term, Term], Place]
    )
    mentions: dict[Term, Place] = field(default_factory=dict[Term, Place])

    def find(self, focus: str, path: str, value: str) -> Place | None:
        """Return the place of a value of a node, else of the property, else of the node."""
        node, verb, target = key_of_text(focus), key_of_text(path), key_of_text(value)
        found = self.values.get((node, verb, target)) if path and value else None
        if found is None and path:
            found = self.properties.get((node, verb))
        if found is None and value and not path:  # a rule of several properties names its value
            found = next(
                (p for (s, _, o), p in self.values.items() if s == node and o == target), None
            )
        return found or self.nodes.get(node)

    def mention(self, focus: str, value: str) -> Place | None:
        """Return where a thing of elsewhere is named as a value, or a value as a term."""
        node, target = key_of_text(focus), key_of_text(value) if value else ("none",)
        return self.mentions.get(target) or self.mentions.get(node)

    def add(self, quad: ox.Quad, subject: Place, verb: Place, value: Place) -> None:
        """Note the places of one statement; the first of several stays."""
        s, p, o = key(quad.subject), key(quad.predicate), key(quad.object)
        self.nodes.setdefault(s, subject)
        self.properties.setdefault((s, p), verb)
        self.values.setdefault((s, p, o), value)
        self.mentions.setdefault(p, verb)
        self.mentions.setdefault(o, value)


def places(text: str, form: str, quads: Sequence[ox.Quad]) -> Places:
    """Return the places of the statements of a text that the engine read as `quads`."""
    found = Places()
    if form in _LINED:
        try:
            _pair(statements(text), quads, found)
        except Unreadable:
            found = Places()
    elif form == "JSON-LD":
        try:
            _named(json_places(text), quads, found)
        except RecursionError:  # nested deeper than Python's reader goes
            found = Places()
    elif form == "RDF/XML":
        _named(xml_places(text), quads, found)
    _search(text, quads, found)
    return found


def _pair(stated: Sequence[Statement], quads: Sequence[ox.Quad], out: Places) -> None:
    """Pair statements with quads, both in the order of the text.

    The engine emits the links of collections in an order of their own: they are left out, and the
    statement whose object is a collection is known by its subject.
    """
    plain = [one for one in stated if not one.is_list]
    if len(plain) < len(stated):
        heads = {quad.subject for quad in quads if quad.predicate.value in _LINKS}
        quads = [q for q in quads if q.subject not in heads or q.predicate.value not in _LINKS]
        linked = [quad for quad in quads if quad.object in heads]
        quads = [quad for quad in quads if quad.object not in heads]
    else:
        linked = []
    if len(plain) != len(quads):
        raise Unreadable("collections beside lists that are written out")
    for one, quad in zip(plain, quads, strict=True):
        out.add(quad, one.subject_at, one.verb_at, one.object_at)
    lists = [one for one in stated if one.is_list]
    if len(lists) == len(linked):
        for one, quad in zip(lists, linked, strict=True):
            out.add(quad, one.subject_at, one.verb_at, one.object_at)


def _named(found: Iterable[tuple[str, str, Place]], quads: Sequence[ox.Quad], out: Places) -> None:
    """Take over places that are known by subject and predicate IRI; "" stands for the node."""
    known: dict[tuple[str, str], Place] = {}
    for subject, predicate, place in found:
        known.setdefault((subject, predicate), place)
    holders = {key(quad.object): quad for quad in quads if isinstance(quad.object, ox.BlankNode)}
    for quad in quads:
        subject: object = quad.subject
        if isinstance(subject, ox.BlankNode):
            holder = holders.get(key(subject))
            place = known.get(_property(holder)) if holder else None
            if place:
                out.nodes.setdefault(key(subject), place)
        elif isinstance(subject, ox.NamedNode) and (node := known.get((subject.value, ""))):
            verb = known.get((subject.value, quad.predicate.value))
            out.nodes.setdefault(key(subject), node)
            if verb:
                out.properties.setdefault((key(subject), key(quad.predicate)), verb)
                out.mentions.setdefault(key(quad.predicate), verb)
                out.mentions.setdefault(key(quad.object), verb)


def _property(quad: ox.Quad) -> tuple[str, str]:
    subject: object = quad.subject
    return (subject.value if isinstance(subject, ox.NamedNode) else "", quad.predicate.value)


def _search(text: str, quads: Sequence[ox.Quad], out: Places) -> None:
    """Find subjects that no reader placed by their IRI, or by its last part as a whole word."""
    lines = Lines(text)
    missing = {
        quad.subject.value
        for quad in quads
        if isinstance(quad.subject, ox.NamedNode) and key(quad.subject) not in out.nodes
    }
    for iri in missing:
        local = re.split(r"[/#:]", iri)[-1]
        offset = text.find(iri)
        if offset < 0 and local:
            match = re.search(rf"(?<![\w-]){re.escape(local)}(?![\w-])", text)
            offset = match.start() if match else -1
        if offset >= 0:
            out.nodes[("iri", iri)] = lines.place(offset)
