"""Rows of an answer as a page shows them: things by their labels, each a link to its page."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...ontology import BASE
from .labels import Labels, in_words

# Queries join things into one text where a row has several.
_OURS = re.compile(rf"({re.escape(BASE)}[^\s,;|]+)")
_Row = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Cell:
    """A value: texts, each with the IRI that it links to or "", and its language, "" if unknown."""

    parts: Sequence[tuple[str, str]]
    lang: str = ""


@dataclass(frozen=True)
class AnswerTable:
    """Some rows of an answer; `more` says whether others follow.

    `asked` is None, or what an ASK query says.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    more: bool
    asked: bool | None = None


def read_table(
    found: Mapping[str, Any], limit: int, labels: Labels | None, lang: str
) -> AnswerTable:
    """Return at most `limit` rows of SPARQL JSON results.

    A column of things is left out when every row has the label of its thing in another column: that
    column then has the links. The downloads keep both.
    """
    if "boolean" in found:
        return AnswerTable((), (), False, bool(found["boolean"]))
    names: list[str] = found["head"]["vars"]
    rows: list[_Row] = found["results"]["bindings"]
    shown = rows[:limit]
    carried = _carried(names, shown, labels)
    kept = [name for name in names if name not in carried.values()]
    return AnswerTable(
        [in_words(name).capitalize() for name in kept],
        [[_cell(row, name, carried, labels, lang) for name in kept] for row in shown],
        len(rows) > limit,
    )


def _carried(names: Sequence[str], rows: Sequence[_Row], labels: Labels | None) -> dict[str, str]:
    """Return which column of words says what which column of things is called."""
    found: dict[str, str] = {}
    if labels is None or not rows:
        return found
    for thing in names:
        if not all(row.get(thing, {}).get("type") == "uri" for row in rows):
            continue
        for word in names:
            if word != thing and word not in found and _names(word, thing, rows, labels):
                found[word] = thing
                break
    return found


def _names(word: str, thing: str, rows: Sequence[_Row], labels: Labels) -> bool:
    for row in rows:
        value = row.get(word, {})
        if value.get("type") != "literal" or value["value"] != labels.plain(row[thing]["value"]):
            return False
    return True


def _cell(
    row: _Row, name: str, carried: Mapping[str, str], labels: Labels | None, lang: str
) -> Cell:
    value = row.get(name)
    if value is None:
        return Cell(())
    text = value["value"]
    if value["type"] == "uri":
        return Cell([_named(text, labels, lang)], labels.lang(text, lang) if labels else "")
    if name in carried:
        return Cell([(text, row[carried[name]]["value"])], value.get("xml:lang", ""))
    pieces = [
        _named(one, labels, lang) if _OURS.fullmatch(one) else (one, "")
        for one in _OURS.split(text)
    ]
    return Cell([piece for piece in pieces if piece[0]], value.get("xml:lang", ""))


def _named(iri: str, labels: Labels | None, lang: str) -> tuple[str, str]:
    return (labels.text(iri, lang) if labels else "") or iri, iri
