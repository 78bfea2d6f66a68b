"""A validation report in each format: for people, for programs, and for the tools of CI."""

import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pyoxigraph as ox
import rdflib
from rdflib.term import Node

from ..graph.turtle import in_order, write
from ..ontology import SH
from .findings import Finding, Report
from .report import shorten
from .report_html import as_html
from .reports_ci import as_github, as_junit, as_sarif, place
from .validate_work import SEVERITIES


def render(report: Report, form: str, fail_on: str = "violation") -> str:
    """Return a report in one of the formats of `MEDIA_TYPES`; it ends with a line feed.

    `fail_on` is the lowest severity that JUnit counts as a failure.
    """
    plain: dict[str, Callable[[Report], str]] = {
        "text": as_text,
        "json": as_json,
        "sarif": as_sarif,
        "github": as_github,
        "turtle": as_turtle,
        "html": as_html,
    }
    report = report if form in ("json", "turtle") else report.distinct()
    text = as_junit(report, fail_on) if form == "junit" else plain[form](report)
    return text.rstrip("\n") + "\n"


def as_text(report: Report) -> str:
    """Return a report as lines grouped by file, each starting with its place, and the counts."""
    lines: list[str] = []
    grouped: dict[str, list[Finding]] = defaultdict(list)
    for one in report.findings:
        grouped[one.file].append(one)
    for file, found in grouped.items():
        lines.append(f"{file or 'the graph'}: {report.counts(file)}")
        lines += [f"  {_line(one)}" for one in found]
    if not lines:
        files, triples = len(report.triples), sum(report.triples.values())
        held = f" ({files} file{'s' * (files != 1)}, {triples} triples)" if files else ""
        return f"cami: conforms{held}"
    rules = len({one.rule for one in report.findings})
    return "\n".join([*lines, f"cami: {report.counts()}, of {rules} rule{'s' * (rules != 1)}"])


def _line(one: Finding) -> str:
    said = " ".join(filter(None, [shorten(one.focus) if one.focus else "", shorten(one.path)]))
    column = f" column {one.cell!r}" if one.cell else ""
    value = f" Found: {shorten(one.value)}." if one.value else ""
    where = f"{place(one)}:{column} " if place(one) else ""
    about = f"{said}: " if said else ""
    return f"{where}{one.severity.title()}: {about}{one.message}{value} [{shorten(one.rule)}]"


def as_json(report: Report) -> str:
    """Return a report as a JSON object: `conforms`, `inputs`, `counts`, `results`."""
    counts = {name: sum(one.severity == name for one in report.findings) for name in SEVERITIES}
    results: list[dict[str, Any]] = [
        {
            "severity": one.severity.title(),
            "message": one.message,
            "file": one.file,
            "line": one.line or None,
            "column": one.column or None,
            "cell": one.cell or None,
            "focus": one.focus,
            "path": one.path,
            "value": one.value,
            "shape": one.rule,
            "component": one.component,
        }
        for one in report.findings
    ]
    document = {
        "conforms": not counts["violation"],
        "inputs": dict(report.triples),
        "counts": counts,
        "results": results,
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def as_turtle(report: Report) -> str:
    """Return a report as a `sh:ValidationReport` in Turtle (https://www.w3.org/TR/shacl/#results).

    A blank node of a user's file is another blank node here; faults of cells of tables have no
    focus node.
    """
    graph = rdflib.Graph()
    node = rdflib.BNode()
    graph.add((node, rdflib.RDF.type, SH.ValidationReport))
    graph.add((node, SH.conforms, rdflib.Literal(not report.findings)))
    for one in report.findings:
        result = rdflib.BNode()
        graph.add((node, SH.result, result))
        for predicate, value in _result(one, report, graph):
            graph.add((result, predicate, value))
    text = graph.serialize(format="nt", encoding="utf-8")
    dataset = ox.Dataset(ox.parse(text, format=ox.RdfFormat.N_TRIPLES))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    triples = in_order(quad.triple for quad in dataset)
    return write(triples, ox.RdfFormat.TURTLE).decode()


def _result(one: Finding, report: Report, graph: rdflib.Graph) -> list[tuple[Node, Any]]:
    rule = rdflib.URIRef(one.rule) if ":" in one.rule else None
    said: list[tuple[Node, Any]] = [
        (rdflib.RDF.type, SH.ValidationResult),
        (SH.resultSeverity, SH[one.severity.title()]),
        (SH.resultMessage, rdflib.Literal(one.message)),
    ]
    for predicate, text in ((SH.focusNode, one.focus), (SH.value, one.value)):
        if text:
            said.append((predicate, rdflib.BNode() if text == "[]" else rdflib.util.from_n3(text)))
    path = rdflib.URIRef(one.path[1:-1]) if one.path else report.shapes.value(rule, SH.path)
    if path is not None:
        said.append((SH.resultPath, path))
        _copy(path, report.shapes, graph)
    if one.component:
        said.append((SH.sourceConstraintComponent, rdflib.URIRef(one.component)))
    owner = report.shapes.value(None, SH.sparql, rule) if rule else None
    if owner is not None:
        said.append((SH.sourceConstraint, rule))
    if rule and one.rule != one.component and one.component:
        said.append((SH.sourceShape, owner or rule))
    return said


def _copy(node: Node, source: rdflib.Graph, out: rdflib.Graph) -> None:
    """Copy what a graph says about a blank node, such as a path of several steps."""
    if isinstance(node, rdflib.BNode):
        for predicate, value in source.predicate_objects(node):
            out.add((node, predicate, value))
            _copy(value, source, out)
