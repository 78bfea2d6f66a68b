"""RDF files of users: read strictly, with the place of a fault, and without any look-up."""

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import rdflib


class RdfError(Exception):
    """A file is not usable RDF; the message names file, line and column."""


def rdf_graph(paths: Iterable[Path]) -> rdflib.Graph:
    """Return the triples of some RDF files as one RDFLib graph; graph names are dropped.

    `-` is standard input, as Turtle. Raises `RdfError`.
    """
    graph = rdflib.Graph()
    for path in paths:
        triples = [quad.triple for quad in _quads(path)]
        text = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
        assert text is not None
        graph.parse(data=text, format="nt")
    return graph


def rdf_triples(paths: Iterable[Path]) -> set[ox.Triple]:
    """Return the triples of some RDF files; graph names are dropped. Raises `RdfError`."""
    return {quad.triple for path in paths for quad in _quads(path)}


def check_rdf(path: Path) -> tuple[str, int]:
    """Return the SHA-256 of an RDF file that parses, and how many quads it holds.

    Raises `RdfError` when it does not.
    """
    if str(path) == "-":
        raise RdfError("--data needs a file: standard input cannot be read twice")
    quads = sum(1 for _ in _quads(path))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), quads


def _quads(path: Path) -> Iterable[ox.Quad]:
    if str(path) == "-":
        content, form, name = sys.stdin.buffer.read(), ox.RdfFormat.TURTLE, "standard input"
    else:
        form = ox.RdfFormat.from_extension(path.suffix[1:].lower())
        name = str(path)
        if form is None:
            raise RdfError(f"{name}: the ending says no RDF syntax: use .ttl, .nt, .nq, .trig, ...")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise RdfError(f"{name}: {error.strerror}") from None
    try:
        yield from ox.parse(content, format=form, rename_blank_nodes=True)
    except SyntaxError as error:
        place = f":{error.lineno}:{error.offset}" if error.lineno else ""
        raise RdfError(f"{name}{place}: {error.msg}") from None
    except ValueError as error:
        raise RdfError(f"{name}: {error}") from None
