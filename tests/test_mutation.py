"""Every constraint catches a real record that breaks it, and nothing else would."""

import sys
from pathlib import Path

import pytest

from cami.server.release import Build
from cami.shapes import shapes_of

sys.path.insert(0, str(Path(__file__).parent))
from mutation import AROUND, EQUIVALENT, Outcome, constraints, outcomes, score


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
