"""From a name that somebody wrote to the entities it may mean, each with score and reason.

A wrong confident match is worse than none: `match` is true only where the name, read as a person
would, leaves one entity, and every authority of the data uses it for just that.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz import fuzz, process

from .compounds import parts_of
from .countries import others
from .entities import Entity
from .fuzzy import content, slips_of_all
from .names import MAX_TEXT, NameIndex, Suggestion, fold
from .scientific import DOUBT, plain, read
from .senses import NAMES, Sense, sense_of
from .spelling import respelt, singulars
from .taxa import TaxonNames

_KEPT = 1 << 12  # texts with their candidates: some tens of megabytes
SURE = 100.0
_WEAK = 60  # similarity, in percent, below which nothing is worth a look


@dataclass(frozen=True)
class Candidate:
    """An entity that a text may mean.

    `score` is 0 to 100. `relation` is that of the entity to what the text names: `names`, or for
    taxa one of TCS 2 such as `isIncludedIn`, which says that the text names more.
    """

    entity: Entity
    name: str
    score: float
    match: bool
    relation: str
    reason: str
    slips: int = 0
    similarity: float = 100.0


class Matcher:
    """Finds what a name means among the entities of an index."""

    def __init__(self, index: NameIndex):
        self.index = index
        self._taxa = TaxonNames(one for one in index.entities.values() if one.type == "taxon")
        states = [one.iri for one in index.entities.values() if one.type == "state"]
        self._abroad = others(tuple(sorted(iri.rpartition("/")[2] for iri in states)))
        self._loose: dict[tuple[str, ...] | str, list[str]] = defaultdict(list)
        self._spelt: dict[str, list[str]] = defaultdict(list)
        for key in index.exact:
            self._loose[_bag(key)].append(key)
            if not any(one.isdigit() for one in key):  # 1.2 is not 12
                self._loose[key.replace(" ", "")].append(key)
            self._spelt[respelt(key)].append(key)
        self._keys = lru_cache(64)(self._keys_of)
        self._kept = lru_cache(_KEPT)(self._match)

    def match(
        self, text: str, types: tuple[str, ...] = (), limit: int = 5
    ) -> tuple[Candidate, ...]:
        """Return the entities that a text may mean, best first, at most one of them a match.

        Without types, all types count. Texts without a letter or digit, or with more than
        `MAX_TEXT` characters, mean nothing.
        """
        return self._kept(text, types, limit) if len(text) <= MAX_TEXT else ()

    def _match(self, text: str, types: tuple[str, ...], limit: int) -> tuple[Candidate, ...]:
        return tuple(_decided(self._found(text, types).values())[:limit])

    def match_with(
        self, text: str, types: tuple[str, ...], limit: int, fits: Callable[[Entity], bool]
    ) -> tuple[Candidate, ...]:
        """Return the same, with what else is known of the entity: who does not fit is no match.

        Of several that the text fits alike, the only one that fits otherwise is the match.
        """
        found = self._found(text, types).values()
        other = "what else is asked for is not so"
        return tuple(
            _decided(
                one
                if fits(one.entity)
                else replace(_unsure(one, 100, f"{one.reason}, but {other}"), score=one.score / 2)
                for one in found
            )[:limit]
        )

    def _found(self, text: str, types: tuple[str, ...]) -> dict[str, Candidate]:
        if len(text) > MAX_TEXT or not fold(text):
            return {}
        if text.strip() in self.index.entities:
            entity = self.index.entities[text.strip()]
            if not types or entity.type in types:
                its = Candidate(entity, entity.iri, SURE, True, NAMES, "is the identifier")
                return {entity.iri: its}
        found = self._together(plain(text), types)
        if "?" in text:
            return {iri: _unsure(one, 65, f"{one.reason}; {DOUBT}") for iri, one in found.items()}
        return found

    def _together(self, text: str, types: tuple[str, ...]) -> dict[str, Candidate]:
        """Return candidates for a text that may hold two names of one thing, or of two."""
        found = self._alone(text, types)
        parts = parts_of(text)
        sure = {
            one.entity.iri: one
            for part in parts
            for one in _decided(self._alone(part, types).values())
            if one.match
        }
        known = {iri for iri, one in found.items() if one.match}
        if len(sure) > 1 or (known and not known.issuperset(sure)):
            named = " and ".join(sorted(one.entity.label for one in sure.values()))
            for one in sure.values():
                _keep(found, _unsure(one, 65, f"the text names more than one thing: {named}"))
            return {iri: _unsure(one, 65, one.reason) for iri, one in found.items()}
        for iri, one in sure.items():
            if iri in known:
                continue
            rest = [part for part in parts if not self._leads(part, iri, types)]
            if all(self._is_states(part) or _shortens(part, parts) for part in rest):
                _keep(found, replace(one, reason=f"{one.reason}; so is the rest of the text"))
            else:
                _keep(found, _unsure(one, 70, f"{one.reason}, but not the rest of the text"))
        return found

    def _leads(self, part: str, iri: str, types: tuple[str, ...]) -> bool:
        found = self._alone(part, types).get(iri)
        return found is not None and found.match

    def _is_states(self, text: str) -> bool:
        pieces = [fold(piece) for piece in text.replace(" and ", ",").split(",")]
        return all(
            any(one.entity.type == "state" for one in self.index.exact.get(piece, []))
            for piece in pieces
        )

    def _alone(self, text: str, types: tuple[str, ...]) -> dict[str, Candidate]:
        """Return candidates for a text that is one name, by entity."""
        found: dict[str, Candidate] = {}
        key = fold(text)
        self._exactly(found, key, text, types, SURE, "is the name")
        if not found:
            for loose in (_bag(key), key.replace(" ", "")):
                for other in self._loose.get(loose, []):
                    self._exactly(found, other, text, types, SURE - 3, "has the words of the name")
        if not found:
            for other in self._spelt.get(respelt(key), []):
                self._exactly(found, other, text, types, SURE - 3, "is another spelling of")
            for other in singulars(key):
                self._exactly(
                    found, other, text, types, SURE - 3, "is the plural of", "taxon", "en"
                )
        if (not types or "taxon" in types) and not any(one.match for one in found.values()):
            name = read(text)
            for one in self._taxa.find(name) if name else ():
                _keep(found, Candidate(*one))
        if not any(one.match for one in found.values()):
            self._nearly(found, key, types)
        return found

    def _exactly(
        self,
        found: dict[str, Candidate],
        key: str,
        text: str,
        types: tuple[str, ...],
        score: float,
        how: str,
        only: str = "",
        language: str = "",
    ) -> None:
        for one in self._of_types(key, types):
            if only and (one.entity.type, one.name.language) != (only, language):
                continue
            if one.name.kind == "code" and not types and one.name.text != text:
                continue  # "in" is no code of India, unless a State is asked for
            if len(key) < 2:
                continue
            sense = sense_of(one.entity, one.name.text)
            _keep(found, _sensed(one, sense, score, f"{how} {one.name.text!r}"))

    def _nearly(self, found: dict[str, Candidate], key: str, types: tuple[str, ...]) -> None:
        """Add names that differ by slips of the pen, and others that look like the text."""
        words = content(key)
        keys, ordered = self._keys(types)
        alike = process.extract(
            _ordered(key), ordered, scorer=fuzz.ratio, score_cutoff=_WEAK, limit=20
        )
        for _, similarity, place in alike:
            other = keys[place]
            slips = slips_of_all(words, content(other))
            for one in self._of_types(other, types):
                if slips is None or one.name.kind in ("code", "number"):
                    _keep(found, _weak(one, similarity))
                elif one.entity.type == "state" and key in self._abroad:
                    continue
                else:
                    sense = sense_of(one.entity, one.name.text)
                    reason = f"is the name {one.name.text!r} with {_counted(slips)}"
                    candidate = _sensed(one, sense, 95.0 - 4 * slips, reason)
                    _keep(found, replace(candidate, slips=slips, similarity=similarity))
        for one in self.index.suggest(key, types, 5):
            _keep(found, _weak(one, _WEAK))

    def _of_types(self, key: str, types: Collection[str]) -> list[Suggestion]:
        held = self.index.exact.get(key, [])
        return [one for one in held if not types or one.entity.type in types]

    def _keys_of(self, types: tuple[str, ...]) -> tuple[list[str], list[str]]:
        """Return the folded names of some types, and the same with their words in order."""
        keys = [key for key in self.index.exact if self._of_types(key, types)]
        return keys, [_ordered(key) for key in keys]


def _ordered(key: str) -> str:
    return " ".join(sorted(key.split()))


def _bag(key: str) -> tuple[str, ...]:
    return tuple(sorted(content(key)))


def _shortens(part: str, parts: Collection[str]) -> bool:
    """Whether a part is the capital initials of another: (UNDP) after its name."""
    initials = ("".join(re.findall(r"\b[A-ZÄÖÜ]", other)) for other in parts if other != part)
    return len(part) > 2 and part in initials


def _counted(slips: int) -> str:
    return "one slip of the pen" if slips == 1 else f"{slips} slips of the pen"


def _keep(found: dict[str, Candidate], candidate: Candidate) -> None:
    held = found.get(candidate.entity.iri)
    if held is None or (candidate.match, candidate.score) > (held.match, held.score):
        found[candidate.entity.iri] = candidate


def _sensed(one: Suggestion, sense: Sense, score: float, reason: str) -> Candidate:
    told = f"{reason}; {sense.why}" if sense.why else reason
    score = min(score, sense.ceiling)
    return Candidate(one.entity, one.name.text, score, sense.sure, sense.relation, told)


def _weak(one: Suggestion, similarity: float) -> Candidate:
    reason = f"resembles the name {one.name.text!r}"
    score = round(similarity / 2, 1)
    return Candidate(one.entity, one.name.text, score, False, "", reason, similarity=similarity)


def _unsure(one: Candidate, ceiling: float, reason: str) -> Candidate:
    return replace(one, score=min(one.score, ceiling), match=False, reason=reason)


def _decided(found: Iterable[Candidate]) -> list[Candidate]:
    """Return candidates best first; a match stays one only when no other is as good."""
    ordered = sorted(found, key=lambda one: (-one.match, -one.score, one.entity.iri))
    sure = [one for one in ordered if one.match]
    if len(sure) > 1 and sure[0].score == sure[1].score:
        rivals = ", ".join(one.entity.type for one in sure if one.score == sure[0].score)
        return [
            _unsure(one, 80, f"{one.reason}, and more than one thing has it: {rivals}")
            if one.match
            else one
            for one in ordered
        ]
    return [*sure[:1], *(_unsure(one, 80, one.reason) for one in ordered if one not in sure[:1])]
