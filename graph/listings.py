"""Rows about legal listings on the Appendices of CMS and CITES: events, never a current state.

What a document states about an Appendix is a usage (`taxa`); the two are kept apart.
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import rdflib

from ..ontology import CAMI, DCTERMS, ID
from .tables import Link, PartialDate, Refers, Row, Slug, Text
from .taxa import NameId, TaxonId, authority_concept
from .terms import REFERENCE, A, Triple, date, english, thing


class ListingEvent(Row):
    """That a convention put a taxon, or populations of it, on an Appendix, or was asked to."""

    table: ClassVar[str] = "listings"
    kind: ClassVar[str] = "listing"
    origin: ClassVar[str] = REFERENCE

    id: Slug
    taxon: TaxonId
    treaty: Annotated[str, Refers(("treaty",))]
    name: NameId
    authority: Annotated[str, Refers(("document",))]
    appendix: Literal["I", "II", "III"]
    action: Literal["addition", "deletion"]
    outcome: Literal["adopted", "unknown"]
    coverage: Literal["whole", "populations", "not-stated"]
    note: Text | None
    meeting: Text | None
    effective: PartialDate | None
    source: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the event: what was listed where, which populations, since when, who says so."""
        iri = thing("listing", self.id)
        yield from authority_concept(self.authority, self.name)
        yield iri, A, CAMI.ListingEvent
        yield iri, CAMI.listedTaxon, thing("taxon", self.taxon)
        yield iri, CAMI.listedConcept, thing("concept", f"{self.authority}/{self.name}")
        yield iri, CAMI.convention, thing("treaty", self.treaty)
        yield iri, CAMI.appendix, rdflib.URIRef(f"{ID}appendix/{self.treaty}/{self.appendix}")
        yield iri, CAMI.listingAction, rdflib.Literal(self.action)
        yield iri, CAMI.coverage, rdflib.Literal(self.coverage)
        yield iri, DCTERMS.source, rdflib.Literal(self.source)
        status = CAMI.Adopted if self.outcome == "adopted" else CAMI.DraftSubmitted
        yield iri, CAMI.adoptionStatus, status
        if self.note:
            yield iri, CAMI.coverageNote, english(self.note)
        if self.meeting:
            yield iri, CAMI.decidedAt, rdflib.Literal(self.meeting)
        if self.effective:
            yield iri, CAMI.effectiveDate, date(self.effective)


class ListingState(Link):
    """A State whose population a listing covers."""

    table: ClassVar[str] = "listing-state"
    predicate: ClassVar[rdflib.URIRef] = CAMI.includesPopulationOf
    origin: ClassVar[str] = REFERENCE

    listing: Annotated[str, Refers(("listing",))]
    state: Annotated[str, Refers(("state",))]


class ListingAbsence(Row):
    """That a taxon was looked for in a list of a convention and is not there."""

    table: ClassVar[str] = "listing-absences"
    key: ClassVar[int] = 2
    origin: ClassVar[str] = REFERENCE

    taxon: TaxonId
    treaty: Annotated[str, Refers(("treaty",))]
    authority: Annotated[str, Refers(("document",))]

    def triples(self) -> Iterator[Triple]:
        """Yield the absence, which holds for that list and no longer than it."""
        iri = thing("listing-absence", f"{self.treaty}/{self.taxon}")
        yield iri, A, CAMI.ListingAbsence
        yield iri, CAMI.listedTaxon, thing("taxon", self.taxon)
        yield iri, CAMI.convention, thing("treaty", self.treaty)
        yield iri, CAMI.inDocument, thing("document", self.authority)


TABLES: tuple[type[Row], ...] = (ListingEvent, ListingState, ListingAbsence)
