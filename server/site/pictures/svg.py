"""A small writer of SVG: elements with escaped text, classes in place of colours, links."""

import xml.etree.ElementTree as ET
from collections.abc import Generator, Sequence
from contextlib import contextmanager

_SVG = "http://www.w3.org/2000/svg"
Point = tuple[float, float]


class Drawing:
    """An SVG element in the making; lengths are CSS pixels at full size.

    Colours come from classes of `pictures.css`, for light and dark; what stands alone has that
    style inside.
    """

    def __init__(self, width: float, height: float, title: str, description: str):
        self.width, self.height = width, height
        self._root = ET.Element(
            "svg",
            {
                "class": "picture",
                "viewBox": f"0 0 {width:g} {height:g}",
                "width": f"{width:g}",
                "height": f"{height:g}",
                "role": "group",
                "aria-labelledby": "picture-title picture-description",
            },
        )
        self._at = self._root
        self._into("title", {"id": "picture-title"}).text = title
        self._into("desc", {"id": "picture-description"}).text = description

    def as_part(self) -> str:
        """Return the element as a part of an HTML page, which links the style."""
        return ET.tostring(self._root, encoding="unicode", short_empty_elements=True)

    def as_file(self, style: str) -> str:
        """Return a document of its own, with ground and style, for any viewer of SVG."""
        whole = ET.Element("svg", {"xmlns": _SVG, **self._root.attrib})
        parts = list(self._root)
        whole.extend(parts[:2])
        ET.SubElement(whole, "style").text = style
        ET.SubElement(whole, "rect", {"class": "ground", "width": "100%", "height": "100%"})
        whole.extend(parts[2:])
        text = ET.tostring(whole, encoding="unicode", short_empty_elements=True)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'

    @contextmanager
    def group(self, look: str = "", **attributes: str) -> Generator[None]:
        """Put what is drawn inside the block into a group."""
        yield from self._inside("g", {"class": look, **attributes} if look else attributes)

    @contextmanager
    def link(self, address: str, tip: str = "") -> Generator[None]:
        """Make what is drawn inside the block a link; without an address it is a group."""
        given = {"href": address} if address else {}
        yield from self._inside("a" if address else "g", given, tip)

    @contextmanager
    def clip(self, x: float, y: float, width: float, height: float) -> Generator[None]:
        """Show what is drawn inside the block only within a rectangle, in its own coordinates."""
        place = {"x": x, "y": y, "width": width, "height": height}
        sizes = {name: f"{value:g}" for name, value in place.items()}
        sizes["viewBox"] = f"{x:g} {y:g} {width:g} {height:g}"
        yield from self._inside("svg", sizes)

    def text(self, at: Point, text: str, look: str = "", anchor: str = "", turn: float = 0) -> None:
        """Write a line of text; `anchor` is "middle" or "end", `turn` in degrees."""
        given = {"x": _number(at[0]), "y": _number(at[1])}
        if look:
            given["class"] = look
        if anchor:
            given["text-anchor"] = anchor
        if turn:
            given["transform"] = f"rotate({turn:g} {_number(at[0])} {_number(at[1])})"
        self._into("text", given).text = text

    def line(self, start: Point, end: Point, look: str) -> None:
        """Draw a straight line."""
        ends = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
        self._into("line", {"class": look, **{name: _number(v) for name, v in ends.items()}})

    def circle(self, at: Point, radius: float, look: str) -> None:
        """Draw a circle."""
        place = {"cx": _number(at[0]), "cy": _number(at[1]), "r": _number(radius)}
        self._into("circle", {"class": look, **place})

    def box(
        self, at: Point, width: float, height: float, look: str, round: float = 0, tip: str = ""
    ) -> None:
        """Draw a rectangle from its upper left corner."""
        sizes = {"x": at[0], "y": at[1], "width": width, "height": height}
        given = {"class": look, **{name: _number(value) for name, value in sizes.items()}}
        self._tipped("rect", {**given, "rx": _number(round)} if round else given, tip)

    def path(self, data: str, look: str, tip: str = "") -> None:
        """Draw a path from its data."""
        self._tipped("path", {"class": look, "d": data}, tip)

    def _tipped(self, tag: str, attributes: dict[str, str], tip: str) -> None:
        made = self._into(tag, attributes)
        if tip:
            ET.SubElement(made, "title").text = tip

    def _into(self, tag: str, attributes: dict[str, str]) -> ET.Element:
        return ET.SubElement(self._at, tag, attributes)

    def _inside(self, tag: str, attributes: dict[str, str], tip: str = "") -> Generator[None]:
        outer = self._at
        self._at = self._into(tag, attributes)
        if tip:
            ET.SubElement(self._at, "title").text = tip
        try:
            yield
        finally:
            self._at = outer


def polygon(rings: Sequence[Sequence[Point]]) -> str:
    """Return the data of a path around closed rings."""
    return "".join(
        f"M{'L'.join(f'{_number(x)},{_number(y)}' for x, y in ring)}Z" for ring in rings if ring
    )


def clipped(text: str, letters: int) -> str:
    """Return a text of at most so many letters, an ellipsis in place of the rest."""
    return text if len(text) <= letters else f"{text[: letters - 1].rstrip(' ,;')}…"


def _number(value: float) -> str:
    return f"{round(value, 1):g}"
