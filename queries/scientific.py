"""Scientific names: read by GBIF's parser, compared part by part."""

import re
from dataclasses import dataclass
from functools import cached_property

import nameparser

from .fuzzy import slips
from .names import fold
from .spelling import respelt

_LATIN = re.compile(r"[A-Za-z]")
_MARKUP = re.compile(r"</?[a-zA-Z]{1,8}/?>|[*“”\"]")
_GENDERS = re.compile(r"(?:us|a|um|is|e|er)$")
_SHORT = re.compile(r"([A-Z]\.) ?([a-z]\.) ?([a-z]{3,})")  # the parser takes "p." for an epithet
_PERSON = re.compile(r"(?:i|ae|orum|arum)$")

DOUBT = "the writer is not sure"


@dataclass(frozen=True)
class ScientificName:
    """A scientific name in its parts, lower case; empty parts are not there.

    `doubt` says why the name does not say for sure which taxon is meant, or is empty. `author`,
    folded, and `year` are those of the epithet, whatever the genus is.
    """

    genus: str
    species: str = ""
    infraspecies: str = ""
    doubt: str = ""
    author: str = ""
    year: str = ""

    @property
    def abbreviated(self) -> bool:
        """Whether the genus is its first letters and a point."""
        return self.genus.endswith(".")

    @cached_property
    def parts(self) -> tuple[str, str, str]:
        """Genus, species, subspecies."""
        return self.genus, self.species, self.infraspecies

    @cached_property
    def key(self) -> tuple[str, str, str]:
        """What is equal for names that differ in nothing but the gender of their epithets."""
        return self.genus, _stem(self.species), _stem(self.infraspecies)

    @property
    def of_a_person(self) -> bool:
        """Whether the name is of two words, the last honouring a person, as in many genera."""
        return not self.infraspecies and bool(_PERSON.search(self.species))


def _stem(epithet: str) -> str:
    """Return an epithet without what its gender, or one or two i after a person, changes."""
    if epithet.endswith("ii"):
        return epithet[:-1]
    return _GENDERS.sub("", epithet) if len(epithet) > 5 else epithet


def plain(text: str) -> str:
    """Return a text without markup, quotation marks and needless spaces."""
    return " ".join(_MARKUP.sub(" ", text).split())


def read(text: str) -> ScientificName | None:
    """Return the scientific name that a text is, with or without author; None if it is none."""
    if not _LATIN.search(text):
        return None
    if short := _SHORT.fullmatch(text):
        return ScientificName(*(part.lower() for part in short.groups()))
    try:
        parsed = nameparser.parse(text, code="ZOOLOGICAL")
    except nameparser.UnparsableNameError as error:
        return ScientificName("", doubt="a hybrid") if error.name_type == "FORMULA" else None
    if isinstance(parsed, nameparser.Informal):
        return ScientificName(parsed.taxon.lower(), doubt="no species is named")
    genus = (parsed.uninomial or parsed.genus or "").lower()
    return ScientificName(
        genus,
        (parsed.specific_epithet or "").lower(),
        (parsed.infraspecific_epithet or "").lower(),
        _doubt(parsed),
        *_published(parsed),
    )


def _doubt(parsed: nameparser.ParsedName) -> str:
    if parsed.notho:
        return "a hybrid"
    if parsed.epithet_qualifier or parsed.doubtful:
        return DOUBT
    return "a sense is named" if parsed.taxonomic_note else ""


def _published(parsed: nameparser.ParsedName) -> tuple[str, str]:
    """Return the author, by the last name of the first one, and the year of the epithet."""
    first, later = parsed.basionym_authorship, parsed.combination_authorship
    said = first if first.authors else later
    author = fold(said.authors[0]).split()[-1:] if said.authors else []
    return respelt("".join(author)), said.year or ""


def same_epithet(typed: ScientificName, known: ScientificName) -> bool:
    """Whether two names hold one published epithet, perhaps in another genus.

    A name keeps author and year when it moves to another genus; the three together are of one animal.
    """
    published = (typed.author, typed.year)
    same = typed.key[1:] == known.key[1:] and bool(typed.species)
    return same and all(published) and published == (known.author, known.year)


def slips_between(typed: ScientificName, known: ScientificName) -> int | None:
    """Return the slips of the pen between two names; None if they are two names.

    At most two, and none in a genus alone or abbreviated.
    """
    if not typed.species:
        return None
    parts = list(zip(typed.parts, known.parts, strict=True))
    if any(bool(one) != bool(other) for one, other in parts):
        return None
    right = sum(one == other != "" for one, other in parts)
    total = 0
    for one, other in parts:
        found = slips(one, other, spare=right >= 1)
        if found is None:
            return None
        total += found
    return total if total <= 2 else None


def abbreviates(typed: ScientificName, known: ScientificName) -> bool:
    """Whether a name with an abbreviated genus, and perhaps species, can stand for another."""
    if not typed.abbreviated or not known.genus.startswith(typed.genus.rstrip(".")):
        return False
    if typed.species.endswith("."):
        species = known.species.startswith(typed.species.rstrip("."))
        return species and typed.key[2] == known.key[2] != ""
    return typed.key[1:] == known.key[1:]
