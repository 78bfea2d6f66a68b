"""What is read once a build, so that no page asks for it: what things are called, and all names."""

import asyncio
from dataclasses import dataclass

from ...queries.names import NameIndex
from ..builds import Build
from ..files import Current
from .labels import Labels, read_labels
from .vocabulary import Entry, read_vocabulary


@dataclass(frozen=True)
class Read:
    """The names of one build."""

    build: Build
    labels: Labels
    names: NameIndex


class Known:
    """The names of the build that is served now, read when they are first needed."""

    def __init__(self, current: Current):
        self.current = current
        self._held: Read | None = None
        self._words: tuple[str, list[Entry]] | None = None
        self._reading = asyncio.Lock()

    async def read(self) -> Read:
        """Return what is known of the current build."""
        build = self.current()
        async with self._reading:
            if self._held is None or self._held.build.digest != build.digest:
                self._held = await asyncio.to_thread(_read, build)
            return self._held

    async def vocabulary(self) -> list[Entry]:
        """Return the classes of the current build with their properties and shapes."""
        read = await self.read()
        async with self._reading:
            if self._words is None or self._words[0] != read.build.digest:
                found = await asyncio.to_thread(read_vocabulary, read.build, read.labels)
                self._words = read.build.digest, found
            return self._words[1]


def _read(build: Build) -> Read:
    return Read(build, read_labels(build), build.names())
