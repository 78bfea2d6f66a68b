"""Which shapes look at some nodes (https://www.w3.org/TR/shacl/#targets)."""

from collections.abc import Collection, Iterator

import rdflib
from rdflib.term import Node

from ..ontology import SH

_TARGETS = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)


def looking_at(shapes: rdflib.Graph, data: rdflib.Graph, nodes: Collection[Node]) -> set[Node]:
    """Return the shapes that target one of these nodes of the data at least."""
    wanted = set(nodes)
    types = _types(data, wanted)
    with_targets = {shape for target in _TARGETS for shape in shapes.subjects(target)}
    return {
        shape
        for shape in with_targets | set(_class_shapes(shapes))
        if any(True for _ in _selected(shapes, shape, data, wanted, types))
    }


def target_nodes(shapes: rdflib.Graph) -> set[Node]:
    """Return the nodes that shapes target by name, such as the ontology: all data concern them."""
    return set(shapes.objects(None, SH.targetNode))


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
