"""`cami compare`: what CAMI says against what an imported export says, as CSV or as a page."""

import argparse
import csv
import io
import sys
from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from .commands import Unusable, build_for
from .import_command import store_with

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>cami compare: $title</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #bbb; padding: .4rem .6rem; text-align: left; vertical-align: top; }
td { overflow-wrap: anywhere; }
small { color: #555; }
</style>
</head>
<body>
<main>
<h1>CAMI and $title</h1>
<p>$counts. For your own use: the terms of the export's publisher hold for what it says.</p>
<p>$citation</p>
<table>
<thead><tr>$heads</tr></thead>
<tbody>
$rows
</tbody>
</table>
</main>
</body>
</html>
""")


def run(options: argparse.Namespace) -> int:
    """Write the report; return 0 when nothing differs, 1 when something does."""
    import pyoxigraph as ox

    from .compare import DIFFERENCES, SAME, Comparer
    from .import_store import find

    built = build_for(options)
    place = store_with(built, [options.name])
    (imported,) = find(built.folder.parent, [options.name])
    rows = Comparer(ox.Store.read_only(str(place)), imported).rows()
    shown = rows if options.all else [row for row in rows if row.verdict != SAME]
    content = _csv(shown) if options.format == "csv" else _html(shown, imported)
    try:
        _write(content, options.out)
    except OSError as error:
        raise Unusable(f"{options.out}: {error.strerror}") from None
    print(f"cami: {_counts(rows)}", file=sys.stderr)
    return 1 if any(row.verdict in DIFFERENCES for row in rows) else 0


def _write(content: str, path: Path | None) -> None:
    if path:
        path.write_text(content, encoding="utf-8", newline="")
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(content.encode())
        sys.stdout.buffer.flush()


def _counts(rows: Sequence[Any]) -> str:
    counts = Counter(row.verdict for row in rows)
    return ", ".join(f"{verdict} {count}" for verdict, count in sorted(counts.items())) or "no rows"


def _csv(rows: Sequence[Any]) -> str:
    from .compare import COLUMNS

    file = io.StringIO()
    sheet = csv.writer(file)  # RFC 4180
    sheet.writerow(COLUMNS)
    sheet.writerows(row.cells() for row in rows)
    return file.getvalue()


def _html(rows: Sequence[Any], imported: Any) -> str:
    heads = ("What", "Taxon of CAMI", "Verdict", "CAMI", "The export")
    return _PAGE.substitute(
        title=escape(f"{imported.kind.title}: {imported.manifest['file']}"),
        counts=escape(_counts(rows)),
        citation=escape(imported.manifest["citation"]),
        heads="".join(f'<th scope="col">{one}</th>' for one in heads),
        rows="\n".join(map(_row, rows)),
    )


def _row(row: Any) -> str:
    relation = f"<br><small>{escape(row.relation)} its taxon</small>" if row.relation else ""
    cells = (
        escape(row.facet),
        f"{escape(row.taxon)}{relation}",
        escape(row.verdict),
        f"{escape(row.cami)}<br><small>{escape(row.cami_source)}</small>",
        f"{escape(row.export)}<br><small>{escape(row.export_source)}</small>",
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
