"""In which senses a name is used: for just the entity, for more, for less, or for both."""

from dataclasses import dataclass

from .entities import CONGRUENT, INTERSECTS, Entity, Name
from .fuzzy import content
from .names import fold

NAMES = "names"  # what is no taxon is named or not: no extent to compare
_IS_PART, _HAS_PARTS = "isIncludedIn", "includes"
_TOLD = {
    _IS_PART: "for a taxon that is wider",
    _HAS_PARTS: "for a part of it",
    INTERSECTS: "for a taxon that overlaps with it, nobody says how far",
    "partiallyOverlaps": "for a taxon that overlaps with it in part",
    "isDisjointFrom": "for another taxon",
}


@dataclass(frozen=True)
class Sense:
    """How a name is used: whether surely for the entity alone, and with which relation."""

    sure: bool
    relation: str
    ceiling: float = 100.0
    why: str = ""


def sense_of(entity: Entity, text: str) -> Sense:
    """Return in which sense an entity goes by a text."""
    if entity.type != "taxon":
        return Sense(True, NAMES)
    key = fold(text)
    used = [name for name in entity.names if fold(name.text) == key]
    odd = [name for name in used if name.relation != CONGRUENT]
    if odd:
        return _mixed(odd, any(name.relation == CONGRUENT for name in used))
    if any(name.language for name in used) and (relation := _by_words(entity, key)):
        why = f"presumably {_TOLD[relation]}, which is called {entity.label!r}"
        return Sense(False, relation, 75.0, why)
    return Sense(True, CONGRUENT)


def _mixed(odd: list[Name], also: bool) -> Sense:
    relations = sorted({name.relation for name in odd})
    relation = relations[0] if len(relations) == 1 else INTERSECTS
    by = ", ".join(sorted({name.authority for name in odd}))
    why = f"{by} has it {_TOLD[relation]}"
    return Sense(False, relation, 75.0, f"but {why}") if also else Sense(False, relation, 60.0, why)


def _by_words(entity: Entity, key: str) -> str:
    """Return what the words of a common name say of its extent, compared with the label.

    A shorter name of a taxon that is a part of a species, "cheetah", is that of the species. A
    longer name of a taxon that has parts, "Transcaspian urial", is that of a part.
    """
    words, label = set(content(key)), set(content(fold(entity.label)))
    relations = {name.relation for name in entity.names}
    if words < label and _IS_PART in relations:
        return _IS_PART
    return _HAS_PARTS if words > label and _HAS_PARTS in relations else ""
