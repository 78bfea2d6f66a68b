"""Names that are written in two ways, both right: other spellings of a word, and plurals."""

import re
from collections.abc import Iterator

_UMLAUT = re.compile(r"(?<=[aou])e")  # "ue" where a keyboard has no "ü", which `fold` makes "u"
_WORDS = {  # American and British; UN; in names of animals the two adjectives mean the same
    "programme": "program",
    "programmes": "programs",
    "centre": "center",
    "centres": "centers",
    "asiatic": "asian",
    "un": "united nations",
}


def respelt(folded: str) -> str:
    """Return a folded text in one of its spellings: the same for all texts that differ by no more."""
    return " ".join(_WORDS.get(word) or _UMLAUT.sub("", word) for word in folded.split())


def singulars(folded: str) -> Iterator[str]:
    """Yield what a folded English name can be the plural of."""
    for ending, instead in (("ies", "y"), ("es", ""), ("s", "")):
        if folded.endswith(ending) and not folded.endswith("ss"):
            yield folded.removesuffix(ending) + instead
