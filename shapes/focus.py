"""Parts of shapes: those of a profile, and those shapes bound to some nodes only.

Both are again SHACL, so whatever engine runs shapes runs these.
"""

from collections.abc import Collection, Iterator
from typing import Literal

import rdflib
from rdflib.term import Node

from ..ontology import SH, SHAPES

Profile = Literal["core", "strict", "advisory"]
PROFILES: tuple[Profile, ...] = ("core", "strict", "advisory")
_TARGETS = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)


def of_profile(shapes: rdflib.Graph, profile: Profile) -> rdflib.Graph:
    """Return a copy of shapes in which those outside a profile are switched off.

    A shape or constraint names its profiles by `shapes:profile`; without one it belongs to "core".
    Each profile holds those before it, and "advisory", the last, holds every shape.
    """
    chosen = _copy(shapes)
    if profile == PROFILES[-1]:
        return chosen
    held = {rdflib.Literal(name) for name in PROFILES[: PROFILES.index(profile) + 1]}
    for shape in set(shapes.subjects(SHAPES.profile)):
        if not held & set(shapes.objects(shape, SHAPES.profile)):
            chosen.set((shape, SH.deactivated, rdflib.Literal(True)))
    return chosen


def bound_to(
    shapes: rdflib.Graph, data: rdflib.Graph, nodes: Collection[Node]
) -> tuple[rdflib.Graph, int]:
    """Return a copy of shapes that look at these nodes of the data alone, and how many they target.

    Each target is replaced by the nodes that it selects in `data` and that are in `nodes`
    (https://www.w3.org/TR/shacl/#targets).
    """
    wanted = set(nodes)
    bound = _copy(shapes)
    types = _types(data, wanted)
    found: set[Node] = set()
    for shape in {shape for target in _TARGETS for shape in shapes.subjects(target)} | set(
        _class_shapes(shapes)
    ):
        selected = set(_selected(shapes, shape, data, wanted, types))
        for target in _TARGETS:
            bound.remove((shape, target, None))
        bound.remove((shape, rdflib.RDF.type, rdflib.RDFS.Class))
        for node in selected:
            bound.add((shape, SH.targetNode, node))
        found |= selected
    return bound, len(found)


def target_nodes(shapes: rdflib.Graph) -> set[Node]:
    """Return the nodes that shapes target by name, such as the ontology: all data concern them."""
    return set(shapes.objects(None, SH.targetNode))


def _copy(shapes: rdflib.Graph) -> rdflib.Graph:
    copy = rdflib.Graph()
    copy += shapes
    return copy


def _class_shapes(shapes: rdflib.Graph) -> Iterator[Node]:
    """Yield the shapes that are classes too, and so target their own instances."""
    for kind in (SH.NodeShape, SH.PropertyShape):
        for shape in shapes.subjects(rdflib.RDF.type, kind):
            if (shape, rdflib.RDF.type, rdflib.RDFS.Class) in shapes:
                yield shape


def _types(data: rdflib.Graph, nodes: Collection[Node]) -> dict[Node, set[Node]]:
    """Return the nodes that are of each class, directly or through its subclasses."""
    members: dict[Node, set[Node]] = {}
    above: dict[Node, set[Node]] = {}
    for node in nodes:
        for kind in data.objects(node, rdflib.RDF.type):
            if kind not in above:
                above[kind] = {
                    one for one in data.transitive_objects(kind, rdflib.RDFS.subClassOf) if one
                }
            for one in above[kind]:
                members.setdefault(one, set()).add(node)
    return members


def _selected(
    shapes: rdflib.Graph,
    shape: Node,
    data: rdflib.Graph,
    nodes: set[Node],
    types: dict[Node, set[Node]],
) -> Iterator[Node]:
    yield from nodes & set(shapes.objects(shape, SH.targetNode))
    classes = set(shapes.objects(shape, SH.targetClass))
    if (shape, rdflib.RDF.type, rdflib.RDFS.Class) in shapes:
        classes.add(shape)
    for kind in classes:
        yield from types.get(kind, ())
    for predicate in shapes.objects(shape, SH.targetSubjectsOf):
        yield from (node for node in nodes if (node, predicate, None) in data)
    for predicate in shapes.objects(shape, SH.targetObjectsOf):
        yield from (node for node in nodes if (None, predicate, node) in data)
