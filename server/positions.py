"""Where in a text each statement of Turtle, TriG, N-Triples or N-Quads stands.

The text has been parsed by the engine, so it is valid; this only finds again, in the order in which
the engine met the statements, the place of each subject, predicate and object.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<skip>\s+|\#[^\n\r]*)
    |(?P<iri><[^<>\s]*>)
    |(?P<string>\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''
        |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
    |(?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    |(?P<datatype>\^\^)
    |(?P<mark>[.;,\[\](){}](?!\d)|[;,\[\](){}])
    |(?P<word>(?:[^\s<>"'{}()\[\],;\#.^@\\]|\\.|\.(?=[^\s<>"'{}()\[\],;\#^@]))+)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)


class Unreadable(Exception):
    """The text uses syntax whose places are not looked for, such as formulas of N3."""


class Place(NamedTuple):
    """A line and a column of a text, both from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Statement:
    """The places of one statement; nodes without a name are numbers, others their text."""

    subject: str | int
    subject_at: Place
    verb_at: Place
    object: str | int
    object_at: Place
    is_list: bool  # whether its object is a collection, whose link the engine meets elsewhere


@dataclass
class _Frame:
    kind: str  # "doc", "[" or "("
    subject: tuple[str | int, Place] | None = None
    verb: Place | None = None
    done: bool = False  # whether the object was met: what follows is a graph name
    items: int = 0

    def clear(self) -> None:
        self.subject, self.verb, self.done = None, None, False


class Lines:
    """Turns offsets of a text into lines and columns."""

    def __init__(self, text: str):
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(self, offset: int) -> Place:
        """Return the place of an offset."""
        line = bisect_right(self._starts, offset)
        return Place(line, offset - self._starts[line - 1] + 1)


def statements(text: str) -> list[Statement]:
    """Return the statements of a text in the order in which the engine yields them.

    Raises `Unreadable` for syntax that is none of the four.
    """
    return _Scan(text).run()


@dataclass
class _Scan:
    text: str
    found: list[Statement] = field(default_factory=list[Statement])
    stack: list[_Frame] = field(default_factory=lambda: [_Frame("doc")])
    openings: list[tuple[int, Place]] = field(default_factory=list[tuple[int, Place]])

    def run(self) -> list[Statement]:
        lines = Lines(self.text)
        tokens = self._tokens()
        for kind, word, offset in tokens:
            place = lines.place(offset)
            if kind == "mark":
                self._mark(word, place, offset)
            elif kind == "language" and word in ("@prefix", "@base", "@version"):
                for _, mark, _ in tokens:
                    if mark == ".":
                        break
            elif kind == "datatype":
                next(tokens, None)
            elif kind == "word" and self._at_start() and word.upper() in _DIRECTIVES:
                for _ in range(_DIRECTIVES[word.upper()]):
                    next(tokens, None)
            elif kind in ("iri", "string", "word"):
                self._term(word if kind != "string" else "", place)
            elif kind == "other":
                raise Unreadable(f"{word!r} at line {place.line}")
        return self.found

    def _tokens(self) -> Iterator[tuple[str, str, int]]:
        for match in _TOKEN.finditer(self.text):
            kind = match.lastgroup or ""
            if kind != "skip":
                yield kind, match[0], match.start()

    def _at_start(self) -> bool:
        return len(self.stack) == 1 and self.stack[0].subject is None

    def _mark(self, mark: str, place: Place, offset: int) -> None:
        frame = self.stack[-1]
        if mark == ",":
            frame.done = False
        elif mark == ";":
            frame.verb, frame.done = None, False
        elif mark in ".{}":
            frame.clear()
        elif mark in "[(":
            self.openings.append((offset, place))
            self.stack.append(_Frame(mark, (offset, place) if mark == "[" else None))
        elif len(self.stack) > 1:
            closed = self.stack.pop()
            node, opened = self.openings.pop()
            empty = closed.kind == "(" and not closed.items
            self._term("()" if empty else node, opened, closed.kind == "(" and not empty)

    def _term(self, node: str | int, place: Place, is_list: bool = False) -> None:
        frame = self.stack[-1]
        if frame.kind == "(":
            frame.items += 1
        elif frame.subject is None:
            frame.subject = (node, place)
        elif frame.verb is None:
            frame.verb = place
        elif not frame.done:
            frame.done = True
            self.found.append(Statement(*frame.subject, frame.verb, node, place, is_list))


_DIRECTIVES = {"PREFIX": 2, "BASE": 1, "VERSION": 1, "GRAPH": 0}
