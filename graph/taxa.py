"""Rows about taxa, in three layers: usages in documents, treaty concepts, other authorities' concepts."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import rdflib

from ..ontology import CAMI, DCTERMS, DWC, ID, PROV, SKOS, TCS
from .tables import Link, Refers, Row, Slug, Text
from .terms import DOCUMENT, LABEL, REFERENCE, A, Triple, english, sourced, thing, whole

RANK = "http://rs.gbif.org/vocabulary/gbif/rank/"
TaxonId = Annotated[str, Refers(("taxon",))]
NameId = Annotated[str, Refers(("name",))]
DocumentId = Annotated[str, Refers(("document",))]


def authority_concept(authority: str, name: str) -> Iterator[Triple]:
    """Yield what a source means by a name: the name according to that source."""
    concept = thing("concept", f"{authority}/{name}")
    yield concept, A, TCS.TaxonConcept
    yield concept, TCS.taxonName, thing("name", name)
    yield concept, TCS.accordingTo, thing("document", authority)


class Name(Row):
    """A scientific name, whoever uses it."""

    table: ClassVar[str] = "names"
    kind: ClassVar[str] = "name"
    origin: ClassVar[str] = REFERENCE

    id: Slug
    name: Text
    rank: Literal["genus", "species", "subspecies"]

    def triples(self) -> Iterator[Triple]:
        """Yield the `tcs:TaxonName` with its string and rank."""
        iri = thing("name", self.id)
        yield iri, A, TCS.TaxonName
        yield iri, TCS.nameString, rdflib.Literal(self.name)
        yield iri, TCS.taxonRank, rdflib.URIRef(RANK + self.rank)
        yield iri, LABEL, english(self.name)


class NameAuthorship(Row):
    """Who published the epithet of a name, and when; brackets say that the genus was another."""

    table: ClassVar[str] = "name-authorship"
    origin: ClassVar[str] = REFERENCE

    name: NameId
    authorship: Text
    seen_in: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the authorship of the name, and where it was seen."""
        iri = thing("name", self.name)
        yield iri, DWC.scientificNameAuthorship, rdflib.Literal(self.authorship)
        yield iri, DCTERMS.source, rdflib.Literal(self.seen_in)


class Taxon(Row):
    """A taxon as a treaty document means it: the concept that CAMI uses."""

    table: ClassVar[str] = "taxa"
    kind: ClassVar[str] = "taxon"

    id: Slug
    label: Text
    name: NameId
    name_string: Text
    open: Literal["yes"] | None
    document: DocumentId

    def where(self) -> str:
        """Return the document that the concept is according to."""
        return self.document

    def triples(self) -> Iterator[Triple]:
        """Yield the treaty concept."""
        concept = thing("taxon", self.id)
        yield concept, A, CAMI.TreatyTaxonConcept
        if self.open:
            yield concept, A, CAMI.OpenTaxonConcept
        yield concept, LABEL, english(self.label)
        yield concept, TCS.taxonName, thing("name", self.name)
        yield concept, TCS.accordingTo, thing("document", self.document)
        yield concept, CAMI.scientificName, rdflib.Literal(self.name_string)


class Usage(Row):
    """A row or mention of a document that names a taxon, with the names as printed."""

    table: ClassVar[str] = "usages"
    kind: ClassVar[str] = "usage"

    id: Slug
    document: DocumentId
    place: Text
    position: int
    taxon: TaxonId
    printed_common: Text | None
    printed_name: Text | None
    criterion: Text | None

    def where(self) -> str:
        """Return the document of the usage."""
        return self.document

    def triples(self) -> Iterator[Triple]:
        """Yield the usage, and the source of the concept that it means."""
        usage, concept = thing("usage", self.id), thing("taxon", self.taxon)
        yield usage, A, CAMI.TreatyTaxonUsage
        yield usage, CAMI.position, whole(self.position)
        yield usage, CAMI.refersToConcept, concept
        if self.printed_name:
            yield usage, CAMI.printedName, rdflib.Literal(self.printed_name)
        if self.printed_common:
            yield usage, CAMI.printedCommonName, rdflib.Literal(self.printed_common)
        if self.criterion:
            yield usage, CAMI.selectionCriterion, english(self.criterion)
        slug = self.id.partition("/")[2]
        yield from sourced(usage, self.document, slug, self.place)
        yield concept, PROV.hadPrimarySource, thing("location", f"{self.document}/{slug}")


