"""Rows about Range States: names, and which treaties they are Party to."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import rdflib

from ..ontology import CAMI, DCTERMS, SKOS
from .tables import PartialDate, Refers, Row, Slug, Text
from .terms import DOCUMENT, LABEL, REFERENCE, A, Triple, date, english, sourced, thing

RANGE_STATES = "Annex 1, Work Programme, list of Range States"


class State(Row):
    """A Range State of CAMI; the id is its ISO 3166-1 alpha-3 code."""

    table: ClassVar[str] = "states"
    kind: ClassVar[str] = "state"

    id: Slug
    label: Text
    other_label: Text | None

    def triples(self) -> Iterator[Triple]:
        """Yield the State with its names; its place is that of its row in programme-state."""
        iri = thing("state", self.id)
        yield iri, A, CAMI.RangeState
        yield iri, LABEL, english(self.label)
        if self.other_label:
            yield iri, SKOS.altLabel, english(self.other_label)


class Participation(Row):
    """Whether a State is Party to a treaty, as the document prints it."""

    table: ClassVar[str] = "participations"
    key: ClassVar[int] = 2

    state: Annotated[str, Refers(("state",))]
    treaty: Annotated[str, Refers(("treaty",))]
    status: Literal["Party", "NonParty"]
    printed: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the participation with the name as printed: capitals mean Party."""
        iri = thing("participation", f"{self.treaty}/{self.state}")
        yield iri, A, CAMI.TreatyParticipation
        yield iri, CAMI.participant, thing("state", self.state)
        yield iri, CAMI.treaty, thing("treaty", self.treaty)
        yield iri, CAMI.participationStatus, CAMI[self.status]
        yield iri, CAMI.printed, rdflib.Literal(self.printed)
        yield from sourced(iri, DOCUMENT, "range-states", RANGE_STATES)


class Accession(Row):
    """Since when a State is Party to a treaty; only dates that were verified."""

    table: ClassVar[str] = "accessions"
    key: ClassVar[int] = 2
    origin: ClassVar[str] = REFERENCE

    state: Annotated[str, Refers(("state",))]
    treaty: Annotated[str, Refers(("treaty",))]
    since: PartialDate
    source: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the participation with its start; no end is known."""
        iri = thing("participation", f"{self.treaty}/{self.state}")
        yield iri, A, CAMI.TreatyParticipation
        yield iri, CAMI.participant, thing("state", self.state)
        yield iri, CAMI.treaty, thing("treaty", self.treaty)
        yield iri, CAMI.participationStatus, CAMI.Party
        yield iri, CAMI.since, date(self.since)
        yield iri, DCTERMS.source, rdflib.Literal(self.source)


TABLES: tuple[type[Row], ...] = (State, Participation, Accession)
