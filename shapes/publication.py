"""All shapes as files to be taken: one Turtle file, other formats, and a page of what each demands."""

from collections.abc import Iterator
from html import escape
from pathlib import Path

import pyoxigraph as ox
import rdflib
from rdflib import RDF, URIRef

from ..graph.turtle import in_order, write
from ..ontology import SH, SHAPES
from ..ontology.expressions import curie
from .check import load_shapes, shape_files

_FORMATS = {
    "nt": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdf": ox.RdfFormat.RDF_XML,
}
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Shapes of the Central Asian Mammals Initiative</title>
<link rel="icon" href="data:,">
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 1rem auto; padding: 0 1rem; overflow-wrap: anywhere; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; vertical-align: top; padding: .25rem .5rem; border-bottom: 1px solid #888; }}
.short {{ white-space: nowrap; }}
@media (max-width: 48rem) {{
  thead {{ display: none; }}
  tr, th, td {{ display: block; border: 0; }}
  tr {{ border-bottom: 1px solid #888; }}
  td[data-label]::before {{ content: attr(data-label) ": "; }}
}}
</style>
</head>
<body>
<main>
<h1>Shapes of the Central Asian Mammals Initiative</h1>
<p>What a record must hold, shape by shape. <code>cami validate</code> runs them over your own data.
Files: <a href="shapes.ttl">Turtle</a>, <a href="shapes.nt">N-Triples</a>,
<a href="shapes.jsonld">JSON-LD</a>, <a href="shapes.rdf">RDF/XML</a>.</p>
{sections}</main>
</body>
</html>
"""


def publish_shapes() -> dict[str, bytes]:
    """Return the shapes by file name: the files as they are shipped one after another, and the rest.

    Raises `ShapesError` when a file cannot be used.
    """
    text = "\n".join(_titled(path) for path in shape_files()).encode()
    parsed = ox.Dataset(ox.parse(text, format=ox.RdfFormat.TURTLE))
    parsed.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    triples = in_order(quad.triple for quad in parsed)
    files = {f"shapes.{ending}": write(triples, form) for ending, form in _FORMATS.items()}
    return {"shapes.ttl": text, "index.html": _page().encode(), **files}


def _titled(path: Path) -> str:
    return f"# {path.name}\n{path.read_text(encoding='utf-8')}"


def _page() -> str:
    shapes = load_shapes(shape_files())
    nodes = sorted(
        shape for shape in shapes.subjects(RDF.type, SH.NodeShape) if isinstance(shape, URIRef)
    )
    return _PAGE.format(sections="".join(_section(shapes, shape) for shape in nodes))


def _section(shapes: rdflib.Graph, shape: URIRef) -> str:
    name = escape(shape.removeprefix(SHAPES))
    targets = ", ".join(
        sorted(
            curie(one) for one in shapes.objects(shape, SH.targetClass) if isinstance(one, URIRef)
        )
    )
    rows = "".join(_rows(shapes, shape))
    about = f"<p>Holds each <code>{escape(targets)}</code>.</p>\n" if targets else ""
    return (
        f'<section aria-labelledby="{name}">\n<h2 id="{name}">{name}</h2>\n{about}'
        '<table class="fold"><thead><tr><th scope="col">Shape</th><th scope="col">Path</th>'
        '<th scope="col">If broken</th><th scope="col">Demand</th></tr></thead>\n'
        f"<tbody>{rows}</tbody></table>\n</section>\n"
    )


def _rows(shapes: rdflib.Graph, node: URIRef) -> Iterator[str]:
    held = [*shapes.objects(node, SH.property), *shapes.objects(node, SH.sparql)]
    for shape in (node, *sorted(one for one in held if isinstance(one, URIRef))):
        messages = sorted(str(message) for message in shapes.objects(shape, SH.message))
        if not messages:
            continue
        name = escape(shape.removeprefix(SHAPES))
        anchor = "" if shape == node else f' id="{name}"'
        severity = str(shapes.value(shape, SH.severity) or SH.Violation).rpartition("#")[2]
        path = shapes.value(shape, SH.path)
        shown = f"<code>{escape(curie(path))}</code>" if isinstance(path, URIRef) else ""
        labelled = ' data-label="Path"' if shown else ""
        yield (
            f'<tr{anchor}><th scope="row">{name}</th><td class="short"{labelled}>{shown}</td>'
            f'<td class="short" data-label="If broken">{escape(severity)}</td>'
            f"<td>{escape(' '.join(messages))}</td></tr>\n"
        )
