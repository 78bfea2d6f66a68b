"""What a build is made from, by one digest: whoever has another one has another build.

Every command asks, so the packages of tables and shapes, which are slow to import, are only looked at.
"""

import hashlib
from importlib.metadata import version as installed_version
from pathlib import Path

from ..ontology.inputs import input_files
from ..queries.catalogue import query_files

_PROJECT = Path(__file__).parents[1]


def inputs_digest(tables: Path = _PROJECT / "graph" / "tables") -> str:
    """Return the SHA-256 of all that a build is made from: tables, ontology, shapes, queries."""
    digest = hashlib.sha256(installed_version("cami").encode())
    shapes = (_PROJECT / "shapes").glob("*.ttl")
    paths = [*tables.glob("*.tsv"), *input_files(), *shapes, *query_files()]
    for path in sorted(paths, key=lambda path: (path.suffix, path.name)):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()
