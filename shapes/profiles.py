"""The shapes that the project ships, and which of them a profile asks for."""

from typing import Literal

import rdflib
from rdflib.term import Node

from ..ontology import SH, SHAPES
from .check import load_shapes, shape_files

Profile = Literal["core", "strict", "advisory"]

PROFILES: dict[Profile, str] = {
    "core": "what any data in this vocabulary must satisfy",
    "strict": "core, and what the shipped dataset satisfies beyond it: labels, sources, sequences",
    "advisory": "strict, and what is left to do for those who keep the dataset",
}
MARK = SHAPES["profile"]  # a shape or constraint without this mark is core
_LINKS = (SH.property, SH.sparql)


def shapes_of(profile: Profile = "advisory") -> rdflib.Graph:
    """Return the shipped shapes of a profile; each profile holds those of the profiles before it."""
    return of_profile(load_shapes(shape_files()), profile)


def of_profile(shapes: rdflib.Graph, profile: Profile) -> rdflib.Graph:
    """Take out of a graph of shapes those that are not of a profile, and return it."""
    names = list(PROFILES)
    beyond = {rdflib.Literal(name) for name in names[names.index(profile) + 1 :]}
    for shape in [shape for shape, mark in shapes.subject_objects(MARK) if mark in beyond]:
        _drop(shapes, shape)
    return shapes


def _drop(shapes: rdflib.Graph, shape: Node) -> None:
    """Remove a shape, what points to it, and the property shapes that it alone uses."""
    parts = [part for link in _LINKS for part in shapes.objects(shape, link)]
    shapes.remove((None, None, shape))
    shapes.remove((shape, None, None))
    for part in parts:
        if not any(True for link in _LINKS for _ in shapes.subjects(link, part)):
            _drop(shapes, part)
