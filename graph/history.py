"""Rows about time: events that the documents report, and how one programme continues another."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import rdflib

from ..ontology import CAMI, DCTERMS, PROV
from .programme import activity_place
from .tables import PartialDate, Refers, Row, Slug, Text
from .terms import (
    CURATION,
    DOCUMENT,
    LABEL,
    RESOLUTION_2014,
    A,
    Triple,
    date,
    english,
    named,
    sourced,
    thing,
)

EventId = Annotated[str, Refers(("event",))]


class Event(Row):
    """Something that a document reports as having happened."""

    table: ClassVar[str] = "events"
    kind: ClassVar[str] = "event"

    id: Slug
    level: Literal["adoption", "meeting", "presentation", "project", "signing", "study", "workshop"]
    label: Text
    date: PartialDate | None
    end: PartialDate | None
    place: Text | None
    state: Annotated[str | None, Refers(("state",))]
    description: Text
    locator: Text

    def where(self) -> str:
        """Return the document that reports the event."""
        return RESOLUTION_2014 if self.locator.startswith("Resolution 11.24 (2014)") else DOCUMENT

    def triples(self) -> Iterator[Triple]:
        """Yield the event, a `prov:Activity`, with its dates as exact as printed."""
        iri = thing("event", self.id)
        yield iri, A, CAMI.Event
        yield iri, LABEL, english(self.label)
        yield iri, CAMI.eventKind, rdflib.Literal(self.level)
        yield iri, DCTERMS.description, english(self.description)
        if self.date:
            yield iri, CAMI.startDate, date(self.date)
        if self.end:
            yield iri, CAMI.endDate, date(self.end)
        if self.place:
            yield iri, CAMI.place, rdflib.Literal(self.place)
        if self.state:
            yield iri, CAMI.eventState, thing("state", self.state)
        yield from sourced(iri, self.where(), f"event/{self.id}", self.locator)


class EventParticipant(Row):
    """Who took part in an event, and in which role."""

    table: ClassVar[str] = "event-participant"
    key: ClassVar[int] = 3

    event: EventId
    participant: Annotated[str, Refers(("actor", "instrument", "state"))]
    role: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the plain link, and a node with the role."""
        event, participant = thing("event", self.event), named(self.participant)
        yield event, CAMI.eventParticipant, participant
        iri = thing("participation-in", f"{self.event}/{self.role}/{self.participant}")
        yield iri, A, CAMI.EventRole
        yield iri, CAMI.roleInEvent, event
        yield iri, CAMI.roleOf, participant
        yield iri, CAMI.role, rdflib.Literal(self.role)


class EventOutput(Row):
    """What came out of an event."""

    table: ClassVar[str] = "event-output"
    key: ClassVar[int] = 3

    event: EventId
    output: Annotated[
        str,
        Refers(
            ("decision", "document", "instrument", "programme", "region", "resolution", "taxon")
        ),
    ]
    how: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the plain link, and a node that says how."""
        event, output = thing("event", self.event), named(self.output)
        yield event, PROV.generated if self.how in _MADE else CAMI.eventSubject, output
        iri = thing("event-output", f"{self.event}/{self.how}/{self.output}")
        yield iri, A, CAMI.EventOutput
        yield iri, CAMI.outputOf, event
        yield iri, CAMI.outputThing, output
        yield iri, CAMI.outputKind, rdflib.Literal(self.how)


_MADE = {"adopted", "developed", "published", "signed"}


class Lineage(Row):
    """How an activity of 2014-2020 relates to the Work Programme 2026-2032, by our reading."""

    table: ClassVar[str] = "lineage"
    kind: ClassVar[str] = "lineage"
    origin: ClassVar[str] = "lineage"

    id: Slug
    earlier: Annotated[str | None, Refers(("activity",))]
    later: Annotated[str | None, Refers(("activity",))]
    relation: Literal["continues", "merges", "splits", "dropped", "new"]
    confidence: Literal["high", "medium", "low"]
    reason: Text
    status: Literal["proposed", "reviewed"]

    def triples(self) -> Iterator[Triple]:
        """Yield the statement, whose it is and what was read for it.

        `dropped` has no later activity and `new` no earlier one.
        """
        iri = thing("lineage", self.id)
        yield iri, A, CAMI.LineageStatement
        yield iri, CAMI.lineageRelation, rdflib.Literal(self.relation)
        yield iri, CAMI.confidence, rdflib.Literal(self.confidence)
        yield iri, CAMI.reason, english(self.reason)
        yield iri, CAMI.mappingStatus, rdflib.Literal(self.status)
        yield iri, DCTERMS.source, thing("document", CURATION)
        if self.earlier:
            yield iri, CAMI.earlierActivity, thing("activity", self.earlier)
            yield iri, PROV.wasDerivedFrom, activity_place(self.earlier)
        if self.later:
            yield iri, CAMI.laterActivity, thing("activity", self.later)
            yield iri, PROV.wasDerivedFrom, activity_place(self.later)
        if self.earlier and self.later:
            yield thing("activity", self.later), CAMI.continues, thing("activity", self.earlier)


TABLES: tuple[type[Row], ...] = (Event, EventParticipant, EventOutput, Lineage)
