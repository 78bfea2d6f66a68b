"""The `cami` program: its options, and the one place where errors become exit codes.

Exit codes: 0 yes, 1 the data says no, 2 the input could not be used.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from . import commands
from .commands import Unusable
from .compare_command import add_compare_command
from .import_command import add_import_command, add_with
from .resolve_command import add_resolve_command
from .store_commands import add_store_commands


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit with its code; the one place where errors become exit codes."""
    options = _parser().parse_args(arguments)
    try:
        code = options.run(options)
    except Unusable as error:
        print(f"cami: {error}", file=sys.stderr)
        code = 2
    except BrokenPipeError:  # the reader of our output, such as head, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cami", description="The Central Asian Mammals Initiative as a knowledge graph."
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version")
    added = parser.add_subparsers(required=True, metavar="COMMAND")
    for describe in _COMMANDS:
        describe(added.add_parser)
    add_import_command(added.add_parser)
    add_compare_command(added.add_parser)
    add_store_commands(added.add_parser)
    return parser


class _Version(argparse.Action):
    """Print the version; what knows it is slow to import, so not before it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import version

        parser.exit(0, version("cami") + "\n")


AddParser = Callable[..., argparse.ArgumentParser]


def _add_build(add: AddParser) -> None:
    command = add("build", help="make the dataset from the tables")
    command.add_argument("--out", type=Path, metavar="DIR", help="where builds are kept")
    command.add_argument("--tables", type=Path, metavar="DIR", help="tables other than ours")
    command.add_argument(
        "--inferred", type=Path, metavar="FILE", help="what 'cami reason --out FILE' wrote"
    )
    command.set_defaults(run=commands.build)


def _add_validate(add: AddParser) -> None:
    command = add("validate", help="hold RDF, tables or folders of them against the shapes")
    command.add_argument(
        "inputs", nargs="*", metavar="INPUT", help="file, folder or - for standard input"
    )
    command.add_argument("--format", choices=_REPORTS, default="text", help="of the report")
    command.add_argument(
        "--report", action="append", default=[], metavar="FORMAT=FILE", help="write one more report"
    )
    command.add_argument("--input-format", choices=_INPUTS, help="instead of what endings say")
    command.add_argument("--severity", choices=_SEVERITIES, default="info", help="lowest shown")
    command.add_argument(
        "--fail-on", choices=_SEVERITIES, default="violation", help="lowest that makes exit 1"
    )
    command.add_argument(
        "--profile", choices=("core", "strict", "advisory"), default="core", help="which shapes"
    )
    command.add_argument(
        "--shapes", type=Path, metavar="FILE", help="only these shapes, on the given files alone"
    )
    command.add_argument("--with-graph", action="store_true", help="and the graph, for links")
    command.add_argument("--build", type=Path, metavar="DIR", help="the build to check with")
    command.set_defaults(run=commands.validate)


_REPORTS = ("text", "json", "junit", "sarif", "github", "turtle", "html")
_SEVERITIES = ("violation", "warning", "info")
_INPUTS = (
    *("turtle", "ntriples", "nquads", "trig", "n3", "rdfxml", "jsonld", "trix", "hext"),
    *("tsv", "csv"),
)


def _add_template(add: AddParser) -> None:
    command = add("template", help="examples of what to validate, to be filled in")
    command.add_argument("name", nargs="?", metavar="NAME", help="without it: the list")
    command.add_argument("--format", choices=("tsv", "turtle"), default="tsv")
    command.add_argument("--columns", action="store_true", help="what each column means")
    command.add_argument("--out", type=Path, metavar="DIR", help="write its files here")
    command.set_defaults(run=commands.template)


def _add_query(add: AddParser) -> None:
    command = add("query", help="answer a canned query or a SPARQL file")
    command.add_argument("query", nargs="?", metavar="NAME-or-FILE", help="without it: the list")
    command.add_argument("--param", action="append", default=[], metavar="NAME=VALUE")
    command.add_argument("--format", default="table", metavar="FORMAT")
    command.add_argument("--limit", metavar="ROWS", help="a page of a canned query")
    command.add_argument("--offset", metavar="ROWS", help="rows to leave out before the page")
    command.add_argument("--build", type=Path, metavar="DIR", help="the build to ask")
    add_with(command)
    command.set_defaults(run=commands.query)


def _add_reconcile(add: AddParser) -> None:
    command = add("reconcile", help="names of a table in, identifiers out")
    command.add_argument("table", type=Path, metavar="FILE.csv", help="or - for standard input")
    command.add_argument("--column", required=True, metavar="NAME", help="that holds the names")
    command.add_argument("--type", metavar="TYPE", help="such as taxon, state or actor")
    command.add_argument("--out", type=Path, metavar="FILE", help="instead of standard output")
    command.add_argument("--build", type=Path, metavar="DIR", help="the build to look in")
    command.set_defaults(run=commands.reconcile)


def _add_audit(add: AddParser) -> None:
    command = add("audit", help="hold an official document against the graph")
    command.add_argument("document", type=Path, metavar="DOCUMENT", help="its text, or its .docx")
    command.add_argument("--format", choices=("text", "json"), default="text")
    command.add_argument(
        "--attach", type=Path, metavar="FILE", help="write the document's own wording as TriG"
    )
    command.add_argument("--build", type=Path, metavar="DIR", help="the build to compare with")
    command.set_defaults(run=commands.audit)


def _add_reason(add: AddParser) -> None:
    command = add("reason", help="OWL profile, consistency, and what follows from the data")
    command.add_argument("files", nargs="*", type=Path, metavar="FILE", help="RDF to add")
    command.add_argument(
        "--alone", action="store_true", help="the ontology with the files, without the data"
    )
    command.add_argument("--tables", type=Path, metavar="DIR", help="tables other than ours")
    command.add_argument("--out", type=Path, metavar="FILE", help="write what follows, N-Triples")
    command.add_argument("--format", choices=("text", "json"), default="text")
    command.set_defaults(run=commands.reason)


def _add_serve(add: AddParser) -> None:
    command = add("serve", help="answer SPARQL and canned queries over HTTP")
    command.add_argument("--host", default="127.0.0.1")
    command.add_argument("--port", type=_port, default=8000)
    command.add_argument("--build", type=Path, metavar="DIR", help="the build to serve")
    command.add_argument("--data", type=Path, metavar="FILE", help="an RDF file instead of CAMI")
    add_with(command)
    command.add_argument(
        "--endpoint", metavar="URL", help="ask a SPARQL 1.1 store that 'cami load' has filled"
    )
    command.add_argument(
        "--auth", choices=("basic", "digest"), default="basic", help="of the store"
    )
    command.add_argument(
        "--store", choices=("auto", "memory", "disk"), default="auto", help="auto goes by size"
    )
    command.add_argument("--log", choices=("none", "json"), default="none", help="each request")
    command.add_argument(
        "--log-addresses", action="store_true", help="also the address of each client"
    )
    command.add_argument("--workers", type=_positive, default=os.cpu_count() or 2, metavar="N")
    command.add_argument("--queue", type=_positive, default=64, metavar="N", help="waiting queries")
    command.add_argument("--timeout", type=_seconds, default=10.0, metavar="SECONDS")
    command.add_argument("--memory", type=_positive, default=1024, metavar="MB", help="a query")
    command.add_argument("--result", type=_positive, default=64, metavar="MB", help="a result")
    command.add_argument("--rows", type=_positive, default=1_000_000, metavar="N", help="a result")
    command.add_argument(
        "--budget", type=_budget, metavar="SECONDS", help="of processing, each address a minute"
    )
    command.add_argument(
        "--validate-timeout", type=_seconds, default=60.0, metavar="SECONDS", help="a validation"
    )
    command.add_argument(
        "--validate-size", type=_positive, default=4, metavar="MB", help="what is validated"
    )
    command.add_argument(
        "--allow-service",
        action="append",
        default=[],
        type=_service,
        metavar="URL",
        help="a SPARQL endpoint that queries may ask by SERVICE <URL>",
    )
    command.add_argument("--cache", type=_whole, default=64, metavar="MB", help="0: keep no answer")
    command.add_argument(
        "--root-path",
        type=_root_path,
        default="",
        metavar="/PATH",
        help="below which clients see it",
    )
    command.add_argument(
        "--proxy", action="append", default=[], metavar="ADDRESS", help="of a trusted proxy"
    )
    command.set_defaults(run=commands.serve)


_COMMANDS = (
    _add_build,
    _add_validate,
    _add_template,
    _add_query,
    _add_reconcile,
    add_resolve_command,
    _add_audit,
    _add_reason,
    _add_serve,
)


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def _root_path(text: str) -> str:
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*/?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a plain path such as /kg")
    return text.rstrip("/")


def _service(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s<>\"{}|^`\\]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not the address of a SPARQL endpoint")
    return text


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return int(text)


def _budget(text: str) -> float:
    return 0.0 if text == "0" else _seconds(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < 86400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds
