"""Split Resolution 11.24 of 2014 into records; its text came through a PDF.

Rows are lines with tabs. A row whose cell of priorities is filled opens a block; rows after it
whose cell is empty continue the block, with pieces of its text and of its actors. All activities
of a block share its actors and priority, but for those that the cell of actors singles out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .lexicon import squeezed
from .paper import (
    RESOLUTION,
    Activity,
    Lettered,
    Paper,
    Section,
    Species,
    between,
    letters,
    parts_after,
    split_states,
    verb,
)

LANDSCAPES = "2.1.1"  # the activity whose lettered items are the landscapes

_NUMBER = re.compile(r"(?<!\d)(?<!\d\.)([1-4]\.\d\.\d{1,2})(?:\.\s?|(?=\s))")
_ISSUE = re.compile(r"([1-4]\.\d)\.?\s+(.*)")
_PRIORITY = re.compile(r"(?:High|Medium|Low|Following)\b")
_NUMBERED = re.compile(r"^[-\s]*(\d+)\. (?=\*?[A-Z])", re.MULTILINE)
_AREA = re.compile(r"\b([a-l])\) ([^()]+?) \(([^()]+)\)")


@dataclass
class _Block:
    """The rows that share one cell of actors and one of priorities."""

    priority: str
    responsible: list[str] = field(default_factory=list[str])
    texts: dict[str, list[str]] = field(default_factory=dict[str, list[str]])


def split(text: str) -> Paper:
    """Return the document as records.

    Raises `PaperError` when one of its parts is missing.
    """
    scope = between(text, "II. Taxonomic", "III. Vision")
    rows = list(_rows(between(text + "\nNotes:", "Objective 1. To address key", "Notes:")))
    activities = tuple(_activities(rows))
    found = [one.text for one in activities if one.number == LANDSCAPES]
    return Paper(
        name=RESOLUTION,
        activities=activities,
        sections=tuple(_issues(rows)),
        species=tuple(_species(scope)),
        range_states=tuple(_range_states(scope)),
        landscapes=tuple(_landscapes(found[0])) if found else (),
        paragraphs=tuple(_paragraphs(text)),
        objectives=tuple(re.findall(r"^Objective (\d)\.", text, re.MULTILINE)),
    )


def _rows(table: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield issue, activity, responsible and priority of each line of the table.

    After a page break the first column may be missing; marks of the page are left out.
    """
    for line in table.split("\n"):
        cells = [squeezed(cell) for cell in line.split("\t")]
        if len(cells) < 3 or cells[1:4] == ["Activity", "Responsible", "Priority"]:
            continue
        if line.startswith("Objective "):
            continue
        if len(cells) == 3:
            cells = ["", *cells]
        issue, activity, responsible, priority = cells[:4]
        if issue or len(activity) > 1:
            yield issue, activity, responsible, priority


def _issues(rows: list[tuple[str, str, str, str]]) -> Iterator[Section]:
    for issue, *_ in rows:
        match = _ISSUE.fullmatch(issue)
        if match:
            yield Section(match[1], match[2])


def _activities(rows: list[tuple[str, str, str, str]]) -> Iterator[Activity]:
    blocks: list[_Block] = []
    last = ""
    for _, cell, responsible, priority in rows:
        opens = bool(_PRIORITY.match(priority))
        if opens:
            blocks.append(_Block(priority))
        if not blocks:
            continue
        block = blocks[-1]
        if responsible:
            block.responsible.append(responsible)
        for number, piece in _pieces(cell, last):
            if opens and not number and not re.match(r"[a-l]\)", piece.strip()):
                continue  # a heading inside the column of activities
            last = number or last
            owner = next((one for one in reversed(blocks) if last in one.texts), block)
            owner.texts.setdefault(last, []).append(piece)
    for block in blocks:
        yield from _of_block(block)


def _pieces(cell: str, last: str) -> Iterator[tuple[str, str]]:
    """Yield number and text of each activity that starts in a cell; first what continues one.

    A number starts an activity when it is first in the cell, in the same issue or a later one, or
    when it is the next in order; other numbers are cross references.
    """
    starts: list[re.Match[str]] = []
    for match in _NUMBER.finditer(cell):
        first = not starts and len(cell[: match.start()].strip()) == 0
        onward = _order(match[1])[:2] >= _order(last)[:2] and match[1] != last
        if (first and onward) or _follows(match[1], last):
            starts.append(match)
            last = match[1]
    yield "", cell[: starts[0].start()] if starts else cell
    for match, piece in parts_after(cell, starts):
        yield match[1], piece


def _order(number: str) -> tuple[int, ...]:
    return tuple(int(part) for part in number.split(".") if part)


def _follows(number: str, last: str) -> bool:
    new, old = _order(number), _order(last)
    gap = new[:2] == old[:2] and 0 < new[2] - old[2] <= 2  # one number may be missing
    return gap or (new[:2] > old[:2] and new[2] == 1)


def _of_block(block: _Block) -> Iterator[Activity]:
    shared = squeezed(" ".join(block.responsible))
    starts = list(_NUMBER.finditer(shared))
    base = shared[: starts[0].start()].strip(" ,") if starts else shared
    singled = {match[1]: rest.strip() for match, rest in parts_after(shared, starts)}
    for number, texts in block.texts.items():
        if not number:
            continue
        own = singled.get(number, "")
        if own.startswith("plus "):  # which holds for each actor after it
            own = f"{base}, {own.replace(', ', ', plus ')}"
        actors = own or base
        text = squeezed(" ".join(texts))
        yield Activity(number, text, actors, "", block.priority)


def _landscapes(text: str) -> Iterator[Lettered]:
    for letter, name, states in _AREA.findall(text):
        yield Lettered(letter, squeezed(name), tuple(split_states(states)))


def _species(scope: str) -> Iterator[Species]:
    """Yield the species under each criterion, with the Appendices that the list states."""
    plain = scope.replace("*", "")
    position = 0
    for line in plain.split("\n"):
        under = re.match(r"[\s-]*Appendix ([12]): (.*)", line)
        other = re.match(r"[\s-]*\d\. (?:Other|Species|The chinkara).*", line)
        listed = under[2] if under else _others(line) if other else ""
        appendix = {"1": "I", "2": "II"}[under[1]] if under else ""
        for item in re.split(r", (?!\w+ listed)", listed) if listed else []:
            match = re.match(r"(.+?) ((?:[A-Z]\w+)(?: (?:[a-z]{3,}|S\.))+)(.*)", item)
            if match:
                position += 1
                also = re.findall(r"also listed on Appendix (I+)", match[3])
                stated = tuple(one for one in (appendix, *also) if one)
                yield Species(position, squeezed(match[1]), squeezed(match[2]), stated)


def _others(line: str) -> str:
    """Return the list of species in a line on species outside the Appendices."""
    line = re.sub(r"\(today or possibly in future\)|\(jebeer gazelle\)", "", line)
    if ":" in line:
        return line.rpartition(":")[2].strip(" .")
    match = re.search(r"The (\w+ +[A-Z]\w+ \w+) was", line)
    return squeezed(match[1]) if match else ""


def _range_states(scope: str) -> Iterator[str]:
    part = re.search(r"14 Range States:(.*?)\.\s*$", scope, re.DOTALL | re.MULTILINE)
    yield from split_states(part[1] if part else "")


def _paragraphs(text: str) -> Iterator[Lettered]:
    part = between(text, "The Conference of the Parties to", "Annex to Resolution")
    for one, body in parts_after(part, list(_NUMBERED.finditer(part))):
        yield Lettered(one[1], verb(body.replace("*", "")))


def item_priorities(printed: str) -> dict[str, str]:
    """Return the priority of each lettered item where the cell gives each its own, or nothing."""
    groups = re.findall(r"([A-Z][\w/ ]*?) \(([a-z](?:, [a-z])*)\)", printed)
    return {letter: words for words, items in groups for letter in items.split(", ")}


def items_of(activity: Activity) -> list[str]:
    """Return the letters of the items of an activity, in order; landscapes are no items."""
    return [] if activity.number == LANDSCAPES else letters(activity.text)
