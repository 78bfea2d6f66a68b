"""How our things and those of other authorities relate: the links of every linkset, from the tables.

Concepts of two authorities are related by RCC-5, and by the SKOS relation that follows from it. A
page or record is never the concept: to it leads `rdfs:seeAlso`, beside a `cami:Identifier`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import rdflib

from ..ontology import SKOS, TCS
from .frameworks import Actor, GbfTarget, StrategicAim, gbf_target
from .identifiers import Identifier
from .linksets import Linkset, RelatedTarget, TaxonIdentifier, origin_of
from .listings import ListingEvent
from .sources import Document
from .states import State
from .tables import Row
from .taxa import Name, Taxon, TaxonMapping
from .terms import Triple, named, thing

Tables = Mapping[type[Row], Sequence[Row]]
R = TypeVar("R", bound=Row)

SEE_ALSO = rdflib.URIRef("http://www.w3.org/2000/01/rdf-schema#seeAlso")
SKOS_OF = {
    "isCongruentWith": SKOS.closeMatch,
    "isIncludedIn": SKOS.broadMatch,
    "includes": SKOS.narrowMatch,
    "partiallyOverlaps": SKOS.relatedMatch,
    "intersects": SKOS.relatedMatch,
}
LINK_PREDICATES = frozenset({*SKOS_OF.values(), SKOS.exactMatch, SEE_ALSO})
_LOOSE = "intersects"  # says only that there is an overlap, so any other relation says more
_CURATION = "cami-curation"
STATED = "as-stated"


@dataclass(frozen=True)
class End:
    """One end of a link: a thing, its name, its class and the source that means it so."""

    iri: rdflib.URIRef
    label: str
    category: str
    document: Document | None = None


@dataclass(frozen=True)
class Link:
    """One link of a linkset, with the rule that it was set by.

    `refuted` says that the relation was checked and does not hold; without an `object` nothing was
    found there.
    """

    linkset: Linkset
    subject: End
    predicate: rdflib.URIRef
    object: End | None
    rule: str
    comment: str
    dated: str = ""
    refuted: bool = False
    identifier: str = ""


@dataclass(frozen=True)
class Relation:
    """What is known of one of our taxa and one concept of an authority."""

    taxon: Taxon
    authority: str
    name: Name
    best: TaxonMapping | None  # the one that says most, if any holds
    mappings: tuple[TaxonMapping, ...]

    @property
    def refuted(self) -> tuple[TaxonMapping, ...]:
        """The relations that were checked and do not hold."""
        return tuple(one for one in self.mappings if one.negative)


@dataclass(frozen=True)
class Crosswalk:
    """The tables, looked at from outside."""

    tables: Tables
    documents: dict[str, Document] = field(init=False)
    relations: list[Relation] = field(init=False)
    identifiers: dict[tuple[str, str, str], list[TaxonIdentifier]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "documents", {row.id: row for row in self.rows(Document)})
        object.__setattr__(self, "relations", list(self._relations()))
        found: dict[tuple[str, str, str], list[TaxonIdentifier]] = {}
        for row in self.rows(TaxonIdentifier):
            found.setdefault((row.registry, row.authority, row.name), []).append(row)
        object.__setattr__(self, "identifiers", found)

    def rows(self, row_type: type[R]) -> list[R]:
        """Return the rows of one table."""
        return list(self.tables.get(row_type, ()))  # type: ignore[arg-type]

    def _relations(self) -> Iterator[Relation]:
        taxa = {row.id: row for row in self.rows(Taxon)}
        names = {row.id: row for row in self.rows(Name)}
        pairs: dict[tuple[str, str, str], list[TaxonMapping]] = {}
        for row in self.rows(TaxonMapping):
            pairs.setdefault((row.taxon, row.authority, row.name), []).append(row)
        for (taxon, authority, name), rows in pairs.items():
            held = [row for row in rows if not row.negative and row.status != "disputed"]
            best = min(held, key=lambda row: row.relation == _LOOSE, default=None)
            yield Relation(taxa[taxon], authority, names[name], best, tuple(rows))

    def links(self, linkset: Linkset) -> Iterator[Link]:
        """Yield the links of one linkset: those of taxa, then those of other things."""
        for relation in self.relations:
            if relation.authority == linkset.document:
                yield from self._of_taxon(linkset, relation)
        yield from self.targets(linkset)
        for row, end in self.others(linkset):
            rule = "same-code" if row.thing.startswith("state/") else "same-body"
            other = End(rdflib.URIRef(row.iri or ""), end.label, end.category)
            yield Link(
                *(linkset, end, SKOS.exactMatch, other, rule, f"Seen in {row.seen_in}."),
                dated=row.verified_on,
                identifier=row.identifier,
            )

    def others(self, linkset: Linkset) -> Iterator[tuple[Identifier, End]]:
        """Yield the identifiers of States and actors that belong to a linkset, with the thing."""
        states = {f"state/{row.id}": row.label for row in self.rows(State)}
        actors = {f"actor/{row.id}": row.label for row in self.rows(Actor)}
        labels = actors if linkset.id == "organizations" else states
        category = "org:Organization" if labels is actors else "cami:RangeState"
        for row in self.rows(Identifier):
            if row.registry == linkset.registry and row.iri and row.thing in labels:
                yield row, End(named(row.thing), labels[row.thing], category)

    def _of_taxon(self, linkset: Linkset, relation: Relation) -> Iterator[Link]:
        if linkset.ends == "concept" and not self._is_listed(relation):
            return
        subject = self.end_of(relation.taxon)
        known = self.identifiers.get((linkset.registry, relation.authority, relation.name.id), [])
        concept = End(
            thing("concept", f"{relation.authority}/{relation.name.id}"),
            relation.name.name,
            "tcs:TaxonConcept",
            self.documents[relation.authority],
        )
        ends = {one.identifier: self._entity(one, concept) for one in known}
        for identifier, end in ends.items() if linkset.ends == "entity" else [("", concept)]:
            yield from self._by_rcc5(linkset, relation, subject, end, identifier)
        if linkset.ends == "record" and relation.best:
            for one in known:
                record = End(
                    rdflib.URIRef(one.iri), relation.name.name, "foaf:Document", concept.document
                )
                warning = WARNINGS[relation.best.relation]
                said = (f"Identifier {one.identifier}.", warning, f"Seen in {one.seen_in}.")
                comment = " ".join(filter(None, said))
                yield Link(
                    *(linkset, subject, SEE_ALSO, record, "record-of-the-name", comment),
                    dated=one.verified_on,
                    identifier=one.identifier,
                )

    def _by_rcc5(
        self, linkset: Linkset, relation: Relation, subject: End, end: End, identifier: str
    ) -> Iterator[Link]:
        for row in relation.mappings:
            dated = self.documents[row.according_to].date or ""
            yield Link(
                *(linkset, subject, TCS[row.relation], end, _rule(row, relation), row.evidence),
                dated=dated,
                refuted=bool(row.negative),
                identifier=identifier,
            )
        if relation.best and relation.best.relation in SKOS_OF:
            predicate = SKOS_OF[relation.best.relation]
            comment = f"Follows from tcs:{relation.best.relation}."
            yield Link(
                *(linkset, subject, predicate, end, "derived-from-rcc-5", comment),
                dated=self.documents[relation.best.according_to].date or "",
                identifier=identifier,
            )

    def targets(self, linkset: Linkset) -> Iterator[Link]:
        """Yield the links of targets of SPMS to those of the GBF, if they are of this linkset."""
        if origin_of(linkset.id) != RelatedTarget.origin:
            return
        aims = {row.id: row for row in self.rows(StrategicAim)}
        targets = {row.id: row for row in self.rows(GbfTarget)}
        for row in self.rows(RelatedTarget):
            aim, target = aims[row.target], targets[row.gbf]
            label = f"SPMS Target {aim.number}: {aim.label}" if aim.label else aim.id
            subject = End(thing("spms", aim.id), label, "cami:StrategicTarget")
            title = target.title or target.label
            end = End(gbf_target(row.gbf), f"GBF Target {row.gbf}: {title}", "kmgbf:Target")
            yield Link(
                *(linkset, subject, SKOS.relatedMatch, end, "related-target"),
                comment=f"Seen in {row.seen_in}.",
                identifier=f"target_{row.gbf}",
            )

    def end_of(self, taxon: Taxon) -> End:
        """Return our taxon as an end of links."""
        document = self.documents[taxon.document]
        return End(thing("taxon", taxon.id), taxon.label, "cami:TreatyTaxonConcept", document)

    def _entity(self, one: TaxonIdentifier, concept: End) -> End:
        category = "owl:Class" if one.registry == "ncbi-taxonomy" else "tcs:TaxonConcept"
        return End(rdflib.URIRef(one.iri), concept.label, category, concept.document)

    def _is_listed(self, relation: Relation) -> bool:
        return any(
            (row.taxon, row.authority, row.name)
            == (relation.taxon.id, relation.authority, relation.name.id)
            for row in self.rows(ListingEvent)
        )


WARNINGS = {
    "exactMatch": "",
    "isCongruentWith": "",
    "isIncludedIn": "Wider: the authority means a taxon of which ours is a part.",
    "includes": "Narrower: the authority means a part of our taxon.",
    "partiallyOverlaps": "Overlap: each has animals that the other lacks.",
    "intersects": "Overlap: nobody has settled how far the two agree.",
    "isDisjointFrom": "Other animals: never join the two.",
    "relatedMatch": "Related, not the same.",
}


def _rule(row: TaxonMapping, relation: Relation) -> str:
    if row.negative:
        return "checked-and-refuted"
    if row.according_to != _CURATION:
        return STATED
    if row.relation == "isCongruentWith":
        same = relation.taxon.name_string == relation.name.name
        return "same-name" if same else "other-name"
    return "overlap-not-settled" if row.relation == _LOOSE else "part-and-whole"


def link_triples(tables: Tables) -> Iterator[tuple[str, Triple]]:
    """Yield the links that hold, each with the name of its linkset's graph.

    RCC-5 relations are mapping nodes with their evidence, so they are not said once more here.
    """
    crosswalk = Crosswalk(tables)
    for linkset in crosswalk.rows(Linkset):
        for link in crosswalk.links(linkset):
            if link.object and not link.refuted and link.predicate in LINK_PREDICATES:
                yield origin_of(linkset.id), (link.subject.iri, link.predicate, link.object.iri)
