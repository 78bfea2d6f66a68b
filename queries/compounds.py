"""Texts that hold several names: "Snow leopard (Panthera uncia)", "Argali - Ovis ammon"."""

import re

_BRACKET = re.compile(r"([^()\[\]]+)[(\[]([^()\[\]]+)[)\]]\W*")
_BETWEEN = re.compile(r"\s+[-\u2013\u2014/|=]\s+|;\s*|,\s+")


def parts_of(text: str) -> tuple[str, ...]:
    """Return the two to four names that a text may be made of; nothing when it has no such parts."""
    if bracket := _BRACKET.fullmatch(text):
        return tuple(part.strip() for part in bracket.groups())
    parts = tuple(part.strip() for part in _BETWEEN.split(text) if part.strip())
    return parts if 2 <= len(parts) <= 4 else ()
