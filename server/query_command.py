"""`cami query`: a canned query or one of the user's, over a build."""

import argparse
import sys
from pathlib import Path

from ..queries import (
    FORMATS,
    CatalogueError,
    ParameterError,
    QueryError,
    QuerySyntaxError,
    RefusedQuery,
    catalogue,
    evaluate,
    refuse,
)
from .commands import Unusable, build_for
from .paged_command import answer_page, page_of
from .report import as_table


def run(options: argparse.Namespace) -> int:
    """Answer a query, or list the catalogue; return 0, or 1 when the answer is no."""
    try:
        catalogue()
    except CatalogueError as error:
        raise Unusable(str(error)) from None
    if not options.query:
        width = max(len(name) for name in catalogue())
        print("\n".join(f"{name:{width}}  {one.summary}" for name, one in catalogue().items()))
        return 0
    if options.format != "table" and options.format not in FORMATS:
        raise Unusable(f"--format {options.format!r}: use table, {', '.join(FORMATS)}")
    built = build_for(options)
    text = _query_text(options, built.things())
    page = page_of(options)
    import pyoxigraph as ox

    from ..queries.jsonld import published_context
    from .wall import files_of, no_more_files, no_sockets

    chosen = FORMATS.get(options.format)
    results = FORMATS["json"] if chosen is None else None if chosen.is_graph else chosen
    graph = FORMATS["turtle"] if chosen is None else chosen if chosen.is_graph else None
    place = built.store
    if options.imports:
        from .import_command import store_with

        place = store_with(built, options.imports)
    try:
        store = ox.Store.read_only(str(place))
        if options.format == "jsonld":
            published_context()  # while files can still be opened
        no_more_files(files_of(place))  # whatever a query gets past the guard
        no_sockets()
        if page is None:
            answer = evaluate(store, text, results, graph)
        else:
            answer = answer_page(store, text, page, results)
    except OSError as error:
        raise Unusable(f"{built.store}: {error}: build again") from None
    except QuerySyntaxError as error:
        place = f"{options.query}:{error.line}:{error.column}"
        raise Unusable(f"{place}: is not valid SPARQL: {error}") from None
    except QueryError as error:
        raise Unusable(str(error)) from None
    if options.format == "table" and not answer.format.is_graph:
        table = as_table(answer.body)
        print(table)
        return 1 if table == "no" else 0
    sys.stdout.flush()
    sys.stdout.buffer.write(answer.body)
    sys.stdout.buffer.flush()
    return 0


def _query_text(options: argparse.Namespace, things: dict[str, dict[str, str]]) -> str:
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
