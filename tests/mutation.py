"""Break real records in every way that a constraint forbids, and count how many breaks are caught.

`python tests/mutation.py` prints the score. Every constraint of every shape gets a mutant of its
own: a real record of the dataset, changed so that this constraint is broken. It is caught when
pySHACL reports it for that record, that shape and that component; since nothing else can make such
a result, a constraint that is weakened or taken away leaves a survivor. The engine that runs by
default must say the same of each mutant, to the letter.
"""

import logging
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import rdflib
from rdflib import RDF, XSD
from rdflib.collection import Collection
from rdflib.term import BNode, Literal, Node, URIRef

from cami.ontology import ID, PREFIXES, SH, SHAPES
from cami.shapes import Result, reference, shapes_of
from cami.shapes.compiled import compile_shapes, n_triples
from cami.shapes.engine import Index, run

HERE = Path(__file__).parent
MUTANT = URIRef("https://example.org/mutant")
TREATY = URIRef(f"{ID}treaty/cms")
logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)  # values are ill-typed on purpose
Triple = tuple[Node, Node, Node]
Change = tuple[list[Triple], list[Triple]]  # what goes, what comes

# Constraints that no change of a record can break alone: constraint -> why.
EQUIVALENT: dict[tuple[str, str], str] = {}


@dataclass(frozen=True)
class Mutant:
    """A change of one record that breaks one constraint."""

    shape: str
    parameter: str
    focus: Node
    gone: tuple[Triple, ...]
    come: tuple[Triple, ...]
    value: Node | None = None  # what the result names, where that is decided by hand

    @property
    def name(self) -> str:
        return f"{self.shape}-{self.parameter} on {self.focus.removeprefix(ID)}"  # type: ignore[attr-defined]

    @property
    def component(self) -> str:
        name = "SPARQL" if self.parameter == "sparql" else _capital(self.parameter)
        return f"{SH}{name}ConstraintComponent"


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


