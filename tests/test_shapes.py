"""Every constraint of every shape is met by a valid record and missed by a broken one."""

import re
from functools import cache
from pathlib import Path

import pytest
import rdflib

from cami.ontology import ONTOLOGY_FILE, PREFIXES, SH, SHAPES
from cami.shapes import ShapesError, check, load_shapes, shape_files

HERE = Path(__file__).parent
PARAMETERS = [
    "class",
    "datatype",
    "disjoint",
    "equals",
    "hasValue",
    "in",
    "languageIn",
    "lessThan",
    "lessThanOrEquals",
    "maxCount",
    "maxExclusive",
    "maxInclusive",
    "maxLength",
    "minCount",
    "minExclusive",
    "minInclusive",
    "minLength",
    "node",
    "nodeKind",
    "not",
    "or",
    "pattern",
    "qualifiedMaxCount",
    "qualifiedMinCount",
    "sparql",
    "uniqueLang",
    "xone",
]
LINES = [
    line.split("\t")
    for line in (HERE / "violations.tsv").read_text(encoding="utf-8").splitlines()[1:]
]
NAMESPACES = PREFIXES | {
    "ex": "https://example.org/",
    "programme": "https://example.org/programme/",
}
UPDATE_PREFIXES = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in NAMESPACES.items())
UPDATE_PREFIXES += "PREFIX dcterms: <http://purl.org/dc/terms/>\n"


@cache
def all_shapes() -> rdflib.Graph:
    return load_shapes(shape_files())


@cache
def file_of(shape: str) -> Path:
    """The file that declares a shape or constraint."""
    pattern = re.compile(rf"^shapes:{re.escape(shape)} a sh:", re.MULTILINE)
    return next(path for path in shape_files() if pattern.search(path.read_text(encoding="utf-8")))


@cache
def shapes_of(path: Path) -> rdflib.Graph:
    return load_shapes([path, path.with_name("prefixes.ttl")])


@cache
def valid_text() -> str:
    graph = rdflib.Graph().parse(HERE / "valid.ttl").parse(ONTOLOGY_FILE)
    return graph.serialize(format="nt")


def valid() -> rdflib.Graph:
    return rdflib.Graph().parse(data=valid_text(), format="nt")


def constraints() -> set[tuple[str, str]]:
    """Shape (or SPARQL constraint) and parameter, for each constraint that we ship."""
    graph = all_shapes()
    found: set[tuple[str, str]] = set()
    for parameter in PARAMETERS:
        for shape, value in graph.subject_objects(SH[parameter]):
            named = value if parameter == "sparql" else shape
            if isinstance(named, rdflib.URIRef):
                found.add((named.removeprefix(str(SHAPES)), parameter))
    return found


def test_the_valid_records_conform() -> None:
    assert check(valid(), all_shapes()) == []


def test_every_shape_has_a_valid_record() -> None:
    """A shape without a focus node would pass whatever it says."""
    shapes, data = all_shapes(), valid()
    for shape in shapes.subjects(rdflib.RDF.type, SH.NodeShape):
        targets = [
            *(data.value(None, rdflib.RDF.type, c) for c in shapes.objects(shape, SH.targetClass)),
            *(data.value(None, p, None) for p in shapes.objects(shape, SH.targetSubjectsOf)),
            *shapes.objects(shape, SH.targetNode),
        ]
        subjects = list(shapes.objects(shape, SH.targetSubjectsOf))
        assert any(targets) or any((None, p, None) in data for p in subjects), shape


def test_every_constraint_has_a_failing_fixture() -> None:
    listed = {(shape, constraint) for shape, constraint, _ in LINES}
    assert listed == constraints()


def test_every_constraint_has_a_message() -> None:
    graph = all_shapes()
    for shape, parameter in constraints():
        assert graph.value(SHAPES[shape], SH.message), (shape, parameter)


@pytest.mark.parametrize(
    ("shape", "constraint", "update"), LINES, ids=[f"{a}-{b}" for a, b, _ in LINES]
)
def test_each_failing_fixture_fails_for_its_constraint(
    shape: str, constraint: str, update: str
) -> None:
    data = valid()
    data.update(UPDATE_PREFIXES + update)
    component = f"{constraint[0].upper()}{constraint[1:]}ConstraintComponent"
    if constraint == "sparql":
        component = "SPARQLConstraintComponent"
    found = {
        (result.shape.removeprefix(str(SHAPES)), result.component.rpartition("#")[2])
        for result in check(data, shapes_of(file_of(shape)))
    }
    assert (shape, component) in found


def test_a_broken_shapes_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.ttl"
    path.write_text("this is not Turtle")
    with pytest.raises(ShapesError, match=r"broken\.ttl"):
        load_shapes([path])
