"""Run the shapes over a graph and return what they found as plain records."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, cast

import pyoxigraph as ox
import rdflib
from rdflib.term import Node

from ..ontology import SH
from .compiled import NotCompiled, compile_path, compile_shapes, n_triples
from .engine import Index, Result, run

HERE = Path(__file__).parent
_TARGETS = ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf")


class ShapesError(Exception):
    """A shapes file cannot be used; the message names the file or shape and the fault."""


def shape_files() -> list[Path]:
    """Return the shapes that the project ships, one file per class."""
    return sorted(HERE.glob("*.ttl"))


def load_shapes(paths: Iterable[Path]) -> rdflib.Graph:
    """Return the shapes of some Turtle files as one graph.

    Raises `ShapesError` when a file cannot be read or parsed.
    """
    graph = rdflib.Graph()
    for path in paths:
        try:
            graph.parse(path, format="turtle")
        except OSError as error:
            raise ShapesError(f"{path}: {error.strerror or error}") from None
        except SyntaxError as error:
            raise ShapesError(f"{path}: is not Turtle: {_first_line(error)}") from None
    return graph


def has_shapes(shapes: rdflib.Graph) -> bool:
    """Return whether a graph holds a shape with a target."""
    return any((None, SH[name], None) in shapes for name in _TARGETS)


def check(
    data: rdflib.Graph | ox.Store,
    shapes: rdflib.Graph,
    focus: set[str] | None = None,
    among: Collection[Result] | None = None,
) -> list[Result]:
    """Return the validation results of a graph, sorted; an empty list means that it conforms.

    A store gives its default graph and is the quickest. With `focus` (terms in N-Triples form, such
    as "<https://example.org/a>") only the results whose focus node or value is among them come
    back: those of a user's file that is checked together with the shipped graph. With `among`, only
    those of the SPARQL constraints that gave these results are sure to come back: for whoever asks
    which of them another graph has, too.
    Raises `ShapesError` when a shape is ill-formed.
    """
    try:
        names = None if among is None else {one.shape for one in among}
        return sorted(set(run(Index(_store(data)), compile_shapes(shapes), focus, names)))
    except NotCompiled:
        found = reference(_graph(data), shapes)
    return [one for one in found if focus is None or focus & {one.focus, one.value}]


def reference(data: rdflib.Graph, shapes: rdflib.Graph) -> list[Result]:
    """Return what pySHACL finds, sorted: the judge of `check`, and slow.

    `data` must be an RDFLib memory graph: pySHACL gives wrong results over other stores.
    Raises `ShapesError` when a shape is ill-formed.
    """
    import pyshacl  # slow to import, and seldom needed
    from pyshacl.errors import ReportableRuntimeError, ShapeLoadError

    try:
        _, report, _ = cast(
            tuple[bool, Any, str],
            pyshacl.validate(  # pyright: ignore[reportUnknownMemberType]
                data, shacl_graph=shapes, inference="none", do_owl_imports=False, inplace=True
            ),
        )
    except (ShapeLoadError, ReportableRuntimeError) as error:
        raise ShapesError(_first_line(error)) from None
    if not isinstance(report, rdflib.Graph):  # pySHACL returns some of its errors
        raise ShapesError(_first_line(report))
    return _results(report, shapes)


def _results(report: rdflib.Graph, shapes: rdflib.Graph) -> list[Result]:
    def term(node: Node, predicate: str) -> str:
        value = report.value(node, SH[predicate])
        return "" if value is None else n_triples(value)

    def iri(node: Node, predicate: str) -> str:
        value = report.value(node, SH[predicate])
        return str(value) if isinstance(value, rdflib.URIRef) else ""

    def path(node: Node) -> str:
        found = report.value(node, SH.resultPath)
        source = report.value(node, SH.sourceShape)
        said = found if source is None else shapes.value(source, SH.path) or found
        if found is None or said is None:
            return ""
        try:
            return str(compile_path(shapes, said))
        except NotCompiled:
            return n_triples(found)

    def result(node: Node) -> Result:
        return Result(
            severity=iri(node, "resultSeverity").rpartition("#")[2],
            message=" ".join(sorted(str(m) for m in report.objects(node, SH.resultMessage))),
            focus=term(node, "focusNode"),
            path=path(node),
            value=term(node, "value"),
            shape=iri(node, "sourceConstraint") or iri(node, "sourceShape"),
            component=iri(node, "sourceConstraintComponent"),
        )

    return sorted({result(node) for node in report.objects(None, SH.result)})


def _store(data: rdflib.Graph | ox.Store) -> ox.Store:
    if isinstance(data, ox.Store):
        return data
    store = ox.Store()
    triples = data.serialize(format="nt", encoding="utf-8")
    store.bulk_extend(ox.parse(triples, ox.RdfFormat.N_TRIPLES))  # keeps the blank nodes' names
    return store


def _graph(data: rdflib.Graph | ox.Store) -> rdflib.Graph:
    if isinstance(data, rdflib.Graph):
        return data
    triples = data.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())
    return rdflib.Graph().parse(data=triples, format="nt")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
