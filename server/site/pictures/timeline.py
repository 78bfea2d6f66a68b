"""The timeline: every printed deadline, as exact as it is printed."""

from collections.abc import Sequence

from ..records import Deadline, Records
from .picture import Picture, Table, To, cell
from .svg import Drawing, clipped

LEFT, TOP, STEP_X, STEP_Y = 496.0, 34.0, 58.0, 23.0
FIRST, LAST = 2026, 2033  # what most deadlines are within; earlier ones have a year beside them
OLDER = 70.0  # width of the column for the programme of 2014
_LETTERS = 52


def draw(records: Records, to: To, _: str = "") -> Drawing:
    """Return a row for each deadline, in order of time, with a bar over the printed date."""
    rows = in_order(records)
    right = LEFT + OLDER + STEP_X * (LAST - FIRST)
    bottom = TOP + STEP_Y * len(rows)
    made = Drawing(right + 12, bottom + 54, TIMELINE.title, f"{TIMELINE.summary} {TIMELINE.note}")
    made.text((LEFT + OLDER / 2, TOP - 12), "to 2020", "strong", "middle")
    for year in range(FIRST, LAST + 1):
        x = place(year)
        made.line((x, TOP - 4), (x, bottom), "line")
        if year < LAST:
            made.text((x + STEP_X / 2, TOP - 12), str(year), "strong", "middle")
    for index, one in enumerate(rows):
        _row(made, records, one, TOP + STEP_Y * index, to, index % 2 == 0)
    made.line((4, bottom), (right, bottom), "line firm")
    made.text(
        (12, bottom + 20),
        "A bar covers the printed date: a whole year, a month, a day. An open bar is a start, not a deadline.",
        "small",
    )
    made.text(
        (12, bottom + 40),
        "The column to 2020 is the Programme of Work 2014-2020. No bar: only a relative date is printed.",
        "small",
    )
    return made


def table(records: Records, to: To, _: str = "") -> Table:
    """Return the deadlines with the words around the date."""
    return Table(
        ("When", "What", "Activity", "Programme"),
        [
            (
                cell(one.text),
                cell(one.what),
                cell(
                    f"{number(one)} {records.activity(one.activity).title}",
                    to.activity(one.activity),
                ),
                cell(one.activity.partition("/")[0].partition("-")[2]),
            )
            for one in in_order(records)
        ],
    )


def in_order(records: Records) -> Sequence[Deadline]:
    """Return the deadlines by the end of the printed date; those without a date come last."""
    every = [due for one in records.activities for due in one.deadlines]
    return sorted(every, key=lambda one: (one.span or (9999.0, 9999.0))[::-1])


def number(one: Deadline) -> str:
    """Return the number of the activity of a deadline."""
    return one.activity.partition("/")[2]


def place(moment: float) -> float:
    """Return where a moment in years is, from the left."""
    if moment < FIRST:
        return LEFT + OLDER * (moment - 2014) / 12
    return LEFT + OLDER + STEP_X * (moment - FIRST)


def _row(made: Drawing, records: Records, one: Deadline, y: float, to: To, band: bool) -> None:
    if band:
        made.box((4, y), LEFT + OLDER + STEP_X * (LAST - FIRST) - 4, STEP_Y, "band")
    middle = y + 16
    title = records.activity(one.activity).title
    with made.link(to.activity(one.activity), f"{number(one)} {title}: {one.what}, {one.text}"):
        made.text((48, middle), number(one), "strong", "end")
        made.text((58, middle), clipped(one.what, _LETTERS))
        if one.span is None:
            made.text((LEFT + OLDER + 6, middle), clipped(one.text, 56), "small")
            return
        start, end = place(one.span[0]), place(one.span[1])
        end, look = max(end, start + 7), "bar" if one.date else "bar open"
        made.box((start + 1, y + 5), end - start - 2, STEP_Y - 10, look, 2)
        if one.qualifier and end + 7.2 * len(one.text) < place(LAST):
            made.text((end + 6, middle), one.text, "small")
        elif one.qualifier:
            made.text((start - 6, middle), one.text, "small", "end")


TIMELINE = Picture(
    name="timeline",
    title="Timeline of deadlines",
    summary="Every date by which something is due, or from which it starts, that the activities of both programmes print.",
    note="Dates are as exact as printed. Years of the Work Programme are those of a draft.",
    draw=draw,
    table=table,
)
