"""What the page of a thing shows first, by its class: read from `views.toml`, which explains itself.

The page asks for all tables in one query; each table also has a query of its own, to go on from.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "views.toml"


@dataclass(frozen=True)
class Column:
    """A column: its head, the path from the row to its values, and from a value to its text."""

    head: str
    path: str
    text: str = ""
    """Empty where the values are literals, LOCAL where they are terms without a label."""


@dataclass(frozen=True)
class Table:
    """A table; `row` is the head of its first column, "" where the row itself is not shown."""

    title: str
    path: str
    columns: Sequence[Column] = ()
    row: str = ""
    kind: str = ""
    sort: str = ""
    instead: Sequence[str] = ()


@dataclass(frozen=True)
class Views:
    """All that the file says; properties and classes are prefixed names."""

    tables: Mapping[str, Sequence[Table]]
    """The tables of a class, in order."""
    facts: Sequence[str]
    above: Sequence[str]
    said_of: Sequence[str]


@cache
def views() -> Views:
    """Return what the file says."""
    said = tomllib.loads(FILE.read_text(encoding="utf-8"))
    tables: dict[str, list[Table]] = {}
    for one in said["table"]:
        for kind in one["of"]:
            tables.setdefault(kind, []).append(_table(one))
    return Views(tables, said["facts"], said["above"], said["said_of"])


def _table(said: Mapping[str, Any]) -> Table:
    rest = {name: value for name, value in said.items() if name not in ("of", "columns")}
    return Table(columns=[Column(*one) for one in said.get("columns", ())], **rest)
