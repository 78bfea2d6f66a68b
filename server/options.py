"""The options of each command; what runs it is in `commands.py` and is imported with it.

Nothing slow is imported here, not even `pathlib` or `typing`: `cami --help` reads this module.
"""

from __future__ import annotations

from . import commands

TYPE_CHECKING = False  # as in typing, whose import takes longer than all of this
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from pathlib import Path


def build(command: ArgumentParser) -> None:
    """Add the options of `cami build`."""
    command.add_argument("--out", type=_path, metavar="DIR", help="where builds are kept")
    command.add_argument("--tables", type=_path, metavar="DIR", help="tables other than ours")
    command.add_argument(
        "--inferred", type=_path, metavar="FILE", help="what 'cami reason --out FILE' wrote"
    )
    command.set_defaults(run=commands.build)


def validate(command: ArgumentParser) -> None:
    """Add the options of `cami validate`."""
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
        "--shapes", type=_path, metavar="FILE", help="only these shapes, on the given files alone"
    )
    command.add_argument("--with-graph", action="store_true", help="and the graph, for links")
    command.add_argument("--build", type=_path, metavar="DIR", help="the build to check with")
    command.set_defaults(run=commands.validate)


_REPORTS = ("text", "json", "junit", "sarif", "github", "turtle", "html")
_SEVERITIES = ("violation", "warning", "info")
_INPUTS = (
    *("turtle", "ntriples", "nquads", "trig", "n3", "rdfxml", "jsonld", "trix", "hext"),
    *("tsv", "csv"),
)


def template(command: ArgumentParser) -> None:
    """Add the options of `cami template`."""
    command.add_argument("name", nargs="?", metavar="NAME", help="without it: the list")
    command.add_argument("--format", choices=("tsv", "turtle"), default="tsv")
    command.add_argument("--columns", action="store_true", help="what each column means")
    command.add_argument("--out", type=_path, metavar="DIR", help="write its files here")
    command.set_defaults(run=commands.template)


def query(command: ArgumentParser) -> None:
    """Add the options of `cami query`."""
    command.add_argument("query", nargs="?", metavar="NAME-or-FILE", help="without it: the list")
    command.add_argument("--param", action="append", default=[], metavar="NAME=VALUE")
    command.add_argument("--format", default="table", metavar="FORMAT")
    command.add_argument("--limit", metavar="ROWS", help="a page of a canned query")
    command.add_argument("--offset", metavar="ROWS", help="rows to leave out before the page")
    command.add_argument("--build", type=_path, metavar="DIR", help="the build to ask")
    _with(command)
    command.set_defaults(run=commands.query)


def reconcile(command: ArgumentParser) -> None:
    """Add the options of `cami reconcile`."""
    command.add_argument("table", type=_path, metavar="FILE.csv", help="or - for standard input")
    command.add_argument("--column", required=True, metavar="NAME", help="that holds the names")
    command.add_argument("--type", metavar="TYPE", help="such as taxon, state or actor")
    command.add_argument("--out", type=_path, metavar="FILE", help="instead of standard output")
    command.add_argument("--build", type=_path, metavar="DIR", help="the build to look in")
    command.set_defaults(run=commands.reconcile)


def resolve(command: ArgumentParser) -> None:
    """Add the options of `cami resolve`."""
    command.add_argument(
        "ids", nargs="+", metavar="ID", help="CURIE, IRI, QID, taxon/saiga, or - to read one a line"
    )
    command.add_argument("--authority", metavar="NAME", help="whose bare identifiers they are")
    command.add_argument("--format", choices=("table", "csv", "json"), default="table")
    command.add_argument("--build", type=_path, metavar="DIR", help="the build to ask")
    command.set_defaults(run=commands.resolve)


def audit(command: ArgumentParser) -> None:
    """Add the options of `cami audit`."""
    command.add_argument("document", type=_path, metavar="DOCUMENT", help="its text, or its .docx")
    command.add_argument("--format", choices=("text", "json"), default="text")
    command.add_argument(
        "--attach", type=_path, metavar="FILE", help="write the document's own wording as TriG"
    )
    command.add_argument("--build", type=_path, metavar="DIR", help="the build to compare with")
    command.set_defaults(run=commands.audit)


