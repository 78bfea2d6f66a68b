"""Make `outlines.tsv` from Natural Earth, as the npm package `world-atlas` carries it.

`python -m cami.server.site.pictures.simplify countries-50m.json > outlines.tsv`; the version of the
package and of Natural Earth stand in the first line of the file. What lies outside the window of the
map is cut off. Borders are arcs that neighbours share, and are simplified as such, so that no gap
opens between two countries.
"""

import json
import math
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Point = tuple[float, float]
Ring = list[Point]
Window = tuple[float, float, float, float]

WINDOW: Window = (34.0, 4.0, 142.0, 68.0)  # west, south, east, north in degrees: wider than the map
FRAME: Window = (47.0, 8.0, 128.0, 58.0)  # what of a State can be seen beyond doubt
TOLERANCE = 0.09  # degrees that a simplified line may be off
SMALLEST = 0.25  # square degrees: smaller islands are left out
DIGITS = 2
SOURCE = "# Natural Earth 4.1.0, 1:50m, Admin 0 countries, public domain, by way of world-atlas 2.0.2; simplified and cut"


def main(path: Path) -> Iterator[str]:
    """Yield the lines of the table: code M49, label point, rings as `lon,lat lon,lat;...`.

    Natural Earth's names are left out: the map names Range States only, as the United Nations do.
    """
    topology: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    arcs = [simplified(arc) for arc in _decoded(topology)]
    yield SOURCE
    yield "m49\tlabel\trings"
    rows: list[tuple[str, str, str]] = []
    for country in topology["objects"]["countries"]["geometries"]:
        rings = [cut(_ring(one, arcs), WINDOW) for one in _outer_and_inner(country)]
        kept = [ring for ring in rings if abs(area(ring)) >= SMALLEST]
        if kept:
            text = ";".join(" ".join(f"{x:.{DIGITS}f},{y:.{DIGITS}f}" for x, y in r) for r in kept)
            x, y = label_point(max(kept, key=lambda ring: abs(area(ring))))
            rows.append((str(country.get("id", "")), f"{x:.1f},{y:.1f}", text))
    yield from ("\t".join(row) for row in sorted(rows))


def _decoded(topology: dict[str, Any]) -> Iterator[Ring]:
    (kx, ky), (dx, dy) = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        points: Ring = []
        for step in arc:
            x, y = x + step[0], y + step[1]
            points.append((x * kx + dx, y * ky + dy))
        yield points


def _outer_and_inner(country: dict[str, Any]) -> list[list[int]]:
    if country["type"] == "Polygon":
        return list(country["arcs"])
    return [ring for polygon in country.get("arcs", []) for ring in polygon]


def _ring(numbers: Iterable[int], arcs: list[Ring]) -> Ring:
    points: Ring = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    return points


def simplified(line: Ring) -> Ring:
    """Return a line with fewer points, by Douglas and Peucker; both ends stay."""
    if len(line) < 3:
        return line
    (x1, y1), (x2, y2) = line[0], line[-1]
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5

    def off(point: Point) -> float:
        if not length:
            return ((point[0] - x1) ** 2 + (point[1] - y1) ** 2) ** 0.5
        return abs((x2 - x1) * (y1 - point[1]) - (x1 - point[0]) * (y2 - y1)) / length

    far = max(range(1, len(line) - 1), key=lambda i: off(line[i]))
    if off(line[far]) <= TOLERANCE:
        return [line[0], line[-1]]
    return simplified(line[: far + 1])[:-1] + simplified(line[far:])


def cut(ring: Ring, window: Window) -> Ring:
    """Return the part of a ring inside a window, by Sutherland and Hodgman."""
    west, south, east, north = window
    for axis, limit, sign in ((0, west, 1), (0, east, -1), (1, south, 1), (1, north, -1)):
        found: Ring = []
        for before, after in zip([ring[-1], *ring[:-1]] if ring else [], ring, strict=True):
            inside = [sign * (point[axis] - limit) >= 0 for point in (before, after)]
            if inside[0] != inside[1]:
                part = (limit - before[axis]) / (after[axis] - before[axis])
                crossing = [b + part * (a - b) for a, b in zip(after, before, strict=True)]
                found.append((crossing[0], crossing[1]))
            if inside[1]:
                found.append(after)
        ring = found
    return ring


def area(ring: Ring) -> float:
    """Return the area of a ring in square degrees, positive when it runs counter-clockwise."""
    return (
        sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], *ring[:1]], strict=True))
        / 2
    )


def label_point(ring: Ring) -> Point:
    """Return the point of a grid, inside a ring and the map's frame, that is farthest from the ring."""
    frame = cut(ring, FRAME) or ring
    xs, ys = [point[0] for point in frame], [point[1] for point in frame]
    grid = [
        (min(xs) + (max(xs) - min(xs)) * i / 60, min(ys) + (max(ys) - min(ys)) * j / 60)
        for i in range(61)
        for j in range(61)
    ]
    return max(grid, key=lambda point: _depth(point, frame))


def _depth(point: Point, ring: Ring) -> float:
    """Return how far a point is inside a ring, in degrees of latitude; negative outside."""
    (x, y), inside, nearest = point, False, math.inf
    shrunk = math.cos(math.radians(y))
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], *ring[:1]], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            inside = not inside
        dx, dy = (x2 - x1) * shrunk, y2 - y1
        along = ((x - x1) * shrunk * dx + (y - y1) * dy) / ((dx * dx + dy * dy) or 1)
        part = min(1.0, max(0.0, along))
        nearest = min(nearest, math.hypot((x - x1) * shrunk - part * dx, y - y1 - part * dy))
    return nearest if inside else -nearest


if __name__ == "__main__":
    print("\n".join(main(Path(sys.argv[1]))))
