"""Triples as JSON-LD compacted with the published context of the ontology.

The document carries the part of the context that it uses, so reading it needs no request.
https://www.w3.org/TR/json-ld11/#compacted-document-form
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from ..ontology import ONTOLOGY_FILE

_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_STRING = "http://www.w3.org/2001/XMLSchema#string"


class TripleTerm(ValueError):
    """A triple holds a triple term (RDF 1.2), which JSON-LD cannot hold."""


_context: dict[str, Any] = {}


def published_context(file: Path | None = None) -> dict[str, Any]:
    """Return the context that a build publishes as `ontology/context.jsonld`, read once.

    It is read from `file` where one is given, else made again, which takes longer.
    """
    if not _context and file:
        _context.update(json.loads(file.read_text(encoding="utf-8"))["@context"])
    elif not _context:
        from ..ontology.files import context
        from ..ontology.model import read_ontology

        _context.update(context(read_ontology(ONTOLOGY_FILE))["@context"])
    return _context


def compact(triples: Iterable[ox.Triple]) -> bytes:
    """Return triples, in the given order, as one compacted and flattened JSON-LD document.

    Raises `TripleTerm`.
    """
    ordered = list(triples)
    document = _Document(_schemes(ordered))
    nodes: dict[str, dict[str, list[Any]]] = {}
    for triple in ordered:
        document.add(nodes, triple)
    tidy = [
        {"@id": subject, **{key: one[0] if len(one) == 1 else one for key, one in node.items()}}
        for subject, node in nodes.items()
    ]
    body = {"@context": document.used(), "@graph": tidy}
    return (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode()


class _Document:
    """The terms of the context, and which of them a document has used so far."""

    def __init__(self, schemes: set[str]):
        published = published_context()
        self.namespaces = {
            name: value
            for name, value in published.items()
            if isinstance(value, str) and name not in schemes
        }
        # The longest namespace that fits is the one to shorten by.
        self.prefixes = sorted(self.namespaces.items(), key=lambda one: -len(one[1]))
        left_out = schemes & published.keys()
        self.definitions: dict[str, dict[str, str]] = {
            name: value
            for name, value in published.items()
            if not isinstance(value, str) and not _prefixes(name, value) & left_out
        }
        self.terms: dict[str, str] = {}
        for name, definition in self.definitions.items():
            self.terms.setdefault(self._whole(definition["@id"]), name)
        self.names: set[str] = set()
        self.short: dict[str, str] = {}

    def _whole(self, curie: str) -> str:
        prefix, _, local = curie.partition(":")
        namespace = self.namespaces.get(prefix)
        return curie if namespace is None else namespace + local

    def add(self, nodes: dict[str, dict[str, list[Any]]], triple: ox.Triple) -> None:
        """Add a triple to the node of its subject."""
        if isinstance(triple.object, ox.Triple) or isinstance(triple.subject, ox.Triple):
            raise TripleTerm("JSON-LD cannot hold triple terms: ask for another format")
        subject = self.reference(triple.subject)
        node = nodes.setdefault(subject, {})
        if triple.predicate.value == _TYPE and not isinstance(triple.object, ox.Literal):
            node.setdefault("@type", []).append(self.kind(triple.object))
            return
        name = self.term(triple.predicate.value)
        node.setdefault(name, []).append(self.value(triple.object, name))

    def reference(self, node: ox.NamedNode | ox.BlankNode) -> str:
        """Return a node as the value of `@id`, where prefixes work and terms do not."""
        return str(node) if isinstance(node, ox.BlankNode) else self.curie(node.value)

    def kind(self, node: ox.NamedNode | ox.BlankNode) -> str:
        """Return a class as a value of `@type`, where terms work too."""
        return str(node) if isinstance(node, ox.BlankNode) else self.term(node.value)

    def term(self, iri: str) -> str:
        """Return the term for an IRI, or the IRI as short as prefixes make it."""
        name = self.terms.get(iri)
        if name is None:
            return self.curie(iri)
        self.names.add(name)
        return name

    def curie(self, iri: str) -> str:
        """Return an IRI with a prefix, or as it is where none fits."""
        if iri not in self.short:
            self.short[iri] = self._curie(iri)
        return self.short[iri]

    def _curie(self, iri: str) -> str:
        for prefix, namespace in self.prefixes:
            local = iri.removeprefix(namespace)
            if local != iri and local and not local.startswith("//"):
                self.names.add(prefix)
                return f"{prefix}:{local}"
        return iri

    def value(self, term: ox.NamedNode | ox.BlankNode | ox.Literal, name: str) -> Any:
        """Return an object as JSON, as short as the definition of its property allows."""
        coercion = self.definitions.get(name, {}) if name in self.names else {}
        if not isinstance(term, ox.Literal):
            reference = self.reference(term)
            return reference if coercion.get("@type") == "@id" else {"@id": reference}
        return self._literal(term, coercion)

    def _literal(self, term: ox.Literal, coercion: dict[str, str]) -> Any:
        if term.language:
            if coercion.get("@language") == term.language and term.direction is None:
                return term.value
            tagged = {"@value": term.value, "@language": term.language}
            return {**tagged, "@direction": str(term.direction.value)} if term.direction else tagged
        datatype = term.datatype.value
        plain = datatype == _STRING
        if plain and not coercion.keys() & {"@type", "@language"}:
            return term.value
        if plain:
            return {"@value": term.value}
        if "@type" in coercion and self._whole(coercion["@type"]) == datatype:
            return term.value
        return {"@value": term.value, "@type": self.term(datatype)}

    def used(self) -> dict[str, Any]:
        """Return the part of the context that the document needs, in the published order."""
        names = set(self.names)
        for name in self.names & self.definitions.keys():
            names |= _prefixes(name, self.definitions[name])
        return {name: value for name, value in published_context().items() if name in names}


def _prefixes(name: str, definition: dict[str, str]) -> set[str]:
    """Return what stands before a colon in a term and its definition."""
    curies = (name, definition["@id"], definition.get("@type", ""))
    return {text.partition(":")[0] for text in curies if ":" in text}


def _schemes(triples: Iterable[ox.Triple]) -> set[str]:
    """Return the schemes of all IRIs: a prefix of that name would be read as the scheme."""
    found: set[str] = set()
    for triple in triples:
        for term in (triple.subject, triple.predicate, triple.object):
            if isinstance(term, ox.NamedNode):
                found.add(term.value.partition(":")[0])
            elif isinstance(term, ox.Literal):
                found.add(term.datatype.value.partition(":")[0])
    return found
