"""RDF out of the engine, the same bytes in every process."""

from collections.abc import Iterable

import pyoxigraph as ox

from ..ontology import PREFIXES

_PREFIXED = (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG)


def write(data: Iterable[ox.Quad] | Iterable[ox.Triple], form: ox.RdfFormat) -> bytes:
    """Return triples or quads in a format, in the given order, with our prefixes where it has any."""
    prefixed = form in _PREFIXED
    written = ox.serialize(data, format=form, prefixes=PREFIXES if prefixed else None)
    assert written is not None  # nothing is written elsewhere
    return _ordered_prefixes(written) if prefixed else written


def _ordered_prefixes(turtle: bytes) -> bytes:
    """Sort the prefix lines, which the engine writes in another order in every process."""
    lines = turtle.split(b"\n")
    count = next(i for i, line in enumerate(lines) if not line.startswith(b"@prefix"))
    return b"\n".join([*sorted(lines[:count]), *lines[count:]])


def in_order(triples: Iterable[ox.Triple]) -> list[ox.Triple]:
    """Return triples sorted by their text: the same order in every run."""
    return sorted(triples, key=str)
