"""Rows about places that the documents name: sites, and the landscapes of 2014."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import rdflib

from ..ontology import CAMI
from .tables import Link, Refers, Row, Slug, Text
from .terms import DOCUMENT, LABEL, RESOLUTION_2014, A, Triple, english, sourced, thing


class Site(Row):
    """A protected area or another named place."""

    table: ClassVar[str] = "sites"
    kind: ClassVar[str] = "site"

    id: Slug
    label: Text
    level: Text
    protected: Literal["yes"] | None

    def triples(self) -> Iterator[Triple]:
        """Yield the site with its name and the kind of place, or its designation as named."""
        iri = thing("site", self.id)
        yield iri, A, CAMI.Site
        if self.protected:
            yield iri, A, CAMI.ProtectedArea
        yield iri, LABEL, english(self.label)
        yield iri, CAMI.siteKind, rdflib.Literal(self.level)
        yield from sourced(iri, DOCUMENT, "work-programme", "Annex 1, Work Programme")


class SiteState(Link):
    """That the document places a site in a State."""

    table: ClassVar[str] = "site-state"
    predicate: ClassVar[rdflib.URIRef] = CAMI.siteState

    site: Annotated[str, Refers(("site",))]
    state: Annotated[str, Refers(("state",))]


class Landscape(Row):
    """A transboundary landscape of the programme of 2014."""

    table: ClassVar[str] = "landscapes"
    kind: ClassVar[str] = "landscape"
    origin: ClassVar[str] = RESOLUTION_2014

    id: Slug
    letter: Text
    label: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the landscape, and the item of activity 2.1.1 that names it."""
        iri = thing("landscape", self.id)
        yield iri, A, CAMI.TransboundaryLandscape
        yield iri, LABEL, english(self.label)
        yield iri, CAMI.number, rdflib.Literal(self.letter)
        item = thing("activity", f"pow-2014-2020/2.1.1/{self.letter}")
        yield item, CAMI.concernsLandscape, iri
        locator = f"Annex, Table 1, activity 2.1.1, item {self.letter}"
        yield from sourced(iri, RESOLUTION_2014, f"landscape/{self.letter}", locator)


class LandscapeState(Row):
    """That a landscape lies in part in a State."""

    table: ClassVar[str] = "landscape-state"
    key: ClassVar[int] = 2
    origin: ClassVar[str] = RESOLUTION_2014

    landscape: Annotated[str, Refers(("landscape",))]
    state: Annotated[str, Refers(("state",))]
    qualifier: Text | None

    def triples(self) -> Iterator[Triple]:
        """Yield the link; with a node for what is printed beside the State."""
        landscape, state = thing("landscape", self.landscape), thing("state", self.state)
        yield landscape, CAMI.spansState, state
        if self.qualifier:
            iri = thing("span", f"{self.landscape}/{self.state}")
            yield iri, A, CAMI.QualifiedSpan
            yield iri, CAMI.spanOf, landscape
            yield iri, CAMI.spanState, state
            yield iri, CAMI.qualifier, rdflib.Literal(self.qualifier)
            locator = "Annex, Table 1, activity 2.1.1"
            yield from sourced(iri, RESOLUTION_2014, "activity/2.1.1", locator)


TABLES: tuple[type[Row], ...] = (Site, SiteState, Landscape, LandscapeState)
