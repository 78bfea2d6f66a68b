"""The diagrams of the reference pages: a table of boxes and arrows, laid out on a grid as SVG."""

import tomllib
from dataclasses import dataclass
from html import escape

from rdflib import URIRef

from . import CAMI, PREFIXES
from .inputs import DIAGRAMS_FILE
from .model import Ontology, OntologyError

IS_A = "is-a"

BOX_WIDTH, BOX_HEIGHT = 176, 62  # of the SVG, in CSS pixels, as all below
GAP_WIDTH, GAP_HEIGHT = 164, 84
MARGIN = 8
LINE_HEIGHT = 17
LINE_LETTERS = 22  # that fit into a box

Point = tuple[float, float]


@dataclass(frozen=True)
class Arrow:
    """That a property leads from one class to another; names as in the file."""

    start: str
    properties: tuple[str, ...]
    end: str


@dataclass(frozen=True)
class Diagram:
    """Boxes by their place (row, column), and the arrows between them."""

    id: str
    title: str
    summary: str
    boxes: dict[str, tuple[int, int]]
    arrows: tuple[Arrow, ...]


def term(name: str) -> URIRef:
    """Return the IRI of a name of the file; without a prefix it is ours."""
    prefix, colon, local = name.partition(":")
    return URIRef(PREFIXES[prefix] + local) if colon else URIRef(CAMI[name])


def read_diagrams() -> list[Diagram]:
    """Return the diagrams in the order of the file.

    Raises `OntologyError` when an arrow has no box, or its boxes are not beside each other.
    """
    tables = tomllib.loads(DIAGRAMS_FILE.read_text(encoding="utf-8"))["diagram"]
    return [_diagram(**table) for table in tables]


def _diagram(id: str, title: str, summary: str, rows: list[list[str]], arrows: list[str]):
    boxes = {
        name: (row, column)
        for row, names in enumerate(rows)
        for column, name in enumerate(names)
        if name
    }
    together: dict[tuple[str, str], list[str]] = {}
    for arrow in arrows:
        start, predicate, end = arrow.split()
        for name in (start, end):
            if name not in boxes:
                raise OntologyError(f"{DIAGRAMS_FILE.name}: {id}: {name} of '{arrow}' has no box")
        if max(abs(a - b) for a, b in zip(boxes[start], boxes[end], strict=True)) != 1:
            raise OntologyError(f"{DIAGRAMS_FILE.name}: {id}: '{arrow}' is not between neighbours")
        together.setdefault((start, end), []).append(predicate)
    joined = tuple(Arrow(start, tuple(names), end) for (start, end), names in together.items())
    return Diagram(id, title, summary, boxes, joined)


def svg(diagram: Diagram, ontology: Ontology) -> str:
    """Return a diagram as an SVG element; boxes of our terms link to their anchors."""
    rows = 1 + max(row for row, _ in diagram.boxes.values())
    columns = 1 + max(column for _, column in diagram.boxes.values())
    width = columns * BOX_WIDTH + (columns - 1) * GAP_WIDTH + 2 * MARGIN
    height = rows * BOX_HEIGHT + (rows - 1) * GAP_HEIGHT + 2 * MARGIN
    lines = [
        (
            f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="group"'
            f' aria-labelledby="svg-title-{diagram.id}">'
        ),
        f'<title id="svg-title-{diagram.id}">Diagram: {escape(diagram.title)}</title>',
        _markers(diagram.id),
        *(_line(diagram, arrow) for arrow in diagram.arrows),
        *(_box(name, place, ontology) for name, place in diagram.boxes.items()),
        *(_label(diagram, arrow) for arrow in diagram.arrows),
        "</svg>",
    ]
    return "\n".join(lines)


def _markers(id: str) -> str:
    sizes = 'viewBox="0 0 10 10" refX="10" refY="5" orient="auto"'
    return (
        f'<defs><marker id="svg-arrow-{id}" {sizes} markerWidth="9" markerHeight="9">'
        '<path class="tip" d="M0 0 10 5 0 10Z"/></marker>'
        f'<marker id="svg-is-a-{id}" {sizes} markerWidth="12" markerHeight="12">'
        '<path class="hollow" d="M1 1 9 5 1 9Z"/></marker></defs>'
    )


def _centre(place: tuple[int, int]) -> Point:
    row, column = place
    return (
        MARGIN + column * (BOX_WIDTH + GAP_WIDTH) + BOX_WIDTH / 2,
        MARGIN + row * (BOX_HEIGHT + GAP_HEIGHT) + BOX_HEIGHT / 2,
    )


def _ends(diagram: Diagram, arrow: Arrow) -> tuple[Point, Point]:
    """Return where an arrow leaves one box and reaches the other: sides, or corners if slanting."""
    (x1, y1), (x2, y2) = (_centre(diagram.boxes[name]) for name in (arrow.start, arrow.end))
    right, down = (x2 > x1) - (x2 < x1), (y2 > y1) - (y2 < y1)
    inset = 0.8 if right and down else 1  # clear of the very corner
    across, along = inset * right * BOX_WIDTH / 2, down * BOX_HEIGHT / 2
    return (x1 + across, y1 + along), (x2 - across, y2 - along)


def _line(diagram: Diagram, arrow: Arrow) -> str:
    (x1, y1), (x2, y2) = _ends(diagram, arrow)
    kind = "is-a" if IS_A in arrow.properties else "arrow"
    return (
        f'<line class="{kind}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"'
        f' marker-end="url(#svg-{kind}-{diagram.id})"/>'
    )


def _label(diagram: Diagram, arrow: Arrow) -> str:
    (x1, y1), (x2, y2) = _ends(diagram, arrow)
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    names = ["is a" if name == IS_A else name for name in arrow.properties]
    if y1 == y2:  # above the line
        y -= 6 + LINE_HEIGHT * (len(names) - 1)
    else:
        y += 5 - LINE_HEIGHT * (len(names) - 1) / 2
    return _text(x, y, names, "property")


def _box(name: str, place: tuple[int, int], ontology: Ontology) -> str:
    x, y = _centre(place)
    known = ontology.terms.get(name)
    long = len(name) > LINE_LETTERS
    words = _wrapped(known.label if known else name.replace(":", ": ") if long else name)
    corner = f'x="{x - BOX_WIDTH / 2:g}" y="{y - BOX_HEIGHT / 2:g}"'
    drawn = (
        f'<rect class="{"ours" if known else "theirs"}" {corner} width="{BOX_WIDTH}"'
        f' height="{BOX_HEIGHT}" rx="6"/>'
        + _text(x, y + 5 - LINE_HEIGHT * (len(words) - 1) / 2, words, "class")
    )
    return f'<a href="#{name}">{drawn}</a>' if known else drawn


def _text(x: float, y: float, lines: list[str], kind: str) -> str:
    spans = "".join(
        f'<tspan x="{x:g}" y="{y + number * LINE_HEIGHT:g}">{escape(line)}</tspan>'
        for number, line in enumerate(lines)
    )
    return f'<text class="{kind}">{spans}</text>'


def _wrapped(label: str) -> list[str]:
    """Return a label in lines that fit into a box."""
    lines = [""]
    for word in label.split():
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) > LINE_LETTERS and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = joined
    return lines
