"""The page of one thing: facts and tables in the order of its kind, links both ways, downloads."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyoxigraph as ox

from ...graph.tables import natural
from ...graph.terms import LABEL, A
from ...ontology import BASE, CAMI, GBF_TARGET, ID, PREFIXES, PROV
from ...queries.entities import TYPES
from ..description import PAGE_SIZE, Description, Term, describe_query, short
from .frame import Crumb, Links
from .kinds import KINDS
from .labels import Labels
from .table_queries import Cells, alone, sort_value
from .views import Column, Table, views

ROWS = 100  # of a table on a page; the rest is in its query and its CSV
MEDIA: Mapping[str, tuple[str, str]] = {
    "ttl": ("Turtle", "text/turtle"),
    "nt": ("N-Triples", "application/n-triples"),
    "jsonld": ("JSON-LD", "application/ld+json"),
    "rdf": ("RDF/XML", "application/rdf+xml"),
}
_SOURCE, _TYPE = str(PROV.hadPrimarySource), str(A)
_CURRENT = "wp-2026-2032"


@dataclass(frozen=True)
class Shown:
    """A value as a page shows it: a text, its language, where it leads, and where else it lives."""

    text: str
    href: str = ""
    lang: str = ""
    elsewhere: str = ""


@dataclass(frozen=True)
class ShownTable:
    """A table as a page shows it; `count` rows, of which `rows` are the first."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Sequence[Shown]]]
    count: int
    query: str
    instead: Sequence[str]
    """The facts about which it says more."""


def expand(name: str) -> str:
    """Return the IRI of a prefixed name."""
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


def path_of(iri: str) -> str:
    """Return the path of the page of a thing below `/page/`; "" for a thing without one."""
    if iri.startswith(GBF_TARGET):
        return f"target/gbf/{iri.removeprefix(GBF_TARGET)}"
    return iri.removeprefix(ID) if iri.startswith(ID) else ""


def iri_of(path: str) -> str:
    """Return the IRI of the thing that a page is about."""
    if path.startswith("target/gbf/"):
        return GBF_TARGET + path.removeprefix("target/gbf/")
    # what is not under id/ but described in the dataset
    return f"{BASE if path.startswith(('graph/', 'dataset')) else ID}{path}"


def tables_of(labels: Labels, iri: str) -> list[Table]:
    """Return the tables that a page of a thing may have, by its classes."""
    found: dict[str, Table] = {}
    for kind in labels.classes(iri):
        for table in views().tables.get(short(kind), ()):
            found.setdefault(table.title, table)
    return list(found.values())


