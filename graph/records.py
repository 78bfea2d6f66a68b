"""Rows of what users report beside the graph: work that was done, and animals that were counted.

The project ships no such table; users fill in a template and validate it with the graph.
"""

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import rdflib
from pydantic import AfterValidator

from ..ontology import CAMI, DCTERMS, DWC, PROV
from .programme import ActivityId
from .tables import PartialDate, Refers, Row, Slug, Text, Year, check_date
from .terms import XSD, A, Triple, date, english, last_day, thing


def _period(text: str) -> str:
    first, _, last = text.partition("/")
    for part in (first, last or first):
        check_date(part)
    if last and last_day(last) < last_day(first):
        raise ValueError("ends before it begins: write the earlier date first")
    return text


def _link(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", text):
        raise ValueError("write a web address that begins with https:// or http://")
    return text


def _count(text: str) -> str:
    if not re.fullmatch(r"0|[1-9][0-9]*", text):
        raise ValueError("write a whole number without separators, such as 1200")
    return text


Period = Annotated[str, AfterValidator(_period)]
Web = Annotated[str, AfterValidator(_link)]
Count = Annotated[str, AfterValidator(_count)]
StateId = Annotated[str, Refers(("state",))]


class Implementation(Row):
    """Work that was done, or is under way, for an activity that a programme plans."""

    table: ClassVar[str] = "implementation"
    kind: ClassVar[str] = "implementation"

    id: Slug
    activity: ActivityId
    state: StateId
    actor: Annotated[str | None, Refers(("actor",))]
    status: Literal["not-started", "under-way", "completed"]
    period: Period | None
    summary: Text
    evidence: Web | None
    reported_on: PartialDate

    def triples(self) -> Iterator[Triple]:
        """Yield the `prov:Activity` with the plan that it carries out."""
        iri = thing("implementation", self.id)
        association = thing("implementation", f"{self.id}/association")
        yield iri, A, PROV.Activity
        yield iri, PROV.qualifiedAssociation, association
        yield association, A, PROV.Association
        yield association, PROV.hadPlan, thing("activity", self.activity)
        if self.actor:
            yield association, PROV.agent, thing("actor", self.actor)
        yield iri, CAMI.implementationStatus, rdflib.Literal(self.status)
        yield iri, DCTERMS.spatial, thing("state", self.state)
        yield iri, DCTERMS.description, english(self.summary)
        yield iri, DCTERMS.issued, rdflib.Literal(self.reported_on)
        if self.period:
            yield iri, DCTERMS.date, rdflib.Literal(self.period)
        if self.evidence:
            yield iri, DCTERMS.references, rdflib.URIRef(self.evidence)


class OccurrenceSummary(Row):
    """How many animals of a taxon were counted or estimated in a State in a year."""

    table: ClassVar[str] = "occurrence-summary"
    kind: ClassVar[str] = "occurrence-summary"

    id: Slug
    taxon: Annotated[str, Refers(("taxon",))]
    state: StateId
    year: Year
    status: Literal["present", "absent"]
    individuals: Count | None
    protocol: Text | None
    citation: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the `dwc:Occurrence` of the taxon in that State and year."""
        iri = thing("occurrence-summary", self.id)
        yield iri, A, DWC.Occurrence
        yield iri, DCTERMS.subject, thing("taxon", self.taxon)
        yield iri, DCTERMS.spatial, thing("state", self.state)
        yield iri, DWC.year, date(self.year)
        yield iri, DWC.occurrenceStatus, rdflib.Literal(self.status)
        if self.individuals is not None:
            count = rdflib.Literal(self.individuals, datatype=XSD["integer"])
            yield iri, DWC.organismQuantity, count
            yield iri, DWC.organismQuantityType, rdflib.Literal("individuals")
        if self.protocol:
            yield iri, DWC.samplingProtocol, rdflib.Literal(self.protocol)
        yield iri, DCTERMS.bibliographicCitation, rdflib.Literal(self.citation)


RECORDS: tuple[type[Row], ...] = (Implementation, OccurrenceSummary)