class UsageAppendix(Row):
    """The CMS Appendix that a document states for a usage; not the legal listing."""

    table: ClassVar[str] = "usage-appendix"
    key: ClassVar[int] = 2

    usage: Annotated[str, Refers(("usage",))]
    appendix: Literal["I", "II"]

    def where(self) -> str:
        """Return the document of the usage."""
        return self.usage.partition("/")[0]

    def triples(self) -> Iterator[Triple]:
        """Yield the stated Appendix."""
        concept = rdflib.URIRef(f"{ID}appendix/cms/{self.appendix}")
        yield thing("usage", self.usage), CAMI.statedAppendix, concept


class TaxonMember(Row):
    """A member of an open concept, as a document lists it."""

    table: ClassVar[str] = "taxon-member"
    key: ClassVar[int] = 2

    taxon: TaxonId
    name: NameId
    authority: DocumentId

    def where(self) -> str:
        """Return the document that lists the member."""
        return self.authority

    def triples(self) -> Iterator[Triple]:
        """Yield the member, a concept of that document."""
        yield from authority_concept(self.authority, self.name)
        member = thing("concept", f"{self.authority}/{self.name}")
        yield thing("taxon", self.taxon), CAMI.hasMember, member


class TaxonSynonym(Link):
    """Another name that surely means the same animal."""

    table: ClassVar[str] = "taxon-synonym"
    predicate: ClassVar[rdflib.URIRef] = TCS.synonym

    taxon: TaxonId
    name: NameId


class TaxonMapping(Row):
    """How a treaty concept and the concept of another authority relate (RCC-5), and who says so.

    `intersects` is TCS 2's relation for an overlap of unknown extent. A negative mapping records
    that the relation was checked and does not hold.
    """

    table: ClassVar[str] = "taxon-mappings"

    id: Slug
    taxon: TaxonId
    authority: DocumentId
    name: NameId
    relation: Literal[
        "includes",
        "intersects",
        "isCongruentWith",
        "isDisjointFrom",
        "isIncludedIn",
        "partiallyOverlaps",
    ]
    negative: Literal["yes"] | None
    according_to: DocumentId
    status: Literal["proposed", "reviewed", "disputed"]
    evidence: Text

    def where(self) -> str:
        """Return the document that states the mapping, or the reference facts."""
        return self.according_to if self.according_to == DOCUMENT else REFERENCE

    def triples(self) -> Iterator[Triple]:
        """Yield the other concept and the mapping; a negative one is no `tcs:TaxonConceptMapping`."""
        yield from authority_concept(self.authority, self.name)
        iri = thing("mapping", self.id)
        yield iri, A, CAMI.NegativeMapping if self.negative else TCS.TaxonConceptMapping
        yield iri, TCS.subjectTaxonConcept, thing("taxon", self.taxon)
        yield (
            iri,
            CAMI.refutedRelation if self.negative else TCS.mappingRelation,
            TCS[self.relation],
        )
        yield iri, TCS.objectTaxonConcept, thing("concept", f"{self.authority}/{self.name}")
        yield iri, TCS.mappingAccordingTo, thing("document", self.according_to)
        yield iri, CAMI.mappingStatus, rdflib.Literal(self.status)
        yield iri, CAMI.evidence, english(self.evidence)


class NameStatus(Row):
    """Whether a name is accepted in a reference."""

    table: ClassVar[str] = "name-status"
    key: ClassVar[int] = 2
    origin: ClassVar[str] = REFERENCE

    name: NameId
    authority: DocumentId
    status: Literal["accepted", "synonym", "other-combination", "open"]
    accepted_name: Annotated[str | None, Refers(("name",))]
    evidence: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the status of the name under that authority, with the accepted name instead."""
        iri = thing("name-status", f"{self.authority}/{self.name}")
        yield iri, A, CAMI.NameStatus
        yield iri, CAMI.statusOfName, thing("name", self.name)
        yield iri, TCS.accordingTo, thing("document", self.authority)
        yield iri, CAMI.nameStatus, rdflib.Literal(self.status)
        yield iri, CAMI.evidence, english(self.evidence)
        if self.accepted_name:
            yield iri, CAMI.acceptedName, thing("name", self.accepted_name)


class VernacularName(Row):
    """A common name of a taxon in one language."""

    table: ClassVar[str] = "vernacular-names"
    key: ClassVar[int] = 3
    origin: ClassVar[str] = REFERENCE

    taxon: TaxonId
    language: Text
    name: Text
    source: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the name as an alternative label in its language, and where it was seen."""
        taxon = thing("taxon", self.taxon)
        yield taxon, SKOS.altLabel, rdflib.Literal(self.name, lang=self.language)
        yield taxon, DCTERMS.source, rdflib.Literal(self.source)


TABLES: tuple[type[Row], ...] = (
    Name,
    NameAuthorship,
    Taxon,
    Usage,
    UsageAppendix,
    TaxonMember,
    TaxonSynonym,
    TaxonMapping,
    NameStatus,
    VernacularName,
)