class Lab:
    """The built dataset in both engines, changed and put back for each mutant."""

    def __init__(self, dump: Path):
        self.graph = rdflib.Graph().parse(dump, format="nt")
        self.store = ox.Store()
        self.store.bulk_load(path=str(dump), format=ox.RdfFormat.N_TRIPLES)
        self.index = Index(self.store)
        self.shapes = shapes_of()
        self.compiled = {shape.name: shape for shape in compile_shapes(self.shapes)}

    @contextmanager
    def changed(self, mutant: Mutant) -> Iterator[None]:
        gone = [triple for triple in mutant.gone if triple in self.graph]
        come = [triple for triple in dict.fromkeys(mutant.come) if triple not in self.graph]
        self._swap(gone, come)
        try:
            yield
        finally:
            self._swap(come, gone)

    def _swap(self, gone: list[Triple], come: list[Triple]) -> None:
        for triple in gone:
            self.graph.remove(triple)
            subject, predicate, value = map(n_triples, triple)
            self._forget(self.index.out[predicate], subject, value)
            self._forget(self.index.back[predicate], value, subject)
            self.store.remove(quad(triple))
        for triple in come:
            self.graph.add(triple)
            subject, predicate, value = map(n_triples, triple)
            self.index.out.setdefault(predicate, {}).setdefault(subject, []).append(value)
            self.index.back.setdefault(predicate, {}).setdefault(value, []).append(subject)
            self.store.add(quad(triple))

    @staticmethod
    def _forget(table: dict[str, list[str]], key: str, value: str) -> None:
        table[key].remove(value)
        if not table[key]:
            del table[key]

    def fast(self, mutant: Mutant, weakened: bool = False) -> list[Result]:
        """What the default engine says of the record, by this shape with or without the constraint."""
        part, shape = self.part(mutant), SHAPES[mutant.shape]
        if weakened:
            part.remove((shape, SH[mutant.parameter], None))
            part.remove((None, SH.sparql, shape))
        return sorted(set(run(self.index, compile_shapes(part))))

    def part(self, mutant: Mutant) -> rdflib.Graph:
        """The shape or SPARQL constraint alone, aimed at the record alone."""
        part, shape = rdflib.Graph(), SHAPES[mutant.shape]
        node = self.node_shape(shape)
        part.add((node, RDF.type, SH.NodeShape))
        part.add((node, SH.targetNode, mutant.focus))
        self._copy(part, shape, skip={SH.property, SH.sparql} if shape == node else set())
        for link in (SH.property, SH.sparql):
            if (node, link, shape) in self.shapes:
                part.add((node, link, shape))
        for severity in self.shapes.objects(node, SH.severity):
            part.add((node, SH.severity, severity))
        if mutant.parameter == "sparql":
            self._copy(part, URIRef(str(SHAPES).rstrip("#")), set())
        return part

    def _copy(self, part: rdflib.Graph, node: Node, skip: set[URIRef]) -> None:
        for predicate, value in self.shapes.predicate_objects(node):
            if predicate in skip or str(predicate).startswith(f"{SH}target"):
                continue
            part.add((node, predicate, value))
            if isinstance(value, BNode):
                self._copy(part, value, set())

    def node_shape(self, shape: Node) -> Node:
        """The node shape that a shape or constraint belongs to, or is."""
        for link in (SH.property, SH.sparql):
            for node in self.shapes.subjects(link, shape):
                return node
        return shape

    def focuses(self, node: Node) -> list[Node]:
        """The real records that a node shape is about."""
        return sorted(parse(term) for term in self.index.targets(self.compiled[str(node)]))

    def reach(self, focus: Node, path: Node) -> list[Triple]:
        """The last steps along a path: the triples that make its values."""
        if isinstance(path, URIRef):
            return [(focus, path, value) for value in sorted(self.graph.objects(focus, path))]
        inverse = self.shapes.value(path, SH.inversePath)
        if inverse is not None:
            return [(one, inverse, focus) for one in sorted(self.graph.subjects(inverse, focus))]
        either = self.shapes.value(path, SH.alternativePath)
        if either is not None:
            return [t for part in Collection(self.shapes, either) for t in self.reach(focus, part)]
        first, *rest = Collection(self.shapes, path)
        found = self.reach(focus, first)
        for part in rest:
            ends = [o if isinstance(first, URIRef) else s for s, _, o in found]
            found, first = [t for end in ends for t in self.reach(end, part)], part
        return found


def quad(triple: Triple) -> ox.Quad:
    line = " ".join(map(n_triples, triple)) + " ."
    [parsed] = ox.parse(line, ox.RdfFormat.N_TRIPLES)
    return parsed


def parse(term: str) -> Node:
    return URIRef(term[1:-1]) if term[0] == "<" else BNode(term[2:])


def mutants(lab: Lab) -> Iterator[Mutant]:
    """One mutant or more for each constraint that ships."""
    yield from written(lab)
    for shape in sorted({s for s, _ in lab.shapes.subject_objects(SH.message)}, key=str):
        name = str(shape).removeprefix(str(SHAPES))
        for parameter in sorted(_parameters(lab, shape)):
            found = list(_of(lab, shape, name, parameter))
            assert found, f"no record to break for {name} {parameter}"
            yield from found


def _parameters(lab: Lab, shape: Node) -> Iterator[str]:
    for predicate in lab.shapes.predicates(shape, None):
        name = str(predicate).removeprefix(str(SH))
        if name in BREAKS:
            yield name


