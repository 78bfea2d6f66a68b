"""The index of names: from what somebody types to the entities that go by it."""

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from .entities import CONGRUENT, TYPES, Entity, Name

MAX_TEXT = 500  # characters; no name of ours is longer
_NO_WORD = re.compile(r"[\W_]+")
_WITHIN = re.compile(r"['`\u2018\u2019\u02bc\u00b4]")  # apostrophes: Pallas' cat is Pallas cat
_TYPE_ORDER = {kind: number for number, kind in enumerate(TYPES)}


def fold(text: str) -> str:
    """Return a text as it is compared: no case, no accents, no punctuation, single spaces."""
    plain = unicodedata.normalize("NFKD", _WITHIN.sub("", text).casefold())
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    return _NO_WORD.sub(" ", letters.casefold()).strip()


@dataclass(frozen=True)
class Suggestion:
    """An entity that a text may lead to, with the name of it that fits best."""

    entity: Entity
    name: Name


class NameIndex:
    """Entities by their names, for search as one types and for reconciliation."""

    def __init__(self, entities: Iterable[Entity]):
        self.entities: Mapping[str, Entity] = {one.iri: one for one in entities}
        self.exact: dict[str, list[Suggestion]] = defaultdict(list)
        """Folded text to all that goes by it."""
        for entity in self.entities.values():
            for name in entity.names:
                self.exact[fold(name.text)].append(Suggestion(entity, name))

    @classmethod
    def of(cls, entities: Iterable[Entity]) -> "NameIndex":
        """Return the index of some entities, such as those that `loaded` reads from a build."""
        return cls(entities)

    def types(self) -> list[str]:
        """Return the types that the index holds, in the order in which they are shown."""
        held = {entity.type for entity in self.entities.values()}
        return [kind for kind in TYPES if kind in held]

    def suggest(
        self, text: str, types: Collection[str] = (), limit: int = 10, skip: int = 0
    ) -> list[Suggestion]:
        """Return the entities of some types that a beginning of a name leads to, best first.

        Each word of the text must begin a word of the name, in any order. Case, accents and
        punctuation do not count; an IRI leads to its entity. Without types, all count.
        """
        if text.strip() in self.entities:
            found = [self.entities[text.strip()]]
            return [Suggestion(one, one.names[0]) for one in found if one.type in (types or TYPES)]
        if len(text) > MAX_TEXT:
            return []
        typed = fold(text)
        best: dict[str, tuple[tuple[int, int, int, int], Suggestion]] = {}
        for key in self._with_words(typed.split()):
            for one in self.exact[key]:
                if types and one.entity.type not in types:
                    continue
                rank = _rank(typed, key, one)
                held = best.get(one.entity.iri)
                if held is None or rank < held[0]:
                    best[one.entity.iri] = (rank, one)
        ordered = sorted(best.values(), key=lambda item: item[0])  # stable: entities keep order
        return [one for _, one in ordered[skip : skip + limit]]

    @cached_property
    def _words(self) -> tuple[list[str], dict[str, set[str]]]:
        keys: dict[str, set[str]] = defaultdict(set)
        for key in self.exact:
            for word in key.split():
                keys[word].add(key)
        return sorted(keys), keys

    def _with_words(self, words: Collection[str]) -> list[str]:
        """Return the folded names in which each of some words begins a word."""
        known, keys = self._words
        found: set[str] | None = None
        for word in dict.fromkeys(words):
            start, end = bisect_left(known, word), bisect_left(known, word + "\U0010ffff")
            with_word = set[str]().union(*(keys[one] for one in known[start:end]))
            found = with_word if found is None else found & with_word
            if not found:
                break
        return sorted(found or ())


_KIND_ORDER = {
    kind: number
    for number, kinds in enumerate(
        (("label", "accepted"), ("code", "number"), ("synonym", "vernacular"), ("misspelling",))
    )
    for kind in kinds
}


def _rank(typed: str, key: str, found: Suggestion) -> tuple[int, int, int, int]:
    fit = 0 if key == typed else 1 if key.startswith(typed) else 2
    foreign = 0 if found.name.relation == CONGRUENT else 1
    kind = _KIND_ORDER.get(found.name.kind, len(_KIND_ORDER))
    return fit + 3 * foreign, kind, _TYPE_ORDER[found.entity.type], len(key)
