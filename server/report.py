"""What the command line prints: validation results and solutions, for people and programs."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..ontology import PREFIXES

if TYPE_CHECKING:  # slow to import, and tables of a query need none
    from ..shapes import Result


def shorten(term: str) -> str:
    """Return an IRI in its prefixed form where a prefix fits; for reading, not for parsing."""
    iri = term.removeprefix("<").removesuffix(">")
    best = max(
        (item for item in PREFIXES.items() if iri.startswith(item[1])),
        key=lambda item: len(item[1]),
        default=None,
    )
    return f"{best[0]}:{iri.removeprefix(best[1])}" if best else term


def as_text(results: list["Result"], rows: Mapping[str, str] | None = None) -> str:
    """Return validation results as lines: severity, focus node, path, message, value, shape.

    `rows` may say in which file and line a term was stated; such a line starts with it.
    """
    rows = rows or {}
    lines = [
        " ".join(filter(None, [rows.get(one.value) or rows.get(one.focus, ""), _line(one)]))
        for one in results
    ]
    counts = Counter(result.severity for result in results)
    total = ", ".join(f"{name} {count}" for name, count in counts.most_common())
    return "\n".join([*lines, f"cami: {total}" if total else "cami: conforms"])


def _line(result: "Result") -> str:
    path = f" {shorten(result.path)}" if result.path else ""
    value = f" Found: {shorten(result.value)}." if result.value else ""
    shape = shorten(result.shape) if result.shape else shorten(result.component)
    return f"{result.severity}: {shorten(result.focus)}{path}: {result.message}{value} [{shape}]"


def as_json(results: list["Result"]) -> str:
    """Return validation results as a JSON object with `conforms` and `results`."""
    violated = any(result.severity == "Violation" for result in results)
    document = {"conforms": not violated, "results": [asdict(result) for result in results]}
    return json.dumps(document, ensure_ascii=False, indent=1)


def as_table(body: bytes) -> str:
    """Return SPARQL JSON results as aligned columns with a count; ASK as yes or no."""
    document: dict[str, Any] = json.loads(body)
    if "boolean" in document:
        return "yes" if document["boolean"] else "no"
    columns: list[str] = document["head"]["vars"]
    rows = [
        [_cell(binding.get(column)) for column in columns]
        for binding in document["results"]["bindings"]
    ]
    widths = [max(len(cell) for cell in column) for column in zip(columns, *rows, strict=True)]

    def line(cells: list[str]) -> str:
        return "  ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)).rstrip()

    rule = "  ".join("-" * width for width in widths)
    count = f"({len(rows)} row{'' if len(rows) == 1 else 's'})"
    return "\n".join([line(columns), rule, *map(line, rows), count])


def _cell(term: dict[str, Any] | None) -> str:
    if term is None:
        return ""
    if not isinstance(term["value"], str):  # a triple term of RDF 1.2
        return json.dumps(term["value"], ensure_ascii=False)
    return shorten(term["value"]) if term["type"] == "uri" else " ".join(term["value"].split())
