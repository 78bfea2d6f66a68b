"""Rows about taxa: names, the concepts that CAMI uses, and the names of other authorities."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import rdflib

from ..ontology import CAMI, ID, TCS
from .sources import DOCUMENT
from .tables import Refers, Row, Slug, Text
from .terms import LABEL, A, Triple, english, sourced, thing, whole

TABLE_1 = "Annex 1, Work Programme, Table 1"
BELOW_TABLE_1 = "Annex 1, Work Programme, paragraph below Table 1"
RANK = "http://rs.gbif.org/vocabulary/gbif/rank/"


class Name(Row):
    """A scientific name, whoever uses it."""

    table: ClassVar[str] = "names"
    kind: ClassVar[str] = "name"

    id: Slug
    name: Text
    rank: Literal["genus", "species", "subspecies"]

    def triples(self) -> Iterator[Triple]:
        """Yield the `tcs:TaxonName` with its string and rank."""
        iri = thing("name", self.id)
        yield iri, A, TCS.TaxonName
        yield iri, TCS.nameString, rdflib.Literal(self.name)
        yield iri, TCS.taxonRank, rdflib.URIRef(RANK + self.rank)
        yield iri, LABEL, rdflib.Literal(self.name)


class Taxon(Row):
    """A row of Table 1: a taxon as the Work Programme means it."""

    table: ClassVar[str] = "taxa"
    kind: ClassVar[str] = "taxon"

    id: Slug
    row: int
    label: Text
    name: Annotated[str, Refers(("name",))]
    name_string: Text
    open: Literal["yes"] | None

    def triples(self) -> Iterator[Triple]:
        """Yield the treaty concept, and its usage in Table 1 with the names as printed."""
        concept = thing("taxon", self.id)
        yield concept, A, CAMI.TreatyTaxonConcept
        if self.open:
            yield concept, A, CAMI.OpenTaxonConcept
        yield concept, LABEL, english(self.label)
        yield concept, TCS.taxonName, thing("name", self.name)
        yield concept, TCS.accordingTo, thing("document", DOCUMENT)
        yield concept, CAMI.scientificName, rdflib.Literal(self.name_string)
        usage = thing("usage", f"{DOCUMENT}/table-1/{self.row}")
        yield usage, A, CAMI.TreatyTaxonUsage
        yield usage, CAMI.position, whole(self.row)
        yield usage, CAMI.printedCommonName, rdflib.Literal(self.label)
        yield usage, CAMI.printedName, rdflib.Literal(self.name_string)
        yield usage, CAMI.refersToConcept, concept
        for iri in (concept, usage):
            yield from sourced(iri, DOCUMENT, f"table-1/{self.row}", f"{TABLE_1}, row {self.row}")


class TaxonAppendix(Row):
    """The CMS Appendix that Table 1 states for a taxon; not the legal listing."""

    table: ClassVar[str] = "taxon-appendix"
    key: ClassVar[int] = 3

    taxon: Annotated[str, Refers(("taxon",))]
    row: int
    appendix: Literal["I", "II"]

    def triples(self) -> Iterator[Triple]:
        """Yield the stated Appendix of the usage in that row of Table 1."""
        usage = thing("usage", f"{DOCUMENT}/table-1/{self.row}")
        yield usage, CAMI.statedAppendix, rdflib.URIRef(f"{ID}appendix/cms/{self.appendix}")


class TaxonOtherName(Row):
    """A name that the Work Programme says another authority uses for a taxon.

    The document does not say how the two concepts overlap, so the RCC-5 relation is
    `tcs:intersects`, which TCS 2 defines for an overlap of unknown extent.
    """

    table: ClassVar[str] = "taxon-other-name"
    key: ClassVar[int] = 2

    taxon: Annotated[str, Refers(("taxon",))]
    name: Annotated[str, Refers(("name",))]
    authority: Annotated[str, Refers(("document",))]
    synonym: Literal["yes"] | None

    def triples(self) -> Iterator[Triple]:
        """Yield the other authority's concept and a proposed mapping to it."""
        taxon = thing("taxon", self.taxon)
        other = thing("concept", f"{self.authority}/{self.name}")
        yield other, A, TCS.TaxonConcept
        yield other, TCS.taxonName, thing("name", self.name)
        yield other, TCS.accordingTo, thing("document", self.authority)
        mapping = thing("mapping", f"{self.taxon}/{self.authority}/{self.name}")
        yield mapping, A, TCS.TaxonConceptMapping
        yield mapping, TCS.subjectTaxonConcept, taxon
        yield mapping, TCS.mappingRelation, TCS.intersects
        yield mapping, TCS.objectTaxonConcept, other
        yield mapping, TCS.mappingAccordingTo, thing("document", DOCUMENT)
        yield mapping, CAMI.mappingStatus, rdflib.Literal("proposed")
        if self.synonym:
            yield taxon, TCS.synonym, thing("name", self.name)
        for iri in (other, mapping):
            yield from sourced(iri, DOCUMENT, "below-table-1", BELOW_TABLE_1)


TABLES: tuple[type[Row], ...] = (Name, Taxon, TaxonAppendix, TaxonOtherName)
