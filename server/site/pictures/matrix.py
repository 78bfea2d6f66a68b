"""The matrix: how many activities of each region cite each target of the Global Biodiversity Framework."""

import math
from collections import Counter

from ..records import Records
from .picture import Cell, Picture, Table, To, cell
from .svg import Drawing, clipped

LEFT, TOP, STEP_X, STEP_Y = 316.0, 300.0, 31.0, 34.0
LARGEST = 14.5  # radius of the disc of the largest number
_LETTERS = 36  # of a target's label above its column


def draw(records: Records, to: To, _: str = "") -> Drawing:
    """Return a grid with a disc and a number in each place that has activities."""
    counts, targets, regions = count(records), list(records.gbf), records.regions
    right, bottom = LEFT + STEP_X * len(targets), TOP + STEP_Y * len(regions)
    made = Drawing(right + 8, bottom + 34, MATRIX.title, f"{MATRIX.summary} {MATRIX.note}")
    for row, region in enumerate(regions):
        y = TOP + STEP_Y * row
        if row % 2 == 0:
            made.box((4, y), right, STEP_Y, "band")
        with made.link(to.value("region", region.slug)):
            made.text((12, y + 22), f"{region.ordinal} {clipped(region.label, 40)}")
    for column, target in enumerate(targets):
        x = LEFT + STEP_X * (column + 0.5)
        made.line((x, TOP - 6), (x, bottom), "line")
        with made.link(to.value("target", target), records.gbf[target]):
            text = f"{target[4:]} {clipped(short(records.gbf[target]), _LETTERS)}"
            made.text((x + 5, TOP - 14), text, turn=-90)
    most = max(counts.values(), default=1)
    for (region, target), number in sorted(counts.items()):
        row = next(index for index, one in enumerate(regions) if one.slug == region)
        at = LEFT + STEP_X * (targets.index(target) + 0.5), TOP + STEP_Y * (row + 0.5)
        tip = f"{regions[row].label}, {records.gbf[target]}: {number}"
        with made.link(to.programme(("region", region), ("target", target)), tip):
            made.circle(at, 5 + (LARGEST - 5) * math.sqrt(number / most), "disc")
            made.text((at[0], at[1] + 4.5), str(number), "strong", "middle")
    made.text((12, bottom + 22), "Number of activities; the size of a disc grows with it.", "small")
    return made


def table(records: Records, to: To, _: str = "") -> Table:
    """Return the same grid as numbers; columns without any are there too."""
    counts = count(records)

    def number(region: str, target: str) -> Cell:
        found = counts[region, target]
        address = to.programme(("region", region), ("target", target)) if found else ""
        return cell(str(found or ""), address)

    return Table(
        (
            "Region",
            *(label.partition(":")[0].replace(" Target", "") for label in records.gbf.values()),
        ),
        [
            (
                cell(one.label, to.value("region", one.slug)),
                *(number(one.slug, target) for target in records.gbf),
            )
            for one in records.regions
        ],
    )


def count(records: Records) -> Counter[tuple[str, str]]:
    """Return the number of activities by region and target, both as slugs."""
    return Counter(
        (region, target)
        for one in records.activities
        for region in one.values["region"]
        for target in one.values["target"]
        if target in records.gbf
    )


def short(label: str) -> str:
    """Return the label of a target without "GBF Target N"."""
    return label.partition(": ")[2] or label


MATRIX = Picture(
    name="matrix",
    title="Activities by region and GBF target",
    summary="How many activities of each of the 13 regions have each of the 23 targets of the Kunming-Montreal Global "
    "Biodiversity Framework printed beside them, in the draft Work Programme 2026-2032.",
    note="An activity with several targets counts at each. Activities of the sections that are for all regions are left out.",
    draw=draw,
    table=table,
)
