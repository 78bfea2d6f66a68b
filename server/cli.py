"""The `cami` program. Exit codes: 0 yes, 1 the data says no, 2 the input could not be used.

Heavy libraries are imported by the command that needs them, so that `--help` is quick.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import NoReturn


class Unusable(Exception):
    """The input could not be used; the message says why and what to do."""


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
    parser.add_argument("--version", action="version", version=installed_version("cami"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for describe in (_add_build, _add_validate, _add_query, _add_audit, _add_serve):
        describe(commands.add_parser)
    return parser


AddParser = Callable[..., argparse.ArgumentParser]


def _add_build(add: AddParser) -> None:
    command = add("build", help="make the dataset from the tables")
    command.add_argument("--out", type=Path, metavar="DIR", help="where builds are kept")
    command.add_argument("--tables", type=Path, metavar="DIR", help="tables other than ours")
    command.set_defaults(run=_build)


def _add_validate(add: AddParser) -> None:
    command = add("validate", help="run the shapes over the graph or over RDF files")
    command.add_argument("files", nargs="*", metavar="FILE", help="RDF to check with the graph")
    command.add_argument("--format", choices=("text", "json"), default="text")
    command.add_argument(
        "--shapes", type=Path, metavar="FILE", help="only these shapes, on the given files alone"
    )
    command.add_argument("--build", type=Path, metavar="DIR", help="the build to check with")
    command.set_defaults(run=_validate)


def _add_query(add: AddParser) -> None:
    command = add("query", help="answer a canned query or a SPARQL file")
    command.add_argument("query", nargs="?", metavar="NAME-or-FILE", help="without it: the list")
    command.add_argument("--param", action="append", default=[], metavar="NAME=VALUE")
    command.add_argument("--format", default="table", metavar="FORMAT")
    command.add_argument("--build", type=Path, metavar="DIR", help="the build to ask")
    command.set_defaults(run=_query)


def _add_audit(add: AddParser) -> None:
    command = add("audit", help="hold an official document against the graph")
    command.add_argument("document", type=Path, metavar="DOCUMENT", help="its text, or its .docx")
    command.add_argument("--format", choices=("text", "json"), default="text")
    command.add_argument(
        "--attach", type=Path, metavar="FILE", help="write the document's own wording as TriG"
    )
    command.add_argument("--build", type=Path, metavar="DIR", help="the build to compare with")
    command.set_defaults(run=_audit)


def _add_serve(add: AddParser) -> None:
    command = add("serve", help="answer SPARQL and canned queries over HTTP")
    command.add_argument("--host", default="127.0.0.1")
    command.add_argument("--port", type=int, default=8000)
    command.add_argument("--build", type=Path, metavar="DIR", help="the build to serve")
    command.add_argument("--data", type=Path, metavar="FILE", help="an RDF file instead of CAMI")
    command.add_argument("--workers", type=_positive, default=os.cpu_count() or 2, metavar="N")
    command.add_argument("--queue", type=_positive, default=64, metavar="N", help="waiting queries")
    command.add_argument("--timeout", type=_seconds, default=10.0, metavar="SECONDS")
    command.add_argument("--memory", type=_positive, default=1024, metavar="MB", help="a query")
    command.add_argument("--result", type=_positive, default=64, metavar="MB", help="a result")
    command.set_defaults(run=_serve)


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < 86400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


def _build(options: argparse.Namespace) -> int:
    from ..graph import TABLES_FOLDER
    from .release import default_out

    built = _built(options.out or default_out(), options.tables or TABLES_FOLDER)
    if built is None:
        return 1
    count = built.manifest["triples"]
    print(f"cami: {count:,} triples, dataset {built.digest[:12]}, in {built.folder}")
    return 0


def _built(out: Path, tables: Path):
    from ..graph import TableError
    from ..queries import CatalogueError
    from ..shapes import ShapesError
    from .release import BuildRefused, build
    from .report import as_text

    print(f"cami: reading the tables, checking the shapes, writing {out}", file=sys.stderr)
    try:
        return build(out, tables)
    except BuildRefused as error:
        print(as_text(error.results), file=sys.stderr)
        print(f"cami: {error}; the last good build stays", file=sys.stderr)
        return None
    except TableError as error:
        raise Unusable(f"the tables cannot be used; the last good build stays\n{error}") from None
    except (CatalogueError, ShapesError, OSError) as error:
        raise Unusable(str(error)) from None


def _open(options: argparse.Namespace):
    """Return the build that an option names, or the default one, made first if there is none."""
    from ..graph import TABLES_FOLDER
    from .release import NoBuild, default_out, open_build

    try:
        return open_build(options.build or default_out())
    except NoBuild as error:
        if options.build:
            raise Unusable(str(error)) from None
    built = _built(default_out(), TABLES_FOLDER)
    if built is None:
        raise Unusable("the tables of this installation break its shapes")
    return built


def _validate(options: argparse.Namespace) -> int:
    from ..shapes import ShapesError, check, load_shapes, shape_files
    from .report import as_json, as_text
    from .sources import RdfError, rdf_graph

    paths = [Path(name) for name in options.files]
    if options.shapes and not paths:
        raise Unusable("--shapes needs files to check: name at least one")
    try:
        if options.shapes:
            results = check(rdf_graph(paths), load_shapes([options.shapes]))
        else:
            paths.insert(0, _open(options).folder / "cami.nt")
            results = check(rdf_graph(paths), load_shapes(shape_files()))
    except (RdfError, ShapesError) as error:
        raise Unusable(str(error)) from None
    print(as_json(results) if options.format == "json" else as_text(results))
    return 1 if any(result.severity == "Violation" for result in results) else 0


def _query(options: argparse.Namespace) -> int:
    from ..queries import FORMATS, QueryError, QuerySyntaxError, catalogue, evaluate
    from .report import as_table

    if not options.query:
        width = max(len(name) for name in catalogue())
        print("\n".join(f"{name:{width}}  {one.summary}" for name, one in catalogue().items()))
        return 0
    if options.format != "table" and options.format not in FORMATS:
        raise Unusable(f"--format {options.format!r}: use table, {', '.join(FORMATS)}")
    built = _open(options)
    text = _query_text(options, built.things())
    import pyoxigraph as ox

    chosen = FORMATS.get(options.format)
    results = FORMATS["json"] if chosen is None else None if chosen.is_graph else chosen
    graph = FORMATS["turtle"] if chosen is None else chosen if chosen.is_graph else None
    try:
        answer = evaluate(ox.Store.read_only(str(built.store)), text, results, graph)
    except QuerySyntaxError as error:
        place = f"{options.query}:{error.line}:{error.column}"
        raise Unusable(f"{place}: is not valid SPARQL: {error}") from None
    except QueryError as error:
        raise Unusable(str(error)) from None
    if options.format == "table" and not answer.format.is_graph:
        print(as_table(answer.body))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(answer.body)
        sys.stdout.buffer.flush()
    return 0


def _audit(options: argparse.Namespace) -> int:
    from ..shapes import PaperError
    from .audit_command import AttachError, run

    built = _open(options)
    try:
        return run(options.document, built.folder / "cami.nt", options.format, options.attach)
    except (PaperError, AttachError) as error:
        raise Unusable(str(error)) from None


def _query_text(options: argparse.Namespace, things: dict[str, dict[str, str]]) -> str:
    from ..queries import ParameterError, RefusedQuery, catalogue, refuse

    values: dict[str, str] = {}
    for given in options.param:
        name, equals, value = given.partition("=")
        if not equals:
            raise Unusable(f"--param {given!r}: write NAME=VALUE")
        values[name] = value
    try:
        if options.query in catalogue():
            return catalogue()[options.query].bind(values, things)
        if values:
            raise Unusable("--param goes with a canned query, not with a file")
        text = _read_text(options.query)
        refuse(text)
    except (ParameterError, RefusedQuery) as error:
        raise Unusable(str(error)) from None
    return text


def _read_text(name: str) -> str:
    try:
        if name == "-":
            return sys.stdin.read()
        return Path(name).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Unusable(
            f"{name!r} is neither a canned query nor a file: 'cami query' lists the queries"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{name}: {error}") from None


def _serve(options: argparse.Namespace) -> int:
    import uvicorn

    from .app import create_app
    from .pool import Pool
    from .sources import RdfError, check_rdf
    from .zygote import Limits

    limits = Limits(
        seconds=options.timeout,
        memory_bytes=options.memory << 20,
        result_bytes=options.result << 20,
    )
    if options.data:
        try:
            source, things, digest = options.data, {}, check_rdf(options.data)
        except RdfError as error:
            raise Unusable(str(error)) from None
    else:
        built = _open(options)
        source, things, digest = built.nquads, built.things(), built.digest
    pool = Pool(source, limits, options.workers, options.queue)
    app = create_app(pool, things, digest, canned=not options.data)
    print(f"cami: serving on http://{options.host}:{options.port}/", file=sys.stderr)
    config = uvicorn.Config(
        app, host=options.host, port=options.port, log_level="warning", server_header=False
    )
    server = uvicorn.Server(config)
    server.run()
    return 0 if server.started else 2
