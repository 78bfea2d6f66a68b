"""The page of one thing: label, types, facts, links to it, where it is stated, downloads."""

import json
from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import quote

import pyoxigraph as ox

from ..graph.terms import A
from ..ontology import BASE
from .description import PAGE_SIZE, Description, Term, is_ours, short
from .html import document

_FILES = {"ttl": "Turtle", "nt": "N-Triples", "jsonld": "JSON-LD", "rdf": "RDF/XML"}


def thing_page(said: Description, path: str, root: str, offset: int) -> str:
    """Return the page of a thing whose data lie at `root`/data/`path`; it needs no script."""
    links = said.links[:PAGE_SIZE]
    parts = [
        f"<h1>{escape(said.label(said.iri))}</h1>",
        f"<p>{_types(said, root)} <code>{escape(said.iri)}</code></p>",
        _facts(said, root),
        _places(said, root),
        _links(said, links, root),
        _pages(f"{root}/page/{quote(path)}", offset, len(said.links) > PAGE_SIZE),
        _downloads(f"{root}/data/{quote(path)}"),
    ]
    return document(
        f"{said.label(said.iri)} - cami",
        "\n".join(filter(None, parts)),
        root,
        _head(said, f"{root}/data/{quote(path)}"),
    )


def _types(said: Description, root: str) -> str:
    return ", ".join(_link(said, iri, root) for iri in said.types)


def _facts(said: Description, root: str) -> str:
    rows: list[tuple[str, str]] = []
    for name, values in said.facts.items():
        if name != str(A):
            shown = [_value(said, value, root) for value in values]
            rows.append((_link(said, name, root), _all(shown)))
    return _table("Facts", ("Property", "Value"), rows)


def _places(said: Description, root: str) -> str:
    rows: list[tuple[str, str]] = []
    for place in said.places:
        locator, where = said.locators.get(place, ("", ""))
        rows.append((_link(said, where, root) if where else "", escape(locator)))
    return _table("Stated in", ("Document", "Place"), rows)


def _links(said: Description, links: Iterable[tuple[str, str]], root: str) -> str:
    grouped: dict[str, list[str]] = {}
    for name, other in links:
        grouped.setdefault(name, []).append(_link(said, other, root))
    rows = [(_link(said, name, root), _all(others)) for name, others in grouped.items()]
    return _table("Links to it", ("Property", "From"), rows)


def _pages(here: str, offset: int, more: bool) -> str:
    links: list[str] = []
    if offset:
        before = max(0, offset - PAGE_SIZE)
        links.append(f'<a rel="prev" href="{escape(here)}?offset={before}">links before</a>')
    if more:
        after = offset + PAGE_SIZE
        links.append(f'<a rel="next" href="{escape(here)}?offset={after}">more links to it</a>')
    return f'<nav aria-label="Links to it">{" ".join(links)}</nav>' if links else ""


def _downloads(data: str) -> str:
    links = ", ".join(
        f'<a href="{escape(data)}.{ending}">{name}</a>' for ending, name in _FILES.items()
    )
    return f"<h2>Data</h2>\n<p>{links}</p>"


def _table(caption: str, heads: tuple[str, str], rows: Iterable[tuple[str, str]]) -> str:
    body = "".join(f'<tr><th scope="row">{head}</th><td>{cell}</td></tr>\n' for head, cell in rows)
    top = "".join(f'<th scope="col">{head}</th>' for head in heads)
    return (
        f"<table><caption>{caption}</caption><thead><tr>{top}</tr></thead>\n"
        f"<tbody>{body}</tbody></table>"
        if body
        else ""
    )


def _all(shown: list[str]) -> str:
    return shown[0] if len(shown) == 1 else f"<ul>{''.join(f'<li>{s}</li>' for s in shown)}</ul>"


def _value(said: Description, value: Term, root: str) -> str:
    if isinstance(value, ox.NamedNode):
        locator, _ = said.locators.get(value.value, ("", ""))
        return _link(said, value.value, root, locator)
    if not isinstance(value, ox.Literal):
        return escape(str(value))
    if value.language:
        return f'<span lang="{escape(value.language)}">{escape(value.value)}</span>'
    return escape(value.value)


def _link(said: Description, iri: str, root: str, text: str = "") -> str:
    """Return a link to a thing: to this host if its IRI is ours, else to where it lives."""
    shown = escape(text or said.label(iri))
    target = f"{root}/{iri.removeprefix(BASE)}" if is_ours(iri) else iri
    if not target.startswith(("/", "http://", "https://")):
        return f"<code>{escape(iri)}</code>"  # a link could be of a scheme that does something
    return f'<a href="{escape(target)}" title="{escape(short(iri))}">{shown}</a>'


def _head(said: Description, data: str) -> str:
    alternates = "".join(
        f'<link rel="alternate" type="{kind}" href="{escape(data)}.{ending}">\n'
        for ending, kind in MEDIA.items()
    )
    return f'{alternates}<script type="application/ld+json">{_json_ld(said)}</script>\n'


MEDIA: Mapping[str, str] = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
}


def _json_ld(said: Description) -> str:
    """Return the facts as JSON-LD that no text in them can end early."""
    subject = ox.NamedNode(said.iri)
    triples = [
        ox.Triple(subject, ox.NamedNode(name), value)
        for name, values in said.facts.items()
        for value in values
    ]
    written = ox.serialize(triples, format=ox.RdfFormat.JSON_LD)
    assert written is not None
    text = json.dumps(json.loads(written), ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
