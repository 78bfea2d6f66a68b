"""Competency questions: what integrators, analysts and validators ask, on the real dataset.

`competency/NN-slug.rq` holds a question with its metadata in leading `#+` lines, and
`competency/NN-slug.tsv` the answer that a reader of the documents gives. Two SPARQL engines that
share no code must both give it.
"""

import re
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
import yaml

from cami.server.release import Build

HERE = Path(__file__).parent / "competency"
SLUGS = sorted(path.stem for path in HERE.glob("*.rq"))
ASKERS = {"integrator", "analyst", "validator"}
REQUIRED = {"question", "asker", "source"}
OPTIONAL = {"note", "empty"}  # `empty` says why the right answer has no row

Answer = tuple[list[str], list[tuple[str, ...]]]  # columns, and rows in plain lexical form


@pytest.fixture(scope="module")
def graph(built: Build) -> rdflib.Graph:
    return rdflib.Graph().parse(built.folder / "cami.nt", format="nt")


@pytest.fixture(scope="module")
def store(built: Build) -> ox.Store:
    return ox.Store.read_only(str(built.store))


def text(slug: str) -> str:
    return (HERE / f"{slug}.rq").read_text(encoding="utf-8")


def metadata(slug: str) -> dict[str, str]:
    lines = [line[2:] for line in text(slug).splitlines() if line.startswith("#+")]
    return yaml.safe_load("\n".join(lines))


def in_columns(columns: list[str], rows: list[tuple[str, ...]]) -> Answer:
    """The same answer whatever the order of columns and rows; equal rows count each."""
    order = sorted(range(len(columns)), key=columns.__getitem__)
    return [columns[i] for i in order], sorted(tuple(row[i] for i in order) for row in rows)


def expected(slug: str) -> Answer:
    lines = (HERE / f"{slug}.tsv").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    columns, *rows = (line.split("\t") for line in lines)
    assert all(len(row) == len(columns) for row in rows), f"{slug}.tsv is not rectangular"
    return in_columns(columns, [tuple(row) for row in rows])


def by_rdflib(graph: rdflib.Graph, query: str) -> Answer:
    result = graph.query(query)
    assert result.vars is not None
    rows = [tuple("" if term is None else str(term) for term in row) for row in result]
    return in_columns([str(name) for name in result.vars], rows)


def by_oxigraph(store: ox.Store, query: str) -> Answer:
    result = store.query(query)
    assert isinstance(result, ox.QuerySolutions)
    columns = [name.value for name in result.variables]
    rows = [tuple("" if term is None else term.value for term in row) for row in result]
    return in_columns(columns, rows)


@pytest.mark.parametrize("slug", SLUGS)
def test_both_engines_answer_as_the_documents_do(
    slug: str, graph: rdflib.Graph, store: ox.Store
) -> None:
    found = by_oxigraph(store, text(slug))
    assert by_rdflib(graph, text(slug)) == found, "the two engines differ"
    assert found == expected(slug), metadata(slug)["source"]


@pytest.mark.parametrize("slug", SLUGS)
def test_an_empty_answer_is_meant(slug: str) -> None:
    assert bool(expected(slug)[1]) != ("empty" in metadata(slug)), (
        "the .tsv has a row, or the .rq says under `empty` why it has none"
    )


@pytest.mark.parametrize("slug", SLUGS)
def test_every_question_says_who_asks_and_where_the_answer_is_read(slug: str) -> None:
    found = metadata(slug)
    assert found.keys() >= REQUIRED
    assert found.keys() <= REQUIRED | OPTIONAL
    assert all(isinstance(value, str) and value.strip() for value in found.values())
    assert found["asker"] in ASKERS
    assert found["question"].endswith("?")
    assert len(found["source"]) > 20


def test_every_question_has_an_answer_and_every_answer_a_question() -> None:
    assert sorted(path.stem for path in HERE.glob("*.tsv")) == SLUGS
    assert {path.suffix for path in HERE.iterdir()} == {".rq", ".tsv"}


def test_the_questions_are_numbered_without_gaps_and_none_is_asked_twice() -> None:
    assert all(re.fullmatch(r"\d\d(-[a-z0-9]+)+", slug) for slug in SLUGS)
    assert [int(slug[:2]) for slug in SLUGS] == list(range(1, len(SLUGS) + 1))
    assert len({metadata(slug)["question"] for slug in SLUGS}) == len(SLUGS)


def test_each_audience_asks_enough() -> None:
    assert len(SLUGS) >= 40
    askers = Counter(metadata(slug)["asker"] for slug in SLUGS)
    assert all(askers[asker] >= 10 for asker in ASKERS), askers
