"""Rows of tables of users: read as a stream, whatever they hold, in constant memory.

A table may be a file or a member of a zip archive; names of members are only compared, never used
as paths, so what an archive calls its members cannot matter.
"""

import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .import_kinds import FormatError

MAX_LINE = 1 << 20  # bytes; the longest texts of real exports are a tenth of that
MAX_RATIO = 100  # of bytes in an archive to bytes out; tables of real exports have 5 to 15
_RATIO_FROM = 16 << 20  # bytes out before the ratio counts
_CHUNK = 1 << 20

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Dialect:
    """How a table is written; `quote` is empty where nothing is quoted."""

    separator: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    fallback: str | None = None
    skip: int = 0  # lines before the first row


@dataclass(frozen=True)
class Bad:
    """A row that cannot be read, with the reason."""

    line: int
    reason: str
    text: str = ""


Row = tuple[int, list[str]] | Bad


class Source:
    """A file of a user: a table itself, or a zip archive of some."""

    def __init__(self, path: Path):
        self.path = path
        self.archive: zipfile.ZipFile | None = None
        try:
            self.bytes = path.stat().st_size
            if zipfile.is_zipfile(path):
                self.archive = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise FormatError(f"{path}: {reason}") from None

    def members(self) -> list[str]:
        """Return the names of the files in the archive, none for a plain file."""
        return [one.filename for one in self._files()]

    def _files(self) -> list[zipfile.ZipInfo]:
        return [one for one in self.archive.infolist() if not one.is_dir()] if self.archive else []

    def find(self, name: str) -> str | None:
        """Return the member whose last part is this name, the one nearest to the top."""
        found = [one for one in self.members() if one.rpartition("/")[2] == name]
        return min(found, key=lambda one: (one.count("/"), one), default=None)

    def size(self, member: str | None) -> int:
        """Return how many bytes a member says that it has, or the file has."""
        if member is None or self.archive is None:
            return self.bytes
        return self.archive.getinfo(member).file_size

    @contextmanager
    def open(self, member: str | None, progress: Progress) -> Generator[io.BufferedReader]:
        """Open the file, or a member; `progress` gets how many bytes were read so far.

        Raises `FormatError` while reading: for a broken archive, an encrypted one, or one that
        grows beyond `MAX_RATIO`.
        """
        try:
            if member is None or self.archive is None:
                raw = self.path.open("rb")
                limit = 0
            else:
                raw = self.archive.open(member)
                limit = MAX_RATIO * max(1, self.archive.getinfo(member).compress_size)
        except (OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
            raise FormatError(f"{self.path}: {member or ''}: {error}") from None
        with raw:
            yield io.BufferedReader(_Counted(raw, self.path, limit, progress), _CHUNK)


class _Counted(io.RawIOBase):
    """Passes bytes on, counts them, and stops an archive that only means to fill memory or disk."""

    def __init__(self, inner: IO[bytes], path: Path, limit: int, progress: Progress):
        self._inner, self._path, self._limit = inner, path, limit
        self._progress, self._count = progress, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read into a buffer; return how many bytes."""
        try:
            data = self._inner.read(len(buffer))
        except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
            raise FormatError(f"{self._path}: is broken: {error}") from None
        buffer[: len(data)] = data
        self._count += len(data)
        if self._limit and self._count > max(self._limit, _RATIO_FROM):
            raise FormatError(
                f"{self._path}: unpacks to more than {MAX_RATIO} times its size: not an export; "
                "unpack it yourself if it is one"
            )
        self._progress(self._count)
        return len(data)


class Table:
    """Rows of a table with their line numbers; the first row is the header unless it is given."""

    def __init__(self, binary: io.BufferedReader, dialect: Dialect, where: str):
        self._lines = _Lines(binary, dialect, where)
        self._dialect = dialect
        self._reader = self._new_reader()

    def _new_reader(self) -> Iterator[list[str]]:
        if not self._dialect.quote:
            return csv.reader(
                self._lines, delimiter=self._dialect.separator, quoting=csv.QUOTE_NONE
            )
        return csv.reader(
            self._lines,
            delimiter=self._dialect.separator,
            quotechar=self._dialect.quote,
            strict=True,
        )

    def header(self) -> list[str]:
        """Return the cells of the next row, without a byte order mark. Raises `FormatError`."""
        for row in self:
            if isinstance(row, Bad):
                raise FormatError(f"{self._lines.where}:{row.line}: {row.reason}")
            return [cell.strip() for cell in row[1]]
        raise FormatError(f"{self._lines.where}: is empty")

    def __iter__(self) -> Iterator[Row]:
        """Yield each row with the line that it begins in; empty lines are none."""
        while True:
            first = self._lines.number + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except _BadLine as error:
                yield Bad(self._lines.number, str(error))
                self._reader = self._new_reader()
                continue
            except csv.Error as error:
                lines = f" up to line {last}" if (last := self._lines.number) > first else ""
                yield Bad(first, f"is not CSV{lines}: {error}", self._lines.last)
                self._reader = self._new_reader()
                continue
            if cells:
                yield first, cells


class _BadLine(Exception):
    """A line that is not text, or too long."""


class _Lines:
    """The lines of a table as text; one that cannot be read raises and is passed over."""

    def __init__(self, binary: io.BufferedReader, dialect: Dialect, where: str):
        self.where, self.number, self.last = where, 0, ""
        self._binary, self._dialect = binary, dialect
        for _ in range(dialect.skip):
            self._next_bytes()

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        data = self._next_bytes()
        try:
            self.last = data.decode(self._dialect.encoding)
        except UnicodeDecodeError as error:
            if not self._dialect.fallback:
                raise _BadLine(f"is not {self._dialect.encoding.upper()}: {error.reason}") from None
            self.last = data.decode(self._dialect.fallback)
        return self.last

    def _next_bytes(self) -> bytes:
        data = self._binary.readline(MAX_LINE)
        self.number += 1
        if not data:
            raise StopIteration
        if self.number == 1:
            data = self._checked_start(data)
        if len(data) >= MAX_LINE and not data.endswith(b"\n"):
            while (rest := self._binary.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                pass
            raise _BadLine(f"is longer than {MAX_LINE:,} bytes")
        return data

    def _checked_start(self, data: bytes) -> bytes:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise FormatError(f"{self.where}: is UTF-16: save it as UTF-8")
        return data.removeprefix(b"\xef\xbb\xbf")


csv.field_size_limit(MAX_LINE)
