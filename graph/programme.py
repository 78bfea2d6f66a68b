"""Rows about a programme: its sections and activities, and what belongs to one activity."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import rdflib

from ..ontology import CAMI, DCTERMS, ID
from .sources import DOCUMENT, adoption
from .tables import PartialDate, Refers, Row, Slug, Text, Year
from .terms import LABEL, A, Triple, date, english, last_day, sourced, thing, whole

ActivityId = Annotated[str, Refers(("activity",))]


def activity_source(iri: rdflib.URIRef, activity: str) -> Iterator[Triple]:
    """Yield the source location of something that the row of an activity states."""
    number = activity.rpartition("/")[2]
    yield from sourced(
        iri, DOCUMENT, f"activity/{number}", f"Annex 1, Work Programme, activity {number}"
    )


class Programme(Row):
    """A set of activities planned for a period."""

    table: ClassVar[str] = "programmes"
    kind: ClassVar[str] = "programme"

    id: Slug
    label: Text
    start: Year
    end: Year
    document: Annotated[str, Refers(("document",))]
    status: Literal["draft", "adopted"]
    status_known_on: PartialDate
    description: Text
    locator: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the programme with its period and adoption status."""
        iri = thing("programme", self.id)
        yield iri, A, CAMI.Programme
        yield iri, LABEL, english(self.label)
        yield iri, DCTERMS.description, english(self.description)
        yield iri, CAMI.startYear, date(self.start)
        yield iri, CAMI.endYear, date(self.end)
        yield from adoption(iri, self.status, self.status_known_on)
        yield from sourced(iri, self.document, "programme", self.locator)


class ProgrammeInstrument(Row):
    """That a programme lists an instrument as complementary."""

    table: ClassVar[str] = "programme-instrument"
    key: ClassVar[int] = 2

    programme: Annotated[str, Refers(("programme",))]
    instrument: Annotated[str, Refers(("instrument",))]

    def triples(self) -> Iterator[Triple]:
        """Yield the link."""
        programme = thing("programme", self.programme)
        yield programme, CAMI.hasInstrument, thing("instrument", self.instrument)


class Section(Row):
    """A numbered part of a programme, on a subject or on a region."""

    table: ClassVar[str] = "sections"
    kind: ClassVar[str] = "section"

    id: Slug
    programme: Annotated[str, Refers(("programme",))]
    number: Text
    label: Text
    region: Annotated[str | None, Refers(("region",))]

    def triples(self) -> Iterator[Triple]:
        """Yield the section and its region."""
        iri = thing("section", self.id)
        yield iri, A, CAMI.Section
        yield iri, LABEL, english(self.label)
        yield iri, CAMI.number, rdflib.Literal(self.number)
        yield iri, CAMI.inProgramme, thing("programme", self.programme)
        if self.region:
            yield iri, CAMI.sectionRegion, thing("region", self.region)
        locator = f"Annex 1, Work Programme, section {self.number}"
        yield from sourced(iri, DOCUMENT, f"section/{self.number}", locator)


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


class Activity(Row):
    """A numbered piece of work that a programme plans."""

    table: ClassVar[str] = "activities"
    kind: ClassVar[str] = "activity"

    id: Slug
    section: Annotated[str, Refers(("section",))]
    number: Text
    title: Text
    summary: Text
    priority: Literal["High", "Medium", "Low"]
    recurrence: Text | None

    def triples(self) -> Iterator[Triple]:
        """Yield the activity with its title, summary and priority."""
        iri = thing("activity", self.id)
        programme = self.id.partition("/")[0]
        yield iri, A, CAMI.Activity
        yield iri, LABEL, english(self.title)
        yield iri, DCTERMS.description, english(self.summary)
        yield iri, CAMI.number, rdflib.Literal(self.number)
        yield iri, CAMI.inSection, thing("section", self.section)
        yield iri, CAMI.inProgramme, thing("programme", programme)
        priority = f"{ID}priority/{programme}/{self.priority.lower()}"
        yield iri, CAMI.priority, rdflib.URIRef(priority)
        if self.recurrence:
            yield iri, CAMI.recurrence, rdflib.Literal(self.recurrence)
        yield from activity_source(iri, self.id)


class SubActivity(Row):
    """A lettered or bulleted item inside an activity."""

    table: ClassVar[str] = "sub-activities"
    kind: ClassVar[str] = "sub-activity"

    id: Slug
    activity: ActivityId
    letter: Text
    label: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the item with its letter; its IRI continues that of its activity."""
        iri = thing("activity", self.id)
        yield iri, A, CAMI.SubActivity
        yield iri, LABEL, english(self.label)
        yield iri, CAMI.number, rdflib.Literal(self.letter)
        yield iri, CAMI.partOfActivity, thing("activity", self.activity)
        yield from activity_source(iri, self.activity)


class Indicator(Row):
    """What will show that an activity was carried out."""

    table: ClassVar[str] = "indicators"
    kind: ClassVar[str] = "indicator"

    id: Slug
    activity: ActivityId
    position: int
    label: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the indicator in our words, in its printed place."""
        iri = thing("indicator", self.id)
        yield thing("activity", self.activity), CAMI.indicator, iri
        yield iri, A, CAMI.Indicator
        yield iri, LABEL, english(self.label)
        yield iri, CAMI.position, whole(self.position)
        yield from activity_source(iri, self.activity)


class Deadline(Row):
    """A date by which something is due, or from which it starts, as exact as printed."""

    table: ClassVar[str] = "deadlines"

    id: Slug
    activity: ActivityId
    sub_activity: Annotated[str | None, Refers(("sub-activity",))]
    date: PartialDate | None
    earliest: PartialDate | None
    qualifier: Text
    what: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the statement, and the date on the activity and on the item that it belongs to."""
        iri = thing("deadline", self.id)
        activity = thing("activity", self.activity)
        item = thing("activity", self.sub_activity) if self.sub_activity else activity
        yield iri, A, CAMI.DeadlineStatement
        yield iri, LABEL, english(self.what)
        yield iri, CAMI.deadlineOf, activity
        yield iri, CAMI.deadlineOf, item
        yield iri, CAMI.qualifier, rdflib.Literal(self.qualifier)
        if self.date:
            for subject in (activity, item, iri):
                yield subject, CAMI.deadline, date(self.date)
            yield iri, CAMI.lastDay, last_day(self.date)
        if self.earliest:
            yield iri, CAMI.earliest, date(self.earliest)
        yield from activity_source(iri, self.activity)


TABLES: tuple[type[Row], ...] = (
    Programme,
    ProgrammeInstrument,
    Section,
    SectionInstrument,
    Activity,
    SubActivity,
    Indicator,
    Deadline,
)
