"""The dataset: every triple once in the graph of its origin and once in the default graph."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox
import rdflib

from ..ontology import CAMI, GRAPH, ONTOLOGY_FILE, PROV
from . import (
    activities,
    assessments,
    decisions,
    frameworks,
    history,
    identifiers,
    links,
    linksets,
    listings,
    programme,
    regions,
    resolution,
    sites,
    sources,
    states,
    taxa,
)
from .crosswalk import link_triples
from .inference import inferred
from .linksets import DESCRIPTION
from .provenance import home, sources_of_names
from .tables import Problem, Row, TableError, check_references, natural, read
from .terms import REFERENCE, A, Triple
from .turtle import in_order, write

TABLES_FOLDER = Path(__file__).parent / "tables"
TABLES: tuple[type[Row], ...] = (
    sources.TABLES
    + frameworks.TABLES
    + taxa.TABLES
    + listings.TABLES
    + assessments.TABLES
    + states.TABLES
    + regions.TABLES
    + sites.TABLES
    + programme.TABLES
    + activities.TABLES
    + links.TABLES
    + resolution.TABLES
    + decisions.TABLES
    + history.TABLES
    + identifiers.TABLES
    + linksets.TABLES
)

N_QUADS, TRIG, TURTLE, N_TRIPLES = (
    ox.RdfFormat.N_QUADS,
    ox.RdfFormat.TRIG,
    ox.RdfFormat.TURTLE,
    ox.RdfFormat.N_TRIPLES,
)


def graph_name(origin: str) -> rdflib.URIRef:
    """Return the IRI of the named graph of one origin."""
    return rdflib.URIRef(GRAPH + origin)


@dataclass
class Dataset:
    """Triples by origin. The default graph is their merge; a union flag is never used."""

    graphs: dict[str, set[ox.Triple]] = field(default_factory=dict[str, set[ox.Triple]])

    def add(self, origin: str, triples: Iterable[ox.Triple]) -> None:
        """Add triples to the graph of one origin."""
        self.graphs.setdefault(origin, set()).update(triples)

    def default(self) -> set[ox.Triple]:
        """Return the default graph: each triple once, whatever its origins."""
        return set[ox.Triple]().union(*self.graphs.values())

    def stated(self) -> set[ox.Triple]:
        """Return what ontology and reasoner are about: not what follows, nor what VoID says."""
        apart = ("inferred", DESCRIPTION)
        return set[ox.Triple]().union(*(t for name, t in self.graphs.items() if name not in apart))

    def quads(self) -> Iterator[ox.Quad]:
        """Yield the quads of the default graph, then those of the named graphs, sorted."""
        yield from (ox.Quad(t.subject, t.predicate, t.object) for t in in_order(self.default()))
        for origin in sorted(self.graphs):
            name = ox.NamedNode(GRAPH + origin)
            yield from (
                ox.Quad(t.subject, t.predicate, t.object, name)
                for t in in_order(self.graphs[origin])
            )

    def serialize(self, form: ox.RdfFormat) -> bytes:
        """Return the dataset, or its default graph in a format without graphs; same bytes always.

        Formats with graphs hold each triple twice, as the store does.
        """
        data = self.quads() if form.supports_datasets else in_order(self.default())
        return write(data, form)

    def to_validate(self) -> ox.Store:
        """Return the default graph without inferred types.

        By its range a link gives what it points to the right class, which would hide that the
        thing has another one.
        """
        said = set[ox.Triple]().union(*(t for name, t in self.graphs.items() if name != "inferred"))
        links = {t for t in self.graphs.get("inferred", ()) if t.predicate.value != str(A)}
        store = ox.Store()
        store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in said | links)
        return store


def convert(triples: Iterable[Triple]) -> Iterator[ox.Triple]:
    """Yield RDFLib triples without blank nodes as Oxigraph triples."""
    text = "".join(f"{s.n3()} {p.n3()} {o.n3()} .\n" for s, p, o in triples)
    for quad in ox.parse(text, format=N_TRIPLES):
        yield quad.triple


def turtle_file(path: Path) -> set[ox.Triple]:
    """Return the triples of a Turtle file, its blank nodes named by RDFC-1.0 and the file.

    The file's name keeps the blank nodes of two files apart when their graphs are merged.
    """
    parsed = ox.Dataset(ox.parse(path=str(path), format=TURTLE))
    parsed.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {_scoped(quad, path.stem) for quad in parsed}


def _scoped(quad: ox.Quad, scope: str) -> ox.Triple:
    def term(
        node: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple,
    ) -> ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple:
        return ox.BlankNode(f"{scope}-{node.value}") if isinstance(node, ox.BlankNode) else node

    return ox.Triple(term(quad.subject), quad.predicate, term(quad.object))  # type: ignore[arg-type]


Tables = Mapping[type[Row], list[Row]]


def load_tables(folder: Path = TABLES_FOLDER) -> dict[type[Row], list[Row]]:
    """Return every table of a folder as typed rows.

    Raises `TableError` with the faults of all tables at once.
    """
    tables: dict[type[Row], list[Row]] = {}
    problems: list[TableError] = []
    known = {f"{row_type.table}.tsv" for row_type in TABLES}
    for path in sorted(folder.glob("*.tsv")):
        if path.name not in known:
            problems.append(TableError([Problem(path.name, 1, "", "is no table that we know")]))
    for row_type in TABLES:
        try:
            tables[row_type] = list(read(row_type, folder))
        except TableError as error:
            problems.append(error)
    if problems:
        raise TableError([one for error in problems for one in error.problems])
    check_references(tables)
    return tables


def locate(tables: Tables, terms: Collection[str]) -> dict[str, str]:
    """Return the file and line of the first row that says something about each of some terms.

    Terms are IRIs in N-Triples form; those that no row is about are left out.
    """
    found: dict[str, str] = {}
    for row_type, rows in tables.items():
        for number, row in enumerate(rows, 2):
            for subject in {triple[0].n3() for triple in row.triples()} & set(terms):
                found.setdefault(subject, f"{row_type.table}.tsv:{number}")
    return found


def facts(tables: Tables) -> Dataset:
    """Return what the tables say, and what follows from it by the ontology."""
    dataset = Dataset()
    said: dict[str, list[Triple]] = {}
    for rows in tables.values():
        for row in rows:
            said.setdefault(home(row, tables), []).extend(row.triples())
    for origin, link in link_triples(tables):
        said.setdefault(origin, []).append(link)
    for origin, triples in said.items():
        dataset.add(origin, convert(triples))
    for origin, triples in list(dataset.graphs.items()):
        dataset.add(origin, list(first_places(triples)))
    places = list(places_of_parts(dataset.default()))
    for origin, triples in list(dataset.graphs.items()):
        held = {triple.subject for triple in triples}
        dataset.add(origin, [one for one in places if one.subject in held])
    if elsewhere := dataset.graphs.get(REFERENCE):
        described = {triple.subject for triple in elsewhere}
        names = list(sources_of_names(dataset.default()))
        dataset.add(REFERENCE, [one for one in names if one.subject in described])
    dataset.add("inferred", inferred(turtle_file(ONTOLOGY_FILE), dataset.stated()))
    return dataset


_NAMING = (
    "responsible",
    "citesInstrument",
    "mentions",
    "concernsSite",
    "addressee",
    "actsOn",
    "eventParticipant",
    "eventSubject",
    "hasInstrument",
    "includedSite",
)
_PARTS = ("roleInEvent", "outputOf")
_SOURCE = ox.NamedNode(str(PROV.hadPrimarySource))


def first_places(triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Yield where a thing is named first.

    An actor, instrument or site has no row of its own in a document: a reader finds it in the
    first activity, paragraph, decision or event that names it.
    """
    naming = {str(CAMI[name]) for name in _NAMING}
    held = list(triples)
    place_of = {t.subject: t.object for t in held if t.predicate == _SOURCE}
    names = (t for t in held if t.predicate.value in naming and t.subject in place_of)
    named: set[object] = set()
    for t in sorted(names, key=lambda triple: natural(str(triple.subject))):
        if t.object not in named:
            named.add(t.object)
            yield ox.Triple(t.object, _SOURCE, place_of[t.subject])  # type: ignore[arg-type]


def places_of_parts(triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Yield for the roles and outputs of an event the place that states the event."""
    parts = {str(CAMI[name]) for name in _PARTS}
    held = list(triples)
    place_of = {t.subject: t.object for t in held if t.predicate == _SOURCE}
    for t in held:
        if t.predicate.value in parts and t.object in place_of:
            yield ox.Triple(t.subject, _SOURCE, place_of[t.object])  # type: ignore[index]
