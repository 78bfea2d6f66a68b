"""The entities of a dataset with all their names: what names are looked up in."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Literal

import pyoxigraph as ox

from ..graph.tables import natural
from ..graph.terms import LABEL, A
from ..ontology import CAMI, DCTERMS, DWC, ID, KMGBF, SKOS, TCS

Kind = Literal[
    "accepted",  # the scientific name that the documents of CAMI use
    "label",
    "synonym",
    "misspelling",
    "vernacular",
    "code",
    "number",
    "related",  # others use it for more, for less or for something that only overlaps
]

TYPES: Mapping[str, tuple[str, ...]] = {
    "taxon": (CAMI.TreatyTaxonConcept,),
    "state": (CAMI.RangeState,),
    "region": (CAMI.PriorityTransboundaryConservationRegion,),
    "activity": (CAMI.Activity,),
    "target": (KMGBF.Target, CAMI.StrategicGoal, CAMI.StrategicTarget),
    "actor": (CAMI.Actor,),
    "site": (CAMI.Site,),
    "instrument": (CAMI.Instrument,),
    "landscape": (CAMI.TransboundaryLandscape,),
    "hotspot": (CAMI.ConservationHotspot,),
    "treaty": (CAMI.Treaty,),
    "programme": (CAMI.Programme,),
    "section": (CAMI.Section,),
}
"""Type of an entity to the classes that make one, in the order in which types are shown."""

CONGRUENT = "isCongruentWith"
INTERSECTS = "intersects"  # TCS 2: they overlap, nobody says how far
_AUTHORSHIP = str(DWC.scientificNameAuthorship)


@dataclass(frozen=True)
class Name:
    """A name of an entity; `language` is its BCP 47 tag, or empty.

    `relation` is that of the entity to what the name stands for (TCS 2, RCC-5): `isIncludedIn`
    means that the name stands for more. `authority` is the slug of the document that uses it so;
    `authorship` says who published the epithet when, such as "(Schreber, 1775)".
    """

    text: str
    language: str
    kind: Kind
    relation: str = CONGRUENT
    authority: str = ""
    authorship: str = ""


@dataclass(frozen=True)
class Entity:
    """A thing of the dataset with every name that it goes by, the most telling ones first."""

    iri: str
    label: str
    type: str
    names: tuple[Name, ...]


class Facts:
    """Triples, looked up by subject and predicate."""

    def __init__(self, triples: Iterable[ox.Triple]):
        self._objects: dict[tuple[str, str], list[ox.NamedNode | ox.Literal]] = defaultdict(list)
        self._subjects: dict[tuple[str, str], list[str]] = defaultdict(list)
        for triple in triples:
            subject, found = triple.subject, triple.object
            if not isinstance(subject, ox.NamedNode) or isinstance(found, ox.BlankNode | ox.Triple):
                continue
            predicate = triple.predicate.value
            self._objects[subject.value, predicate].append(found)
            self._subjects[predicate, found.value].append(subject.value)

    def literals(self, subject: str, predicate: str) -> list[ox.Literal]:
        """Return the literals of a property, sorted."""
        found = self._objects.get((subject, predicate), [])
        literals = [one for one in found if isinstance(one, ox.Literal)]
        return sorted(literals, key=lambda one: (one.value, one.language or ""))

    def texts(self, subject: str, predicate: str) -> list[str]:
        """Return what the literals of a property say, sorted."""
        return [literal.value for literal in self.literals(subject, predicate)]

    def things(self, subject: str, predicate: str) -> list[str]:
        """Return the IRIs that a property points to, sorted."""
        found = self._objects.get((subject, predicate), [])
        return sorted(one.value for one in found if isinstance(one, ox.NamedNode))

    def pointing(self, predicate: str, target: str) -> list[str]:
        """Return the IRIs whose property points to a thing or has a text, sorted."""
        return sorted(self._subjects.get((predicate, target), []))


def entities(triples: Iterable[ox.Triple]) -> list[Entity]:
    """Return every entity of a dataset's default graph, by type and then as its IRIs count."""
    facts = Facts(triples)
    found: list[Entity] = []
    for kind, classes in TYPES.items():
        iris = {iri for one in classes for iri in facts.pointing(str(A), str(one))}
        for iri in sorted(iris, key=natural):
            names = tuple(dict.fromkeys(_names(facts, iri, kind)))
            label = next((one.text for one in names if one.kind == "label"), "")
            if label:
                found.append(Entity(iri, label, kind, names))
    return found


