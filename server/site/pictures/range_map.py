"""The map: Range States, and regions as numbered links between them, never with a border."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

from ..records import Records, Region
from .outlines import Outline, outlines, project
from .picture import Picture, Table, To, cell
from .svg import Drawing, Point, polygon

WIDTH, HEIGHT = 1000.0, 745.0
LEGEND = 322.0
_WEST, _NORTH = project((45, 30))[0], project((84, 58.5))[1]  # of the frame
_SCALE = WIDTH / (project((126, 40))[0] - _WEST)
Box = tuple[float, float, float, float]
RADIUS = 13.0
APART = 36.0  # between the middles of marks
_COLUMNS = 2


def draw(records: Records, to: To, _: str = "") -> Drawing:
    """Return the map, with a legend of regions below it."""
    made = Drawing(
        WIDTH, HEIGHT + LEGEND, MAP.title, f"{MAP.summary} {MAP.note} The table lists the links."
    )
    points = _state_points(records)
    hubs = _hubs(records, points)
    with made.clip(0, 0, WIDTH, HEIGHT):
        made.box((0, 0), WIDTH, HEIGHT, "sea")
        _lands(made, records, to)
        for region in records.regions:
            _region(made, region, hubs[region.slug], points, to)
        for region in records.regions:
            _hub(made, region, hubs[region.slug], to)
        marks = [*hubs.values(), *points.values()]
        names = {code: short(records.states[code].label) for code in points}
        for code, name in place_names(points, names, marks).items():
            with made.link(to.value("state", code)):
                made.circle(points[code], 4.5, "point")
                made.text(name, names[code], "place", "middle")
    made.box((0.5, 0.5), WIDTH - 1, HEIGHT - 1, "frame")
    _legend(made, records, to)
    return made


def table(records: Records, to: To, _: str = "") -> Table:
    """Return regions with their States."""
    return Table(
        ("No.", "Region", "States"),
        [
            (
                cell(str(one.ordinal)),
                cell(one.label, to.value("region", one.slug)),
                tuple((records.states[code].label, to.value("state", code)) for code in one.states),
            )
            for one in records.regions
        ],
    )


def _place(point: Point) -> Point:
    return (point[0] - _WEST) * _SCALE, (point[1] - _NORTH) * _SCALE


def short(label: str) -> str:
    """Return the label of a State without what stands in brackets."""
    return label.partition(" (")[0]


def _lands(made: Drawing, records: Records, to: To) -> None:
    codes = {state.m49: code for code, state in records.states.items()}
    for one in sorted(outlines(), key=lambda one: one.m49 in codes):
        data = polygon([[_place(point) for point in ring] for ring in one.rings])
        code = codes.get(one.m49)
        if code is None:
            made.path(data, "land")
            continue
        with made.link(to.value("state", code), records.states[code].label):
            made.path(data, "range")


def _state_points(records: Records) -> Mapping[str, Point]:
    labels = {one.m49: one for one in outlines()}
    found: dict[str, Outline] = {code: labels[state.m49] for code, state in records.states.items()}
    return {code: _place(one.label) for code, one in found.items()}


def _hubs(records: Records, points: Mapping[str, Point]) -> Mapping[str, Point]:
    """Return where the number of each region stands: amid its States' points, clear of others.

    The place says nothing about where the region lies.
    """
    ideal = {
        one.slug: tuple(
            sum(points[code][axis] for code in one.states) / len(one.states) for axis in (0, 1)
        )
        for one in records.regions
    }
    return _settled(tuple(ideal.items()), tuple(points.values()))


@lru_cache(4)  # it takes long, and each build has one
def _settled(
    near: tuple[tuple[str, tuple[float, ...]], ...], points: tuple[Point, ...]
) -> Mapping[str, Point]:
    ideal = dict(near)
    hubs = {
        slug: [x + index % 3, y + index % 2] for index, (slug, (x, y)) in enumerate(ideal.items())
    }
    for _ in range(300):
        for slug, hub in hubs.items():
            others = [other for name, other in hubs.items() if name != slug]
            for other in [*others, *points]:
                _push(hub, other)
            for axis in (0, 1):
                hub[axis] += (ideal[slug][axis] - hub[axis]) * 0.02
    return {slug: (x, y) for slug, (x, y) in hubs.items()}


def _push(hub: list[float], other: list[float] | Point) -> None:
    dx, dy = hub[0] - other[0], hub[1] - other[1]
    away = math.hypot(dx, dy) or 0.1
    if away < APART:
        for axis, part in ((0, dx), (1, dy)):
            hub[axis] += part / away * (APART - away) / 2


def _region(made: Drawing, one: Region, hub: Point, points: Mapping[str, Point], to: To) -> None:
    with made.link(to.value("region", one.slug), f"{one.ordinal} {one.label}"):
        for code in one.states:
            made.line(hub, points[code], "spoke-edge")
            made.line(hub, points[code], "spoke")


def _hub(made: Drawing, one: Region, hub: Point, to: To) -> None:
    with made.link(to.value("region", one.slug), f"{one.ordinal} {one.label}"):
        made.circle(hub, RADIUS, "hub")
        made.text((hub[0], hub[1] + 4.5), str(one.ordinal), "on-hub", "middle")


def place_names(
    points: Mapping[str, Point], names: Mapping[str, str], marks: Sequence[Point]
) -> Mapping[str, Point]:
    """Return where the name of each State stands: beside its point, where it covers least."""
    taken = [(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS) for x, y in marks]
    found: dict[str, Point] = {}
    for code, (x, y) in points.items():
        half = 4.2 * len(names[code])
        beside = [(x, y + 20), (x, y - 10), (x - half - 9, y + 5), (x + half + 9, y + 5)]
        beside += [(x - half, y + 20), (x + half, y + 20), (x - half, y - 10), (x + half, y - 10)]
        boxes = [(bx - half, by - 12, bx + half, by + 4) for bx, by in beside]
        best = min(range(len(boxes)), key=lambda i: _covered(boxes[i], taken))
        found[code] = beside[best]
        taken.append(boxes[best])
    return found


def _covered(box: Box, taken: Sequence[Box]) -> float:
    """Return how much of other boxes a box covers; what is outside the map counts as covered."""
    outside = max(0, 4 - box[0]) + max(0, box[2] - WIDTH + 4)
    areas = [
        max(0, min(box[2], one[2]) - max(box[0], one[0]))
        * max(0, min(box[3], one[3]) - max(box[1], one[1]))
        for one in taken
    ]
    return sum(areas) + 100 * outside


def _legend(made: Drawing, records: Records, to: To) -> None:
    rows = math.ceil(len(records.regions) / _COLUMNS)
    for index, one in enumerate(records.regions):
        x = 14 + (index // rows) * WIDTH / _COLUMNS + 2
        y = HEIGHT + 30 + (index % rows) * 41
        with made.link(to.value("region", one.slug)):
            made.circle((x, y), 11, "hub")
            made.text((x, y + 4.5), str(one.ordinal), "on-hub", "middle")
            made.text((x + 20, y), one.label, "strong")
        names = ", ".join(short(records.states[code].label) for code in one.states)
        made.text((x + 20, y + 16), names, "small")
    made.text((4, HEIGHT + LEGEND - 8), _CREDIT, "small")


_CREDIT = (
    "Outlines: Natural Earth (public domain), simplified. They are no opinion on any boundary."
)

MAP = Picture(
    name="map",
    title="Range States and the regions that span them",
    summary="The 14 Range States of CAMI. Each of the 13 Priority Transboundary Conservation Regions is a number, "
    "with a line to every State that it spans.",
    note="The documents give no borders of regions, so none is drawn: where a number stands says nothing about where "
    "its region lies. Country outlines are Natural Earth's, simplified; they express no opinion on the status of any "
    "territory or boundary. Dots are label points. Russia reaches beyond the frame.",
    draw=draw,
    table=table,
)
