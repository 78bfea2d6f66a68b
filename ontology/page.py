"""The reference page of the ontology: one HTML file that asks no host for anything.

The site shows its `main` in a frame of its own, with `terms.css` alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from rdflib import OWL, RDFS, URIRef

from . import CAMI, DCTERMS
from .changes import Change, Changes
from .diagrams import IS_A, Diagram, svg, term
from .entry import Entries, link, list_html, rows_html
from .inputs import STYLE_FILE, TERMS_STYLE_FILE
from .model import by_kind

_FILES = {
    "cami.ttl": "Turtle",
    "cami.rdf": "RDF/XML",
    "cami.jsonld": "JSON-LD",
    "cami.nt": "N-Triples",
    "context.jsonld": "JSON-LD context",
    "changes.json": "changes as JSON",
}


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
{style}</style>
</head>
<body>
<a class="skip" href="#content">To the content</a>
<main>
<header>
<h1>{title}</h1>
{head}</header>
<nav aria-label="Contents">{contents}</nav>
<div id="content">
{index}
{sections}
</div>
</main>
<footer><p>Made from the ontology file by <code>cami build</code>.</p></footer>
</body>
</html>
"""


@dataclass(frozen=True)
class Page:
    """All that the page is made from."""

    entries: Entries
    diagrams: Sequence[Diagram]
    history: Sequence[Changes]

    def html(self) -> bytes:
        """Return the page as UTF-8."""
        ontology = self.entries.ontology
        title = escape(ontology.words(ontology.iri, DCTERMS.title))
        general = ontology.general_axioms()
        sections = [
            ("diagrams", "Diagrams", "".join(map(self._diagram, self.diagrams))),
            *(
                (kind.replace(" ", "-"), _plural(kind), "".join(map(self.entries.entry, terms)))
                for kind, terms in by_kind(ontology.terms.values()).items()
            ),
            *([("axioms", "Other axioms", list_html(map(escape, general)))] if general else []),
            ("changes", "Changes", "".join(map(_changes, self.history))),
        ]
        contents = [("index", "All terms"), *((id, heading) for id, heading, _ in sections)]
        links = (f'<a href="#section-{id}">{heading}</a>' for id, heading in contents)
        return _PAGE.format(
            title=title,
            style="".join(
                one.read_text(encoding="utf-8") for one in (STYLE_FILE, TERMS_STYLE_FILE)
            ),
            head=self._head(),
            contents=list_html(links),
            index=_titled("index", "All terms", self._index()),
            sections="\n".join(_titled(*section) for section in sections),
        ).encode()

    def _head(self) -> str:
        ontology = self.entries.ontology
        words, iri, graph = ontology.words, ontology.iri, ontology.graph
        earlier = [str(one).rpartition("/")[2] for one in graph.objects(iri, OWL.priorVersion)]
        files = (f'<a href="{name}">{form}</a>' for name, form in _FILES.items())
        rows = [
            ("Version", escape(ontology.version)),
            ("Version before", escape(", ".join(earlier))),
            ("Modified", escape(words(iri, DCTERMS.modified))),
            ("Namespace", f"<code>{escape(CAMI)}</code>"),
            ("Licence", ", ".join(link(str(one)) for one in graph.objects(iri, DCTERMS.license))),
            ("Files", ", ".join(files)),
        ]
        about = f"<p>{escape(words(iri, DCTERMS.description))}</p>\n"
        note = words(iri, RDFS.comment)
        return about + (f'<p class="quiet">{escape(note)}</p>\n' if note else "") + rows_html(rows)

    def _index(self) -> str:
        terms = sorted(self.entries.ontology.terms, key=lambda name: (name.casefold(), name))
        return list_html((self.entries.named(URIRef(CAMI[name])) for name in terms), "index")

    def _diagram(self, diagram: Diagram) -> str:
        rows = "".join(
            f"<tr><td>{self.entries.named(term(arrow.start))}</td><td>"
            f"{'is a' if name == IS_A else self.entries.named(term(name))}</td>"
            f"<td>{self.entries.named(term(arrow.end))}</td></tr>\n"
            for arrow in diagram.arrows
            for name in arrow.properties
        )
        title = escape(diagram.title)
        return (
            f'<section aria-labelledby="diagram-{diagram.id}">'
            f'<h3 id="diagram-{diagram.id}">{title}</h3>\n<p>{escape(diagram.summary)}</p>\n'
            f'<div class="figure" tabindex="0" role="region" aria-label="Diagram: {title}">'
            f"{svg(diagram, self.entries.ontology)}</div>\n<details><summary>{title} as a table</summary>\n"
            '<table><thead><tr><th scope="col">From</th><th scope="col">Property</th>'
            f'<th scope="col">To</th></tr></thead>\n<tbody>{rows}</tbody></table></details>'
            "</section>\n"
        )


def _changes(one: Changes) -> str:
    groups = (("Added", one.added), ("Removed", one.removed), ("Deprecated", one.deprecated))
    rows = [
        (f"{word} ({len(names)})", ", ".join(f"<code>{escape(name)}</code>" for name in names))
        for word, names in groups
        if names
    ]
    if one.changed:
        shown = list_html(map(_change, one.changed))
        folded = f"<details><summary>Show</summary>{shown}</details>"
        rows.append((f"Changed ({len({change.term for change in one.changed})})", folded))
    level = "No term changed." if one.level == "none" else f"By content a {one.level} change."
    return f"<h3>From {one.older} to {one.newer}</h3>\n<p>{level}</p>\n{rows_html(rows)}"


def _change(one: Change) -> str:
    before = "".join(f" <del>{escape(words)}</del>" for words in one.before)
    after = "".join(f" <ins>{escape(words)}</ins>" for words in one.after)
    return f"<code>{escape(one.term)}</code> {one.aspect}:{before}{after}"


def _plural(kind: str) -> str:
    for one, many in (("class", "classes"), ("property", "properties")):
        if kind.endswith(one):
            return kind.replace(one, many).capitalize()
    return f"{kind.capitalize()}s"


def _titled(id: str, heading: str, content: str) -> str:
    return (
        f'<section aria-labelledby="section-{id}"><h2 id="section-{id}">{heading}</h2>\n'
        f"{content}</section>"
    )
