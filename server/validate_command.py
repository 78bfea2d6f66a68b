"""`cami validate` and `cami template`: users' own data against the shapes."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox

from ..graph import load_tables, locate
from ..shapes import (
    ShapesError,
    check,
    columns,
    template_files,
    templates,
)
from .builds import NoBuild, default_out, open_build
from .findings import Finding, Report
from .inputs import InputError, read_inputs
from .made_from import inputs_digest
from .reports import render
from .sources import RdfError
from .validate_work import MEDIA_TYPES, SEVERITIES
from .validation import Against, NoShapes, assembled, of_dump, shapes_for, titles, validate


class CommandError(Exception):
    """The command cannot do what it was asked; the message says why in one line."""


def run(options: argparse.Namespace) -> int:
    """Print the report of the inputs, or of the graph without any, and return the exit code.

    Raises `CommandError`.
    """
    if options.shapes and not options.inputs:
        raise CommandError("--shapes needs files to check: name at least one")
    if options.with_graph and not options.shapes:
        raise CommandError("--with-graph goes with --shapes: without it the graph is there already")
    extra = [_target(given) for given in options.report]
    alone = options.shapes and not options.with_graph
    against = Against(None if alone else _graph(options.build), options.shapes, options.profile)
    try:
        report = _report(options, against)
    except (InputError, NoShapes, RdfError, ShapesError) as error:
        raise CommandError(str(error)) from None
    shown = report.shown(options.severity)
    for form, path in extra:
        try:
            path.write_text(render(shown, form, options.fail_on), encoding="utf-8")
        except OSError as error:
            raise CommandError(f"--report {path}: {error.strerror or error}") from None
    sys.stdout.write(render(shown, options.format, options.fail_on))
    return 1 if report.worst() <= SEVERITIES.index(options.fail_on) else 0


def _target(given: str) -> tuple[str, Path]:
    form, equals, name = given.partition("=")
    if not equals or not name or form not in MEDIA_TYPES:
        known = ", ".join(MEDIA_TYPES)
        raise CommandError(f"--report {given!r}: write FORMAT=FILE; formats are {known}")
    return form, Path(name)


def _report(options: argparse.Namespace, against: Against) -> Report:
    if not options.inputs:
        return of_graph(against)
    given = read_inputs(options.inputs, options.input_format)
    report = validate(given, against)
    if not report.applies():
        print("cami: note: no shape applies to anything in the given files", file=sys.stderr)
    return report


def _graph(build: Path | None) -> Callable[[], ox.Store]:
    """Return what reads the graph: of a build that is named, or that is there and fits."""

    def read() -> ox.Store:
        try:
            found = open_build(build or default_out())
            if build or found.manifest["inputs"] == inputs_digest():
                return of_dump(found.nquads)
        except NoBuild as error:
            if build:
                raise CommandError(str(error)) from None
        return assembled()

    return read


def of_graph(against: Against) -> Report:
    """Return what is wrong with the graph itself, each thing at the row of its table."""
    assert against.graph
    graph, shapes = against.graph(), shapes_for(against)
    results = check(graph, shapes)
    rows = locate(load_tables(), {result.focus for result in results}) if results else {}
    found: list[Finding] = []
    for one in results:
        file, _, line = rows.get(one.focus, "").partition(":")
        path = one.path if one.path.startswith("<") else ""
        rule = one.shape if ":" in one.shape else one.component
        severity = one.severity.lower()
        found.append(
            Finding(
                file,
                int(line or 0),
                0,
                severity,
                rule,
                one.message,
                one.focus,
                path,
                one.value,
                one.component,
            )
        )
    return Report(tuple(sorted(found)), {}, {}, titles(shapes), shapes)


def template(options: argparse.Namespace) -> int:
    """List the templates, print one, or write its files into a folder; return 0.

    Raises `CommandError`.
    """
    known = templates()
    if not options.name:
        width = max(map(len, known))
        print("\n".join(f"{name:{width}}  {what}" for name, what in known.items()))
        return 0
    if options.name not in known:
        raise CommandError(f"{options.name!r} is no template: there are {', '.join(known)}")
    if options.columns:
        print(columns(options.name))
        return 0
    files = template_files(options.name, options.format)
    if options.out:
        for path in files:
            _write(options.out / path.name, path.read_bytes())
        return 0
    if len(files) > 1:
        names = ", ".join(path.name for path in files)
        reason = f"has several tables ({names}): write them with --out DIR"
        raise CommandError(f"{options.name} {reason}, or ask for --format turtle")
    sys.stdout.write(files[0].read_text(encoding="utf-8"))
    return 0


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise CommandError(f"{path}: exists already, and nothing is overwritten") from None
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or error}") from None
    print(path)
