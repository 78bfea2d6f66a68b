"""`cami resolve`: identifiers of others to our things, and back, on the command line."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .commands import Unusable

if TYPE_CHECKING:  # heavy, and only the command needs it
    from .builds import Build


def run(options: argparse.Namespace, built: "Build") -> int:
    """Print what each identifier stands for; return 1 when one is linked with nothing.

    2, once the others are printed, when one does not say of which authority it is.
    """
    from ..queries.resolving import UnclearIdentifier, as_csv, read_resolver

    try:
        resolver = read_resolver(built.folder, built.things())
    except OSError as error:
        raise Unusable(f"{error}: build again") from None
    try:
        found = resolver.resolve_each(_texts(options.ids), options.authority)
    except UnclearIdentifier as error:
        raise Unusable(str(error)) from None
    problems = [one.problem for one in found if one.problem]
    for problem in problems:
        print(f"cami: {problem}", file=sys.stderr)
    if options.format == "json":
        print(json.dumps([one.as_json() for one in found], ensure_ascii=False, indent=1))
    elif options.format == "csv":
        sys.stdout.flush()
        sys.stdout.buffer.write(as_csv(found))
    else:
        for one in (one for one in found if not one.problem):
            _print(one.query, one.iri, one.label)
            for join in one.joins:
                thing = "" if one.iri else f"  {join.iri} ({join.label})"
                print(f"  {join.curie}  {join.name}  {join.relation}{thing}")
                if join.warning:
                    print(f"    {join.warning}")
    return max((2 if isinstance(one, UnclearIdentifier) else 1 for one in problems), default=0)


def _texts(given: Sequence[str]) -> Iterator[str]:
    """Yield the identifiers that were given; those of standard input, one a line, for `-`."""
    for text in given:
        if text == "-":
            try:
                lines = sys.stdin.buffer.read().decode("utf-8-sig").split("\n")
            except UnicodeDecodeError:
                raise Unusable("-: is not UTF-8: send the identifiers as UTF-8") from None
            yield from filter(None, map(str.strip, lines))
        else:
            yield text


def _print(query: str, iri: str, label: str) -> None:
    print(f"{query}: {iri} ({label})" if iri else query)
