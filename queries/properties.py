"""Properties of entities that a reconciliation service offers: to fetch, and to tell apart by."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from ..ontology import CAMI, DCTERMS, SKOS, TCS
from .entities import CONGRUENT, Entity, Facts, relations_of

Value = str | int | dict[str, str]
"""A text, a number, or an entity as its `id` and `name`."""
Values = Mapping[str, Mapping[str, Sequence[Value]]]
"""IRI of an entity to property to its values."""


@dataclass(frozen=True)
class Property:
    """A property: its identifier, its name, whose it is, and the predicates that lead to its values.

    A predicate that begins with ^ is followed backwards.
    """

    id: str
    name: str
    types: tuple[str, ...]
    path: tuple[str, ...]
    of: str = ""
    """Type of the values, when they are entities of one type."""


def _of(predicate: str) -> str:
    return f"^{predicate}"


PROPERTIES: tuple[Property, ...] = (
    Property("scientificName", "scientific name in CAMI", ("taxon",), (CAMI.scientificName,)),
    Property("synonym", "synonym", ("taxon",), (TCS.synonym, TCS.nameString)),
    Property("vernacularName", "common name", ("taxon",), (SKOS.altLabel,)),
    Property(
        "statedAppendix",
        "CMS Appendix that a document states",
        ("taxon",),
        (_of(CAMI.refersToConcept), CAMI.statedAppendix, SKOS.notation),
    ),
    Property("isoAlpha2", "ISO 3166-1 alpha-2 code", ("state",), (CAMI.isoAlpha2,)),
    Property("isoAlpha3", "ISO 3166-1 alpha-3 code", ("state",), (CAMI.isoAlpha3,)),
    Property("m49", "M49 code", ("state",), (CAMI.m49,)),
    Property("ordinal", "number of the region", ("region",), (CAMI.ordinal,)),
    Property("state", "State", ("region",), (CAMI.spansState,), "state"),
    Property("state", "State", ("activity",), (CAMI.concernsState,), "state"),
    Property("state", "State", ("site",), (CAMI.siteState,), "state"),
    Property("state", "State", ("actor",), (CAMI.representsState,), "state"),
    Property("taxon", "taxon", ("region",), (CAMI.hasTaxon,), "taxon"),
    Property("taxon", "taxon", ("activity",), (CAMI.concernsTaxon,), "taxon"),
    Property("region", "region", ("state",), (_of(CAMI.spansState),), "region"),
    Property("region", "region", ("taxon",), (_of(CAMI.hasTaxon),), "region"),
    Property("region", "region", ("activity",), (CAMI.concernsRegion,), "region"),
    Property("number", "number", ("activity", "section"), (CAMI.number,)),
    Property("programme", "programme", ("activity", "section"), (CAMI.inProgramme,), "programme"),
    Property("section", "section", ("activity",), (CAMI.inSection,), "section"),
    Property("priority", "priority", ("activity",), (CAMI.priority, SKOS.notation)),
    Property("responsible", "responsible", ("activity",), (CAMI.responsible,), "actor"),
    Property("target", "target", ("activity",), (CAMI.citesTarget,), "target"),
    Property("targetCode", "code of the target", ("target",), (CAMI.targetCode,)),
    Property("title", "title", ("target",), (DCTERMS.title,)),
    Property("abbreviation", "abbreviation", ("actor", "instrument"), (CAMI.abbreviation,)),
    Property(
        "activity",
        "activity",
        ("actor",),
        (_of(CAMI.responsible),),
        "activity",
    ),
    Property("activity", "activity", ("target",), (_of(CAMI.citesTarget),), "activity"),
    Property("activity", "activity", ("taxon",), (_of(CAMI.concernsTaxon),), "activity"),
    Property(
        "description", "description", ("activity", "programme", "site"), (DCTERMS.description,)
    ),
    Property("instrumentKind", "kind", ("instrument",), (CAMI.instrumentKind,)),
    Property("siteKind", "kind", ("site",), (CAMI.siteKind,)),
)

AUTHORITIES = {
    "iucn-red-list": "IUCN Red List",
    "cites-checklist": "CITES Checklist",
    "mdd": "Mammal Diversity Database",
    "msw3": "Mammal Species of the World",
}
"""Slug of an authority to its name; each makes a property of taxa, such as `name-mdd`."""

REGISTRIES = {
    "iucn-red-list": ("IUCN Red List id", ("taxon",)),
    "species-plus-cms": ("Species+ id (CMS)", ("taxon",)),
    "species-plus-cites": ("Species+ id (CITES)", ("taxon",)),
    "gbif": ("GBIF key", ("taxon",)),
    "ncbi-taxonomy": ("NCBI Taxonomy id", ("taxon",)),
    "mdd": ("Mammal Diversity Database id", ("taxon",)),
    "msw3": ("Mammal Species of the World id", ("taxon",)),
    "wikidata": ("Wikidata item", ("taxon", "state", "actor")),
}
"""Slug of a registry to the name of its identifiers and whose they are; each makes `id-gbif`..."""


def property_names() -> dict[str, str]:
    """Return the name of every property by its identifier."""
    named = {one.id: one.name for one in PROPERTIES}
    named |= {f"name-{slug}": f"name in {name}" for slug, name in AUTHORITIES.items()}
    return named | {f"id-{slug}": name for slug, (name, _) in REGISTRIES.items()}


def properties_of(kind: str) -> list[str]:
    """Return the identifiers of the properties of a type, of all types for ""."""
    own = dict.fromkeys(one.id for one in PROPERTIES if not kind or kind in one.types)
    of_taxa = [f"name-{slug}" for slug in AUTHORITIES] if kind in ("taxon", "") else []
    ids = [f"id-{slug}" for slug, (_, types) in REGISTRIES.items() if not kind or kind in types]
    return [*own, *of_taxa, *ids]


def values_of(triples: Iterable[ox.Triple], entities: Sequence[Entity]) -> Values:
    """Return the values of every property of some entities, from a dataset's default graph."""
    facts = Facts(triples)
    known = {one.iri: one for one in entities}
    found: dict[str, dict[str, list[Value]]] = {}
    for entity in entities:
        own: dict[str, list[Value]] = {}
        for one in PROPERTIES:
            if entity.type in one.types and (held := list(_values(facts, entity, one, known))):
                own[one.id] = held
        found[entity.iri] = own | _names_elsewhere(entity) | _identifiers(facts, entity)
    return found


