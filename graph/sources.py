"""Rows about documents: the texts that facts come from, and the slips found in them."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import rdflib

from ..ontology import CAMI, DCTERMS, ID, PROV
from .tables import PartialDate, Refers, Row, Slug, Text, Year
from .terms import LABEL, A, Triple, date, english, thing

DOCUMENT = "cop15-cami-document"
PROGRAMME = "wp-2026-2032"


class Document(Row):
    """A text that facts come from, or that a name is used according to."""

    table: ClassVar[str] = "documents"
    kind: ClassVar[str] = "document"

    id: Slug
    label: Text
    author: Text
    year: Year | None
    status: Literal["draft", "adopted"] | None
    status_known_on: PartialDate | None
    description: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the description of the document and, for a text of a treaty body, its status."""
        iri = thing("document", self.id)
        yield iri, A, CAMI.Document
        yield iri, LABEL, english(self.label)
        yield iri, DCTERMS.creator, rdflib.Literal(self.author)
        yield iri, DCTERMS.description, english(self.description)
        if self.year:
            yield iri, DCTERMS.date, date(self.year)
        yield from adoption(iri, self.status, self.status_known_on)


def adoption(iri: rdflib.URIRef, status: str | None, known_on: str | None) -> Iterator[Triple]:
    """Yield how far a text has come towards adoption, and since when we know."""
    statuses = {"draft": CAMI.DraftSubmitted, "adopted": CAMI.Adopted}
    if status and known_on:
        yield iri, CAMI.adoptionStatus, statuses[status]
        yield iri, CAMI.statusKnownOn, date(known_on)


class Anomaly(Row):
    """A slip in a document: what it prints and how the graph reads it."""

    table: ClassVar[str] = "anomalies"

    id: Slug
    about: Annotated[
        str,
        Refers(
            (
                "activity",
                "document",
                "instrument",
                "programme",
                "region",
                "region-change",
                "section",
                "site",
                "state",
                "taxon",
            )
        ),
    ]
    locator: Text
    kind_of_slip: Literal[
        "empty-item",
        "foreign-letter",
        "inconsistency",
        "misprint",
        "off-topic-target",
        "spelling-variant",
        "unlettered-items",
        "wrong-number",
        "wrong-reference",
    ]
    printed: Text
    read_as: Text
    reason: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the anomaly with its place, its reading and the reason for it."""
        iri = thing("anomaly", self.id)
        yield iri, A, CAMI.SourceAnomaly
        yield iri, CAMI.inDocument, thing("document", DOCUMENT)
        yield iri, CAMI.locator, rdflib.Literal(self.locator)
        yield iri, CAMI.anomalyAbout, rdflib.URIRef(ID + self.about)
        yield iri, CAMI.anomalyKind, rdflib.Literal(self.kind_of_slip)
        yield iri, CAMI.printed, rdflib.Literal(self.printed)
        yield iri, CAMI.readAs, rdflib.Literal(self.read_as)
        yield iri, LABEL, english(self.reason)
        location = thing("location", f"{DOCUMENT}/anomaly/{self.id}")
        yield iri, PROV.hadPrimarySource, location
        yield location, A, CAMI.SourceLocation
        yield location, CAMI.inDocument, thing("document", DOCUMENT)
        yield location, CAMI.locator, rdflib.Literal(self.locator)


TABLES: tuple[type[Row], ...] = (Document, Anomaly)
