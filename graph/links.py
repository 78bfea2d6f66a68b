"""Rows that link an activity: who does it, what it serves, names, refers to and is about."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

import rdflib

from ..ontology import CAMI
from .frameworks import gbf_target
from .programme import ActivityId, activity_source, taxon_mention
from .tables import Link, Refers, Row, Slug, Text
from .terms import A, Triple, named, thing, whole


class ActivityActor(Row):
    """That an actor is responsible for an activity."""

    table: ClassVar[str] = "activity-actor"
    key: ClassVar[int] = 2
    part_of: ClassVar[str] = "activity"

    activity: ActivityId
    actor: Annotated[str, Refers(("actor",))]
    position: int
    qualifier: Text | None

    def triples(self) -> Iterator[Triple]:
        """Yield the plain link, and the responsibility with its place and qualifier."""
        activity, actor = thing("activity", self.activity), thing("actor", self.actor)
        yield activity, CAMI.responsible, actor
        iri = thing("responsibility", f"{self.activity}/{self.actor}")
        yield iri, A, CAMI.Responsibility
        yield iri, CAMI.assignedActivity, activity
        yield iri, CAMI.assignedActor, actor
        yield iri, CAMI.position, whole(self.position)
        if self.qualifier:
            yield iri, CAMI.qualifier, rdflib.Literal(self.qualifier)
        yield from activity_source(iri, self.activity)


class ActivityTarget(Row):
    """That a GBF target or SPMS goal is printed beside an activity."""

    table: ClassVar[str] = "activity-target"
    key: ClassVar[int] = 2
    part_of: ClassVar[str] = "activity"

    activity: ActivityId
    target: Annotated[str, Refers(("gbf", "spms"))]

    def triples(self) -> Iterator[Triple]:
        """Yield the citation as printed."""
        kind, _, slug = self.target.partition("/")
        target = gbf_target(slug) if kind == "gbf" else thing("spms", slug)
        yield thing("activity", self.activity), CAMI.citesTarget, target


class ActivityInstrument(Link):
    """That another programme or instrument is printed beside an activity as related."""

    table: ClassVar[str] = "activity-instrument"
    predicate: ClassVar[rdflib.URIRef] = CAMI.citesInstrument
    part_of: ClassVar[str] = "activity"

    activity: ActivityId
    instrument: Annotated[str, Refers(("instrument",))]


class ActivityMention(Link):
    """That the text or indicator of an activity names an instrument, body or treaty."""

    table: ClassVar[str] = "activity-mention"
    predicate: ClassVar[rdflib.URIRef] = CAMI.mentions
    part_of: ClassVar[str] = "activity"

    activity: ActivityId
    mentioned: Annotated[str, Refers(("instrument", "actor", "treaty"))]


class ActivityReference(Row):
    """That an activity refers to another by number, as the number should read."""

    table: ClassVar[str] = "activity-reference"
    key: ClassVar[int] = 2
    part_of: ClassVar[str] = "activity"

    activity: ActivityId
    refers_to: Annotated[str, Refers(("activity", "section"))]

    def triples(self) -> Iterator[Triple]:
        """Yield the cross reference; one to a whole section or issue has its own property."""
        whole_section = self.refers_to.startswith("section/")
        link = CAMI.refersToSection if whole_section else CAMI.refersTo
        yield thing("activity", self.activity), link, named(self.refers_to)


class ExternalReference(Row):
    """That an activity points to a numbered part of another document."""

    table: ClassVar[str] = "external-references"
    part_of: ClassVar[str] = "activity"

    id: Slug
    activity: ActivityId
    resource: Annotated[str, Refers(("instrument", "treaty"))]
    part: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the pointer with the part that it names."""
        iri = thing("external-reference", self.id)
        yield thing("activity", self.activity), CAMI.externalReference, iri
        yield iri, A, CAMI.ExternalReference
        yield iri, CAMI.referencedResource, named(self.resource)
        yield iri, CAMI.referencedPart, rdflib.Literal(self.part)
        yield from activity_source(iri, self.activity)


class ActivityTaxon(Row):
    """That the cells of an activity name a taxon."""

    table: ClassVar[str] = "activity-taxon"
    key: ClassVar[int] = 2
    part_of: ClassVar[str] = "activity"

    activity: ActivityId
    taxon: Annotated[str, Refers(("taxon",))]
    printed: Text | None

    def triples(self) -> Iterator[Triple]:
        """Yield the link, and a mention where a narrower name is printed."""
        activity, taxon = thing("activity", self.activity), thing("taxon", self.taxon)
        yield activity, CAMI.concernsTaxon, taxon
        yield from taxon_mention(activity, self.activity, taxon, self.taxon, self.printed)


class ActivityState(Link):
    """That the cells of an activity name a Range State."""

    table: ClassVar[str] = "activity-state"
    predicate: ClassVar[rdflib.URIRef] = CAMI.concernsState
    part_of: ClassVar[str] = "activity"

    activity: ActivityId
    state: Annotated[str, Refers(("state",))]


class ActivitySite(Link):
    """That the cells of an activity name a site."""

    table: ClassVar[str] = "activity-site"
    predicate: ClassVar[rdflib.URIRef] = CAMI.concernsSite
    part_of: ClassVar[str] = "activity"

    activity: ActivityId
    site: Annotated[str, Refers(("site",))]


TABLES: tuple[type[Row], ...] = (
    ActivityActor,
    ActivityTarget,
    ActivityInstrument,
    ActivityMention,
    ActivityReference,
    ExternalReference,
    ActivityTaxon,
    ActivityState,
    ActivitySite,
)
