"""Rows about Red List categories: of what the Red List means by a name, never of our taxa.

How that concept and a taxon of ours relate is a mapping (`taxa`).
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

import rdflib

from ..ontology import CAMI, DCTERMS, ID
from .tables import PartialDate, Refers, Row, Slug, Text, Year
from .taxa import NameId, authority_concept
from .terms import REFERENCE, A, Triple, date, english, thing

RED_LIST = "iucn-red-list"


class RedListAssessment(Row):
    """The category that a global assessment of the Red List gives what it means by a name."""

    table: ClassVar[str] = "red-list"
    origin: ClassVar[str] = REFERENCE

    id: Slug
    name: NameId
    category: Annotated[str, Refers(("concept",))]
    year: Year | None
    note: Text | None
    seen_in: Text
    verified_on: PartialDate

    def triples(self) -> Iterator[Triple]:
        """Yield the concept of the Red List and the record of its category, with where it was seen."""
        yield from authority_concept(RED_LIST, self.name)
        iri = thing("assessment", f"{RED_LIST}/{self.id}")
        yield iri, A, CAMI.RedListAssessment
        yield iri, CAMI.assessedConcept, thing("concept", f"{RED_LIST}/{self.name}")
        yield iri, CAMI.redListCategory, rdflib.URIRef(ID + self.category)
        yield iri, DCTERMS.source, rdflib.Literal(self.seen_in)
        yield iri, CAMI.verifiedOn, date(self.verified_on)
        if self.year:
            yield iri, CAMI.assessmentYear, date(self.year)
        if self.note:
            yield iri, DCTERMS.description, english(self.note)


TABLES: tuple[type[Row], ...] = (RedListAssessment,)
