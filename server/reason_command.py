"""`cami reason`: what OWL decides about the ontology, the data and files of the user."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from ..graph import facts, load_tables, turtle_file
from ..graph.inference import inferred
from ..ontology import ONTOLOGY_FILE
from ..shapes.reasoning import Report, reason
from .release import write_inferred
from .sources import rdf_triples


def run(options: argparse.Namespace, tables: Path) -> int:
    """Print a report and return 0 when every answer in it is good, 1 when not.

    `--out` is written only then, and without the user's files. Raises `TableError`, `RdfError`,
    `ReasonerMissing`, `ReasonerFailed` or `OSError`.
    """
    terms = turtle_file(ONTOLOGY_FILE)
    said = rdf_triples(options.files)
    if not options.alone:
        said |= facts(load_tables(tables)).stated()
    print("cami: reasoning; the whole data take a minute", file=sys.stderr)
    report = reason(terms, said, inferred(terms, said))
    if options.out and options.files:
        print("cami: --out: not written, the files are not in the tables", file=sys.stderr)
    elif options.out and report.inferred is not None:
        write_inferred(report.inferred, options.out, tables)
    print(as_json(report) if options.format == "json" else as_text(report))
    return 0 if report.good else 1


def as_text(report: Report) -> str:
    """Return one line a step: name, answer, seconds; its details are indented below."""
    width = max(len(step.name) for step in report.steps)
    lines: list[str] = []
    for step in report.steps:
        lines.append(f"{step.name:{width}}  {step.answer}  ({step.seconds:.1f} s)")
        lines += [f"  {detail}" for detail in step.details]
    return "\n".join(lines)


def as_json(report: Report) -> str:
    """Return the steps, and whether all are good."""
    return json.dumps({"good": report.good, "steps": [asdict(step) for step in report.steps]})
