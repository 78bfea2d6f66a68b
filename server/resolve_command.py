"""`cami resolve`: identifiers of others to our things, and back, on the command line."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from .commands import Unusable

if TYPE_CHECKING:  # heavy, and only the command needs it
    from .builds import Build


def run(options: argparse.Namespace, built: "Build") -> int:
    """Print what each identifier stands for; 1 when one is linked with nothing.

    Raises `Unusable` for one that does not say of which authority it is.
    """
    from ..queries.resolving import (
        Resolved,
        UnclearIdentifier,
        UnknownIdentifier,
        as_csv,
        read_resolver,
    )

    try:
        resolver = read_resolver(built.folder, built.things())
    except OSError as error:
        raise Unusable(f"{error}: build again") from None
    found: list[Resolved] = []
    unknown = 0
    for text in options.ids:
        try:
            found.append(resolver.resolve(text, options.authority))
        except UnknownIdentifier as error:
            unknown += 1
            print(f"cami: {error}", file=sys.stderr)
        except UnclearIdentifier as error:
            raise Unusable(str(error)) from None
    if options.format == "json":
        print(json.dumps([one.as_json() for one in found], ensure_ascii=False, indent=1))
    elif options.format == "csv":
        sys.stdout.flush()
        sys.stdout.buffer.write(as_csv(found))
    else:
        for one in found:
            _print(one.query, one.iri, one.label)
            for join in one.joins:
                thing = "" if one.iri else f"  {join.iri} ({join.label})"
                print(f"  {join.curie}  {join.name}  {join.relation}{thing}")
                if join.warning:
                    print(f"    {join.warning}")
    return 1 if unknown else 0


def _print(query: str, iri: str, label: str) -> None:
    print(f"{query}: {iri} ({label})" if iri else query)
