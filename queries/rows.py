"""Count the rows of a result in its bytes while the engine writes them, without a row in Python."""

import re
from typing import ClassVar

from .formats import Format


class RowCounter:
    """Rows in the bytes so far: a quick upper bound, and the true number once that is too high.

    Reading rows one by one in Python would cost more than the serialisation itself.
    """

    # What stands once between two rows (JSON) or once in each row and head (the others).
    _MARKS: ClassVar[dict[str, bytes]] = {
        "json": b"},{",
        "xml": b"<result>",
        "csv": b"\n",
        "tsv": b"\n",
    }
    # Where a value, perhaps not yet at its end, may hold the mark; XML and TSV escape theirs.
    _VALUES: ClassVar[dict[str, re.Pattern[bytes]]] = {
        "json": re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL),
        "csv": re.compile(rb'"[^"]*(?:"|\Z)'),
    }
    _BEYOND: ClassVar[dict[str, int]] = {"json": -1, "xml": 0, "csv": 1, "tsv": 1}

    def __init__(self, form: Format, limit: int):
        self._name, self._mark = form.name, self._MARKS[form.name]
        self._most = limit + self._BEYOND[form.name]  # marks that a result of the limit has
        self._marks, self._tail = 0, b""

    def add(self, data: bytes) -> bool:
        """Take the next bytes; return whether there may now be too many rows: then ask `exact`."""
        data = self._tail + data
        self._marks += data.count(self._mark)
        self._tail = data[len(data) - len(self._mark) + 1 :]
        return self._marks > self._most

    def exact(self, written: bytes) -> bool:
        """Return whether `written`, all bytes so far, really holds too many rows."""
        if values := self._VALUES.get(self._name):
            self._marks = values.sub(b"", written).count(self._mark)
        return self._marks > self._most
