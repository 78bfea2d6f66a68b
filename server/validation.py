"""Validate what users give: with the graph, so that links into it resolve, or with other shapes alone.

Nothing here fetches anything: contexts, imports and shapes elsewhere stay where they are.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import rdflib
from rdflib import RDFS
from rdflib.term import Node

from ..graph import Tables, facts, given_links, graph_name, load_tables, merged, turtle_file
from ..graph.terms import A
from ..ontology import ONTOLOGY_FILE, SH
from ..shapes import (
    RECORD_SHAPES,
    Profile,
    Result,
    check,
    has_shapes,
    load_shapes,
    looking_at,
    of_profile,
    shape_files,
    target_nodes,
)
from ..shapes.compiled import n_triples
from .findings import TABLE_CELL, TABLE_LINK, Finding, Report
from .inputs import Given, table_findings

_TITLES = {
    TABLE_CELL: "A cell of a table holds a value that its column can have.",
    TABLE_LINK: "A cell that names a thing names one that a table lists.",
}


class NoShapes(Exception):
    """A file that should hold shapes holds none; the message names it."""


@dataclass(frozen=True)
class Against:
    """What inputs are held against.

    `graph` gives the graph that links may lead into, or None; a validation asks it once, and may add
    to what it gets. `shapes` is a user's own shapes file.
    """

    graph: Callable[[], ox.Store] | None
    shapes: Path | None = None
    profile: Profile = "core"


@cache
def shapes_for(against: Against) -> rdflib.Graph:
    """Return the shapes to run, of the profile that is asked for; they are read once.

    Raises `NoShapes`, or `ShapesError` when they cannot be read.
    """
    paths = [against.shapes] if against.shapes else [*shape_files(), RECORD_SHAPES]
    shapes = load_shapes(paths)
    if not has_shapes(shapes):
        raise NoShapes(f"{against.shapes}: holds no SHACL shapes")
    return of_profile(shapes, against.profile)


@cache
def _tables() -> Tables:
    return load_tables()


@cache
def _ontology() -> frozenset[ox.Triple]:
    return frozenset(turtle_file(ONTOLOGY_FILE))


def validate(given: Sequence[Given], against: Against) -> Report:
    """Return what is wrong with the inputs, each thing at its place.

    With a graph, a result is reported when the inputs cause it: the graph alone does not have it.
    Raises `NoShapes` or `ShapesError`.
    """
    logging.getLogger("rdflib").setLevel(logging.CRITICAL)  # a bad literal is a result, not a log
    shapes = shapes_for(against)
    found = [
        finding
        for one in given
        if one.table
        for finding in table_findings(one, TABLE_CELL, one.table.problems)
    ]
    data = rdflib.Graph()
    for one in given:
        data += one.graph
    if against.graph is None:
        results = check(data, shapes)
        applied = _applied(shapes, data, given)
    else:
        whole, links = _whole(given, against.graph)
        found += links
        added = [quad for quad in _quads(data) if quad not in whole]
        whole.extend(added)
        applied = _applied(shapes, _with_types(data, whole), given)
        focus = _concerned(data, whole) | {n_triples(node) for node in target_nodes(shapes)}
        results = check(whole, shapes, focus)
        if results:
            before = _before(given, whole, added, against.graph)
            about = {result.focus for result in results}
            known = set(check(before, shapes, about, results))
            results = [result for result in results if result not in known]
    found += _not_said(found, [_finding(result, given) for result in results])
    return Report(
        findings=tuple(sorted(set(found))),
        triples={one.name: len(one.graph) for one in given},
        applied=applied,
        titles=_TITLES | titles(shapes),
        shapes=shapes,
    )


def assembled() -> ox.Store:
    """Return the graph of the installed tables with the ontology, made in memory."""
    dataset = facts(_tables())
    dataset.add("ontology", _ontology())
    return dataset.to_validate()


def of_dump(nquads: Path) -> ox.Store:
    """Return the graph of a build's N-Quads as it was validated: without inferred types."""
    inferred, default = ox.NamedNode(graph_name("inferred")), ox.DefaultGraph()
    store = ox.Store()
    store.bulk_extend(
        ox.Quad(quad.subject, quad.predicate, quad.object)
        for quad in ox.parse(path=str(nquads), format=ox.RdfFormat.N_QUADS)
        if quad.graph_name != default
        and not (quad.graph_name == inferred and quad.predicate.value == str(A))
    )
    return store


def _quads(data: rdflib.Graph) -> Iterable[ox.Quad]:
    """Return the triples of a graph, its blank nodes under their names."""
    text = data.serialize(format="nt", encoding="utf-8")
    return ox.parse(text, format=ox.RdfFormat.N_TRIPLES)