def _values(
    facts: Facts, entity: Entity, one: Property, known: Mapping[str, Entity]
) -> Iterator[Value]:
    here = [entity.iri]
    for predicate in one.path[:-1]:
        here = [there for thing in here for there in _step(facts, thing, predicate)]
    last = str(one.path[-1])  # a term of a namespace equals no plain text
    if one.of:
        iris = dict.fromkeys(iri for thing in here for iri in _step(facts, thing, last))
        for found in (known[iri] for iri in iris if iri in known):
            if found.type == one.of:
                yield {"id": found.iri, "name": found.label}
        return
    literals = [literal for thing in here for literal in facts.literals(thing, last)]
    for literal in dict.fromkeys(literals):
        whole = literal.datatype.value.endswith("#integer")
        yield int(literal.value) if whole else literal.value


def _step(facts: Facts, thing: str, predicate: str) -> list[str]:
    if predicate.startswith("^"):
        return facts.pointing(predicate[1:], thing)
    return facts.things(thing, str(predicate))


def _names_elsewhere(entity: Entity) -> dict[str, list[Value]]:
    """Return the scientific names that authorities have, with the relation where it is not 1:1."""
    found: dict[str, list[Value]] = {}
    for name in entity.names:
        if name.authority in AUTHORITIES:
            plain = name.relation == CONGRUENT
            text = name.text if plain else f"{name.text} ({name.relation})"
            found.setdefault(f"name-{name.authority}", []).append(text)
    return found


def _identifiers(facts: Facts, entity: Entity) -> dict[str, list[Value]]:
    """Return verified identifiers, with the relation where what they stand for is not the same."""
    found: dict[str, dict[Value, None]] = {}
    for thing, relation in [(entity.iri, CONGRUENT), *relations_of(facts, entity.iri)]:
        for record in facts.pointing(str(CAMI.identifierOf), thing):
            verified = facts.texts(record, str(CAMI.verificationStatus)) == ["verified"]
            for registry in facts.texts(record, str(CAMI.registry)):
                for code in facts.texts(record, str(SKOS.notation)):
                    if verified and registry in REGISTRIES:
                        told = code if relation == CONGRUENT else f"{code} ({relation})"
                        found.setdefault(f"id-{registry}", {})[told] = None
    return {name: list(codes) for name, codes in found.items()}


def dumped(values: Values) -> bytes:
    """Return values as JSON; the same values give the same bytes."""
    rows = [f"{json.dumps(iri)}: {_text(own)}" for iri, own in values.items()]
    return ("{\n" + ",\n".join(rows) + "\n}\n").encode()


def _text(own: object) -> str:
    return json.dumps(own, ensure_ascii=False)
