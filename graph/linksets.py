"""Rows about linksets: which authority, under which identifier, by which rule."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import rdflib

from ..ontology import BASE, CAMI, DCTERMS, SKOS, VOID
from .frameworks import gbf_target
from .tables import Address, PartialDate, Refers, Row, Slug, Text
from .taxa import DocumentId, NameId, TaxonId, authority_concept
from .terms import LABEL, A, Triple, date, english, thing

FOAF_HOMEPAGE = rdflib.URIRef("http://xmlns.com/foaf/0.1/homepage")
DESCRIPTION = "description"
LINKSETS = f"{BASE}dataset/linkset/"
RULES = f"{BASE}dataset/rule/"
LinksetId = Annotated[str, Refers(("linkset",))]


def origin_of(linkset: str) -> str:
    """Return the name of the graph that the links of a linkset belong to."""
    return f"linkset-{linkset}"


class Linkset(Row):
    """The links from our things to those of one authority, published as one file.

    `kind` says what stands at the other end: `concept`, a concept that only this graph gives an
    IRI; `record`, a page or record about such a concept; `entity`, a thing with an IRI of its own.
    """

    table: ClassVar[str] = "linksets"
    kind: ClassVar[str] = "linkset"
    origin: ClassVar[str] = DESCRIPTION

    id: Slug
    label: Text
    registry: Slug
    document: Annotated[str | None, Refers(("document",))]
    agency: Text
    ends: Literal["concept", "record", "entity"]
    prefixes: Text | None
    synonyms: Text | None
    other_addresses: Text | None
    pattern: Text | None
    homepage: Address

    @property
    def namespaces(self) -> dict[str, str]:
        """The namespaces of its identifiers by prefix, the usual one first."""
        pairs = (pair.partition("=") for pair in (self.prefixes or "").split())
        return {prefix: namespace for prefix, _, namespace in pairs}

    def triples(self) -> Iterator[Triple]:
        """Yield the linkset and the dataset that it leads to; its counts come with the build."""
        iri = rdflib.URIRef(LINKSETS + self.id)
        target = rdflib.URIRef(f"{BASE}dataset/authority/{self.registry}")
        yield iri, A, VOID.Linkset
        yield iri, LABEL, english(self.label)
        yield iri, VOID.subjectsTarget, rdflib.URIRef(f"{BASE}dataset")
        yield iri, VOID.objectsTarget, target
        yield target, A, VOID.Dataset
        yield target, DCTERMS.publisher, rdflib.Literal(self.agency)
        yield target, FOAF_HOMEPAGE, rdflib.URIRef(self.homepage)
        for namespace in self.namespaces.values():
            yield target, VOID.uriSpace, rdflib.Literal(namespace)


class CurationRule(Row):
    """Why a link is set as it is, and how far it can be relied on."""

    table: ClassVar[str] = "curation-rules"
    kind: ClassVar[str] = "rule"
    origin: ClassVar[str] = DESCRIPTION

    id: Slug
    label: Text
    definition: Text
    justification: Literal["semapv:LogicalReasoning", "semapv:ManualMappingCuration"]
    confidence: float

    def triples(self) -> Iterator[Triple]:
        """Yield the rule with its words."""
        iri = rdflib.URIRef(RULES + self.id)
        yield iri, LABEL, english(self.label)
        yield iri, DCTERMS.description, english(self.definition)


class TaxonIdentifier(Row):
    """The identifier under which a registry knows what an authority means by a name."""

    table: ClassVar[str] = "taxon-identifiers"
    key: ClassVar[int] = 2

    registry: Slug
    identifier: Slug
    authority: DocumentId
    name: NameId
    iri: Address
    sources: int
    seen_in: Text
    verified_on: PartialDate

    def where(self) -> str:
        """Return the graph of the registry's links."""
        return origin_of(self.registry)

    def triples(self) -> Iterator[Triple]:
        """Yield the concept of the authority and the record of its identifier."""
        yield from authority_concept(self.authority, self.name)
        concept = f"concept/{self.authority}/{self.name}"
        record = thing("identifier", f"{concept}/{self.registry}/{self.identifier}")
        yield record, A, CAMI.Identifier
        yield record, CAMI.identifierOf, thing("concept", f"{self.authority}/{self.name}")
        yield record, CAMI.registry, rdflib.Literal(self.registry)
        yield record, SKOS.notation, rdflib.Literal(self.identifier)
        yield record, CAMI.identifierIri, rdflib.URIRef(self.iri)
        yield record, DCTERMS.source, rdflib.Literal(self.seen_in)
        yield record, CAMI.verifiedOn, date(self.verified_on)
        yield record, CAMI.verificationStatus, rdflib.Literal("verified")


class RelatedTarget(Row):
    """That a source names a target of the Global Biodiversity Framework as related to one of SPMS."""

    table: ClassVar[str] = "related-targets"
    key: ClassVar[int] = 2
    origin: ClassVar[str] = origin_of("cbd-kmgbf")

    target: Annotated[str, Refers(("spms",))]
    gbf: Annotated[str, Refers(("gbf",))]
    seen_in: Address

    def triples(self) -> Iterator[Triple]:
        """Yield the link; related is less than the same."""
        yield thing("spms", self.target), SKOS.relatedMatch, gbf_target(self.gbf)


class IdentifierAbsence(Row):
    """That an authority was looked through and has nothing that stands for a taxon."""

    table: ClassVar[str] = "identifier-absences"
    key: ClassVar[int] = 2

    linkset: LinksetId
    taxon: TaxonId
    evidence: Text

    def triples(self) -> Iterator[Triple]:
        """Yield nothing: in RDF what is not said is not known; the file of the linkset says it."""
        yield from ()


TABLES: tuple[type[Row], ...] = (
    Linkset,
    CurationRule,
    TaxonIdentifier,
    RelatedTarget,
    IdentifierAbsence,
)
