"""Rows about decisions of the Conference of the Parties, adopted and drafted, and what they act on."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import rdflib

from ..ontology import CAMI, DCTERMS
from .sources import adoption
from .tables import Link, PartialDate, Refers, Row, Slug, Text
from .terms import DOCUMENT, LABEL, A, Triple, english, named, sourced, thing


class Decision(Row):
    """A decision of the Conference of the Parties, or a draft of one."""

    table: ClassVar[str] = "decisions"
    kind: ClassVar[str] = "decision"

    id: Slug
    status: Literal["draft", "adopted"]
    status_known_on: PartialDate
    proposal: Literal["adopt", "delete"]
    gist: Text
    locator: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the decision with its status and what the document proposes for it."""
        iri = thing("decision", self.id)
        yield iri, A, CAMI.Decision
        yield iri, LABEL, english(f"Decision {self.id}")
        yield iri, DCTERMS.description, english(self.gist)
        yield iri, CAMI.proposedAction, rdflib.Literal(self.proposal)
        yield from adoption(iri, self.status, self.status_known_on)
        yield from sourced(iri, DOCUMENT, f"decision/{self.id}", self.locator)


class DecisionAddressee(Link):
    """Whom a decision addresses."""

    table: ClassVar[str] = "decision-addressee"
    predicate: ClassVar[rdflib.URIRef] = CAMI.addressee

    decision: Annotated[str, Refers(("decision",))]
    addressee: Annotated[str, Refers(("actor",))]


class DecisionItem(Row):
    """A lettered item of a decision, or its one request."""

    table: ClassVar[str] = "decision-items"
    kind: ClassVar[str] = "decision-item"

    id: Slug
    decision: Annotated[str, Refers(("decision",))]
    letter: Text | None
    verb: Text
    gist: Text
    condition: Text | None

    def triples(self) -> Iterator[Triple]:
        """Yield the item with its verb, gist and condition."""
        iri = thing("decision", self.id)
        yield iri, A, CAMI.DecisionItem
        yield iri, CAMI.partOfDecision, thing("decision", self.decision)
        if self.letter:
            yield iri, CAMI.number, rdflib.Literal(self.letter)
        yield iri, CAMI.operativeVerb, english(self.verb)
        yield iri, DCTERMS.description, english(self.gist)
        if self.condition:
            yield iri, CAMI.condition, english(self.condition)
        yield from sourced(iri, DOCUMENT, f"decision/{self.id}", f"Decision {self.id}")


class DecisionActsOn(Row):
    """What an item of a decision acts on."""

    table: ClassVar[str] = "decision-acts-on"
    key: ClassVar[int] = 3

    item: Annotated[str, Refers(("decision-item",))]
    target: Annotated[
        str,
        Refers(
            (
                "activity",
                "actor",
                "decision",
                "decision-item",
                "event",
                "instrument",
                "programme",
                "resolution",
                "site",
            )
        ),
    ]
    how: Text

    def triples(self) -> Iterator[Triple]:
        """Yield the link, and a node that says how."""
        item, target = thing("decision", self.item), named(self.target)
        yield item, CAMI.actsOn, target
        iri = thing("effect", f"{self.item}/{self.how}/{self.target}")
        yield iri, A, CAMI.DecisionEffect
        yield iri, CAMI.effectOf, item
        yield iri, CAMI.effectOn, target
        yield iri, CAMI.effectKind, rdflib.Literal(self.how)
        yield from sourced(iri, DOCUMENT, f"decision/{self.item}", f"Decision {self.item}")


TABLES: tuple[type[Row], ...] = (Decision, DecisionAddressee, DecisionItem, DecisionActsOn)
