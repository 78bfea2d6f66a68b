"""Terms as N-Triples text: their kind, their string, their datatype, their language."""

import datetime
import re

import pyoxigraph as ox
from rdflib import RDF, XSD

from .compiled import NotCompiled

_INCOMPARABLE = {f"<{kind}>" for kind in (XSD.date, XSD.dateTime, XSD.time, XSD.boolean)}


def node_kind(term: str) -> str:
    """Return "IRI", "BlankNode" or "Literal"."""
    return "IRI" if term[0] == "<" else "Literal" if term[0] == '"' else "BlankNode"


def text(term: str) -> str:
    """Return the string of a term, as SPARQL's STR does."""
    if term[0] == "<":
        return term[1:-1]
    if term[0] == "_":
        return term[2:]  # the name of a blank node, for messages
    inner = term[1 : term.rindex('"')]
    return _literal(term).value if "\\" in inner else inner


def term_of(term: str) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """Return a term as Oxigraph has it."""
    if term[0] == "<":
        return ox.NamedNode(term[1:-1])
    return ox.BlankNode(term[2:]) if term[0] == "_" else _literal(term)


def _literal(term: str) -> ox.Literal:
    triple = next(ox.parse(f"<x:x> <x:x> {term} .", ox.RdfFormat.N_TRIPLES))
    assert isinstance(triple.object, ox.Literal)
    return triple.object


def language(term: str) -> str:
    """Return the language tag of a literal in lower case, or ""."""
    tail = term[term.rindex('"') + 1 :] if term[0] == '"' else ""
    return tail[1:].lower() if tail.startswith("@") else ""


def speaks(term: str, ranges: frozenset[str]) -> bool:
    """Return whether a literal is in one of some languages; "en" takes in "en-gb"."""
    tag = language(term)
    return any(tag == one or tag.startswith(f"{one}-") for one in ranges if tag)


def has_datatype(term: str, wanted: str) -> bool:
    """Return whether a term is a well-formed literal of a datatype."""
    if term[0] != '"':
        return False
    tail, datatype = term[term.rindex('"') + 1 :], wanted[1:-1]
    if not tail:
        return datatype == str(XSD.string)
    if tail[0] == "@":
        return datatype == str(RDF.langString)
    if tail != f"^^{wanted}":
        return False
    if datatype == str(XSD.date):
        return _is_date(text(term))
    # Only the datatypes that SPARQL knows are looked into; shapes hold years by a pattern.
    return datatype != str(XSD.integer) or bool(re.fullmatch(r"[+-]?\d+", text(term)))


def _is_date(lexical: str) -> bool:
    try:
        datetime.date.fromisoformat(re.sub(r"(Z|[+-]\d\d:\d\d)$", "", lexical))
    except ValueError:
        return False
    return bool(re.match(r"\d{4}-\d\d-\d\d", lexical))


def in_bounds(name: str, bound: float, term: str) -> bool:
    """Return whether a term keeps sh:minLength, maxLength, minInclusive or maxInclusive."""
    if name.endswith("Length"):
        length = len(text(term)) if not term.startswith("_:") else None
        return length is not None and (length >= bound if name == "minLength" else length <= bound)
    datatype = term.rpartition("^^")[2] if term[0] == '"' else ""
    if datatype in _INCOMPARABLE:
        raise NotCompiled("a number compared with a date or a truth value, on which engines differ")
    try:
        number = float(text(term)) if "^^" in term else None
    except ValueError:
        number = None
    return number is not None and (number >= bound if name == "minInclusive" else number <= bound)
