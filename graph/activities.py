"""Rows about activities: what they are, their priorities, items, indicators and deadlines."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import rdflib

from ..ontology import CAMI, DCTERMS, ID
from .programme import ActivityId, activity_source
from .tables import PartialDate, Refers, Row, Slug, Text, Title
from .terms import LABEL, A, Triple, date, english, last_day, thing, whole


class Activity(Row):
    """A numbered piece of work that a programme plans."""

    table: ClassVar[str] = "activities"
    part_of: ClassVar[str] = "id"
    kind: ClassVar[str] = "activity"

    id: Slug
    section: Annotated[str, Refers(("section",))]
    number: Text
    title: Title
    summary: Text
    priority_note: Text | None
    recurrence: Text | None

    def triples(self) -> Iterator[Triple]:
        """Yield the activity with its title and summary."""
        iri = thing("activity", self.id)
        yield iri, A, CAMI.Activity
        yield iri, LABEL, english(self.title)
        yield iri, DCTERMS.description, english(self.summary)
        yield iri, CAMI.number, rdflib.Literal(self.number)
        yield iri, CAMI.inSection, thing("section", self.section)
        yield iri, CAMI.inProgramme, thing("programme", self.id.partition("/")[0])
        if self.priority_note:
            yield iri, CAMI.priorityNote, english(self.priority_note)
        if self.recurrence:
            yield iri, CAMI.recurrence, rdflib.Literal(self.recurrence)
        yield from activity_source(iri, self.id)


PriorityName = Literal["High", "Medium", "Low"]


def priority_concept(programme_part: str, name: PriorityName) -> rdflib.URIRef:
    """Return the concept of a priority in the scheme of its programme."""
    programme = programme_part.partition("/")[0]
    return rdflib.URIRef(f"{ID}priority/{programme}/{name.lower()}")


class ActivityPriority(Row):
    """A priority of an activity; two lines where the document prints two."""

    table: ClassVar[str] = "activity-priority"
    key: ClassVar[int] = 2
    part_of: ClassVar[str] = "activity"

    activity: ActivityId
    priority: PriorityName

    def triples(self) -> Iterator[Triple]:
        """Yield the link."""
        concept = priority_concept(self.activity, self.priority)
        yield thing("activity", self.activity), CAMI.priority, concept


class SubActivityPriority(Row):
    """A priority of one item, where the document prints priorities item by item."""

    table: ClassVar[str] = "sub-activity-priority"
    key: ClassVar[int] = 2
    part_of: ClassVar[str] = "sub_activity"

    sub_activity: Annotated[str, Refers(("sub-activity",))]
    priority: PriorityName

    def triples(self) -> Iterator[Triple]:
        """Yield the link."""
        concept = priority_concept(self.sub_activity, self.priority)
        yield thing("activity", self.sub_activity), CAMI.priority, concept


class SubActivity(Row):
    """A lettered or bulleted item inside an activity."""

    table: ClassVar[str] = "sub-activities"
    part_of: ClassVar[str] = "activity"
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
    part_of: ClassVar[str] = "activity"
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
    part_of: ClassVar[str] = "activity"

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
    Activity,
    ActivityPriority,
    SubActivity,
    SubActivityPriority,
    Indicator,
    Deadline,
)