def reason(command: ArgumentParser) -> None:
    """Add the options of `cami reason`."""
    command.add_argument("files", nargs="*", type=_path, metavar="FILE", help="RDF to add")
    command.add_argument(
        "--alone", action="store_true", help="the ontology with the files, without the data"
    )
    command.add_argument("--tables", type=_path, metavar="DIR", help="tables other than ours")
    command.add_argument("--out", type=_path, metavar="FILE", help="write what follows, N-Triples")
    command.add_argument("--format", choices=("text", "json"), default="text")
    command.set_defaults(run=commands.reason)


def serve(command: ArgumentParser) -> None:
    """Add the options of `cami serve`."""
    command.add_argument("--host", default="127.0.0.1")
    command.add_argument("--port", type=_port, default=8000)
    command.add_argument("--build", type=_path, metavar="DIR", help="the build to serve")
    command.add_argument("--data", type=_path, metavar="FILE", help="an RDF file instead of CAMI")
    _with(command)
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
    command.add_argument(
        "--workers", type=_positive, metavar="N", help="as many as there are processors"
    )
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


def import_(command: ArgumentParser) -> None:
    """Add the options of `cami import`."""
    command.add_argument("kind", nargs="?", metavar="KIND", help="without it: kinds and imports")
    command.add_argument("file", nargs="?", type=_path, metavar="FILE", help="as downloaded")
    command.add_argument("--citation", metavar="TEXT", help="that the publisher asks for")
    command.add_argument("--licence", metavar="IRI", help="of the export, if it is another one")
    command.add_argument("--rejects", type=_path, metavar="FILE", help="copy rejected rows here")
    command.add_argument("--remove", metavar="NAME", help="delete an import")
    command.add_argument("--build", type=_path, metavar="DIR", help="the build to join with")
    command.set_defaults(run=commands.import_)


def compare(command: ArgumentParser) -> None:
    """Add the options of `cami compare`."""
    command.add_argument("name", metavar="IMPORT", help="as 'cami import' lists it")
    command.add_argument("--format", choices=("csv", "html"), default="csv")
    command.add_argument("--out", type=_path, metavar="FILE", help="instead of standard output")
    command.add_argument("--all", action="store_true", help="also where both say the same")
    command.add_argument("--build", type=_path, metavar="DIR", help="the build to compare")
    command.set_defaults(run=commands.compare)


def builds(command: ArgumentParser) -> None:
    """Add the options of `cami builds`."""
    command.add_argument("--build", type=_path, metavar="DIR", help="where builds are kept")
    command.set_defaults(run=commands.builds)


def rollback(command: ArgumentParser) -> None:
    """Add the options of `cami rollback`."""
    command.add_argument("name", nargs="?", metavar="NAME", help="a name of 'cami builds'")
    command.add_argument("--build", type=_path, metavar="DIR", help="where builds are kept")
    command.set_defaults(run=commands.rollback)


def load(command: ArgumentParser) -> None:
    """Add the options of `cami load`."""
    command.add_argument("url", metavar="URL", help="its Graph Store Protocol address")
    command.add_argument("--build", type=_path, metavar="DIR", help="the build to load")
    command.add_argument("--auth", choices=("basic", "digest"), default="basic")
    command.set_defaults(run=commands.load)


def _with(command: ArgumentParser) -> None:
    """Add the option by which a command sees imports."""
    command.add_argument(
        "--with",
        dest="imports",
        action="append",
        default=[],
        metavar="IMPORT",
        help="and a graph that 'cami import' made",
    )


def _path(text: str) -> Path:
    from pathlib import Path

    return Path(text)


def _refused(text: str, wanted: str) -> Exception:
    from argparse import ArgumentTypeError

    return ArgumentTypeError(f"{text!r} is not {wanted}")


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise _refused(text, "a whole number above 0")
    return int(text)


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise _refused(text, "a whole number")
    return int(text)


def _root_path(text: str) -> str:
    import re

    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*/?", text):
        raise _refused(text, "a plain path such as /kg")
    return text.rstrip("/")


def _service(text: str) -> str:
    import re

    if not re.fullmatch(r"https?://[^\s<>\"{}|^`\\]+", text):
        raise _refused(text, "the address of a SPARQL endpoint")
    return text


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise _refused(text, "a port from 0 to 65535")
    return int(text)


def _budget(text: str) -> float:
    return 0.0 if text == "0" else _seconds(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < 86400:
        raise _refused(text, "a number of seconds above 0")
    return seconds
