"""Rows about conservation regions and how they came to be."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import rdflib

from ..ontology import CAMI, DCTERMS, SKOS
from .tables import Link, Refers, Row, Slug, Text
from .terms import DOCUMENT, LABEL, A, Triple, english, sourced, thing, whole

ANNEX = "Annex to CAMI WP"


class Region(Row):
    """A Priority Transboundary Conservation Region."""

    table: ClassVar[str] = "regions"
    kind: ClassVar[str] = "region"

    id: Slug
    ordinal: int
    label: Text
    other_label: Text | None

    def triples(self) -> Iterator[Triple]:
        """Yield the region with its names and its number in the list."""
        iri = thing("region", self.id)
        yield iri, A, CAMI.PriorityTransboundaryConservationRegion
        yield iri, LABEL, english(self.label)
        yield iri, CAMI.ordinal, whole(self.ordinal)
        if self.other_label:
            yield iri, SKOS.altLabel, english(self.other_label)
        locator = f"Annex 1, Work Programme, Background, paragraph 4, item {self.ordinal}"
        yield from sourced(iri, DOCUMENT, f"region/{self.ordinal}", locator)


class RegionState(Link):
    """That a region lies in part in a State."""

    table: ClassVar[str] = "region-state"
    predicate: ClassVar[rdflib.URIRef] = CAMI.spansState

    region: Annotated[str, Refers(("region",))]
    state: Annotated[str, Refers(("state",))]


class RegionTaxon(Row):
    """That a taxon is listed for a region, with the qualifier that is printed."""

    table: ClassVar[str] = "region-taxon"
    key: ClassVar[int] = 2

    region: Annotated[str, Refers(("region",))]
    taxon: Annotated[str, Refers(("taxon",))]
    qualifier: Text | None
    state: Annotated[str | None, Refers(("state",))]

    def triples(self) -> Iterator[Triple]:
        """Yield the link and its occurrence node."""
        region, taxon = thing("region", self.region), thing("taxon", self.taxon)
        yield region, CAMI.hasTaxon, taxon
        iri = thing("occurrence", f"{self.region}/{self.taxon}")
        yield iri, A, CAMI.RegionalOccurrence
        yield iri, CAMI.occurrenceRegion, region
        yield iri, CAMI.occurrenceTaxon, taxon
        if self.qualifier:
            yield iri, CAMI.qualifier, rdflib.Literal(self.qualifier)
        if self.state:
            yield iri, CAMI.occurrenceState, thing("state", self.state)
        locator = f"Annex 1, Work Programme, species of the section on {self.region}"
        yield from sourced(iri, DOCUMENT, f"species/{self.region}", locator)


class Hotspot(Row):
    """An area of the hotspot study."""

    table: ClassVar[str] = "hotspots"
    kind: ClassVar[str] = "hotspot"

    id: Slug
    label: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the area with its name."""
        iri = thing("hotspot", self.id)
        yield iri, A, CAMI.ConservationHotspot
        yield iri, LABEL, english(self.label)
        yield from sourced(iri, DOCUMENT, "region-changes", ANNEX)


class RegionChange(Row):
    """How a region came to be what it is."""

    table: ClassVar[str] = "region-changes"
    kind: ClassVar[str] = "region-change"

    id: Slug
    level: Literal["addition", "expansion", "merge", "renaming"]
    region: Annotated[str, Refers(("region",))]
    description: Text
    locator: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the change, typed by what it did."""
        iri = thing("region-change", self.id)
        yield iri, A, CAMI.RegionChange
        yield iri, A, CAMI[f"Region{self.level.capitalize()}"]
        yield iri, CAMI.changedRegion, thing("region", self.region)
        yield iri, DCTERMS.description, english(self.description)
        yield from sourced(iri, DOCUMENT, f"region-change/{self.id}", self.locator)


class RegionChangeHotspot(Link):
    """That a change used an area of the hotspot study."""

    table: ClassVar[str] = "region-change-hotspot"
    predicate: ClassVar[rdflib.URIRef] = CAMI.usedHotspot

    change: Annotated[str, Refers(("region-change",))]
    hotspot: Annotated[str, Refers(("hotspot",))]


class RegionChangeSite(Link):
    """That a change brought a site into a region."""

    table: ClassVar[str] = "region-change-site"
    predicate: ClassVar[rdflib.URIRef] = CAMI.includedSite

    change: Annotated[str, Refers(("region-change",))]
    site: Annotated[str, Refers(("site",))]


TABLES: tuple[type[Row], ...] = (
    Region,
    RegionState,
    RegionTaxon,
    Hotspot,
    RegionChange,
    RegionChangeHotspot,
    RegionChangeSite,
)
