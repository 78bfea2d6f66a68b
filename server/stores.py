"""Where a dataset is kept while it is served: in memory, or in RocksDB on disk."""

import contextlib
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyoxigraph as ox

MEMORY_QUADS = 1_000_000  # beyond it each worker's own memory outweighs the slower disk
KINDS = ("auto", "memory", "disk")


def in_memory(kind: str, quads: int) -> bool:
    """Return whether a dataset of that many quads is served from memory."""
    return kind == "memory" or (kind == "auto" and quads <= MEMORY_QUADS)


def form_of(path: Path) -> "ox.RdfFormat | None":
    """Return the syntax that a file name stands for, if there is one."""
    import pyoxigraph as ox

    return ox.RdfFormat.from_extension(path.suffix[1:].lower())


@contextlib.contextmanager
def store_of_file(path: Path) -> Generator[Path]:
    """Load an RDF file into an on-disk store of its own; the store goes at the end."""
    import pyoxigraph as ox

    with tempfile.TemporaryDirectory(prefix="cami-store-") as folder:
        place = Path(folder) / "store"
        store = ox.Store(str(place))
        quads = ox.parse(path=str(path), format=form_of(path))  # labels of blank nodes stay
        store.bulk_extend(quads)
        store.optimize()  # mandatory after a bulk load: queries are up to ten times slower without
        store.flush()
        del store  # lets go of the lock
        yield place
