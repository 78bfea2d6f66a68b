"""Split the document on CAMI before COP15 into records."""

import re
from collections.abc import Iterator

from .lexicon import squeezed
from .paper import (
    COP15,
    Activity,
    Amendment,
    Lettered,
    Paper,
    Section,
    Species,
    between,
    cells_of,
    parts_after,
    split_states,
    verb,
)

_ACTIVITY = re.compile(r"\d{1,2}\.\d{1,2}")
_SECTION = re.compile(r"(\d{1,2})\.\s+(\S.*)", re.DOTALL)
_REGION = re.compile(r"(?P<title>.+?)\s*\((?P<states>[^()]+)\)\s*[-\u2013]\s*(?P<ordinal>\d+)")
_ITEM = re.compile(r"^ *(?P<letter>[a-z])\)(?=\s|$)", re.MULTILINE)


def split(text: str) -> Paper:
    """Return the document as records.

    Raises `PaperError` when one of its parts is missing.
    """
    table = cells_of(between(text, "Activities to be implemented by", "Annex to CAMI WP"))
    amendments = list(_amendments(text))
    head = between(text, "Annex to Resolution 11.24", "CAMI WORK PROGRAMME")
    return Paper(
        name=COP15,
        activities=tuple(_activities(table)),
        sections=tuple(_sections(table)),
        species=tuple(_species(between(head, "Table 1.", "The scientific names"))),
        range_states=tuple(_range_states(head)),
        regions=tuple(re.findall(r"^(\d{1,2})\) (.+?)\s*$", head, re.MULTILINE)),
        instruments=(tuple(_listed(head)), tuple(_complementary(table))),
        amendments=tuple(amendments),
        paragraphs=tuple(_paragraphs(amendments)),
        decisions=(*_decisions_in_force(text), *_draft_decisions(text)),
    )


def _starts(cell: str) -> bool:
    return bool(_ACTIVITY.fullmatch(cell) or re.match(r"\d{1,2}\.\s+\S", cell))


def _activities(table: list[str]) -> Iterator[Activity]:
    for place, cell in enumerate(table):
        if _ACTIVITY.fullmatch(cell):
            row = [*table[place + 1 : place + 6], *[""] * 5][:5]
            ends = [n for n, one in enumerate(row) if n and _starts(one)]
            row = row[: ends[0]] + [""] * (5 - ends[0]) if ends else row
            text, responsible, indicator, priority, related = row
            yield Activity(cell, text, responsible, indicator, priority, related)


def _outside_rows(table: list[str]) -> Iterator[str]:
    """Yield the cells that stand between the rows of activities."""
    place = 0
    while place < len(table):
        if _ACTIVITY.fullmatch(table[place]):
            place += 1
            end = place + 5
            while place < min(end, len(table)) and (place == end - 5 or not _starts(table[place])):
                place += 1
        else:
            yield table[place]
            place += 1


def _sections(table: list[str]) -> Iterator[Section]:
    heading = ""
    instruments: list[str] = []
    for cell in [*_outside_rows(table), "0. end"]:
        if _SECTION.fullmatch(cell):
            if heading:
                yield _section(heading, instruments)
            heading, instruments = cell, []
        elif cell.startswith("Species:"):
            heading += "\n" + cell
        elif heading and cell and "(PTCRs)" not in cell:
            instruments.append(squeezed(cell))


def _section(heading: str, instruments: list[str]) -> Section:
    first, _, species = heading.partition("Species:")
    match = _SECTION.fullmatch(first.strip())
    number, title = (match[1], squeezed(match[2])) if match else ("", "")
    region = _REGION.fullmatch(title)
    return Section(
        number=number,
        title=region["title"] if region else title,
        states=tuple(split_states(region["states"])) if region else (),
        ordinal=region["ordinal"] if region else "",
        species=tuple(name for name in squeezed(species).split(", ") if name),
        instruments=tuple(instruments),
    )


def _complementary(table: list[str]) -> Iterator[str]:
    cells = list(_outside_rows(table))
    starts = [n for n, cell in enumerate(cells) if cell.startswith("Complementary CAMI")]
    for cell in cells[starts[0] + 1 :] if starts else []:
        if _SECTION.fullmatch(cell):
            return
        yield squeezed(cell)


def _listed(head: str) -> Iterator[str]:
    """Yield the instruments that paragraph 2 lists."""
    part = re.search(r"^2\.\s+This Work Programme.*?(?=^3\.\s)", head, re.MULTILINE | re.DOTALL)
    for line in re.findall(r"^\W*· (.+)$", part[0] if part else "", re.MULTILINE):
        yield squeezed(re.sub(r"; *(?:and)?\s*$|\.\s*$", "", line))


def _species(table: str) -> Iterator[Species]:
    cells = cells_of(table)
    for place, cell in enumerate(cells):
        if cell.isdigit() and place + 3 < len(cells):
            common, scientific, appendix = (squeezed(one) for one in cells[place + 1 : place + 4])
            stated = tuple(re.findall(r"\bI{1,2}\b", appendix))
            yield Species(int(cell), common, scientific, stated)


def _range_states(head: str) -> Iterator[str]:
    part = re.search(r"considered Range States to CAMI:(.*?)\(", head, re.DOTALL)
    yield from split_states(part[1] if part else "")


def _amendments(text: str) -> Iterator[Amendment]:
    cells = cells_of(between(text, "Text from Existing", "Annex to Resolution 11.24"))[3:]
    row = 0
    while cells:
        row += 1
        if cells[0].startswith("The Conference of the Parties"):
            cells = cells[1:]  # one cell over the whole width
            continue
        existing, commentary, clean = [*map(squeezed, cells[:3]), "", ""][:3]
        cells = cells[3:]
        yield Amendment(row, existing, commentary, clean)


def _paragraphs(amendments: list[Amendment]) -> Iterator[Lettered]:
    """Yield number and verb of the operative paragraphs of the proposed text."""
    for one in amendments:
        match = re.match(r"(\d+)\. ?(.+)", one.clean)
        if match:
            yield Lettered(match[1], verb(match[2]))


def _decisions_in_force(text: str) -> Iterator[Lettered]:
    part = between(text, "COP14 also adopted", "Activities of the Secretariat (Decision")
    yield from _decisions(part, re.compile(r"^\s*Decision (14\.\d+) ", re.MULTILINE))


def _draft_decisions(text: str) -> Iterator[Lettered]:
    start = re.search(r"^\s*ANNEX 2\s*$", text, re.MULTILINE)
    part = text[start.end() :] if start else ""
    yield from _decisions(part, re.compile(r"^\s*(15\.[A-Z]{2})\s", re.MULTILINE))


def _decisions(part: str, heading: re.Pattern[str]) -> Iterator[Lettered]:
    for one, body in parts_after(part, list(heading.finditer(part))):
        yield Lettered(one[1], items=tuple(_ITEM.findall(body)))