def _of(lab: Lab, shape: Node, name: str, parameter: str) -> Iterator[Mutant]:
    """Mutants of one constraint, on one record that it can be broken on."""
    path = lab.shapes.value(shape, SH.path)
    [limit] = lab.shapes.objects(shape, SH[parameter])
    node = lab.node_shape(shape)
    records = lab.focuses(node)
    used = lab.shapes.value(node, SH.targetSubjectsOf)
    if not records and used is not None:  # a property that users' own data have
        yield Mutant(name, parameter, TREATY, (), ((TREATY, used, Literal("mutant")),))
    with_value = [f for f in records if path is None or lab.reach(f, path)]
    turn = zlib.crc32(f"{name} {parameter}".encode()) % max(len(with_value), 1)
    chosen = [*with_value[turn:], *with_value[:turn]]  # another record for each constraint
    for focus in [*chosen[:40], *records[:1]]:
        changes = list(BREAKS[parameter](lab, shape, focus, limit))
        for gone, come in changes:
            # A record that is renamed is another focus node.
            moved = [t[0] for t in come if (focus, t[1], t[2]) in gone and t[0] != focus]
            yield Mutant(name, parameter, moved[0] if moved else focus, (*gone,), (*come,))
        if changes:
            return


def _last(lab: Lab, shape: Node, focus: Node) -> list[Triple]:
    path = lab.shapes.value(shape, SH.path)
    return [] if path is None else lab.reach(focus, path)


def _value(lab: Lab, shape: Node, triple: Triple) -> Node:
    return triple[0] if _backwards(lab, lab.shapes.value(shape, SH.path)) else triple[2]


def _backwards(lab: Lab, path: Node | None) -> bool:
    """Whether the last step of a path goes against its triple."""
    if path is None or isinstance(path, URIRef):
        return False
    if lab.shapes.value(path, RDF.first) is not None:
        return _backwards(lab, list(Collection(lab.shapes, path))[-1])
    return lab.shapes.value(path, SH.inversePath) is not None


def _with(lab: Lab, shape: Node, triple: Triple, value: Node) -> Triple:
    """The same last step to another value."""
    subject, predicate, old = triple
    if _backwards(lab, lab.shapes.value(shape, SH.path)):
        return (value, predicate, old)
    return (subject, predicate, value)


def _step(lab: Lab, shape: Node, focus: Node, value: Node) -> list[Triple]:
    """A last step to a value, also where the record has none yet."""
    found = _last(lab, shape, focus)
    if found:
        return [_with(lab, shape, found[0], value)]
    path = lab.shapes.value(shape, SH.path)
    either = None if path is None else lab.shapes.value(path, SH.alternativePath)
    path = path if either is None else Collection(lab.shapes, either)[0]
    if isinstance(path, URIRef):
        return [(focus, path, value)]
    inverse = lab.shapes.value(path, SH.inversePath)
    return [] if inverse is None else [(value, inverse, focus)]


def instead(value: Callable[[Node, Node], list[Node]]) -> Callable[..., Iterator[Change]]:
    """A break that puts other values in the place of the first one."""

    def change(lab: Lab, shape: Node, focus: Node, limit: Node) -> Iterator[Change]:
        for triple in _last(lab, shape, focus)[:1]:
            for other in value(_value(lab, shape, triple), limit):
                yield [triple], [_with(lab, shape, triple, other)]

    return change


def fewer(lab: Lab, shape: Node, focus: Node, limit: Node) -> Iterator[Change]:
    found = _last(lab, shape, focus)
    if len(found) >= int(limit):
        yield found[int(limit) - 1 :], []


def more(lab: Lab, shape: Node, focus: Node, limit: Node) -> Iterator[Change]:
    found = _last(lab, shape, focus)
    values = [_value(lab, shape, triple) for triple in found]
    like = values[0] if values else MUTANT
    new = [_other(like, number) for number in range(int(limit) + 1 - len(set(values)))]
    come = [triple for value in new for triple in _step(lab, shape, focus, value)]
    if len(come) == len(new):
        yield [], come


def _other(like: Node, number: int) -> Node:
    """Another value of the same kind."""
    if not isinstance(like, Literal):
        return URIRef(f"{MUTANT}-{number}")
    if like.language:
        return Literal(f"{like} {number}", lang=like.language)
    digits = re.search(r"\d", like)
    if like.datatype in (None, XSD.string) or digits is None:
        return Literal(f"{like} {number}")
    return Literal(
        re.sub(r"\d{4}|\d+", lambda m: f"{int(m[0]) + 1 + number}", like, count=1),
        datatype=like.datatype,
    )


