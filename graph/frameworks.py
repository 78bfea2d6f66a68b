"""Rows about what activities point to: treaties, targets, concepts, actors, instruments."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import rdflib
from rdflib import OWL

from ..ontology import CAMI, DCTERMS, GBF_TARGET, ID, KMGBF, ORG, PROV, SKOS
from .schemes import concept, concept_scheme, origin_of, top_concept
from .tables import Address, Link, Refers, Row, Slug, Text, Year
from .terms import LABEL, REFERENCE, A, Triple, date, english, place_of, sourced, thing, whole


class Treaty(Row):
    """A multilateral environmental agreement."""

    table: ClassVar[str] = "treaties"
    kind: ClassVar[str] = "treaty"

    id: Slug
    label: Text
    abbreviation: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the treaty with its name and short form."""
        iri = thing("treaty", self.id)
        yield iri, A, CAMI.Treaty
        yield iri, LABEL, english(self.label)
        yield iri, CAMI.abbreviation, rdflib.Literal(self.abbreviation)


class Scheme(Row):
    """A SKOS concept scheme: ours, or the mirror of an authority's list of codes."""

    table: ClassVar[str] = "schemes"
    kind: ClassVar[str] = "scheme"

    id: Slug
    label: Text
    definition: Text
    edition: Text | None
    source: Address | None
    note: Text | None
    locator: Text | None

    def where(self) -> str:
        """Return the document whose ranking this is, or the graph of facts from elsewhere."""
        return origin_of(self.id)

    def triples(self) -> Iterator[Triple]:
        """Yield the scheme with its place in a document or, for a mirror, with what it mirrors."""
        iri = thing("scheme", self.id)
        yield from concept_scheme(iri, self.label, self.definition)
        if self.edition:
            yield iri, OWL.versionInfo, rdflib.Literal(self.edition)
        if self.source:
            yield iri, DCTERMS.source, rdflib.URIRef(self.source)
        if self.note:
            yield iri, SKOS.editorialNote, english(self.note)
        if self.locator:
            yield from sourced(iri, self.where(), self.id, self.locator)


class Concept(Row):
    """A priority, an Appendix, a Red List category or another code."""

    table: ClassVar[str] = "concepts"
    kind: ClassVar[str] = "concept"

    id: Slug
    scheme: Annotated[str, Refers(("scheme",))]
    notation: Text
    label: Text
    definition: Text
    seen_in: Address | None
    verified: Literal["yes"] | None

    def where(self) -> str:
        """Return the origin of its scheme."""
        return origin_of(self.scheme)

    def triples(self) -> Iterator[Triple]:
        """Yield the concept, at the top of its scheme; its IRI is its id right under `id/`."""
        iri = rdflib.URIRef(ID + self.id)
        scheme = thing("scheme", self.scheme)
        yield from concept(iri, scheme, self.notation, self.label)
        yield from top_concept(iri, scheme)
        yield iri, SKOS.definition, english(self.definition)
        if self.seen_in:
            yield iri, DCTERMS.source, rdflib.URIRef(self.seen_in)
        if self.where() != REFERENCE:
            yield iri, PROV.hadPrimarySource, thing("location", f"{self.where()}/{self.scheme}")


def gbf_target(number: str) -> rdflib.URIRef:
    """Return the CBD Secretariat's own IRI of a target of the Kunming-Montreal framework."""
    return rdflib.URIRef(GBF_TARGET + number)


class GbfTarget(Row):
    """A target of the Kunming-Montreal Global Biodiversity Framework."""

    table: ClassVar[str] = "gbf-targets"
    kind: ClassVar[str] = "gbf"
    origin: ClassVar[str] = REFERENCE

    id: Slug
    label: Text
    title: Text | None
    seen_in: Address

    def triples(self) -> Iterator[Triple]:
        """Yield the target under the CBD's IRI, with our label and the title where verified."""
        iri = gbf_target(self.id)
        yield iri, A, KMGBF.Target
        yield iri, KMGBF.targetCode, whole(int(self.id))
        yield iri, CAMI.targetCode, rdflib.Literal(self.id)
        yield iri, LABEL, english(f"GBF Target {self.id}: {self.label}")
        yield iri, DCTERMS.source, rdflib.URIRef(self.seen_in)
        if self.title:
            yield iri, DCTERMS.title, english(self.title)


