"""The graph as the audit sees it: slugs and texts; and what a facet of the audit is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import rdflib

from ..graph.tables import natural
from ..ontology import CAMI, ID, SKOS

Claims = Mapping[str, list[str]]
"""What one side says: claims by place. A place is the slug of a thing, perhaps with `#detail`."""


@dataclass(frozen=True)
class Facet:
    """One kind of fact, with what both sides claim.

    `read` turns the words of an anomaly into claims, as the document's own words are read. `held`
    says whether the graph holds this kind of thing at all. `kind` is the kind of thing that the
    claims name, so that an anomaly about that thing counts too.
    """

    name: str
    document: Claims
    graph: Claims
    read: Callable[[str], list[str]]
    held: bool = True
    ordered: bool = False
    kind: str = ""


@dataclass(frozen=True)
class Anomaly:
    """A recorded slip: the slug of what it is about, what is printed, how the graph reads it."""

    name: str
    about: str
    printed: str
    read_as: str


class View:
    """The graph as slugs and texts; order is that of the text of the slugs, numbers by value."""

    def __init__(self, graph: rdflib.Graph):
        self.graph = graph

    def things(self, kind: rdflib.URIRef, prefix: str) -> list[str]:
        """Return the slugs of the things of one class whose slug starts with a prefix."""
        found = (slug_of(one) for one in self.graph.subjects(rdflib.RDF.type, kind))
        return sorted((one for one in found if one.startswith(prefix)), key=natural)

    def slugs(self, slug: str, predicate: rdflib.URIRef) -> list[str]:
        """Return the slugs of the things that a property of a thing leads to."""
        values = self.graph.objects(rdflib.URIRef(ID + slug), predicate)
        return sorted((slug_of(one) for one in values), key=natural)

    def texts(self, slug: str, predicate: rdflib.URIRef) -> list[str]:
        """Return the values of a property of a thing as plain texts."""
        values = self.graph.objects(rdflib.URIRef(ID + slug), predicate)
        return sorted((str(one) for one in values), key=natural)

    def text(self, slug: str, predicate: rdflib.URIRef) -> str:
        """Return the values of a property of a thing as one text, empty where it has none."""
        return " | ".join(self.texts(slug, predicate))

    def referring(self, predicate: rdflib.URIRef, slug: str) -> list[str]:
        """Return the slugs of the things that lead to a thing by a property."""
        found = self.graph.subjects(predicate, rdflib.URIRef(ID + slug))
        return sorted((slug_of(one) for one in found), key=natural)

    def anomalies(self) -> dict[str, list[Anomaly]]:
        """Return the recorded anomalies by the slug of what they are about."""
        by_about: dict[str, list[Anomaly]] = {}
        for name in self.things(CAMI.SourceAnomaly, ""):
            printed, read_as = self.text(name, CAMI.printed), self.text(name, CAMI.readAs)
            for about in self.slugs(name, CAMI.anomalyAbout):
                by_about.setdefault(about, []).append(Anomaly(name, about, printed, read_as))
        return by_about

    def tails(self, slug: str, predicate: rdflib.URIRef, start: str) -> list[str]:
        """Return what follows a start in the slugs that a property of a thing leads to."""
        found = self.slugs(slug, predicate)
        return [one.removeprefix(start) for one in found if one.startswith(start)]

    def responsible(self, activity: str) -> list[str]:
        """Return the actors of an activity in order, each with its qualifier in brackets."""
        found: list[tuple[str, str]] = []
        for node in self.referring(CAMI.assignedActivity, activity):
            actor = "".join(self.tails(node, CAMI.assignedActor, "actor/"))
            shown = qualified(actor, self.text(node, CAMI.qualifier))
            found.append((self.text(node, CAMI.position).zfill(3), shown))
        return [shown for _, shown in sorted(found)]

    def priorities(self, slug: str) -> list[str]:
        """Return the notations of the priorities of an activity or item."""
        found = (self.text(one, SKOS.notation) for one in self.slugs(slug, CAMI.priority))
        return sorted(one.capitalize() for one in found)

    def stated_appendices(self, usage: str) -> list[str]:
        """Return the Appendices that a usage states, as Roman numbers."""
        return [one.rpartition("/")[2] for one in self.slugs(usage, CAMI.statedAppendix)]

    def instruments(self, holder: str) -> list[str]:
        """Return the instruments at the head of a part, each with its period in brackets."""
        return [
            qualified(
                one.removeprefix("instrument/"),
                f"{self.text(one, CAMI.startYear)}-{self.text(one, CAMI.endYear)}",
            )
            for one in self.slugs(holder, CAMI.hasInstrument)
        ]


def qualified(name: str, qualifier: str) -> str:
    """Return a name with its qualifier in brackets, or alone where it has none."""
    return f"{name} [{qualifier}]" if qualifier else name


def slug_of(term: object) -> str:
    """Return what follows `id/` in an IRI; another IRI as it is."""
    return str(term).removeprefix(ID)
