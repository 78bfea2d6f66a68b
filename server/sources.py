"""RDF of users: read strictly, with the place of a fault, and without any look-up."""

import hashlib
import re
import xml.sax
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox
import rdflib

ENGINE = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "n3": ox.RdfFormat.N3,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
RDFLIB = {"trix": "trix", "hext": "hext"}  # what only RDFLib reads
SUFFIXES = {
    ".ttl": "turtle",
    ".turtle": "turtle",
    ".nt": "ntriples",
    ".nq": "nquads",
    ".trig": "trig",
    ".n3": "n3",
    ".rdf": "rdfxml",
    ".owl": "rdfxml",
    ".xml": "rdfxml",
    ".jsonld": "jsonld",
    ".json": "jsonld",
    ".trix": "trix",
    ".hext": "hext",
}


class RdfError(Exception):
    """A text is not usable RDF; the message names file, line and column, as the attributes do."""

    def __init__(self, name: str, reason: str, line: int = 0, column: int = 0):
        reason = " ".join(reason.split())  # a message is one line, whatever the text has
        self.name, self.reason, self.line, self.column = name, reason, line, column
        place = f":{line}:{column}" if line and column else f":{line}" if line else ""
        super().__init__(f"{name}{place}: {reason}")


def rdf_triples(paths: Iterable[Path]) -> set[ox.Triple]:
    """Return the triples of some RDF files; graph names are dropped. Raises `RdfError`."""
    found: set[ox.Triple] = set()
    for path in paths:
        content, form = _content(path)
        found |= {quad.triple for quad in parse(str(path), content, form)}
    return found


def check_rdf(path: Path) -> tuple[str, int]:
    """Return the SHA-256 of an RDF file that parses, and how many quads it holds.

    Raises `RdfError` when it does not.
    """
    if str(path) == "-":
        raise RdfError("--data", "needs a file: standard input cannot be read twice")
    content, form = _content(path)
    if form in RDFLIB:
        raise RdfError(str(path), "cannot be served: use .ttl, .nt, .nq, .trig, ...")
    try:
        quads = sum(1 for _ in ox.parse(content, format=ENGINE[form]))
    except (SyntaxError, ValueError) as error:
        raise _fault(str(path), content, form, error) from None
    return hashlib.sha256(content).hexdigest(), quads


def _content(path: Path) -> tuple[bytes, str]:
    form = SUFFIXES.get(path.suffix.lower())
    if form is None:
        reason = "the ending says no RDF syntax: use .ttl, .nt, .nq, .trig, ..."
        raise RdfError(str(path), reason)
    try:
        return path.read_bytes(), form
    except OSError as error:
        raise RdfError(str(path), error.strerror or str(error)) from None


def parse(name: str, content: bytes, form: str) -> list[ox.Quad]:
    """Return the statements of a text in their order; blank nodes get names of their own.

    Relative IRIs are resolved against the file's bare name. Raises `RdfError`.
    """
    if form in RDFLIB:
        content, form = _with_rdflib(name, content, RDFLIB[form]), "ntriples"
    base = f"file:///{quote(Path(name).name)}"
    try:
        return list(ox.parse(content, format=ENGINE[form], base_iri=base, rename_blank_nodes=True))
    except (SyntaxError, ValueError) as error:
        raise _fault(name, content, form, error) from None


def _fault(name: str, content: bytes, form: str, error: SyntaxError | ValueError) -> RdfError:
    reason = re.sub(r"^Parser error (at|between) .*?: (?=\S)", "", str(error)).strip()
    reason = re.sub(r"\s*\(line \d+\)$", "", reason)
    if "LoadDocumentCallback" in reason:
        return RdfError(name, "names a context elsewhere, and none is fetched: write it out here")
    if isinstance(error, SyntaxError) and error.lineno:
        return RdfError(name, reason, error.lineno, error.offset or 0)
    if form == "rdfxml":
        try:
            xml.sax.parseString(content, xml.sax.ContentHandler())
        except xml.sax.SAXParseException as fault:
            line, column = fault.getLineNumber() or 0, fault.getColumnNumber() or 0
            return RdfError(name, fault.getMessage(), line, column + 1)
    return RdfError(name, reason)


def _with_rdflib(name: str, content: bytes, form: str) -> bytes:
    graph = rdflib.Dataset(default_union=True)
    try:
        graph.parse(data=content, format=form)
        return (
            rdflib.Graph()
            .__iadd__(graph.triples((None, None, None)))
            .serialize(format="nt", encoding="utf-8")
        )
    except xml.sax.SAXParseException as error:
        line, column = error.getLineNumber() or 0, error.getColumnNumber() or 0
        raise RdfError(name, error.getMessage(), line, column + 1) from None
    except Exception as error:  # noqa: BLE001  # its parsers raise whatever they stumble over
        reason = " ".join(str(error).split()) or type(error).__name__
        raise RdfError(name, f"is no {form}: {reason}") from None


def to_rdflib(quads: Iterable[ox.Quad]) -> rdflib.Graph:
    """Return statements as an RDFLib graph with the same names of blank nodes.

    Raises `ValueError` for what RDF 1.1 does not have: triple terms and directions of text.
    """
    graph = rdflib.Graph()
    for quad in quads:
        graph.add((_term(quad.subject), _term(quad.predicate), _term(quad.object)))
    return graph


def _term(term: object) -> Any:
    match term:
        case ox.NamedNode():
            return rdflib.URIRef(term.value)
        case ox.BlankNode():
            return rdflib.BNode(term.value)
        case ox.Literal(language=None, direction=None):
            plain = term.datatype.value == "http://www.w3.org/2001/XMLSchema#string"
            datatype = None if plain else rdflib.URIRef(term.datatype.value)
            return rdflib.Literal(term.value, datatype=datatype)
        case ox.Literal(direction=None):
            return rdflib.Literal(term.value, lang=term.language)
        case _:
            raise ValueError(f"{str(term)[:80]} is RDF 1.2, which SHACL does not know: rewrite it")
