"""Rows about a programme and its sections, and the source of what the row of an activity says."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import rdflib

from ..ontology import CAMI, DCTERMS
from .sources import adoption
from .tables import Link, PartialDate, Refers, Row, Slug, Text, Year
from .terms import LABEL, A, Triple, date, document_of, english, place_of, sourced, thing

ActivityId = Annotated[str, Refers(("activity",))]


def activity_source(iri: rdflib.URIRef, activity: str) -> Iterator[Triple]:
    """Yield the source location of something that the row of an activity states."""
    number = activity.rpartition("/")[2]
    locator = f"{place_of(activity)}, activity {number}"
    yield from sourced(iri, document_of(activity), f"activity/{number}", locator)


def activity_place(activity: str) -> rdflib.URIRef:
    """Return the source location of an activity."""
    number = activity.rpartition("/")[2]
    return thing("location", f"{document_of(activity)}/activity/{number}")


class Programme(Row):
    """A set of activities planned for a period."""

    table: ClassVar[str] = "programmes"
    kind: ClassVar[str] = "programme"

    id: Slug
    label: Text
    start: Year
    end: Year
    priorities: Literal["one", "several"]
    document: Annotated[str, Refers(("document",))]
    status: Literal["draft", "adopted"]
    status_known_on: PartialDate
    description: Text
    locator: Text

    def where(self) -> str:
        """Return the document that holds the programme."""
        return self.document

    def triples(self) -> Iterator[Triple]:
        """Yield the programme with its period and adoption status."""
        iri = thing("programme", self.id)
        yield iri, A, CAMI.Programme
        if self.priorities == "one":
            yield iri, A, CAMI.SinglePriorityProgramme
        yield iri, LABEL, english(self.label)
        yield iri, DCTERMS.description, english(self.description)
        yield iri, CAMI.startYear, date(self.start)
        yield iri, CAMI.endYear, date(self.end)
        yield from adoption(iri, self.status, self.status_known_on)
        yield from sourced(iri, self.document, "programme", self.locator)


class ProgrammeInstrument(Link):
    """That a programme lists an instrument as complementary."""

    table: ClassVar[str] = "programme-instrument"
    predicate: ClassVar[rdflib.URIRef] = CAMI.hasInstrument

    programme: Annotated[str, Refers(("programme",))]
    instrument: Annotated[str, Refers(("instrument",))]


class ProgrammeState(Row):
    """That a programme counts a State among its Range States."""

    table: ClassVar[str] = "programme-state"
    key: ClassVar[int] = 2
    part_of: ClassVar[str] = "programme"

    programme: Annotated[str, Refers(("programme",))]
    state: Annotated[str, Refers(("state",))]
    locator: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the link, and for the State the place that lists it."""
        state = thing("state", self.state)
        yield thing("programme", self.programme), CAMI.hasRangeState, state
        yield from sourced(state, self.where(), "range-states", self.locator)


class Section(Row):
    """A numbered part of a programme, on a subject or on a region."""

    table: ClassVar[str] = "sections"
    part_of: ClassVar[str] = "id"
    kind: ClassVar[str] = "section"

    id: Slug
    programme: Annotated[str, Refers(("programme",))]
    level: Literal["section", "objective", "issue"]
    parent: Annotated[str | None, Refers(("section",))]
    number: Text
    label: Text
    region: Annotated[str | None, Refers(("region",))]

    def triples(self) -> Iterator[Triple]:
        """Yield the section, objective or issue, and its region."""
        iri = thing("section", self.id)
        yield iri, A, CAMI.Section
        if self.level != "section":
            yield iri, A, CAMI[self.level.capitalize()]
        yield iri, LABEL, english(self.label)
        yield iri, CAMI.number, rdflib.Literal(self.number)
        yield iri, CAMI.inProgramme, thing("programme", self.programme)
        if self.parent:
            yield iri, CAMI.partOfSection, thing("section", self.parent)
        if self.region:
            yield iri, CAMI.sectionRegion, thing("region", self.region)
        locator = f"{place_of(self.id)}, {self.level} {self.number}"
        yield from sourced(iri, self.where(), f"{self.level}/{self.number}", locator)


class SectionTaxon(Row):
    """That the heading of an issue names a taxon."""

    table: ClassVar[str] = "section-taxon"
    key: ClassVar[int] = 2
    part_of: ClassVar[str] = "section"

    section: Annotated[str, Refers(("section",))]
    taxon: Annotated[str, Refers(("taxon",))]
    printed: Text | None

    def triples(self) -> Iterator[Triple]:
        """Yield the link."""
        section, taxon = thing("section", self.section), thing("taxon", self.taxon)
        yield section, CAMI.concernsTaxon, taxon
        yield from taxon_mention(section, self.section, taxon, self.taxon, self.printed)


def taxon_mention(
    subject: rdflib.URIRef, slug: str, taxon: rdflib.URIRef, name: str, printed: str | None
) -> Iterator[Triple]:
    """Yield a mention node where a narrower or other name than that of the taxon is printed."""
    if printed:
        iri = thing("mention", f"{slug}/{name}")
        yield iri, A, CAMI.TaxonMention
        yield iri, CAMI.mentionedIn, subject
        yield iri, CAMI.mentionedTaxon, taxon
        yield iri, CAMI.printedName, rdflib.Literal(printed)
        yield from activity_source(iri, slug)


class SectionState(Link):
    """That the heading of an issue names a Range State."""

    table: ClassVar[str] = "section-state"
    predicate: ClassVar[rdflib.URIRef] = CAMI.concernsState
    part_of: ClassVar[str] = "section"

    section: Annotated[str, Refers(("section",))]
    state: Annotated[str, Refers(("state",))]


class SectionInstrument(Row):
    """That a section on a region lists an instrument at its head."""

    table: ClassVar[str] = "section-instrument"
    key: ClassVar[int] = 3

    section: Annotated[str, Refers(("section",))]
    region: Annotated[str, Refers(("region",))]
    instrument: Annotated[str, Refers(("instrument",))]

    def triples(self) -> Iterator[Triple]:
        """Yield the link from the section and from its region."""
        instrument = thing("instrument", self.instrument)
        yield thing("section", self.section), CAMI.hasInstrument, instrument
        yield thing("region", self.region), CAMI.hasInstrument, instrument


TABLES: tuple[type[Row], ...] = (
    Programme,
    ProgrammeInstrument,
    ProgrammeState,
    Section,
    SectionTaxon,
    SectionState,
    SectionInstrument,
)
