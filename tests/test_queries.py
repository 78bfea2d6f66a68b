"""Every canned query answers what a reader of the document answers.

`answers/<query>.tsv` was written from the document. Its columns are those that the document
decides; labels and summaries of our own are not compared.
"""

import csv
import io
import json
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.plugins.sparql import prepareQuery

from cami.queries import FORMATS, CatalogueError, ParameterError, catalogue, evaluate
from cami.queries.catalogue import load
from cami.queries.parameters import to_term
from cami.server.release import Build

ANSWERS = Path(__file__).parent / "answers"
NAMES = sorted(catalogue())
# The file lists some rows: for the others the document gives no value of its own.
PARTIAL = {
    "about-activity",
    "actors-by-load",
    "describe-activity",
    "drafts",
    "mapping-table",
    "names-of-taxon",
    "responsibilities-with-a-remark",
    "target-coverage",
}
PARAMETERS = {"source-anomalies": {"kind": "wrong-reference"}}
OURS = {  # our reading: no golden answer
    "activities-without-successor",
    "lineage-of-activity",
    "statements-to-review",
    "things-without-source",
}
IN_ORDER = {
    name for name in NAMES if name.startswith(("activities-by", "activities-due", "regions"))
}
AUTHORITIES = {
    "IUCN Red List of Threatened Species": "IUCN",
    "Central Asian Mammals Initiative: document for the 15th meeting of the "
    "Conference of the Parties to CMS": "CAMI",
    "CMS Resolution 11.24: The Central Asian Mammals Initiative": "2014",
}


@pytest.fixture(scope="module")
def store(built: Build) -> ox.Store:
    return ox.Store.read_only(str(built.store))


@pytest.fixture(scope="module")
def things(built: Build) -> dict[str, dict[str, str]]:
    return built.things()


def rows(store: ox.Store, text: str) -> list[dict[str, str]]:
    answer = evaluate(store, text, FORMATS["json"], None)
    return [
        {name: term["value"] for name, term in binding.items()}
        for binding in json.loads(answer.body)["results"]["bindings"]
    ]


def expected(name: str) -> list[dict[str, str]]:
    text = (ANSWERS / f"{name}.tsv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))


def comparable(row: dict[str, str], columns: list[str]) -> tuple[str, ...]:
    """The compared cells of a row; lists inside a cell count as sets."""
    cells = (AUTHORITIES.get(row.get(column, ""), row.get(column, "")) for column in columns)
    return tuple(", ".join(sorted(cell.split(", "))) for cell in cells)


def test_there_are_at_least_forty_queries() -> None:
    assert len(NAMES) >= 40


def test_every_query_has_an_answer_and_every_answer_a_query() -> None:
    assert {path.stem for path in ANSWERS.glob("*.tsv")} == set(NAMES) - OURS


@pytest.mark.parametrize("name", sorted({*NAMES} - OURS - {"describe-activity"}))
def test_the_answer_is_that_of_the_document(
    name: str, store: ox.Store, things: dict[str, dict[str, str]]
) -> None:
    wanted = expected(name)
    columns = list(wanted[0])
    text = catalogue()[name].bind(PARAMETERS.get(name, {}), things)
    found = [comparable(row, columns) for row in rows(store, text)]
    want = [comparable(row, columns) for row in wanted]
    if name in PARTIAL:
        assert set(want) <= set(found)
        decided = {row[0] for row in want}
        assert sorted(row for row in found if row[0] in decided) == sorted(want)
    elif name in IN_ORDER:
        assert found == want
    else:
        assert sorted(found) == sorted(want)


def test_the_constructed_graph_holds_what_the_document_says(store: ox.Store) -> None:
    name = "describe-activity"
    answer = evaluate(store, catalogue()[name].text, None, FORMATS["ntriples"])
    graph = rdflib.Graph().parse(data=answer.body, format="nt")
    for row in expected(name):
        assert (None, rdflib.URIRef(row["property"]), rdflib.URIRef(row["value"])) in graph, row


@pytest.mark.parametrize("name", NAMES)
def test_every_query_is_standard_sparql(name: str) -> None:
    """A second parser reads it; nothing of ours depends on one engine's extensions."""
    assert prepareQuery(catalogue()[name].text)


@pytest.mark.parametrize("name", NAMES)
def test_every_query_is_described(name: str) -> None:
    query = catalogue()[name]
    assert len(query.summary) > 10
    assert len(query.description) > 40
    assert query.tags
    for parameter in query.parameters:
        assert parameter.summary


def test_a_parameter_changes_the_answer(store: ox.Store, things: dict[str, dict[str, str]]) -> None:
    query = catalogue()["activities-by-region"]
    text = query.bind({"region": "eastern-himalaya"}, things)
    assert [row["number"] for row in rows(store, text)] == ["24.1", "24.2", "24.3"]


def test_an_optional_parameter_narrows(store: ox.Store, things: dict[str, dict[str, str]]) -> None:
    query = catalogue()["activities-by-target"]
    text = query.bind({"target": "gbf/12", "priority": "Medium"}, things)
    assert [row["number"] for row in rows(store, text)] == ["4.2"]


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("activities-by-region", {"region": "atlantis"}, "'atlantis' is not one of altai"),
        ("activities-by-region", {"planet": "mars"}, "'planet' is no parameter of activities-by"),
        ("activities-due-by", {"day": "2026-02-30"}, "is not a day such as 2026-12-31"),
        ("activities-due-by", {"day": "tomorrow"}, "is not a day such as 2026-12-31"),
        ("activities-by-target", {"priority": "high"}, "is not one of High, Medium, Low"),
        ("activities-by-target", {"target": "spms/target-9"}, "is not one of gbf/1"),
    ],
)
def test_a_wrong_value_says_what_would_be_right(
    name: str, values: dict[str, str], message: str, things: dict[str, dict[str, str]]
) -> None:
    with pytest.raises(ParameterError, match=message.replace(".", r"\.")):
        catalogue()[name].bind(values, things)


