"""Rows about identifiers: under which code or address a register elsewhere knows a thing."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import rdflib

from ..ontology import CAMI, DCTERMS, ID, SKOS
from .frameworks import gbf_target
from .tables import Address, PartialDate, Refers, Row, Slug, Text
from .terms import REFERENCE, A, Triple, date, named, thing

# What the thing itself says by an identifier of a registry; of others only the record is made.
# Links that make up a linkset are said there.
_BY_ADDRESS = {"gbif-vocabulary": SKOS.closeMatch}
_BY_CODE = {
    "iso-3166-1-alpha-2": CAMI.isoAlpha2,
    "iso-3166-1-alpha-3": CAMI.isoAlpha3,
    "m49": CAMI.m49,
}


class Identifier(Row):
    """A code or address under which a registry knows a thing, and where that was verified."""

    table: ClassVar[str] = "identifiers"
    key: ClassVar[int] = 3
    origin: ClassVar[str] = REFERENCE

    thing: Annotated[
        str,
        Refers(("actor", "concept", "gbf", "instrument", "site", "state", "taxon", "treaty")),
    ]
    registry: Slug
    identifier: Slug
    iri: Address | None
    seen_in: Text
    verified_on: PartialDate
    verified: Literal["yes", "no"]

    def triples(self) -> Iterator[Triple]:
        """Yield the record and, by the property of its registry, the identifier of the thing."""
        record = thing("identifier", f"{self.thing}/{self.registry}/{self.identifier}")
        subject = _subject(self.thing)
        yield record, A, CAMI.Identifier
        yield record, CAMI.identifierOf, subject
        yield record, CAMI.registry, rdflib.Literal(self.registry)
        yield record, SKOS.notation, rdflib.Literal(self.identifier)
        yield record, DCTERMS.source, rdflib.Literal(self.seen_in)
        yield record, CAMI.verifiedOn, date(self.verified_on)
        status = "verified" if self.verified == "yes" else "unverified"
        yield record, CAMI.verificationStatus, rdflib.Literal(status)
        if self.iri:
            yield record, CAMI.identifierIri, rdflib.URIRef(self.iri)
            if self.registry in _BY_ADDRESS:
                yield subject, _BY_ADDRESS[self.registry], rdflib.URIRef(self.iri)
        if self.registry in _BY_CODE:
            yield subject, _BY_CODE[self.registry], rdflib.Literal(self.identifier)


def _subject(cell: str) -> rdflib.URIRef:
    """Return the IRI that a cell kind/id names, where those of concepts and GBF targets differ."""
    kind, _, slug = cell.partition("/")
    if kind == "gbf":
        return gbf_target(slug)
    return rdflib.URIRef(ID + slug) if kind == "concept" else named(cell)


TABLES: tuple[type[Row], ...] = (Identifier,)
