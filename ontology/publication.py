"""All files that publish the ontology, made in one go."""

from collections.abc import Mapping
from dataclasses import dataclass

from . import ONTOLOGY_FILE
from .changes import Changes, first_versions, history, read_releases
from .diagrams import read_diagrams
from .entry import Constraints, Entries
from .files import as_json, context, serialisations
from .model import read_ontology
from .page import Page


@dataclass(frozen=True)
class Publication:
    """The files by name, the version that they are of, and what changed, the newest first."""

    files: Mapping[str, bytes]
    version: str
    history: list[Changes]


def publish(constraints: Constraints) -> Publication:
    """Return the page, the four formats, the JSON-LD context and the list of changes.

    `constraints` gives for the IRI of a term the IRI and message of each shape that holds it.
    Raises `OntologyError` when an ontology file or the table of diagrams has a fault.
    """
    working, releases = read_ontology(ONTOLOGY_FILE), read_releases()
    steps = history(releases, working)
    page = Page(
        entries=Entries(working, first_versions(releases, working), constraints),
        diagrams=read_diagrams(),
        history=steps,
    )
    files = {
        **serialisations(ONTOLOGY_FILE),
        "context.jsonld": as_json(context(working)),
        "changes.json": as_json([step.as_json() for step in steps]),
        "index.html": page.html(),
    }
    return Publication(dict(sorted(files.items())), working.version, steps)
