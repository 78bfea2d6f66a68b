"""The queries of the tables of a page: one for all that it shows, and one for each, for people."""

import json
import re
from collections.abc import Iterable, Sequence

from ...ontology import PREFIXES
from .views import Column, Table

_NAMED = re.compile(r"<[^>]*>|\b([a-z][a-z-]*):(?=\w)")
_ROW, _SORT = -1, -2  # what stands in the place of a column's number
Cells = dict[int, list[dict[str, str]]]
"""The values of one row by the number of their column, as the JSON format of SPARQL has them."""


def combined(iri: str, tables: Sequence[Table]) -> str:
    """Return one query for every cell of some tables about a thing."""
    parts = [part for number, table in enumerate(tables) for part in _parts(iri, number, table)]
    union = "\n    UNION\n    ".join(parts)
    return _with_prefixes(f"SELECT DISTINCT ?table ?row ?column ?value WHERE {{\n    {union}\n}}\n")


def _parts(iri: str, number: int, table: Table) -> Iterable[str]:
    rows = _rows(iri, table, "?row")
    yield f"{{ {rows} BIND({number} AS ?table) BIND({_ROW} AS ?column) BIND(?row AS ?value) }}"
    paths = [(at, column.path) for at, column in enumerate(table.columns) if column.path != "a"]
    paths += [(_SORT, table.sort)] if table.sort else []
    for at, path in paths:
        yield f"{{ {rows} ?row {path} ?value . BIND({number} AS ?table) BIND({at} AS ?column) }}"


def _rows(iri: str, table: Table, variable: str) -> str:
    kind = f" {variable} a {table.kind} ." if table.kind else ""
    return f"<{iri}> {table.path} {variable} .{kind}"


def read_cells(body: bytes) -> dict[int, dict[str, Cells]]:
    """Return the cells of an answer to `combined`: by table, row and column."""
    found: dict[int, dict[str, Cells]] = {}
    for one in json.loads(body)["results"]["bindings"]:
        table, column = int(one["table"]["value"]), int(one["column"]["value"])
        rows = found.setdefault(table, {}).setdefault(one["row"]["value"], {})
        rows.setdefault(column, []).append(one["value"])
    return found


def sort_value(cells: Cells) -> str:
    """Return what a row is to be sorted by, "" if nothing says so."""
    return cells[_SORT][0]["value"] if _SORT in cells else ""


def alone(iri: str, name: str, table: Table) -> str:
    """Return the query of one table, written to be read and changed."""
    row = _variable(table.row or "record", ())
    taken = [row]
    picked: list[str] = [f"?{row}"]
    lines = [f"    {_rows(iri, table, f'?{row}')}"]
    named: list[str] = []
    if table.row:
        named.append(_variable(f"{table.row} name", taken))
        lines.append(f"    OPTIONAL {{ ?{row} rdfs:label ?{named[0]} }}")
        taken += named
    for column in table.columns:
        variable = _variable(column.head, taken)
        taken.append(variable)
        lines.append(f"    OPTIONAL {{ ?{row} {_text_path(column)} ?{variable}_ }}")
        picked.append(f'(GROUP_CONCAT(DISTINCT STR(?{variable}_); SEPARATOR="; ") AS ?{variable})')
    picked[1:1] = [f"?{one}" for one in named]
    groups = " ".join(f"?{one}" for one in (row, *named))
    select = "\n    ".join(picked)
    body = "\n".join(lines)
    comment = f"# {table.title}: {name}".replace("\n", " ")
    text = f"SELECT\n    {select}\nWHERE {{\n{body}\n}}\nGROUP BY {groups}\nORDER BY {groups}\n"
    return f"{comment}\n{_with_prefixes(text)}"


def _text_path(column: Column) -> str:
    if column.text in ("", "LOCAL"):
        return column.path
    path = f"({column.path})" if "|" in column.path else column.path
    return f"{path}/{column.text}"


def _variable(head: str, taken: Sequence[str]) -> str:
    name = re.sub(r"\W+", "_", head.lower()).strip("_")
    name = name if name[:1].isalpha() else f"in_{name}"
    return f"{name}_of_it" if name in taken else name


def _with_prefixes(text: str) -> str:
    used = sorted(set(_NAMED.findall(text)) & set(PREFIXES))
    return "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in used) + "\n" + text