def of_other_class(lab: Lab, shape: Node, focus: Node, limit: Node) -> Iterator[Change]:
    """Point to a thing that exists and has another class, or to nothing; or take the class away."""
    if lab.shapes.value(shape, SH.path) is None:
        yield [(focus, RDF.type, kind) for kind in lab.graph.objects(focus, RDF.type)], []
        return
    other = next(
        URIRef(ID + slug)
        for slug in ("state/KAZ", "region/altai", "treaty/cms")
        if not lab.index.instance(f"<{ID}{slug}>", n_triples(limit))
    )
    yield from instead(lambda _, __: [other, MUTANT])(lab, shape, focus, limit)


def other_kind(lab: Lab, shape: Node, focus: Node, limit: Node) -> Iterator[Change]:
    if lab.shapes.value(shape, SH.path) is None:
        yield from _renamed(lab, focus, BNode("mutant"))
    else:
        yield from instead(lambda _, __: [Literal("mutant")])(lab, shape, focus, limit)


def _renamed(lab: Lab, focus: Node, new: Node) -> Iterator[Change]:
    triples = list(lab.graph.triples((focus, None, None)))
    yield triples, [(new, predicate, value) for _, predicate, value in triples]


def against_pattern(lab: Lab, shape: Node, focus: Node, limit: Node) -> Iterator[Change]:
    if lab.shapes.value(shape, SH.path) is None:
        yield from _renamed(lab, focus, MUTANT)
    else:
        iri = URIRef("urn:mutant") if re.search(str(limit), MUTANT) else MUTANT
        yield from instead(lambda v, _: [iri if isinstance(v, URIRef) else Literal("§ 1")])(
            lab, shape, focus, limit
        )


def another_of_the_language(lab: Lab, shape: Node, focus: Node, limit: Node) -> Iterator[Change]:
    for triple in _last(lab, shape, focus)[:1]:
        value = _value(lab, shape, triple)
        assert isinstance(value, Literal)
        yield [], [_with(lab, shape, triple, Literal(f"{value} mutant", lang=value.language))]


def not_equal(lab: Lab, shape: Node, focus: Node, limit: Node) -> Iterator[Change]:
    assert isinstance(limit, URIRef)
    values = sorted(lab.graph.objects(focus, limit))
    for value in values[:1]:
        yield [], [(focus, limit, _other(value, 0))]
        yield [(focus, limit, value)], []


def shared(lab: Lab, shape: Node, focus: Node, limit: Node) -> Iterator[Change]:
    assert isinstance(limit, URIRef)
    for triple in _last(lab, shape, focus)[:1]:
        yield [], [(focus, limit, _value(lab, shape, triple))]


def neither(lab: Lab, shape: Node, focus: Node, limit: Node) -> Iterator[Change]:
    """Break an `or` or `xone` of values, or one of whole records by what its members look at."""
    if lab.shapes.value(shape, SH.path) is not None:
        yield from instead(lambda _, __: [Literal("mutant"), MUTANT])(lab, shape, focus, limit)
        return
    if (limit, RDF.first, None) in lab.shapes and any(
        (member, SH["class"], None) in lab.shapes for member in Collection(lab.shapes, limit)
    ):
        yield [(focus, RDF.type, kind) for kind in lab.graph.objects(focus, RDF.type)], []
        return
    before = lab.index
    for change in _turned(lab, focus, limit):
        probe = Mutant(
            str(shape).removeprefix(str(SHAPES)), "or", focus, (*change[0],), (*change[1],)
        )
        with lab.changed(probe):
            found = set(run(before, compile_shapes(lab.part(probe))))
        if found:
            yield change
            return


