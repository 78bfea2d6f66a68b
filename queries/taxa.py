"""Scientific names of taxa: which of them a name as written can be."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from .entities import CONGRUENT, Entity
from .scientific import ScientificName, abbreviates, read, same_epithet, slips_between
from .senses import Sense, sense_of

Found = tuple[Entity, str, float, bool, str, str, int]
"""Entity, name, score, whether sure, relation, reason, slips: the fields of a candidate."""


class TaxonNames:
    """The scientific names of some taxa, in parts."""

    def __init__(self, taxa: Iterable[Entity]):
        self._by_key: dict[tuple[str, str, str], list[tuple[Entity, str]]] = defaultdict(list)
        self._names: list[tuple[ScientificName, Entity, str]] = []
        for taxon in taxa:
            texts = {name.text: name.authorship for name in taxon.names if not name.language}
            for text, authorship in texts.items():
                name = read(f"{text} {authorship}".strip())
                if name and name.genus:
                    self._by_key[name.key].append((taxon, text))
                    self._names.append((name, taxon, text))

    def find(self, typed: ScientificName) -> Iterator[Found]:
        """Yield the taxa that a name can be, in no order."""
        doubt = typed.doubt if typed.species or typed.doubt == "a hybrid" else ""
        found = list(self._found(typed))
        for taxon, text, score, sure, relation, reason, slips in found:
            if doubt:
                yield taxon, text, min(score, 65.0), False, relation, f"{reason}; {doubt}", slips
            else:
                yield taxon, text, score, sure, relation, reason, slips

    def _found(self, typed: ScientificName) -> Iterator[Found]:
        exact = self._by_key.get(typed.key, [])
        for taxon, text in exact:
            yield _sensed(taxon, text, 99.0, f"is the scientific name {text!r}", 0)
        if exact or not typed.genus:
            return
        for known, taxon, text in self._names:
            if typed.abbreviated:
                if abbreviates(typed, known):
                    yield _short(typed, taxon, text)
            elif (slips := slips_between(typed, known)) is not None:
                word = "slip" if slips == 1 else "slips"
                reason = f"is the scientific name {text!r} with {slips} {word} of the pen"
                yield _sensed(taxon, text, 95.0 - 4 * slips, reason, slips)
            elif _is_part(typed, known):
                reason = f"is a subspecies within {text!r}"
                if sense_of(taxon, text).sure:
                    yield taxon, text, 55.0, False, "includes", reason, 0
            elif same_epithet(typed, known):
                reason = f"has epithet, author and year of {text!r}, with another genus"
                yield _sensed(taxon, text, 92.0, reason, 0)
            elif typed.species and typed.key[1:] == known.key[1:]:
                reason = f"has the epithet of {text!r}, with another genus"
                yield taxon, text, 45.0, False, "", reason, 0


def _is_part(typed: ScientificName, known: ScientificName) -> bool:
    same = typed.key[:2] == known.key[:2] and bool(known.species)
    return same and bool(typed.infraspecies) and not known.infraspecies


def _short(typed: ScientificName, taxon: Entity, text: str) -> Found:
    reason = f"abbreviates {text!r}"
    if typed.of_a_person:
        told = f"{reason}; but epithets that honour a person are those of many animals"
        return taxon, text, 70.0, False, CONGRUENT, told, 0
    return _sensed(taxon, text, 90.0, reason, 0)


def _sensed(taxon: Entity, text: str, score: float, reason: str, slips: int) -> Found:
    sense: Sense = sense_of(taxon, text)
    told = f"{reason}; {sense.why}" if sense.why else reason
    return taxon, text, min(score, sense.ceiling), sense.sure, sense.relation, told, slips
