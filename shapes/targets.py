"""Which constraints hold which class and which property."""

import rdflib
from rdflib import URIRef

from ..ontology import SH


def constraints(shapes: rdflib.Graph) -> dict[str, list[tuple[str, str]]]:
    """Return for the IRI of a class or property the IRI and message of each shape that holds it.

    A class is held by the shapes that target it and by their property shapes, a property by the
    property shapes whose path it is. Shapes without a name are left out; the lists are sorted.
    """
    found: dict[str, set[tuple[str, str]]] = {}
    for shape, target in shapes.subject_objects(SH.targetClass):
        for held_by in (shape, *shapes.objects(shape, SH.property)):
            if isinstance(held_by, URIRef):
                found.setdefault(str(target), set()).add((held_by, _message(shapes, held_by)))
    for shape, path in shapes.subject_objects(SH.path):
        if isinstance(shape, URIRef) and isinstance(path, URIRef):
            found.setdefault(str(path), set()).add((shape, _message(shapes, shape)))
    return {iri: sorted(held) for iri, held in sorted(found.items())}


def _message(shapes: rdflib.Graph, shape: URIRef) -> str:
    return " ".join(sorted(str(message) for message in shapes.objects(shape, SH.message)))