class ThingPage:
    """What the template of a thing shows, made from the answers to at most two queries."""

    def __init__(self, said: Description, labels: Labels, links: Links):
        self.said, self.labels, self.links = said, labels, links
        self.iri = said.iri

    @property
    def title(self) -> str:
        """What the thing is called."""
        return self._text(self.iri)

    def trail(self) -> list[Crumb]:
        """Return the way to the page: what the thing is a part of or said of, or its kind."""
        if above := [self._crumb(one) for name in views().above for one in self._of(name)]:
            return above
        held = set(self.labels.classes(self.iri))
        for kind, classes in TYPES.items():
            if held & set(map(str, classes)):
                return [Crumb(KINDS[kind][1], "/search", {"type": kind})]
        return [self._crumb(one) for name in views().said_of for one in self._of(name)][:1]

    def _of(self, name: str) -> list[str]:
        return [one for one in _iris(self.said.facts.get(expand(name), [])) if one.startswith(ID)]

    def _crumb(self, iri: str) -> Crumb:
        lang = self._foreign(self.labels.lang(iri, self.links.lang))
        return Crumb(self._text(iri), f"/id/{iri.removeprefix(ID)}", lang=lang)

    def facts(self, tables: Iterable[ShownTable]) -> list[tuple[Shown, list[Shown]]]:
        """Return properties with their values, the most important first.

        Facts about which tables say more are left to them.
        """
        left = {expand(name) for table in tables for name in table.instead}
        left |= {_TYPE, str(LABEL), _SOURCE, expand("dcterms:description")}
        if expand("tcs:taxonName") in self.said.facts:
            left.add(expand("cami:scientificName"))  # the same name, as text
        order = {expand(name): number for number, name in enumerate(views().facts)}
        names = sorted(
            self.said.facts, key=lambda one: (order.get(one, len(order)), self._text(one))
        )
        found: dict[str, tuple[Shown, list[Shown]]] = {}
        for name in names:
            if name not in left:  # two vocabularies may have the same words for the same
                held = found.setdefault(self._text(name), (self._shown(name), []))[1]
                held += [one for one in self._all(self.said.facts[name]) if one not in held]
        return list(found.values())

    def summary(self) -> list[Shown]:
        """Return the summary in our own words."""
        return self._all(self.said.facts.get(expand("dcterms:description"), []))

    def kinds(self) -> list[Shown]:
        """Return the classes that are asserted, the narrowest first."""
        return [self._shown(one) for one in self.labels.classes(self.iri) or self.said.types]

    def places(self) -> list[tuple[Shown, list[Shown]]]:
        """Return the documents that state the thing, with the places in each."""
        found: dict[Shown, list[Shown]] = {}
        for place in self.said.places:
            locator, document = self.said.locators.get(place, ("", ""))
            where = self._shown(document) if document else Shown("")
            said = Shown(locator or self._text(place), self.links.iri(place), self._foreign("en"))
            found.setdefault(where, []).append(said)
        for places in found.values():
            places.sort(key=lambda one: natural(one.text))
        return sorted(found.items(), key=lambda one: one[0].text)

    def table(self, table: Table, rows: Mapping[str, Cells]) -> ShownTable:
        """Return a table with its rows in order."""
        made = [self._row(table, iri, cells) for iri, cells in rows.items()]
        made.sort(key=lambda one: one[0])
        heads = ([table.row] if table.row else []) + [one.head for one in table.columns]
        used = [at for at in range(len(heads)) if any(cells[at] for _, cells in made)]
        return ShownTable(
            table.title,
            [heads[at] for at in used],
            [[cells[at] for at in used] for _, cells in made[:ROWS]],
            len(made),
            alone(self.iri, self.title, table),
            table.instead,
        )

    def _row(self, table: Table, iri: str, cells: Cells) -> tuple[Any, list[list[Shown]]]:
        shown = [[self._shown(iri)]] if table.row else []
        shown += [
            self._cell(column, iri, cells.get(at, [])) for at, column in enumerate(table.columns)
        ]
        spoken = [value.text for cell in shown for value in cell]
        # The programme that is to come goes before the one that is over.
        older = not any(_CURRENT in value.href for cell in shown[:1] for value in cell)
        key = (natural(sort_value(cells)), older, *(natural(text) for text in spoken[:2]), iri)
        return key, shown

    def _cell(self, column: Column, iri: str, values: Sequence[dict[str, str]]) -> list[Shown]:
        if column.path == "a":
            kind = self.labels.classes(iri)[:1]
            return [self._shown(one) for one in kind]
        found: list[Shown] = []
        for one in values:
            if one["type"] == "uri":
                name = self.labels.brief(one["value"], self.links.lang)
                found.append(replace(self._shown(one["value"]), text=name))
            elif one["type"] == "literal":
                found.append(Shown(one["value"], lang=self._foreign(one.get("xml:lang", ""))))
        return sorted(found, key=lambda one: natural(one.text))

    def groups(self) -> list[tuple[Shown, list[Shown]]]:
        """Return the things that link to this one, by the property of the link; a page of them."""
        grouped: dict[str, list[Shown]] = {}
        for name, other in self.said.links[:PAGE_SIZE]:
            grouped.setdefault(name, []).append(self._shown(other))
        return [(self._shown(name), others) for name, others in grouped.items()]

    @property
    def more(self) -> bool:
        """Whether more things link to this one than a page shows."""
        return len(self.said.links) > PAGE_SIZE

    def names(self) -> list[Shown]:
        """Return the label in every language."""
        held = self.said.facts.get(str(LABEL), [])
        return [
            one
            for one in self._all(held)
            if one.text != self.labels.plain(self.iri, self.links.lang)
        ]

    def _all(self, values: Iterable[Term]) -> list[Shown]:
        return sorted(
            (self._value(one) for one in values),
            key=lambda one: (bool(one.lang), natural(one.text)),
        )

    def _value(self, value: Term) -> Shown:
        if isinstance(value, ox.NamedNode):
            return self._shown(value.value)
        if isinstance(value, ox.Literal):
            return Shown(value.value, lang=self._foreign(value.language or ""))
        return Shown(str(value))

    def _shown(self, iri: str) -> Shown:
        text = self._text(iri)
        here = path_of(iri) if iri.startswith(GBF_TARGET) else ""
        if here:
            return Shown(text, self.links.url(f"/page/{here}"), elsewhere=iri)
        said = self.labels.lang(iri, self.links.lang)
        return Shown(text, self.links.iri(iri), self._foreign(said))

    def _text(self, iri: str) -> str:
        if iri not in self.labels.named and iri in self.said.labels:
            return self.said.label(iri)
        return self.labels.text(iri, self.links.lang)

    def _foreign(self, lang: str) -> str:
        """Return a language only where it is not that of the page."""
        return "" if lang == self.links.lang else lang

    def json_ld(self) -> str:
        """Return the facts as JSON-LD that no text in them can end early."""
        subject = ox.NamedNode(self.iri)
        triples = [
            ox.Triple(subject, ox.NamedNode(name), value)
            for name, values in self.said.facts.items()
            for value in values
        ]
        written = ox.serialize(triples, format=ox.RdfFormat.JSON_LD)
        assert written is not None
        return embedded(json.loads(written))

    def query(self) -> str:
        """Return the query that the facts and links of the page come from."""
        return describe_query(self.iri, 0)

    def note(self) -> str:
        """Return what a reader must know of a thing that is a draft, else ""."""
        status = self.said.facts.get(str(CAMI.adoptionStatus), [])
        return "draft" if f"{CAMI}DraftSubmitted" in _iris(status) else ""


def embedded(value: Any) -> str:
    """Return JSON that can stand in a script element whatever texts it holds."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _iris(terms: Iterable[Term]) -> list[str]:
    return sorted(one.value for one in terms if isinstance(one, ox.NamedNode))