def _names(facts: Facts, iri: str, kind: str) -> Iterator[Name]:
    for literal in facts.literals(iri, str(LABEL)):
        yield Name(literal.value, literal.language or "", "label")
    yield from _OWN.get(kind, _plain)(facts, iri)
    for literal in facts.literals(iri, str(SKOS.altLabel)):
        spoken: Kind = "vernacular" if kind == "taxon" else "label"
        yield Name(literal.value, literal.language or "", spoken)
    for slip in facts.pointing(str(CAMI.anomalyAbout), iri):
        if facts.texts(slip, str(CAMI.anomalyKind)) == ["misprint"]:
            for text in facts.texts(slip, str(CAMI.printed)):
                yield from _misprinted(text, facts.texts(slip, str(CAMI.readAs)), facts, iri)
    for predicate in (CAMI.abbreviation, CAMI.isoAlpha3, CAMI.isoAlpha2, CAMI.m49):
        for text in facts.texts(iri, str(predicate)):
            yield Name(text, "", "code")


def _misprinted(text: str, read: list[str], facts: Facts, iri: str) -> Iterator[Name]:
    """Yield what a document prints, when it stands for the label and for nothing more."""
    if set(read) & set(facts.texts(iri, str(LABEL))):
        yield Name(text, "en", "misspelling")


def _plain(_: Facts, __: str) -> Iterator[Name]:
    yield from ()


def _numbered(word: str) -> Callable[[Facts, str], Iterator[Name]]:
    def names(facts: Facts, iri: str) -> Iterator[Name]:
        for number in facts.texts(iri, str(CAMI.number)):
            yield Name(number, "", "number")
            yield Name(f"{word} {number}", "en", "number")

    return names


def _activity(facts: Facts, iri: str) -> Iterator[Name]:
    yield from _numbered("Activity")(facts, iri)
    programme = "WP" if iri.startswith(f"{ID}activity/wp-") else "PoW"
    for number in facts.texts(iri, str(CAMI.number)):
        yield Name(f"{programme} {number}", "en", "number")


def _region(facts: Facts, iri: str) -> Iterator[Name]:
    for number in facts.texts(iri, str(CAMI.ordinal)):
        yield Name(f"PTCR {number}", "en", "number")
        yield Name(f"Region {number}", "en", "number")


_STRATEGIC = ("SPMS", "Samarkand Strategic Plan", "Samarkand Strategic Plan for Migratory Species")
_GLOBAL = (
    *("GBF", "KMGBF", "CBD GBF", "Global Biodiversity Framework"),
    "Kunming-Montreal Global Biodiversity Framework",
)


def _target(facts: Facts, iri: str) -> Iterator[Name]:
    for text in facts.texts(iri, str(DCTERMS.title)):
        yield Name(text, "en", "label")
    strategic = iri.startswith(f"{ID}spms/")
    for number in facts.texts(iri, str(CAMI.targetCode)):
        word = "Goal" if strategic and "goal" in iri else "Target"
        for framework in _STRATEGIC if strategic else _GLOBAL:
            yield Name(f"{framework} {word} {number}", "en", "number")
    for label in facts.texts(iri, str(LABEL)):
        _, colon, alone = label.partition(": ")
        if colon:
            yield Name(alone, "en", "label")