def _turned(lab: Lab, focus: Node, limit: Node) -> Iterator[Change]:
    """Take away, add or exchange the values that the members of a logical constraint look at."""
    inner, seen = [limit], set[Node]()
    looked: dict[Node, list[Node]] = {}
    while inner:
        node = inner.pop()
        if node in seen:
            continue
        seen.add(node)
        path = lab.shapes.value(node, SH.path)
        if path is not None:
            wanted = list(lab.shapes.objects(node, SH.hasValue))
            for items in lab.shapes.objects(node, SH["in"]):
                wanted += Collection(lab.shapes, items)
            looked.setdefault(path, []).extend(wanted)
        inner += [o for o in lab.shapes.objects(node, None) if isinstance(o, BNode)]
    gone = {path: [(focus, path, v) for v in lab.graph.objects(focus, path)] for path in looked}
    for path in sorted(looked):
        yield gone[path], []
        for value in [*sorted(set(looked[path])), MUTANT]:
            yield gone[path], [(focus, path, value)]
    yield [triple for triples in gone.values() for triple in triples], []


def unqualified(lab: Lab, shape: Node, focus: Node, limit: Node) -> Iterator[Change]:
    wanted = _qualified(lab, shape)
    gone = [triple for triple in _last(lab, shape, focus) if triple[2] in wanted]
    if gone:
        yield gone, []


def overqualified(lab: Lab, shape: Node, focus: Node, limit: Node) -> Iterator[Change]:
    yield [], [t for value in _qualified(lab, shape) for t in _step(lab, shape, focus, value)]


def _qualified(lab: Lab, shape: Node) -> list[Node]:
    value = lab.shapes.value(shape, SH.qualifiedValueShape)
    assert value is not None
    return [
        item
        for items in lab.shapes.objects(value, SH["in"])
        for item in Collection(lab.shapes, items)
    ]


def _badly_typed(value: Node, limit: Node) -> list[Node]:
    ill = [Literal("soon", datatype=URIRef(limit))] if limit in (XSD.integer, XSD.date) else []
    plain = Literal("mutant") if limit != XSD.string else Literal("mutant", lang="en")
    return [plain, MUTANT, *ill]


def _retold(text: Callable[[str, int], str]) -> Callable[[Node, Node], list[Node]]:
    def values(value: Node, limit: Node) -> list[Node]:
        assert isinstance(value, Literal)
        told = text(str(value), int(limit))
        return [
            Literal(told, lang=value.language, datatype=None if value.language else value.datatype)
        ]

    return values


BREAKS: dict[str, Callable[[Lab, Node, Node, Node], Iterator[Change]]] = {
    "minCount": fewer,
    "maxCount": more,
    "class": of_other_class,
    "datatype": instead(_badly_typed),
    "nodeKind": other_kind,
    "in": instead(lambda v, _: [Literal("mutant"), MUTANT]),
    "pattern": against_pattern,
    "languageIn": instead(lambda v, _: [Literal(str(v), lang="de"), Literal(str(v))]),
    "uniqueLang": another_of_the_language,
    "minLength": instead(_retold(lambda text, limit: text[: limit - 1])),
    "maxLength": instead(_retold(lambda text, limit: text + "x" * (limit + 1 - len(text)))),
    "minInclusive": instead(_retold(lambda _, limit: str(limit - 1))),
    "maxInclusive": instead(_retold(lambda _, limit: str(limit + 1))),
    "equals": not_equal,
    "disjoint": shared,
    "hasValue": instead(lambda v, _: [MUTANT]),
    "or": neither,
    "xone": neither,
    "qualifiedMinCount": unqualified,
    "qualifiedMaxCount": overqualified,
}


# What else may not change unseen: of what a shape is asked, how grave a break is, in which profile.
AROUND = ("targetClass", "targetNode", "targetSubjectsOf", "severity", "profile")


