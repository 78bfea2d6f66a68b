"""`cami audit`: hold a document against a build, say where they differ, and attach its wording."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pyoxigraph as ox
import rdflib

from ..graph import graph_name
from ..graph.turtle import write
from ..ontology import CAMI, HERE, ID
from ..shapes import (
    AuditResult,
    Difference,
    PaperError,
    activities_of,
    audit,
    place_name,
    read_text,
)

PACKAGE = HERE.parent  # what is installed; the wording of a document is never written into it


class AttachError(Exception):
    """The wording cannot be written where the user asked; the message says why."""


def run(document: Path, dump: Path, form: str, attach: Path | None) -> int:
    """Print the audit of a document and return 0 when it agrees with the graph, 1 when not.

    Raises `PaperError` when the document cannot be audited, `AttachError` when its wording cannot
    be written; nothing is printed then.
    """
    if attach:
        _check_target(attach)
    text = read_text(document)
    graph = rdflib.Graph()
    graph.parse(dump, format="nt")
    try:
        name, results = audit(text, graph)
    except PaperError as error:
        raise PaperError(f"{document}: {error}") from None
    if attach:
        _attach(text, attach)
    print(as_json(name, results) if form == "json" else as_text(name, results))
    return 1 if any(result.differ for result in results) else 0


def as_text(name: str, results: Sequence[AuditResult]) -> str:
    """Return the audit as lines: the counts of each facet, then each of its differences."""
    width = max(len(result.facet) for result in results)
    lines = [f"cami: {name}"]
    for result in results:
        lines.append(f"{result.facet:{width}}  {_counts(result)}")
        lines += [f"  {_line(difference)}" for difference in result.differences]
    total = sum(result.differ for result in results)
    explained = sum(result.explained for result in results)
    compared = sum(result.compared for result in results)
    agree = sum(result.agree for result in results)
    lines.append(
        f"cami: {compared} facts compared, {agree} agree, "
        f"{explained} explained by recorded anomalies, {total} differ"
    )
    return "\n".join(lines)


def _counts(result: AuditResult) -> str:
    if not result.held:
        return "not in this graph"
    return (
        f"compared {result.compared}, agree {result.agree}, "
        f"explained {result.explained}, differ {result.differ}"
    )


def _line(difference: Difference) -> str:
    document = f"document {difference.document!r}" if difference.document else "not in the document"
    graph = f"graph {difference.graph!r}" if difference.graph else "not in the graph"
    explained = f" (explained by {difference.explained})" if difference.explained else ""
    return f"{place_name(difference.place)}: {document}, {graph}{explained}"


def as_json(name: str, results: Sequence[AuditResult]) -> str:
    """Return the audit as a JSON object with `document`, `agrees` and `facets`."""
    facets = [
        {
            "facet": result.facet,
            "inGraph": result.held,
            "compared": result.compared,
            "agree": result.agree,
            "explained": result.explained,
            "differ": result.differ,
            "differences": [
                asdict(one) | {"placeName": place_name(one.place)} for one in result.differences
            ],
        }
        for result in results
    ]
    agrees = not any(result.differ for result in results)
    content = {"document": name, "agrees": agrees, "facets": facets}
    return json.dumps(content, ensure_ascii=False, indent=1)


def _check_target(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise AttachError(f"--attach {target}: exists already, and the audit overwrites nothing")
    if target.resolve().is_relative_to(PACKAGE.resolve()):
        raise AttachError(f"--attach {target}: is inside the installed package; choose another")


def _attach(text: str, target: Path) -> None:
    """Write the wording of each activity as literals of a named graph, to a file of the user's."""
    where = ox.NamedNode(str(graph_name("local-wording")))
    quads = [
        ox.Quad(ox.NamedNode(ID + slug), ox.NamedNode(CAMI[term]), ox.Literal(words), where)
        for slug, wording in activities_of(text).items()
        for term, words in zip(("verbatimText", "verbatimIndicator"), wording, strict=True)
        if words
    ]
    content = write(quads, ox.RdfFormat.TRIG)
    try:
        with target.open("xb") as file:
            file.write(content)
    except OSError as error:
        raise AttachError(f"--attach {target}: {error.strerror or error}") from None
