"""Every constraint catches a real record that breaks it, and nothing else would."""

import sys
from pathlib import Path

import pytest
from rdflib import XSD
from rdflib.term import BNode, Literal, Node, URIRef

from cami.ontology import SH, SHAPES
from cami.server.release import Build
from cami.shapes import reference, shapes_of
from cami.shapes.compiled import NotCompiled, compile_shapes
from cami.shapes.engine import run

sys.path.insert(0, str(Path(__file__).parent))
from mutation import AROUND, EQUIVALENT, Lab, Mutant, Outcome, constraints, outcomes, score
from mutation import _last as last
from mutation import _with as with_value


@pytest.fixture(scope="module")
def found(built: Build) -> list[Outcome]:
    return list(outcomes(built.folder / "cami.nt"))


def shipped() -> set[tuple[str, str]]:
    """Shape and SHACL parameter of each constraint."""
    named = {(line.split("\t")[0], line.split("\t")[1]) for line in constraints(shapes_of())}
    return {(shape, parameter) for shape, parameter in named if parameter not in AROUND}


def test_no_constraint_is_lost_or_weakened() -> None:
    """After a deliberate change: python tests/mutation.py --pin, and read the difference."""
    pinned = (Path(__file__).parent / "constraints.tsv").read_text(encoding="utf-8").splitlines()
    assert constraints(shapes_of()) == pinned[1:]


def test_every_constraint_has_mutants_of_its_own(found: list[Outcome]) -> None:
    mutated = {(one.mutant.shape, one.mutant.parameter) for one in found}
    assert mutated | set(EQUIVALENT) == shipped()
    assert len(found) >= 300


def test_every_mutant_is_caught(found: list[Outcome]) -> None:
    assert [one.mutant.name for one in found if not one.caught] == [], score(found)


def test_no_mutant_is_caught_without_its_constraint(found: list[Outcome]) -> None:
    assert [one.mutant.name for one in found if not one.alone] == []


def test_the_default_engine_and_pyshacl_agree_on_every_mutant(found: list[Outcome]) -> None:
    assert [one.mutant.name for one in found if not one.agreed] == []


def test_an_equivalent_mutant_is_argued_and_real() -> None:
    assert set(EQUIVALENT) <= shipped()
    assert all(len(reason) > 20 for reason in EQUIVALENT.values())


ODD = [
    BNode("odd"),
    URIRef("https://example.org/odd"),
    Literal("odd"),
    Literal(""),
    Literal('"a\\b"\n\t', lang="fr"),
    Literal(7),
    Literal("1.5", datatype=XSD.decimal),
    Literal("2026-02-28", datatype=XSD.date),
    Literal("2026-02-30", datatype=XSD.date),
    Literal(True),
]


def test_the_engines_agree_on_odd_values_everywhere(built: Build) -> None:
    """Each odd value in the place of a value of each property shape, on a real record."""
    lab = Lab(built.folder / "cami.nt")
    differ: list[tuple[str, Node]] = []
    for shape in sorted(set(lab.shapes.subjects(SH.path, None)), key=str):
        if not isinstance(shape, URIRef):
            continue  # part of another shape
        records = lab.focuses(lab.node_shape(shape))
        focus = next((one for one in records if last(lab, shape, one)), None)
        for value in ODD if focus else ():
            old = last(lab, shape, focus)[0]
            new = with_value(lab, shape, old, value)
            if isinstance(new[0], Literal):
                continue  # the path goes backwards
            name = str(shape).removeprefix(SHAPES)
            mutant = Mutant(name, "minCount", focus, (old,), (new,))
            with lab.changed(mutant):
                part = lab.part(mutant)
                try:
                    quick = sorted(set(run(lab.index, compile_shapes(part))))
                except NotCompiled:
                    continue  # left to pySHACL
                if quick != reference(lab.graph, part):
                    differ.append((name, value))
    assert differ == []
