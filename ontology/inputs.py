"""The files that the ontology is published from; every command asks, so nothing slow is imported."""

from pathlib import Path

from . import HERE, ONTOLOGY_FILE

DIAGRAMS_FILE = HERE / "diagrams.toml"
STYLE_FILE, TERMS_STYLE_FILE = HERE / "page.css", HERE / "terms.css"
RELEASES_FOLDER = HERE / "releases"


def input_files() -> list[Path]:
    """Return all files that a publication is made from."""
    return [
        ONTOLOGY_FILE,
        DIAGRAMS_FILE,
        STYLE_FILE,
        TERMS_STYLE_FILE,
        *RELEASES_FOLDER.glob("*.ttl"),
    ]
