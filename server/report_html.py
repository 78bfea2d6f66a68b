"""A validation report as one page that needs nothing else."""

from html import escape
from string import Template

from .findings import Finding, Report
from .report import shorten

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>cami validate: $verdict</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #bbb; padding: .4rem .6rem; text-align: left; vertical-align: top; }
td { overflow-wrap: anywhere; }
.violation { border-left: .4rem solid #b00020; }
.warning { border-left: .4rem solid #8a6100; }
.info { border-left: .4rem solid #005a9c; }
</style>
</head>
<body>
<main>
<h1>Validation: $verdict</h1>
$body
</main>
</body>
</html>
""")


def as_html(report: Report) -> str:
    """Return a report as an HTML page with a table for each file."""
    verdict = report.counts() or "conforms"
    names = list(dict.fromkeys([*report.triples, *(one.file for one in report.findings)]))
    body = "\n".join(_file(report, name) for name in names)
    return _PAGE.substitute(verdict=escape(verdict), body=body)


def _file(report: Report, name: str) -> str:
    head = f"<h2>{escape(name or 'The graph')}</h2>"
    held = f"<p>{report.triples[name]} triples. " if name in report.triples else "<p>"
    found = [one for one in report.findings if one.file == name]
    if not found:
        return f"{head}\n{held}Conforms.</p>"
    rows = "\n".join(_row(one, report) for one in found)
    titles = "".join(
        f'<th scope="col">{title}</th>' for title in ("Line", "Severity", "About", "What to change")
    )
    table = f"<table>\n<thead><tr>{titles}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    return f"{head}\n{held}{escape(report.counts(name))}.</p>\n{table}"


def _row(one: Finding, report: Report) -> str:
    about = escape(" ".join(filter(None, [shorten(one.focus), shorten(one.path), one.cell])))
    value = f"<br>Found: <code>{escape(shorten(one.value))}</code>" if one.value else ""
    where = f"{one.line}:{one.column}" if one.column else str(one.line or "")
    rule = f'<br><small title="{escape(report.titles.get(one.rule, ""))}">{escape(shorten(one.rule))}</small>'
    return (
        f'<tr><td class="{one.severity}">{where}</td><td>{one.severity}</td>'
        f"<td><code>{about}</code></td><td>{escape(one.message)}{value}{rule}</td></tr>"
    )