def _state(facts: Facts, iri: str) -> Iterator[Name]:
    for participation in facts.pointing(str(CAMI.participant), iri):
        for text in facts.texts(participation, str(CAMI.printed)):
            yield Name(text, "en", "label")


def _taxon(facts: Facts, iri: str) -> Iterator[Name]:
    for one in _called(facts, iri):
        yield one if one.language else replace(one, authorship=_authorship(facts, one.text))


def _called(facts: Facts, iri: str) -> Iterator[Name]:
    accepted = facts.texts(iri, str(CAMI.scientificName))
    for text in accepted:
        yield Name(text, "", "accepted")
    for name in facts.things(iri, str(TCS.synonym)):
        for text in facts.texts(name, str(TCS.nameString)):
            yield Name(text, "", "synonym")
    for usage in facts.pointing(str(CAMI.refersToConcept), iri):
        for text in facts.texts(usage, str(CAMI.printedName)):
            if text not in accepted:
                yield Name(text, "", "synonym")
        for text in facts.texts(usage, str(CAMI.printedCommonName)):
            yield Name(text, "en", "vernacular")
    for mention in facts.pointing(str(CAMI.mentionedTaxon), iri):
        for text in facts.texts(mention, str(CAMI.printedName)):
            if text.replace(" ", "").isalpha():  # not "khulan/onager"
                yield Name(text, "en", "vernacular")
    yield from _of_others(facts, iri)


def _authorship(facts: Facts, text: str) -> str:
    """Return who published a scientific name when, "" where the data do not say."""
    named = facts.pointing(str(TCS.nameString), text)
    said = (one for name in named for one in facts.texts(name, _AUTHORSHIP))
    return next(said, "")


def relations_of(facts: Facts, iri: str) -> list[tuple[str, str]]:
    """Return the taxa of other authorities, each with how ours relates to it, most exactly."""
    stated: dict[str, set[str]] = defaultdict(set)
    for mapping in facts.pointing(str(TCS.subjectTaxonConcept), iri):
        for concept in facts.things(mapping, str(TCS.objectTaxonConcept)):
            stated[concept] |= set(facts.things(mapping, str(TCS.mappingRelation)))
    found: list[tuple[str, str]] = []
    for concept, relations in sorted(stated.items()):
        plain = {one.removeprefix(str(TCS)) for one in relations}
        exact = plain - {INTERSECTS} or plain  # whoever states the extent knows more
        found += [(concept, relation) for relation in sorted(exact)]
    return found


def _of_others(facts: Facts, iri: str) -> Iterator[Name]:
    """Yield the names of other authorities, each with how our taxon relates to theirs."""
    for concept, relation in relations_of(facts, iri):
        spoken: Kind = "synonym" if relation == CONGRUENT else "related"
        authorities = facts.things(concept, str(TCS.accordingTo))
        authority = "".join(authorities[:1]).removeprefix(f"{ID}document/")
        for name in facts.things(concept, str(TCS.taxonName)):
            for text in facts.texts(name, str(TCS.nameString)):
                yield Name(text, "", spoken, relation, authority)


_OWN: Mapping[str, Callable[[Facts, str], Iterator[Name]]] = {
    "taxon": _taxon,
    "state": _state,
    "region": _region,
    "target": _target,
    "activity": _activity,
    "section": _numbered("Section"),
    "landscape": _numbered("Landscape"),
}


def dumped(found: Sequence[Entity]) -> bytes:
    """Return entities as JSON that `loaded` reads; the same entities give the same bytes."""
    rows = [
        [one.iri, one.label, one.type, [list(astuple(name)) for name in one.names]] for one in found
    ]
    return (
        "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n"
    ).encode()


def loaded(text: str | bytes) -> list[Entity]:
    """Return the entities that `dumped` wrote."""
    return [
        Entity(iri, label, kind, tuple(Name(*name) for name in names))
        for iri, label, kind, names in json.loads(text)
    ]
