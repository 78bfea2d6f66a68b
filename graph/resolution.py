"""Rows about a resolution in its versions, and about proposals to amend it.

A draft proposes; it never amends. https://op.europa.eu/en/web/eu-vocabularies/eli
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import rdflib

from ..ontology import CAMI, DCTERMS, ELI
from .sources import adoption
from .tables import Link, PartialDate, Refers, Row, Slug, Text
from .terms import (
    DOCUMENT,
    LABEL,
    RESOLUTION_2014,
    A,
    Triple,
    english,
    sourced,
    thing,
    whole,
)

ProvisionId = Annotated[str, Refers(("provision",))]
Things = Refers(
    ("actor", "document", "event", "instrument", "programme", "resolution", "taxon", "treaty")
)


def text_of(version_part: str) -> str:
    """Return the document in which a version of the resolution is read."""
    return RESOLUTION_2014 if "/2014" in version_part else DOCUMENT


class Resolution(Row):
    """A resolution, whatever its version."""

    table: ClassVar[str] = "resolutions"
    kind: ClassVar[str] = "resolution"
    origin: ClassVar[str] = RESOLUTION_2014

    id: Slug
    label: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the resolution with its name."""
        iri = thing("resolution", self.id)
        yield iri, A, CAMI.Resolution
        yield iri, LABEL, english(self.label)
        yield from sourced(iri, RESOLUTION_2014, "title", "Title of the document")


class ResolutionVersion(Row):
    """One version of a resolution: as adopted, as revised, or as proposed."""

    table: ClassVar[str] = "resolution-versions"
    kind: ClassVar[str] = "resolution"

    id: Slug
    resolution: Annotated[str, Refers(("resolution",))]
    label: Text
    status: Literal["draft", "adopted"]
    status_known_on: PartialDate
    locator: Text

    def where(self) -> str:
        """Return the document in which the version is read."""
        return text_of(self.id)

    def triples(self) -> Iterator[Triple]:
        """Yield the version, and the resolution that it is a version of."""
        iri = thing("resolution", self.id)
        yield iri, A, CAMI.ResolutionVersion
        yield iri, LABEL, english(self.label)
        yield iri, CAMI.versionOf, thing("resolution", self.resolution)
        yield from adoption(iri, self.status, self.status_known_on)
        yield from sourced(iri, self.where(), f"resolution/{self.id}", self.locator)


class Provision(Row):
    """A title or paragraph of one version of a resolution, in our own words."""

    table: ClassVar[str] = "provisions"
    kind: ClassVar[str] = "provision"

    id: Slug
    version: Annotated[str, Refers(("resolution",))]
    level: Literal["title", "preamble", "operative"]
    number: Text | None
    position: int
    verb: Text | None
    gist: Text

    def where(self) -> str:
        """Return the document in which the version is read."""
        return text_of(self.version)

    def triples(self) -> Iterator[Triple]:
        """Yield the provision with its verb and gist."""
        iri = thing("provision", self.id)
        yield iri, A, CAMI.Provision
        yield iri, ELI.is_part_of, thing("resolution", self.version)
        yield iri, CAMI.provisionKind, rdflib.Literal(self.level)
        yield iri, CAMI.position, whole(self.position)
        yield iri, DCTERMS.description, english(self.gist)
        if self.number:
            yield iri, CAMI.number, rdflib.Literal(self.number)
        if self.verb:
            yield iri, CAMI.operativeVerb, english(self.verb)
        place = f"{self.level} {self.number or self.position}".replace(" 0", "")
        yield from sourced(iri, self.where(), f"provision/{self.id}", f"Resolution 11.24, {place}")


class _ProvisionLink(Link):
    """What a provision is linked to."""

    provision: ProvisionId

    def where(self) -> str:
        """Return the document in which the version of the provision is read."""
        return text_of(self.provision)


class ProvisionRevises(_ProvisionLink):
    """Which provisions of the version before a provision continues."""

    table: ClassVar[str] = "provision-revises"
    predicate: ClassVar[rdflib.URIRef] = CAMI.revises

    revises: ProvisionId


class ProvisionAddressee(_ProvisionLink):
    """Whom an operative paragraph addresses."""

    table: ClassVar[str] = "provision-addressee"
    predicate: ClassVar[rdflib.URIRef] = CAMI.addressee

    addressee: Annotated[str, Refers(("actor",))]


class ProvisionMention(_ProvisionLink):
    """What a provision names."""

    table: ClassVar[str] = "provision-mention"
    predicate: ClassVar[rdflib.URIRef] = CAMI.mentions

    mentioned: Annotated[str, Things]


class Amendment(Row):
    """A row of the table of proposed amendments: what shall happen to a provision, and why."""

    table: ClassVar[str] = "amendments"
    kind: ClassVar[str] = "amendment"

    id: Slug
    level: Literal["Retain", "Insert", "Amend", "Delete"]
    existing: Annotated[str | None, Refers(("provision",))]
    proposed: Annotated[str | None, Refers(("provision",))]
    reason: Text | None
    status_known_on: PartialDate
    locator: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the proposal; it proposes an amendment and amends nothing."""
        iri = thing("amendment", self.id)
        yield iri, A, CAMI.AmendmentProposal
        yield iri, CAMI.amendmentKind, CAMI[self.level]
        yield iri, CAMI.position, whole(int(self.id.rpartition("/")[2]))
        yield iri, CAMI.proposesAmendmentTo, thing("resolution", "11.24/rev-cop13")
        yield from adoption(iri, "draft", self.status_known_on)
        if self.existing:
            yield iri, CAMI.existingProvision, thing("provision", self.existing)
        if self.proposed:
            yield iri, CAMI.proposedProvision, thing("provision", self.proposed)
        if self.reason:
            yield iri, CAMI.reason, english(self.reason)
        yield from sourced(iri, DOCUMENT, f"amendment/{self.id}", self.locator)


TABLES: tuple[type[Row], ...] = (
    Resolution,
    ResolutionVersion,
    Provision,
    ProvisionRevises,
    ProvisionAddressee,
    ProvisionMention,
    Amendment,
)
