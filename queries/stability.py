"""Whether the same query over the same data gives the same bytes, told from its text alone.

The reading errs towards "no": what is taken for unstable is only not cached.
"""

import re
from enum import Enum


class Stability(Enum):
    """How alike two answers to one query are."""

    SAME_BYTES = "same bytes"
    SAME_GRAPH = "the same but for the labels of blank nodes"
    NONE = "each answer is its own"


# All of these read a text once: a query is read so beside every client, before any limit counts.
# The engine needs no blank before a keyword, so a longer word may end in one of these; a comment may
# stand before the bracket.
_FUNCTIONS = re.compile(r"(?:NOW|RAND|UUID|BNODE)\s*+[(#]", re.IGNORECASE)
# A string that is not closed goes on to its end all the same, so that none is begun within it.
_SKIPPED = re.compile(
    r"""
    <[^<>"{}|^`\\\x00-\x20]*+>
  | \"{3}(?:\"{0,2}(?:[^"\\]|\\.))*+(?:\"{3}|["\\]*\Z)
  | '{3}(?:'{0,2}(?:[^'\\]|\\.))*+(?:'{3}|['\\]*\Z)
  | "(?:[^"\\\n\r]|\\.)*+(?:"|\\?(?=[\n\r]|\Z))
  | '(?:[^'\\\n\r]|\\.)*+(?:'|\\?(?=[\n\r]|\Z))
  | \#[^\n\r]*
    """,
    re.DOTALL | re.VERBOSE,
)
_TEMPLATE = re.compile(r"CONSTRUCT\s*\{([^{}]*)\}", re.IGNORECASE)
_SHORT_FORM = re.compile(r"CONSTRUCT\s*(?:WHERE|FROM)", re.IGNORECASE)
_MAKES_BLANK_NODES = re.compile(r"[\[(~]|_:|<<")


def stability(text: str) -> Stability:
    """Return how alike the answers to a query are, whichever process gives them."""
    if _FUNCTIONS.search(text) or "service" in text.lower():  # another server's data may change
        return Stability.NONE
    if "construct" not in text.lower():
        return Stability.SAME_BYTES
    bare = _SKIPPED.sub(" ", text)
    template = _TEMPLATE.search(bare)
    fresh = _MAKES_BLANK_NODES.search(template[1]) if template else not _SHORT_FORM.search(bare)
    return Stability.SAME_GRAPH if fresh else Stability.SAME_BYTES