def _whole(given: Sequence[Given], graph: Callable[[], ox.Store]) -> tuple[ox.Store, list[Finding]]:
    """Return the graph to validate in, its rows replaced by given ones, and links to nowhere."""
    tables = [one.table for one in given if one.table]
    if not tables:
        return graph(), []
    shipped = _tables()
    together = merged(shipped, tables)
    problems = given_links(together, tables)
    found = [
        finding
        for one in given
        for finding in table_findings(
            one,
            TABLE_LINK,
            [problem for problem in problems if one.table and problem.file == one.table.name],
        )
    ]
    dataset = facts(together)
    dataset.add("ontology", _ontology())
    return dataset.to_validate(), found


def _concerned(data: rdflib.Graph, whole: ox.Store) -> set[str]:
    """Return the nodes that data may break: what they describe or name, and what names that."""
    subjects = {quad.subject for quad in _quads(data)}
    named = {quad.object for quad in _quads(data) if not isinstance(quad.object, ox.Literal)}
    naming = {quad.subject for one in subjects for quad in whole.quads_for_pattern(None, None, one)}
    return {str(one) for one in subjects | named | naming}


def _with_types(data: rdflib.Graph, whole: ox.Store) -> rdflib.Graph:
    """Return data with the classes of what they describe, as the whole graph has them."""
    kind, wider = ox.NamedNode(A), ox.NamedNode(str(RDFS.subClassOf))
    said = [
        quad
        for one in {quad.subject for quad in _quads(data)}
        for quad in whole.quads_for_pattern(one, kind, None)
    ]
    said += [
        quad
        for quad in whole.quads_for_pattern(None, wider, None)
        if isinstance(quad.object, ox.NamedNode)
    ]
    text = ox.serialize((quad.triple for quad in said), format=ox.RdfFormat.N_TRIPLES)
    assert text is not None
    typed = rdflib.Graph().parse(data=text, format="nt")
    typed += data
    return typed


def _before(
    given: Sequence[Given],
    whole: ox.Store,
    added: Iterable[ox.Quad],
    graph: Callable[[], ox.Store],
) -> ox.Store:
    """Return the graph as it is without the inputs."""
    if any(one.table for one in given):  # whose rows may have replaced others
        return graph()
    for quad in added:
        whole.remove(quad)
    return whole


def _not_said(said: Sequence[Finding], found: Sequence[Finding]) -> list[Finding]:
    """Return findings without those at a cell about which something plainer is said already."""
    cells = {(one.file, one.line, one.cell) for one in said if one.cell}
    return [one for one in found if (one.file, one.line, one.cell) not in cells]


def _finding(result: Result, given: Sequence[Given]) -> Finding:
    path = result.path if result.path.startswith("<") else ""
    file, line, column, cell = _place(result, path, given)
    named = (result.focus, result.value)
    focus, value = ("[]" if text and text[0] not in '<"' else text for text in named)
    rule = result.shape if ":" in result.shape else result.component
    severity = result.severity.lower()
    return Finding(
        file,
        line,
        column,
        severity,
        rule,
        result.message,
        focus,
        path,
        value,
        result.component,
        cell,
    )


def _place(result: Result, path: str, given: Sequence[Given]) -> tuple[str, int, int, str]:
    """Return file, line, column and cell of a result: its own statement, else where it is named."""
    placed = [(one, one.place(result.focus, path, result.value)) for one in given]
    with_path = [(one, at) for one, at in placed if at]
    if len(with_path) > 1 and path:  # the file that states the property, when several have the node
        verb = rdflib.URIRef(path[1:-1])
        subject = rdflib.URIRef(result.focus[1:-1])
        stating = [(o, at) for o, at in with_path if (subject, verb, None) in o.graph]
        with_path = stating or with_path
    if not with_path:
        named = [(one, one.mention(result.focus, result.value)) for one in given]
        with_path = [(one, at) for one, at in named if at]
    if not with_path:
        return (given[0].name if given else "", 0, 0, "")
    one, ((line, column), cell) = with_path[0]
    return one.name, line, column, cell


def _applied(
    shapes: rdflib.Graph, data: rdflib.Graph, given: Sequence[Given]
) -> dict[str, frozenset[str]]:
    """Return the rules that look at something in each file."""
    applied: dict[str, frozenset[str]] = {}
    for one in given:
        rules = {TABLE_CELL, TABLE_LINK} if one.table else set[str]()
        for shape in looking_at(shapes, data, one.subjects()):
            rules |= {str(rule) for rule in _rules(shapes, shape)}
        applied[one.name] = frozenset(rules)
    return applied


def _rules(shapes: rdflib.Graph, shape: Node) -> Iterable[Node]:
    """Yield a shape and the parts of it that have names and messages of their own."""
    if isinstance(shape, rdflib.URIRef) and (shape, SH.message, None) in shapes:
        yield shape
    for part in (SH.property, SH.sparql, SH.node):
        for inner in shapes.objects(shape, part):
            if isinstance(inner, rdflib.URIRef):
                yield inner


def titles(shapes: rdflib.Graph) -> dict[str, str]:
    """Return the message of each shape that has one, by its IRI."""
    return {
        str(shape): str(message)
        for shape, message in sorted(shapes.subject_objects(SH.message))
        if isinstance(shape, rdflib.URIRef)
    }