class StrategicAim(Row):
    """A goal or target of the Samarkand Strategic Plan for Migratory Species."""

    table: ClassVar[str] = "spms"
    kind: ClassVar[str] = "spms"
    origin: ClassVar[str] = REFERENCE

    id: Slug
    level: Literal["goal", "target"]
    number: Text
    goal: Annotated[str | None, Refers(("spms",))]
    label: Text | None
    definition: Text | None
    seen_in: Address
    verified: Literal["yes"]

    def triples(self) -> Iterator[Triple]:
        """Yield the goal or target; one whose wording is not verified is named by number alone."""
        iri = thing("spms", self.id)
        scheme = thing("scheme", "spms")
        name = f"SPMS {self.level.capitalize()} {self.number}"
        yield iri, A, CAMI.StrategicGoal if self.level == "goal" else CAMI.StrategicTarget
        label = f"{name}: {self.label}" if self.label else name
        yield from concept(iri, scheme, self.number, label)
        yield iri, CAMI.targetCode, rdflib.Literal(self.number)
        yield iri, DCTERMS.source, rdflib.URIRef(self.seen_in)
        if self.definition:
            yield iri, SKOS.definition, english(self.definition)
        if self.goal:
            yield iri, SKOS.broader, thing("spms", self.goal)
            yield thing("spms", self.goal), SKOS.narrower, iri
        else:
            yield from top_concept(iri, scheme)


class Actor(Row):
    """A body, or a category of bodies, that activities name."""

    table: ClassVar[str] = "actors"
    part_of: ClassVar[str] = "named_in"
    kind: ClassVar[str] = "actor"

    id: Slug
    label: Text
    level: Literal["category", "organization"]
    abbreviation: Text | None
    state: Annotated[str | None, Refers(("state",))]
    named_in: Annotated[str, Refers(("programme",))]

    def triples(self) -> Iterator[Triple]:
        """Yield the actor, an `org:Organization` unless it is a category."""
        iri = thing("actor", self.id)
        yield iri, A, CAMI.Actor
        yield iri, A, CAMI.ActorCategory if self.level == "category" else ORG.Organization
        yield iri, LABEL, english(self.label)
        if self.abbreviation:
            yield iri, CAMI.abbreviation, rdflib.Literal(self.abbreviation)
        if self.state:
            yield iri, CAMI.representsState, thing("state", self.state)
        yield from sourced(iri, self.where(), "table", place_of(self.named_in))


class Instrument(Row):
    """A plan, agreement, guideline, tool, study or mechanism that activities name."""

    table: ClassVar[str] = "instruments"
    part_of: ClassVar[str] = "named_in"
    kind: ClassVar[str] = "instrument"

    id: Slug
    label: Text
    level: Literal[
        "agreement",
        "assessment",
        "communique",
        "complementary",
        "decision",
        "guideline",
        "mechanism",
        "programme",
        "project",
        "publication",
        "recommendation",
        "resolution",
        "standard",
        "study",
        "tool",
    ]
    abbreviation: Text | None
    start: Year | None
    end: Year | None
    carried_by: Annotated[str | None, Refers(("actor",))]
    named_in: Annotated[str, Refers(("programme",))]

    def triples(self) -> Iterator[Triple]:
        """Yield the instrument with its period and the body that runs it, where stated."""
        iri = thing("instrument", self.id)
        yield iri, A, CAMI.Instrument
        yield iri, LABEL, english(self.label)
        yield iri, CAMI.instrumentKind, rdflib.Literal(self.level)
        if self.abbreviation:
            yield iri, CAMI.abbreviation, rdflib.Literal(self.abbreviation)
        if self.start:
            yield iri, CAMI.startYear, date(self.start)
        if self.end:
            yield iri, CAMI.endYear, date(self.end)
        if self.carried_by:
            yield iri, CAMI.carriedBy, thing("actor", self.carried_by)
        yield from sourced(iri, self.where(), "table", place_of(self.named_in))


class InstrumentTaxon(Link):
    """That a complementary instrument was made for a taxon."""

    table: ClassVar[str] = "instrument-taxon"
    predicate: ClassVar[rdflib.URIRef] = CAMI.coversTaxon

    instrument: Annotated[str, Refers(("instrument",))]
    taxon: Annotated[str, Refers(("taxon",))]


TABLES: tuple[type[Row], ...] = (
    Treaty,
    Scheme,
    Concept,
    GbfTarget,
    StrategicAim,
    Actor,
    Instrument,
    InstrumentTaxon,
)
