"""Whether two texts are one name with slips of the pen, judged word by word.

A similarity of whole texts takes "Government of Pakistan" for "Government of Tajikistan"; so each
word has to be nearly right for itself, short words and numbers entirely.
"""

import re

from rapidfuzz.distance import OSA

_DIGIT = re.compile(r"\d")
_LETTERS = (
    6  # that one slip needs: Saiga is one slip from Saida, Manul from Manus, China from Chiba
)
_STOP = frozenset(
    (
        *("the", "of", "for", "and", "in", "on", "to", "a", "an"),
        *("de", "du", "des", "la", "le", "les", "el", "los", "del"),
    )
)


def content(folded: str) -> tuple[str, ...]:
    """Return the words of a folded text that tell something; all of them if none does."""
    words = folded.split()
    return tuple(word for word in words if word not in _STOP) or tuple(words)


def slips(typed: str, known: str, *, spare: bool = False) -> int | None:
    """Return how many slips make a word of another; None for more than a word of its length bears.

    A slip is a letter wrong, missing, too many, or swapped with the next. The first letter has to
    be right. With `spare`, words of four letters may hold one, too.
    """
    if typed == known:
        return 0
    if _DIGIT.search(typed + known) or typed[:1] != known[:1]:
        return None
    shorter = min(len(typed), len(known))
    borne = 2 if shorter >= 8 else 1 if shorter >= (4 if spare else 5) else 0
    found = OSA.distance(typed, known, score_cutoff=borne)
    return found if found <= borne else None


def slips_of_all(typed: tuple[str, ...], known: tuple[str, ...]) -> int | None:
    """Return the slips between two lists of words in the same order; None if they are two names.

    At most one slip for every six letters; when two other words are entirely right, a word of four
    letters may hold one.
    """
    letters = sum(map(len, known))
    if len(typed) != len(known):
        return None
    right = sum(one == other for one, other in zip(typed, known, strict=True))
    total = 0
    for one, other in zip(typed, known, strict=True):
        found = slips(one, other, spare=right >= 2)
        if found is None:
            return None
        total += found
    return total if total <= letters // _LETTERS else None