def written(lab: Lab) -> Iterator[Mutant]:
    """The mutants of mutants.tsv: constraint, record, value, what goes (`[]`: any), what comes."""
    head = f"@base <{ID}> .\n" + "".join(f"@prefix {n}: <{i}> .\n" for n, i in PREFIXES.items())

    def triples(text: str) -> list[Triple]:
        return list(rdflib.Graph().parse(data=head + text, format="turtle"))

    for line in (HERE / "mutants.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        shape, record, value, goes, comes = line.split("\t")
        [(focus, _, named)] = triples(f"{record} <names> {value} .")
        gone = [
            (s, p, o)
            for one, p, old in triples(goes)
            for s, _, o in lab.graph.triples((one, p, None if isinstance(old, BNode) else old))
        ]
        yield Mutant(shape, "sparql", focus, (*gone,), (*triples(comes),), named)


def constraints(shapes: rdflib.Graph) -> list[str]:
    """What each constraint demands, a line each: constraints.tsv holds them, so that none is lost."""
    lines = {
        f"{str(shape).removeprefix(SHAPES)}\t{parameter}\t{_said(shapes, limit)}"
        for parameter in (*BREAKS, *AROUND)
        for shape, limit in shapes.subject_objects(
            (SHAPES if parameter == "profile" else SH)[parameter]
        )
        if isinstance(shape, URIRef)
    }
    for one in shapes.objects(None, SH.sparql):
        text = " ".join(str(shapes.value(one, SH.select)).split())
        lines.add(f"{str(one).removeprefix(SHAPES)}\tsparql\t{text}")
    return sorted(lines)


def _said(shapes: rdflib.Graph, node: Node) -> str:
    if not isinstance(node, BNode):
        return n_triples(node)
    if (node, RDF.first, None) in shapes:
        return "( " + " ".join(_said(shapes, one) for one in Collection(shapes, node)) + " )"
    pairs = sorted(f"{p.n3()} {_said(shapes, o)}" for p, o in shapes.predicate_objects(node))
    return "[ " + " ; ".join(pairs) + " ]"


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant."""

    mutant: Mutant
    caught: bool  # pySHACL reports it
    agreed: bool  # the default engine gives the same results
    alone: bool  # without the constraint nothing reports it


def outcomes(dump: Path) -> Iterator[Outcome]:
    """Run every mutant."""
    lab = Lab(dump)
    for mutant in mutants(lab):
        before = lab.fast(mutant) if mutant.parameter == "sparql" else []
        with lab.changed(mutant):
            after, fast = reference(lab.graph, lab.part(mutant)), lab.fast(mutant)
            weaker = lab.fast(mutant, weakened=True)
        caught = is_caught(mutant, before, after)
        yield Outcome(mutant, caught, after == fast, not is_caught(mutant, before, weaker))


def is_caught(mutant: Mutant, before: list[Result], after: list[Result]) -> bool:
    wanted = (n_triples(mutant.focus), str(SHAPES[mutant.shape]), mutant.component)
    value = None if mutant.value is None else n_triples(mutant.value)
    return any(
        (one.focus, one.shape, one.component) == wanted and value in (None, one.value)
        for one in set(after) - set(before)
    )


def score(found: list[Outcome]) -> str:
    caught = sum(one.caught for one in found)
    shapes = {(one.mutant.shape, one.mutant.parameter) for one in found}
    records = {one.mutant.focus for one in found}
    return (
        f"mutation score {100 * caught / len(found):.1f} %: {caught} of {len(found)} mutants caught, "
        f"{len(shapes)} constraints, {len(records)} records, {len(EQUIVALENT)} equivalent"
    )


def main() -> int:
    """Print the survivors and the score of the current build, or write down what is demanded."""
    if sys.argv[1:] == ["--pin"]:
        lines = ["shape\tparameter\tdemanded", *constraints(shapes_of())]
        (HERE / "constraints.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return 0
    from cami.server.builds import NoBuild, default_out, open_build
    from cami.server.release import build

    try:
        built = open_build(default_out())
    except NoBuild:
        built = build(default_out())
    found = list(outcomes(built.folder / "cami.nt"))
    for one in found:
        if not one.caught:
            print(f"survived: {one.mutant.name}")
        elif not one.agreed:
            print(f"engines differ: {one.mutant.name}")
    print(score(found))
    return 0 if all(one.caught and one.agreed for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
