"""The front page: what this is, every canned query with a form, and where the rest lies."""

from collections.abc import Iterable
from html import escape
from string import Template

from ..queries import Parameter, Query, choices
from ..queries.parameters import Things, spoken

MAX_OPTIONS = 80
# What people want first comes first: not the order that programs get.
_SOLUTIONS = ("csv", "json", "xml", "tsv")
_GRAPHS = ("turtle", "jsonld", "rdfxml", "ntriples", "trig", "nquads")

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>cami: the Central Asian Mammals Initiative as a knowledge graph</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
section { border-top: 1px solid #bbb; padding: .5rem 0 1rem; }
h2 { font-size: 1.1rem; margin: .5rem 0 0; }
label { margin-right: 1rem; }
select, input, button, textarea { font: inherit; max-width: 100%; }
textarea { width: 100%; box-sizing: border-box; font-family: monospace; }
</style>
</head>
<body>
<main>
<h1>Central Asian Mammals Initiative: knowledge graph</h1>
<p>Two programmes of the Convention on Migratory Species for the mammals of Central Asia, as data: 2014-2020, and the draft
for 2026-2032. The outcome of the meeting that the draft was put before is not known to this graph.</p>
<p>SPARQL: <a href="sparql">/sparql</a>. Catalogue: <a href="queries">/queries</a>.
For programs: <a href="openapi.json">OpenAPI</a>. Version $version, dataset $digest.</p>
<form action="sparql" method="get">
<p><label for="query">Your own SPARQL query</label></p>
<textarea id="query" name="query" rows="6">SELECT ?number ?title WHERE {
  ?activity a &lt;https://w3id.org/cami/ontology#Activity&gt; ;
    &lt;https://w3id.org/cami/ontology#number&gt; ?number ;
    &lt;http://www.w3.org/2000/01/rdf-schema#label&gt; ?title .
} LIMIT 10</textarea>
<p>$formats <button>Ask</button></p>
</form>
$queries
</main>
</body>
</html>
""")


def front_page(queries: Iterable[Query], things: Things, version: str, digest: str) -> str:
    """Return the page as HTML; it works without scripts."""
    return _PAGE.substitute(
        version=escape(version),
        digest=escape(digest[:12]),
        formats=_formats(_SOLUTIONS),
        queries="\n".join(_section(query, things) for query in queries),
    )


def _section(query: Query, things: Things) -> str:
    names = _GRAPHS if query.is_graph else _SOLUTIONS
    fields = " ".join(_field(query, one, things) for one in query.parameters)
    return (
        f'<section id="{escape(query.name)}">\n<h2>{escape(query.summary)}</h2>\n'
        f"<p>{escape(query.description)}</p>\n"
        f'<form action="queries/{escape(query.name)}" method="get">\n'
        f"{fields} {_formats(names)} <button>Ask</button>\n</form>\n</section>"
    )


def _formats(names: Iterable[str]) -> str:
    options = "".join(f"<option>{escape(name)}</option>" for name in names)
    return f'<label>format <select name="format">{options}</select></label>'


def _field(query: Query, parameter: Parameter, things: Things) -> str:
    name = escape(parameter.name)
    title = escape(parameter.summary)
    values = choices(parameter.type, things)
    if not 0 < len(values) <= MAX_OPTIONS:
        value = "" if parameter.optional else f' value="{escape(spoken(parameter.default))}"'
        return f'<label title="{title}">{name} <input name="{name}"{value}></label>'
    default = "" if parameter.optional else spoken(parameter.default)
    options = "".join(
        f"<option{' selected' if value == default else ''}>{escape(value)}</option>"
        for value in values
    )
    anything = '<option value="">any</option>' if parameter.optional else ""
    return (
        f'<label title="{title}">{name} <select name="{name}">{anything}{options}</select></label>'
    )
