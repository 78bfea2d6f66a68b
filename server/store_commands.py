"""The commands about builds and stores: `cami builds`, `cami rollback`, `cami load`."""

import argparse
import sys

from .commands import Unusable


def list_builds(options: argparse.Namespace) -> int:
    """Print each build: current or not, whole or not, its name, its triples."""
    from .builds import CorruptBuild, builds, default_out, verify

    out = options.build or default_out()
    current = (out / "current").resolve()
    found = builds(out)
    if not found:
        raise Unusable(f"{out} holds no build: make one with 'cami build --out {out}'")
    for build in found:
        try:
            verify(build)
            state = "whole"
        except CorruptBuild:
            state = "corrupt"
        mark = "*" if build.folder == current else " "
        print(f"{mark} {build.folder.name}  {build.manifest['triples']:>9,} triples  {state}")
    return 0


def rollback(options: argparse.Namespace) -> int:
    """Make another build current; a server that serves this folder follows by itself."""
    from .builds import CorruptBuild, NoBuild, default_out
    from .builds import rollback as back

    try:
        found = back(options.build or default_out(), options.name)
    except (NoBuild, CorruptBuild, OSError) as error:
        raise Unusable(str(error)) from None
    print(f"cami: current is {found.folder.name}")
    return 0


def load(options: argparse.Namespace) -> int:
    """Put the graphs of a build into a store."""
    from .builds import CorruptBuild, NoBuild, default_out, open_build, verify
    from .load import LoadFailed, sign_in
    from .load import load as put

    try:
        build = open_build(options.build or default_out())
        verify(build)
        auth = sign_in(options.url, options.auth)
        print(f"cami: loading dataset {build.digest[:12]}", file=sys.stderr)
        counts = put(build, options.url, auth)
    except (NoBuild, CorruptBuild, LoadFailed) as error:
        raise Unusable(str(error)) from None
    for name, count in counts.items():
        print(f"{name}  {count:,} triples")
    return 0
