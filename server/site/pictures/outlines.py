"""Country outlines of Natural Earth, and the projection in which the map shows them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .svg import Point

FILE = Path(__file__).with_name("outlines.tsv")
_LONGEST = 2.0  # degrees: longer edges get points between, since a parallel is no straight line
_EAST, _NORTH, _SOUTH = map(math.radians, (84, 50, 22))  # central meridian, standard parallels
_N = (math.sin(_SOUTH) + math.sin(_NORTH)) / 2
_C = math.cos(_SOUTH) ** 2 + 2 * _N * math.sin(_SOUTH)


@dataclass(frozen=True)
class Outline:
    """A country: its M49 code, "" where Natural Earth gives none, a label point, and its rings."""

    m49: str
    label: Point
    rings: Sequence[Sequence[Point]]


@cache
def outlines() -> Sequence[Outline]:
    """Return all outlines, projected to the unit sphere: x to the east, y to the south."""
    rows = FILE.read_text(encoding="utf-8").splitlines()[2:]
    return tuple(_outline(*row.split("\t")) for row in rows)


def _outline(m49: str, label: str, rings: str) -> Outline:
    projected = [
        [project(one) for one in _dense([_point(p) for p in ring.split(" ")])]
        for ring in rings.split(";")
    ]
    return Outline(m49, project(_point(label)), projected)


def _point(text: str) -> Point:
    x, y = text.split(",")
    return float(x), float(y)


def _dense(ring: list[Point]) -> list[Point]:
    found: list[Point] = []
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], *ring[:1]], strict=True):
        steps = max(1, math.ceil(math.hypot(x2 - x1, y2 - y1) / _LONGEST))
        found += [(x1 + (x2 - x1) * i / steps, y1 + (y2 - y1) * i / steps) for i in range(steps)]
    return found


def project(point: Point) -> Point:
    """Return a place, degrees east and north, in Albers' equal-area conic projection.

    Snyder, Map Projections: A Working Manual (1987), equations 14-1 to 14-6, for the sphere.
    """
    east, north = map(math.radians, point)
    radius = math.sqrt(_C - 2 * _N * math.sin(north)) / _N
    angle = _N * (east - _EAST)
    return radius * math.sin(angle), radius * math.cos(angle)
