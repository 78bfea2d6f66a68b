"""The entry of one term on the reference page, and the pieces of HTML that pages are made of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from rdflib import OWL, RDF, RDFS, Literal, URIRef

from . import CAMI, DCTERMS, SKOS
from .expressions import Part, curie, spaced, value_text
from .model import Ontology, Statement, Term

# For the IRI of a term, the IRI and message of each shape that holds it.
Constraints = Mapping[str, Sequence[tuple[str, str]]]

_HEADINGS = {
    RDF.type: "Type",
    SKOS.altLabel: "Also called",
    RDFS.subClassOf: "Subclass of",
    RDFS.subPropertyOf: "Subproperty of",
    OWL.equivalentClass: "Same as",
    OWL.equivalentProperty: "Same as",
    RDFS.domain: "Domain",
    RDFS.range: "Range",
    OWL.inverseOf: "Inverse of",
    OWL.propertyChainAxiom: "Follows from the chain",
    OWL.hasKey: "Key",
    OWL.disjointUnionOf: "Divided into",
    OWL.disjointWith: "Shares no member with",
    OWL.propertyDisjointWith: "Never holds together with",
    OWL.differentFrom: "Different from",
    OWL.deprecated: "Deprecated",
    DCTERMS.isReplacedBy: "Replaced by",
    DCTERMS.source: "Source",
    RDFS.comment: "Note",
    SKOS.note: "Note",
    SKOS.scopeNote: "Note",
    SKOS.example: "Example",
    RDFS.seeAlso: "See also",
}
_BACKWARDS = {
    RDFS.subClassOf: "Superclass of",
    RDFS.subPropertyOf: "Superproperty of",
    RDFS.domain: "Domain of",
    RDFS.range: "Range of",
    RDF.type: "Individuals",
}
_SHOWN_ELSEWHERE = {RDFS.label, SKOS.definition, RDFS.isDefinedBy}
_ORDER = list(dict.fromkeys(_HEADINGS.values()))
_MANY = 8  # links that a reader sees without asking


@dataclass(frozen=True)
class Entries:
    """Writes the entries of the terms of one version."""

    ontology: Ontology
    first_versions: Mapping[str, str]
    constraints: Constraints

    def entry(self, one: Term) -> str:
        """Return the entry of a term as an article whose anchor is the term's local name."""
        rows = [("IRI", f"<code>{escape(one.iri)}</code>"), *self._said(one), *self._uses(one)]
        rows += [("Since", escape(self.first_versions[one.name])), *self._held(one)]
        gone = '<p class="mark">Deprecated</p>\n' if self.ontology.is_deprecated(one.iri) else ""
        return (
            f'<article class="term" id="{one.name}"><h3>{escape(one.label)} '
            f'<span class="kind"><code>{curie(one.iri)}</code> {one.kind}</span></h3>\n{gone}'
            f"<p>{escape(one.definition)}</p>\n{rows_html(rows)}</article>\n"
        )

    def named(self, iri: URIRef) -> str:
        """Return a link to a term: to its entry if it is ours."""
        name = iri.removeprefix(CAMI)
        if name in self.ontology.terms:
            return f'<a href="#{name}"><code>{escape(name)}</code></a>'
        return f"<code>{link(iri, curie(iri).strip('<>'))}</code>"

    def _said(self, one: Term) -> list[tuple[str, str]]:
        found: dict[str, list[Statement]] = {}
        for statement in self.ontology.statements(one.iri):
            if statement.predicate not in _SHOWN_ELSEWHERE:
                heading = _HEADINGS.get(statement.predicate) or curie(statement.predicate)
                found.setdefault(heading, []).append(statement)
        order = [*(name for name in _ORDER if name in found), *sorted({*found} - {*_ORDER})]
        return [(name, self._values(found[name])) for name in order]

    def _values(self, statements: Sequence[Statement]) -> str:
        shown = [spaced(self._part(part) for part in one.value) for one in statements]
        terms = all(isinstance(one.value[0], URIRef) and len(one.value) == 1 for one in statements)
        if terms or len(shown) == 1:
            return _enough(shown)
        return list_html(shown)

    def _uses(self, one: Term) -> list[tuple[str, str]]:
        subjects = {word: self.ontology.subjects(p, one.iri) for p, word in _BACKWARDS.items()}
        return [
            (word, ", ".join(self.named(subject) for subject in found))
            for word, found in subjects.items()
            if found
        ]

    def _held(self, one: Term) -> list[tuple[str, str]]:
        held = self.constraints.get(str(one.iri), ())
        shown = [f"<code>{link(iri, curie(iri))}</code> {escape(said)}" for iri, said in held]
        count = f"{len(shown)} constraint{'s' if len(shown) > 1 else ''}"
        folded = f"<details><summary>{count}</summary>{list_html(shown)}</details>"
        return [("Held by shapes", folded)] if shown else []

    def _part(self, part: Part) -> str:
        if isinstance(part, URIRef):
            return self.named(part)
        if isinstance(part, Literal):
            return escape(str(part) if part.language == "en" else value_text(part))
        return f"<em>{escape(part)}</em>" if part.isalpha() else escape(part)


def _enough(shown: Sequence[str]) -> str:
    """Return links one after another, folded away if they are many."""
    links = ", ".join(shown)
    if len(shown) <= _MANY:
        return links
    return f"<details><summary>{len(shown)} terms</summary>{links}</details>"


def rows_html(rows: Iterable[tuple[str, str]]) -> str:
    """Return names and their HTML as a list; rows without content are left out."""
    filled = "".join(f"<dt>{name}</dt><dd>{value}</dd>\n" for name, value in rows if value)
    return f"<dl>\n{filled}</dl>\n" if filled else ""


def list_html(items: Iterable[str], kind: str = "") -> str:
    """Return pieces of HTML as a list, "" if there are none."""
    shown = "".join(f"<li>{item}</li>" for item in items)
    opened = f'<ul class="{kind}">' if kind else "<ul>"
    return f"{opened}{shown}</ul>" if shown else ""


def link(iri: str, shown: str = "") -> str:
    """Return a link to an IRI."""
    return f'<a href="{escape(iri)}">{escape(shown or iri)}</a>'
