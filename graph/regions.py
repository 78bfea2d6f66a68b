"""Rows about places: Range States, conservation regions, their history, and sites."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import rdflib

from ..ontology import CAMI, DCTERMS, SKOS
from .frameworks import REFERENCE
from .sources import DOCUMENT
from .tables import Refers, Row, Slug, Text
from .terms import LABEL, A, Triple, english, sourced, thing, whole

ANNEX = "Annex to CAMI WP"
RANGE_STATES = "Annex 1, Work Programme, list of Range States"


class State(Row):
    """A Range State of CAMI; the id is its ISO 3166-1 alpha-3 code."""

    table: ClassVar[str] = "states"
    kind: ClassVar[str] = "state"

    id: Slug
    label: Text
    other_label: Text | None

    def triples(self) -> Iterator[Triple]:
        """Yield the State with its names."""
        iri = thing("state", self.id)
        yield iri, A, CAMI.RangeState
        yield iri, LABEL, english(self.label)
        yield iri, CAMI.isoAlpha3, rdflib.Literal(self.id)
        if self.other_label:
            yield iri, SKOS.altLabel, english(self.other_label)
        yield from sourced(iri, DOCUMENT, "range-states", RANGE_STATES)


class StateCodes(Row):
    """Codes of a State from standards."""

    table: ClassVar[str] = "state-codes"
    origin: ClassVar[str] = REFERENCE

    state: Annotated[str, Refers(("state",))]
    iso2: Text
    m49: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the codes."""
        iri = thing("state", self.state)
        yield iri, CAMI.isoAlpha2, rdflib.Literal(self.iso2)
        yield iri, CAMI.m49, rdflib.Literal(self.m49)


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


class RegionState(Row):
    """That a region lies in part in a State."""

    table: ClassVar[str] = "region-state"
    key: ClassVar[int] = 2

    region: Annotated[str, Refers(("region",))]
    state: Annotated[str, Refers(("state",))]

    def triples(self) -> Iterator[Triple]:
        """Yield the link."""
        yield thing("region", self.region), CAMI.spansState, thing("state", self.state)


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


class Site(Row):
    """A protected area or another named place."""

    table: ClassVar[str] = "sites"
    kind: ClassVar[str] = "site"

    id: Slug
    label: Text
    level: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the site with its name and the kind of place it is."""
        iri = thing("site", self.id)
        yield iri, A, CAMI.Site
        yield iri, LABEL, english(self.label)
        yield iri, CAMI.siteKind, rdflib.Literal(self.level)
        yield from sourced(iri, DOCUMENT, "work-programme", "Annex 1, Work Programme")


class SiteState(Row):
    """That the document places a site in a State."""

    table: ClassVar[str] = "site-state"
    key: ClassVar[int] = 2

    site: Annotated[str, Refers(("site",))]
    state: Annotated[str, Refers(("state",))]

    def triples(self) -> Iterator[Triple]:
        """Yield the link."""
        yield thing("site", self.site), CAMI.siteState, thing("state", self.state)


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


class RegionChangeHotspot(Row):
    """That a change used an area of the hotspot study."""

    table: ClassVar[str] = "region-change-hotspot"
    key: ClassVar[int] = 2

    change: Annotated[str, Refers(("region-change",))]
    hotspot: Annotated[str, Refers(("hotspot",))]

    def triples(self) -> Iterator[Triple]:
        """Yield the link."""
        yield thing("region-change", self.change), CAMI.usedHotspot, thing("hotspot", self.hotspot)


class RegionChangeSite(Row):
    """That a change brought a site into a region."""

    table: ClassVar[str] = "region-change-site"
    key: ClassVar[int] = 2

    change: Annotated[str, Refers(("region-change",))]
    site: Annotated[str, Refers(("site",))]

    def triples(self) -> Iterator[Triple]:
        """Yield the link."""
        yield thing("region-change", self.change), CAMI.includedSite, thing("site", self.site)


TABLES: tuple[type[Row], ...] = (
    State,
    StateCodes,
    Participation,
    Region,
    RegionState,
    RegionTaxon,
    Site,
    SiteState,
    Hotspot,
    RegionChange,
    RegionChangeHotspot,
    RegionChangeSite,
)
