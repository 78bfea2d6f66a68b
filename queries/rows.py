"""Count the rows of a result in its bytes while the engine writes them, without a row in Python."""

from typing import ClassVar

from .formats import Format

_BLOCK = 1 << 16


class RowCounter:
    """Rows in the bytes so far: a quick upper bound, and the true number once that is too high.

    Reading rows one by one in Python would cost more than the serialisation itself.
    """

    # What stands once between two rows (JSON) or once in each row and head (the others), and how
    # many more than rows there are.
    _MARKS: ClassVar[dict[str, tuple[bytes, int]]] = {
        "json": (b"},{", -1),
        "xml": (b"<result>", 0),
        "csv": (b"\n", 1),
        "csv-excel": (b"\n", 1),
        "tsv": (b"\n", 1),
    }

    def __init__(self, form: Format, limit: int):
        self._mark, more = self._MARKS[form.name]
        self._most = limit + more
        self._marks, self._tail = 0, b""
        self._strings = form.name in (
            "json",
            "csv",
            "csv-excel",
        )  # which may hold the mark; others escape it
        self._escapes = form.name == "json"
        self._read, self._true, self._inside, self._rest = 0, 0, False, b""

    def add(self, data: bytes) -> bool:
        """Take the next bytes; return whether there may now be too many rows: then ask `exact`."""
        data = self._tail + data
        self._marks += data.count(self._mark)
        self._tail = data[len(data) - len(self._mark) + 1 :]
        return self._marks > self._most

    def exact(self, written: memoryview) -> bool:
        """Return whether `written`, all bytes so far, really holds too many rows."""
        if self._strings:
            while block := self._block(written):
                self._read += len(block)
                self._count(block)
            self._marks = self._true
        return self._marks > self._most

    def _block(self, written: memoryview) -> bytes:
        """Return the next bytes to read, no run of backslashes among them cut in two."""
        block = bytes(written[self._read : self._read + _BLOCK])
        if not self._escapes:
            return block
        return block.rstrip(b"\\") or block[: len(block) // 2 * 2]

    def _count(self, block: bytes) -> None:
        """Count the marks of a block that stand in no string."""
        if self._escapes:
            block = block.replace(b"\\\\", b"").replace(b'\\"', b"")
        parts = block.split(b'"')
        outside = [b"", *parts[1::2]] if self._inside else parts[::2]
        text = self._rest + b'"'.join(outside)
        self._true += text.count(self._mark)
        self._rest = text[len(text) - len(self._mark) + 1 :]
        self._inside ^= len(parts) % 2 == 0
