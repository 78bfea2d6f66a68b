"""The `cami` program: its commands, and the one place where errors become exit codes.

Exit codes: 0 yes, 1 the data says no, 2 the input could not be used. A command is a line in the table
below, its options in `options.py`, and what runs it in `commands.py`. Of these only what is asked
for is made, so that `--help` takes hardly longer than Python itself.
"""

from __future__ import annotations

import os
import sys

from . import VERSION, options
from .commands import Unusable

TYPE_CHECKING = False  # as in typing, whose import takes longer than all of this
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable, Sequence
    from typing import NoReturn

_COMMANDS: dict[str, tuple[Callable[[ArgumentParser], None], str]] = {
    "build": (options.build, "make the dataset from the tables"),
    "validate": (options.validate, "hold RDF, tables or folders of them against the shapes"),
    "template": (options.template, "examples of what to validate, to be filled in"),
    "query": (options.query, "answer a canned query or a SPARQL file"),
    "reconcile": (options.reconcile, "names of a table in, identifiers out"),
    "resolve": (options.resolve, "our thing for an identifier of others, or all of ours"),
    "audit": (options.audit, "hold an official document against the graph"),
    "reason": (options.reason, "OWL profile, consistency, and what follows from the data"),
    "serve": (options.serve, "answer SPARQL and canned queries over HTTP"),
    "import": (options.import_, "put an export of IUCN, Species+, CITES or GBIF beside the graph"),
    "compare": (options.compare, "what CAMI says against what an imported export says"),
    "builds": (options.builds, "list the builds there are, and which one is served"),
    "rollback": (options.rollback, "serve the build before the current one, or a named one"),
    "load": (options.load, "put a build into a SPARQL store elsewhere"),
}
_HELP = """\
usage: cami [-h] [--version] COMMAND ...

The Central Asian Mammals Initiative as a knowledge graph.

commands:
{commands}

options:
  -h, --help   show this help message and exit
  --version    show the version

'cami COMMAND --help' shows the options of a command."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit with its code; the one place where errors become exit codes."""
    try:
        code = _run(sys.argv[1:] if arguments is None else list(arguments))
    except Unusable as error:
        print(f"cami: {error}", file=sys.stderr)
        code = 2
    except BrokenPipeError:  # the reader of our output, such as head, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    name = arguments[0] if arguments else ""
    if name in ("-h", "--help"):
        lines = [f"  {one:11}{summary}" for one, (_, summary) in _COMMANDS.items()]
        print(_HELP.format(commands="\n".join(lines)))
    elif name == "--version":
        print(VERSION)
    elif name in _COMMANDS:
        chosen = _parser(name).parse_args(arguments[1:])
        return int(chosen.run(chosen))
    elif name:
        raise Unusable(f"{name!r} is no command: use {', '.join(_COMMANDS)}")
    else:
        raise Unusable("name a command: 'cami --help' lists them")
    return 0


def _parser(name: str) -> ArgumentParser:
    from argparse import ArgumentParser

    describe, summary = _COMMANDS[name]
    parser = ArgumentParser(prog=f"cami {name}", description=f"{summary[0].upper()}{summary[1:]}.")
    describe(parser)
    return parser
