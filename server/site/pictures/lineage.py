"""The lineage: which sections of 2026-2032 carry on the activities of each issue of 2014-2020."""

from collections import Counter
from collections.abc import Mapping, Sequence

from ..records import Records
from ..records import order as in_order
from .picture import Picture, Table, To, cell
from .svg import Drawing, clipped

WIDTH, TOP, UNIT, GAP = 1040.0, 44.0, 3.4, 11.0
_LEFT, _RIGHT, _THICK = 380.0, 660.0, 14.0
NOTHING = ""  # in place of a section: there is none before, or none after
_LETTERS = 44


def draw(records: Records, to: To, _: str = "") -> Drawing:
    """Return two columns of sections, with a band for each pair that is linked."""
    flows = count(records)
    before = _column(Counter({a: 0 for a, _ in flows}), flows, 0)
    after = _column(Counter({b: 0 for _, b in flows}), flows, 1)
    tall = max(y + h for y, h in [*before.values(), *after.values()])
    made = Drawing(WIDTH, tall + 34, LINEAGE.title, f"{LINEAGE.summary} {LINEAGE.note}")
    made.text((_LEFT, 22), "Programme of Work 2014-2020", "strong", "end")
    made.text((_RIGHT, 22), "Work Programme 2026-2032 (draft)", "strong")
    used: dict[tuple[int, str], float] = {}
    for (a, b), number in sorted(flows.items(), key=lambda one: (_key(one[0][0]), _key(one[0][1]))):
        start = before[a][0] + used.get((0, a), 0.0)
        end = after[b][0] + used.get((1, b), 0.0)
        used[0, a] = used.get((0, a), 0.0) + number * UNIT
        used[1, b] = used.get((1, b), 0.0) + number * UNIT
        tip = f"{name(records, a, 0)} → {name(records, b, 1)}: {number}"
        with made.link(_address(to, a, b), tip):
            look = "ribbon" if a and b else "ribbon none"
            made.path(_band(start, end, number * UNIT), look)
    for side, column in ((0, before), (1, after)):
        for section, (y, height) in column.items():
            _node(made, records, section, side, y, height, to)
    made.text(
        (12, tall + 22),
        "The thickness of a band is the number of links between activities. Dashed boxes: no activity before, or none after.",
        "small",
    )
    return made


def table(records: Records, to: To, _: str = "") -> Table:
    """Return every link between activities, with the grounds for it."""

    def activity(slug: str) -> tuple[tuple[str, str], ...]:
        if not slug:
            return cell("none")
        one = records.activity(slug)
        return cell(f"{one.number} {one.title}", to.activity(slug))

    return Table(
        ("2014-2020", "2026-2032", "Relation", "Confidence", "Status", "Grounds"),
        [
            (
                activity(one.earlier),
                activity(one.later),
                cell(one.relation),
                cell(one.confidence),
                cell(one.status),
                cell(one.reason),
            )
            for one in records.lineage
        ],
    )


def count(records: Records) -> Counter[tuple[str, str]]:
    """Return the number of links by section before and section after; `NOTHING` for none."""

    def section(slug: str) -> str:
        return records.activity(slug).values["section"][0] if slug else NOTHING

    return Counter((section(one.earlier), section(one.later)) for one in records.lineage)


def name(records: Records, section: str, side: int) -> str:
    """Return number and title of a section, or what stands where there is none."""
    if section == NOTHING:
        return "not carried on" if side else "new"
    return f"{section.partition('/')[2]} {records.labels['section'][section]}"


def _key(section: str) -> tuple[bool, object]:
    return section == NOTHING, in_order(section)


def _column(
    sections: Counter[str], flows: Mapping[tuple[str, str], int], side: int
) -> Mapping[str, tuple[float, float]]:
    """Return top and height of each section of a column."""
    found: dict[str, tuple[float, float]] = {}
    y = TOP
    for section in sorted(sections, key=_key):
        height = UNIT * sum(number for pair, number in flows.items() if pair[side] == section)
        found[section] = (y, height)
        y += max(height, 9) + GAP
    return found


def _band(start: float, end: float, thick: float) -> str:
    """Return the data of a band from the left column to the right one."""
    left, right = _LEFT + _THICK + 8, _RIGHT - _THICK - 8
    half = (left + right) / 2
    upper = f"M{left:g},{start:.1f}C{half:g},{start:.1f} {half:g},{end:.1f} {right:g},{end:.1f}"
    low, back = end + thick, start + thick
    return f"{upper}V{low:.1f}C{half:g},{low:.1f} {half:g},{back:.1f} {left:g},{back:.1f}Z"


def _node(
    made: Drawing, records: Records, section: str, side: int, y: float, height: float, to: To
) -> None:
    text = clipped(name(records, section, side), _LETTERS)
    look = "node" if side else "node older"
    address = to.programme(("section", section)) if section else ""
    with made.link(address, name(records, section, side)):
        x = _RIGHT - _THICK - 8 if side else _LEFT + 8
        made.box((x, y), _THICK, height, look if section else "node none")
        at = (_RIGHT, y + height / 2 + 5) if side else (_LEFT, y + height / 2 + 5)
        made.text(at, text, "", "" if side else "end")


def _address(to: To, before: str, after: str) -> str:
    chosen: Sequence[tuple[str, str]] = [("section", one) for one in (before, after) if one]
    return to.programme(*chosen)


LINEAGE = Picture(
    name="lineage",
    title="From 2014 to 2026: what became of the activities",
    summary="Which sections of the draft Work Programme 2026-2032 carry on the activities of each issue of the Programme of "
    "Work 2014-2020, which activities are new, and which are not carried on.",
    note="The links are the reading of this project: neither document states them. Each has a confidence and grounds, which "
    "the table gives activity by activity.",
    draw=draw,
    table=table,
)
