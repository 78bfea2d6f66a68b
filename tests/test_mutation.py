"""Every constraint catches a real record that breaks it, and nothing else would."""

import sys
from pathlib import Path

import pytest

from cami.ontology import SH, SHAPES
from cami.server.release import Build

sys.path.insert(0, str(Path(__file__).parent))
from mutation import BREAKS, EQUIVALENT, Outcome, outcomes, score


@pytest.fixture(scope="module")
def found(built: Build) -> list[Outcome]:
    return list(outcomes(built.folder / "cami.nt"))


def constraints(built: Build) -> set[tuple[str, str]]:
    """Shape and SHACL parameter of each constraint that a build holds."""
    import rdflib

    graph = rdflib.Graph().parse(built.folder / "cami.nt", format="nt")
    named = {
        (shape.removeprefix(SHAPES), parameter)
        for parameter in BREAKS
        for shape in graph.subjects(SH[parameter], None)
        if isinstance(shape, rdflib.URIRef)
    }
    return named | {(one.removeprefix(SHAPES), "sparql") for one in graph.objects(None, SH.sparql)}


def test_every_constraint_has_mutants_of_its_own(found: list[Outcome], built: Build) -> None:
    mutated = {(one.mutant.shape, one.mutant.parameter) for one in found}
    assert mutated | set(EQUIVALENT) == constraints(built)
    assert len(found) >= 300


def test_every_mutant_is_caught(found: list[Outcome]) -> None:
    assert [one.mutant.name for one in found if not one.caught] == [], score(found)


def test_no_mutant_is_caught_without_its_constraint(found: list[Outcome]) -> None:
    assert [one.mutant.name for one in found if not one.alone] == []


def test_the_default_engine_and_pyshacl_agree_on_every_mutant(found: list[Outcome]) -> None:
    assert [one.mutant.name for one in found if not one.agreed] == []


def test_an_equivalent_mutant_is_argued_and_real(built: Build) -> None:
    assert set(EQUIVALENT) <= constraints(built)
    assert all(len(reason) > 20 for reason in EQUIVALENT.values())
