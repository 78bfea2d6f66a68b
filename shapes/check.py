"""Run the shapes over a graph and return what they found as plain records."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import rdflib
from rdflib.term import Node

from ..ontology import SH

HERE = Path(__file__).parent


class ShapesError(Exception):
    """A shapes file cannot be used; the message names the file or shape and the fault."""


@dataclass(frozen=True, order=True)
class Result:
    """One validation result; all but the first three may be empty.

    `focus`, `path` and `value` are terms in N-Triples form; `shape` and `component` are IRIs;
    `severity` is "Violation", "Warning" or "Info" (https://www.w3.org/TR/shacl/#results).
    """

    severity: str
    message: str
    focus: str
    path: str
    value: str
    shape: str
    component: str


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


def has_focus_nodes(data: rdflib.Graph, shapes: rdflib.Graph) -> bool:
    """Return whether some shape targets something that a graph says, by class or property."""
    classes = set(shapes.objects(None, SH.targetClass)) | set(
        shapes.subjects(rdflib.RDF.type, rdflib.RDFS.Class)
    )
    properties = set(shapes.objects(None, SH.targetSubjectsOf))
    properties |= set(shapes.objects(None, SH.targetObjectsOf))
    nodes = set(shapes.objects(None, SH.targetNode))
    return any(
        kind in classes or subject in nodes or predicate in properties
        for subject, predicate, kind in data
    )


_TARGETS = ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf")


def check(data: rdflib.Graph, shapes: rdflib.Graph) -> list[Result]:
    """Return the validation results of a graph, sorted; an empty list means that it conforms.

    `data` must be an RDFLib memory graph: pySHACL gives wrong results over other stores.
    Raises `ShapesError` when a shape is ill-formed.
    """
    import pyshacl  # slow to import, and not needed by those who only ask for the files
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
    return results(report)


def results(report: rdflib.Graph) -> list[Result]:
    """Return the results of a SHACL validation report, sorted."""

    def text(node: Node, predicate: str) -> str:
        value = report.value(node, SH[predicate])
        return "" if value is None else value.n3() if _is_term(predicate, value) else str(value)

    def result(node: Node) -> Result:
        return Result(
            severity=text(node, "resultSeverity").rpartition("#")[2],
            message=" ".join(sorted(str(m) for m in report.objects(node, SH.resultMessage))),
            focus=text(node, "focusNode"),
            path=text(node, "resultPath"),
            value=text(node, "value"),
            shape=text(node, "sourceConstraint") or text(node, "sourceShape"),
            component=text(node, "sourceConstraintComponent"),
        )

    return sorted({result(node) for node in report.objects(None, SH.result)})


def _is_term(predicate: str, value: Node) -> bool:
    return predicate in {"focusNode", "resultPath", "value"} and not isinstance(value, rdflib.BNode)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
