"""Rows about documents: the texts that facts come from, and the slips found in them."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import rdflib

from ..ontology import CAMI, DCTERMS
from .tables import PartialDate, Refers, Row, Slug, Text
from .terms import LABEL, REFERENCE, A, Triple, date, english, named, sourced, thing


class Document(Row):
    """A text that facts come from, or that a name is used according to."""

    table: ClassVar[str] = "documents"
    kind: ClassVar[str] = "document"

    id: Slug
    label: Text
    author: Text
    date: PartialDate | None
    status: Literal["draft", "adopted"] | None
    status_known_on: PartialDate | None
    description: Text
    seen_in: Text | None

    def where(self) -> str:
        """Return the document itself for the texts whose facts the graph holds."""
        return self.id if self.status else REFERENCE

    def triples(self) -> Iterator[Triple]:
        """Yield the description of the document, whence we have it, and its status if it has one."""
        iri = thing("document", self.id)
        yield iri, A, CAMI.Document
        yield iri, LABEL, english(self.label)
        yield iri, DCTERMS.creator, rdflib.Literal(self.author)
        yield iri, DCTERMS.description, english(self.description)
        if self.seen_in:
            yield iri, DCTERMS.source, rdflib.Literal(self.seen_in)
        if self.date:
            yield iri, DCTERMS.date, date(self.date)
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
    document: Annotated[str, Refers(("document",))]
    about: Annotated[
        str,
        Refers(
            (
                "activity",
                "actor",
                "amendment",
                "decision",
                "decision-item",
                "document",
                "event",
                "instrument",
                "landscape",
                "programme",
                "provision",
                "region",
                "region-change",
                "resolution",
                "section",
                "site",
                "state",
                "sub-activity",
                "taxon",
            )
        ),
    ]
    locator: Text
    kind_of_slip: Literal[
        "broken-cell",
        "duplicate-text",
        "empty-item",
        "foreign-letter",
        "inconsistency",
        "misprint",
        "missing-text",
        "off-topic-target",
        "spelling-variant",
        "unlettered-items",
        "wrong-number",
        "wrong-reference",
    ]
    printed: Text
    read_as: Text
    reason: Text

    def where(self) -> str:
        """Return the document that the slip is in."""
        return self.document

    def triples(self) -> Iterator[Triple]:
        """Yield the anomaly with its place, its reading and the reason for it."""
        iri = thing("anomaly", self.id)
        yield iri, A, CAMI.SourceAnomaly
        yield iri, CAMI.inDocument, thing("document", self.document)
        yield iri, CAMI.locator, rdflib.Literal(self.locator)
        yield iri, CAMI.anomalyAbout, named(self.about)
        yield iri, CAMI.anomalyKind, rdflib.Literal(self.kind_of_slip)
        yield iri, CAMI.printed, rdflib.Literal(self.printed)
        yield iri, CAMI.readAs, rdflib.Literal(self.read_as)
        yield iri, LABEL, english(self.reason)
        yield from sourced(iri, self.document, f"anomaly/{self.id}", self.locator)


TABLES: tuple[type[Row], ...] = (Document, Anomaly)