@pytest.mark.parametrize(
    "value", ['x" } { ?s ?p ?o', "x\\", "x' # }", "\n", "}", "?kind", "\u202e"]
)
def test_text_parameters_cannot_leave_their_literal(
    value: str, store: ox.Store, things: dict[str, dict[str, str]]
) -> None:
    """Whatever a client sends stays one literal, so nothing is found."""
    text = catalogue()["source-anomalies"].bind({"kind": value}, things)
    assert rows(store, text) == []


def test_an_activity_is_named_by_number_or_by_iri(things: dict[str, dict[str, str]]) -> None:
    iri = "https://w3id.org/cami/id/activity/wp-2026-2032/12.6"
    for value in ("12.6", "wp-2026-2032/12.6", iri):
        assert to_term("activity", "activity", value, things) == ox.NamedNode(iri)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT * { ?s ?p ?o }", "the #\\+ lines are wrong"),
        ("#+ summary: [\nSELECT * { ?s ?p ?o }", "the #\\+ lines are wrong"),
        (
            (
                "#+ summary: s\n#+ description: d\n#+ tags: [a]\n#+ parameters:\n"
                "#+   x:\n#+     type: text\n#+     summary: s\nSELECT * { ?s ?p ?o }"
            ),
            "parameter 'x' needs one 'VALUES \\?x { default }', the text has 0",
        ),
        (
            (
                "#+ summary: s\n#+ description: d\n#+ tags: [a]\n#+ parameters:\n"
                "#+   x:\n#+     type: colour\n#+     summary: s\n"
                'SELECT * { VALUES ?x { "a" } ?s ?p ?x }'
            ),
            "'colour' is none of",
        ),
    ],
)
def test_a_wrong_query_file_is_named(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.rq"
    path.write_text(text)
    with pytest.raises(CatalogueError, match=rf"mine\.rq: .*{message}"):
        load(path)


def test_the_catalogue_is_in_the_dataset(store: ox.Store) -> None:
    text = """
        PREFIX sh: <http://www.w3.org/ns/shacl#>
        SELECT ?query ?text WHERE { ?query a sh:SPARQLExecutable ; sh:select|sh:construct ?text }
    """
    found = {row["query"].rpartition("/")[2]: row["text"] for row in rows(store, text)}
    assert found == {name: query.text for name, query in catalogue().items()}


def test_our_own_reading_of_lineage_is_complete(
    store: ox.Store, things: dict[str, dict[str, str]]
) -> None:
    """Each dropped activity is listed with a reason, and each other one leads somewhere."""
    dropped = {
        row["number"] for row in rows(store, catalogue()["activities-without-successor"].text)
    }
    query = catalogue()["lineage-of-activity"]
    for slug in things["activity"]:
        if slug.startswith("pow-2014-2020/") and slug.count("/") == 1:
            found = rows(store, query.bind({"activity": slug}, things))
            number = slug.rpartition("/")[2]
            assert found and all(row["reason"] for row in found)
            assert (number in dropped) == (found[0]["relation"] == "dropped"), slug


def test_two_parameters_cannot_reach_into_each_other() -> None:
    """The text of one may hold another's VALUES: it stays a literal."""
    from cami.queries import Parameter, Query

    text = "SELECT * { VALUES ?a { 1 } VALUES ?b { 2 } ?s ?a ?b }"
    both = tuple(Parameter(name, "text", "", "1", False) for name in "ab")
    query = Query("q", "", "", (), both, text)
    bound = query.bind({"a": "VALUES ?b { z }", "b": '" } BIND(1 AS ?injected) #"'}, {})
    assert not ox.Store().query(bound).variables[3:]
    assert "?injected" not in {str(name) for name in ox.Store().query(bound).variables}
