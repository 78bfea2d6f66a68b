"""`cami validate` on users' files: what it reads, where it points, what it leaves out, how it fails."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pyshacl
import pytest
import rdflib
from junitparser import Failure, JUnitXml
from rdflib.compare import isomorphic

from cami.ontology import SH

PREFIXES = """@prefix cami: <https://w3id.org/cami/ontology#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
"""
SITE = "https://example.org/site"
PLACE = "<https://w3id.org/cami/id/location/cop15-cami-document/range-states>"
GOOD = f"""{PREFIXES}
<{SITE}> a cami:Site ;
    rdfs:label "A valley"@en ;
    cami:siteKind "valley" ;
    cami:siteState <https://w3id.org/cami/id/state/KAZ> ;
    prov:hadPrimarySource {PLACE} .
"""
BAD = GOOD.replace('"A valley"@en', '"A valley"').replace("state/KAZ", "state/XXX")
KIND = GOOD.replace('    cami:siteKind "valley" ;\n', "")

SYNTAXES = {
    "turtle": ("mine.ttl", BAD, {("label", 6), ("siteState", 8)}),
    "trig": (
        "mine.trig",
        BAD.replace(f"\n<{SITE}>", f"\n<https://example.org/g> {{ <{SITE}>") + "}\n",
        {("label", 6), ("siteState", 8)},
    ),
    "ntriples": (
        "mine.nt",
        (
            f"<{SITE}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/cami/ontology#Site> .\n"
            f'<{SITE}> <http://www.w3.org/2000/01/rdf-schema#label> "A valley" .\n'
            f'<{SITE}> <https://w3id.org/cami/ontology#siteKind> "valley" .\n'
            f"<{SITE}> <https://w3id.org/cami/ontology#siteState> <https://w3id.org/cami/id/state/XXX> .\n"
            f"<{SITE}> <http://www.w3.org/ns/prov#hadPrimarySource> {PLACE} .\n"
        ),
        {("label", 2), ("siteState", 4)},
    ),
    "nquads": (
        "mine.nq",
        (
            f"<{SITE}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/cami/ontology#Site> <http://g> .\n"
            f'<{SITE}> <http://www.w3.org/2000/01/rdf-schema#label> "A valley" <http://g> .\n'
            f'<{SITE}> <https://w3id.org/cami/ontology#siteKind> "valley" <http://g> .\n'
            f"<{SITE}> <https://w3id.org/cami/ontology#siteState> <https://w3id.org/cami/id/state/XXX> <http://g> .\n"
            f"<{SITE}> <http://www.w3.org/ns/prov#hadPrimarySource> {PLACE} <http://g> .\n"
        ),
        {("label", 2), ("siteState", 4)},
    ),
    "jsonld": (
        "mine.jsonld",
        """{
 "@context": {
  "cami": "https://w3id.org/cami/ontology#",
  "label": "http://www.w3.org/2000/01/rdf-schema#label",
  "ex": "https://example.org/",
  "source": {"@id": "http://www.w3.org/ns/prov#hadPrimarySource", "@type": "@id"}
 },
 "@id": "ex:site",
 "@type": "cami:Site",
 "label": "A valley",
 "cami:siteKind": "valley",
 "cami:siteState": {"@id": "https://w3id.org/cami/id/state/XXX"},
 "source": "https://w3id.org/cami/id/location/cop15-cami-document/range-states"
}
""",
        {("label", 10), ("siteState", 12)},
    ),
    "rdfxml": (
        "mine.rdf",
        """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns:cami="https://w3id.org/cami/ontology#" xmlns:prov="http://www.w3.org/ns/prov#"
    xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#" xml:base="https://example.org/">
  <cami:Site rdf:about="site">
    <rdfs:label>A valley</rdfs:label>
    <cami:siteKind>valley</cami:siteKind>
    <cami:siteState rdf:resource="https://w3id.org/cami/id/state/XXX"/>
    <prov:hadPrimarySource
        rdf:resource="https://w3id.org/cami/id/location/cop15-cami-document/range-states"/>
  </cami:Site>
</rdf:RDF>
""",
        {("label", 6), ("siteState", 8)},
    ),
}


def findings(done) -> list[dict]:
    return json.loads(done.stdout)["results"]


def placed(done) -> set[tuple[str, int]]:
    return {(re.split("[#/]", one["path"])[-1][:-1], one["line"]) for one in findings(done)}


@pytest.fixture
def write(tmp_path: Path):
    def writes(name: str, text: str) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        return str(path)

    return writes


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_each_syntax_is_read_and_each_result_has_its_line(cami, write, syntax: str) -> None:
    name, text, expected = SYNTAXES[syntax]
    done = cami("validate", write(name, text), "--format", "json")
    assert done.returncode == 1, done.stderr
    assert placed(done) == expected
    assert {one["file"].rpartition("/")[2] for one in findings(done)} == {name}


def test_the_value_of_several_and_the_node_of_a_missing_property_are_placed(cami, write) -> None:
    text = BAD.replace("state/XXX>", "state/KAZ> ,\n        <https://w3id.org/cami/id/state/XXX>")
    text = text.replace('    cami:siteKind "valley" ;\n', "")
    done = cami("validate", write("mine.ttl", text), "--format", "json")
    assert placed(done) == {("label", 6), ("siteState", 8), ("siteKind", 5)}
    column = {re.split("[#/]", one["path"])[-1]: one["column"] for one in findings(done)}
    assert column == {"label>": 16, "siteState>": 9, "siteKind>": 1}


def test_a_property_that_is_there_too_often_is_placed(cami, write) -> None:
    text = GOOD.replace('"A valley"@en', '"A valley"@en , "A dale"@en')
    (one,) = findings(cami("validate", write("mine.ttl", text), "--format", "json"))
    assert (one["value"], one["line"], one["column"]) == ("", 6, 5)


def test_blank_nodes_and_collections_are_placed(cami, write) -> None:
    text = f"""{PREFIXES}
<https://example.org/x> rdfs:seeAlso ( "a" [ rdfs:comment "b" ] ) ,
    [ a cami:Site ;
      rdfs:label "A valley"@en ; prov:hadPrimarySource {PLACE} ;
      cami:siteState <https://w3id.org/cami/id/state/XXX> ] .
"""
    done = cami("validate", write("mine.ttl", text), "--format", "json")
    assert placed(done) == {("siteState", 8), ("siteKind", 6)}
    assert {one["focus"] for one in findings(done)} == {"[]"}


def test_what_only_rdflib_reads_and_an_ending_that_lies(cami, write) -> None:
    graph = rdflib.Graph().parse(data=BAD, format="turtle")
    dataset = rdflib.Dataset()
    for triple in graph:
        dataset.add(triple)
    trix = dataset.serialize(format="trix")
    assert cami("validate", write("mine.trix", trix)).returncode == 1
    hext = dataset.serialize(format="hext")
    assert cami("validate", write("mine.hext", hext)).returncode == 1
    path = write("mine.txt", GOOD)
    assert cami("validate", path).returncode == 2
    assert cami("validate", path, "--input-format", "turtle").returncode == 0


def test_standard_input_and_relative_iris(cami) -> None:
    assert cami("validate", "-", stdin=GOOD).returncode == 0
    done = cami("validate", "-", stdin=BAD.replace(f"<{SITE}>", "<#me>"))
    assert done.returncode == 1
    assert "<stdin>:6:" in done.stdout


def test_a_folder_is_walked_and_grouped_by_file(cami, write, tmp_path: Path) -> None:
    """What is no table of ours is left out with a note; hidden folders are not entered."""
    write("data/b/bad.ttl", BAD)
    write("data/good.ttl", GOOD.replace("site>", "other>"))
    write("data/.hidden/bad.ttl", "nonsense")
    write("data/others.csv", "a,b\n1,2\n")
    write("data/package.json", "{}")
    done = cami("validate", str(tmp_path / "data"))
    assert done.returncode == 1
    assert "others.csv" in done.stderr
    assert re.search(r"^\S*data/b/bad\.ttl: 2 violations$", done.stdout, re.MULTILINE)
    assert done.stdout.endswith("cami: 2 violations, of 2 rules\n")
    assert "good.ttl" not in done.stdout


UNUSABLE = {
    "a broken file": ("mine.ttl", "<http://a/s> <http://a/p>\n  nonsense .", r"mine\.ttl:2:\d+: "),
    "broken JSON": ("mine.jsonld", '{"@id":\n  bad}', r"mine\.jsonld:2:\d+: "),
    "broken XML": ("mine.rdf", "<a>\n<b></a>", r"mine\.rdf:2:\d+: "),
    "an empty file": ("mine.ttl", " \n", r"mine\.ttl: is empty"),
    "no statement": ("mine.ttl", PREFIXES, r"mine\.ttl: holds no statement"),
    "an unknown ending": ("mine.txt", GOOD, r"mine\.txt: the ending says no RDF syntax"),
    "a table of others": ("mine.tsv", "a\tb\n1\t2\n", r"mine\.tsv:1: the header \(a, b\)"),
    "a header without rows": ("site-state.tsv", "site\tstate\n", r"tsv:1: holds no row"),
    "a column too many": (
        "site-state.csv",
        "site,state,x\na,b,c\n",
        r"csv:1: column 'x': is no column of site-state",
    ),
    "a column too few": ("site-state.csv", "site\na\n", r"csv:1: column 'state': is missing"),
    "RDF 1.2": (
        "mine.ttl",
        "<http://a/s> <http://a/p> <<( <http://a/s> <http://a/p> 1 )>> .",
        r"RDF 1\.2",
    ),
    "a context elsewhere": (
        "mine.jsonld",
        '{"@context": "http://127.0.0.1:9/c.jsonld", "@id": "http://a/s"}',
        "none is fetched",
    ),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_unusable_input_is_one_line_and_exit_2(cami, write, case: str) -> None:
    name, text, message = UNUSABLE[case]
    done = cami("validate", write(name, text))
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert re.search(message, done.stderr), done.stderr


def test_paths_that_cannot_be_read_are_one_line_and_exit_2(cami, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "latin.tsv").write_bytes("site\tstate\nK\xf6k\tKAZ\n".encode("latin-1"))
    for name, message in (
        ("missing.ttl", "No such file"),
        ("empty", "holds no file to validate"),
        ("latin.tsv", ":2: is not UTF-8"),
    ):
        done = cami("validate", str(tmp_path / name))
        assert done.returncode == 2
        assert message in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_only_what_the_file_causes_is_reported(cami, write) -> None:
    """A shipped activity that gets an actor without its Responsibility breaks; its own data do not."""
    activity = "https://w3id.org/cami/id/activity/wp-2026-2032/12.6"
    text = f"{PREFIXES}\n<{activity}> cami:concernsState <https://w3id.org/cami/id/state/KAZ> .\n"
    done = cami("validate", write("fine.ttl", text))
    assert done.returncode == 0, done.stdout
    text = (
        f"{PREFIXES}\n<https://example.org/r> a cami:Responsibility ;\n"
        f"  cami:assignedActivity <{activity}> ;\n  cami:position 99 ;\n"
        "  cami:assignedActor <https://w3id.org/cami/id/actor/acbk> ;\n"
        f"  prov:hadPrimarySource {PLACE} .\n"
    )
    done = cami("validate", write("breaks.ttl", text), "--profile", "strict", "--format", "json")
    assert done.returncode == 1
    (one,) = [found for found in findings(done) if found["focus"] == f"<{activity}>"]
    assert one["line"] == 8
    assert one["message"].startswith("The responsible actors of an activity are those")


def test_a_table_is_read_with_its_row_class(cami, write) -> None:
    """By name or by header, in any order, with line ends and marks of a spreadsheet."""
    good = "\ufeffstate;site\r\nKAZ;alai-valley\r\n"
    assert cami("validate", write("mine.csv", good)).returncode == 0
    bad = "state,site\nKAZ,alai-valley\nXXX,alai-valley\nKAZ\n"
    done = cami("validate", write("site-state.csv", bad), "--format", "json")
    assert done.returncode == 1
    found = [(one["line"], one["column"], one["cell"], one["shape"]) for one in findings(done)]
    assert found == [(3, 1, "state", "table-link"), (4, 1, None, "table-cell")]


def test_an_id_that_makes_no_iri_is_named(cami, write) -> None:
    done = cami("validate", write("site-state.csv", "site,state\nalai-valley,K^Z\n"))
    assert done.returncode == 1
    assert "site-state.csv:2:13: column 'state' Violation: https://w3id.org/cami/id/state/K^Z" in (
        done.stdout.replace(str(Path(done.args[2]).parent) + "/", "")
    )


def test_a_constraint_is_placed_in_the_cell_that_broke_it(cami, write) -> None:
    header = "id\tsection\tnumber\ttitle\tsummary\tpriority_note\trecurrence\n"
    row = (
        "wp-2026-2032/12.6\twp-2026-2032/12\ttwelve\tA title of five whole words\tToo short.\t\t\n"
    )
    path = write("activities.tsv", header + row)
    done = cami("validate", path, "--profile", "strict", "--format", "json")
    found = {one["cell"]: one["column"] for one in findings(done)}
    assert found == {"number": 35, "summary": 70, None: 1}  # and the section that it leaves
    assert {one["line"] for one in findings(done)} == {2}


def test_a_row_with_the_key_of_a_shipped_row_replaces_it(cami, write) -> None:
    """A corrected title is no second title."""
    header = "id\tsection\tnumber\ttitle\tsummary\tpriority_note\trecurrence\n"
    row = "wp-2026-2032/12.6\twp-2026-2032/12\t12.6\tA new title of seven whole words\t"
    row += "A new summary that is long enough for the rule.\t\t\n"
    done = cami("validate", write("activities.tsv", header + row))
    assert done.returncode == 0, done.stdout
    done = cami(
        "validate", write("activities.tsv", header + row.replace("wp-2026-2032/12.6", "mine/1"))
    )
    assert done.returncode == 1
    assert "'mine' is no programme of this graph" in done.stdout


SHAPES = """@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix ex: <https://example.org/> .
@prefix cami: <https://w3id.org/cami/ontology#> .
@prefix shapes: <https://w3id.org/cami/shapes#> .
ex:Shape a sh:NodeShape ; sh:targetClass ex:Thing ;
    sh:property ex:Name, ex:Hint, ex:Strict, ex:State, ex:Far ; sh:sparql ex:Self .
ex:Name a sh:PropertyShape ; sh:path ex:name ; sh:minCount 1 ; sh:message "Name it." .
ex:Hint a sh:PropertyShape ; sh:path ex:hint ; sh:minCount 1 ; sh:severity sh:Info ;
    sh:message "A hint helps." ; shapes:profile "advisory" .
ex:Strict a sh:PropertyShape ; sh:path ex:strict ; sh:minCount 1 ; sh:severity sh:Warning ;
    sh:message "Say it: 100%, once." ; shapes:profile "strict" .
ex:State a sh:PropertyShape ; sh:path ex:state ; sh:class cami:RangeState ; sh:message "A State." .
ex:Far a sh:PropertyShape ; sh:path ( ex:state ex:capital ) ; sh:maxCount 0 ; sh:message "Far." .
ex:Self a sh:SPARQLConstraint ; sh:message "Not itself." ;
    sh:select "SELECT $this ?value WHERE { $this <https://example.org/same> ?value . FILTER(?value = $this) }" .
"""
THING = """@prefix ex: <https://example.org/> .
ex:a a ex:Thing ; ex:state <https://w3id.org/cami/id/state/KAZ> ;
    ex:same ex:a .
<https://w3id.org/cami/id/state/KAZ> ex:capital "x" .
"""


@pytest.fixture
def own(write) -> tuple[str, str, str]:
    """Shapes of a user's own, and a file that breaks them."""
    return write("data.ttl", THING), "--shapes", write("shapes.ttl", SHAPES)


def messages(done) -> set[str]:
    return {one["message"] for one in findings(done)}


def test_profiles_hold_those_before_them(cami, own) -> None:
    core = {"Name it.", "A State.", "Far.", "Not itself."}
    strict = core | {"Say it: 100%, once."}
    for profile, expected in (
        ("core", core),
        ("strict", strict),
        ("advisory", strict | {"A hint helps."}),
    ):
        done = cami("validate", *own, "--profile", profile, "--format", "json")
        assert messages(done) == expected, profile
    assert messages(cami("validate", *own, "--format", "json")) == core


def test_links_resolve_with_the_graph(cami, own) -> None:
    done = cami("validate", *own, "--with-graph", "--format", "json")
    assert "A State." not in messages(done)
    assert "Name it." in messages(done)


def test_what_the_graph_breaks_without_the_file_is_not_reported(cami, write) -> None:
    """The State lacks a name anyway; the flag is the file's doing."""
    shapes = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://example.org/> .
ex:S a sh:NodeShape ; sh:targetClass <https://w3id.org/cami/ontology#RangeState> ;
    sh:property [ sh:path ex:name ; sh:minCount 1 ; sh:message "Name the State." ] ,
        [ sh:path ex:flag ; sh:maxCount 0 ; sh:message "No flag." ] .
"""
    state = "<https://w3id.org/cami/id/state/KAZ>"
    data = f"@prefix ex: <https://example.org/> . ex:a ex:state {state} . {state} ex:flag 1 .\n"
    options = ("--shapes", write("shapes.ttl", shapes), "--with-graph", "--format", "json")
    assert messages(cami("validate", write("data.ttl", data), *options)) == {"No flag."}


def test_severity_is_what_is_shown_and_fail_on_is_what_fails(cami, write, own) -> None:
    done = cami(
        "validate", *own, "--profile", "advisory", "--severity", "warning", "--format", "json"
    )
    assert {one["severity"] for one in findings(done)} == {"Violation", "Warning"}
    text = '@prefix ex: <https://example.org/> . ex:a a ex:Thing ; ex:name "a" .'
    fine = (write("fine.ttl", text), *own[1:], "--profile", "advisory")
    assert cami("validate", *fine).returncode == 0
    assert cami("validate", *fine, "--fail-on", "warning").returncode == 1
    strict = (*fine[:3], "--profile", "strict", "--severity", "violation")
    assert cami("validate", *strict, "--fail-on", "info").returncode == 1
    assert cami("validate", *strict).stdout.startswith("cami: conforms")


def test_turtle_is_the_report_that_pyshacl_makes(cami, own) -> None:
    """Severity, focus node, path of several steps, value, shape, SPARQL constraint, message."""
    done = cami("validate", *own, "--profile", "advisory", "--format", "turtle")
    ours = rdflib.Graph().parse(data=done.stdout, format="turtle")
    _, report, _ = pyshacl.validate(
        rdflib.Graph().parse(own[0]), shacl_graph=rdflib.Graph().parse(own[2])
    )
    assert len(list(ours.objects(None, SH.result))) == 6
    assert isomorphic(ours, report)


def test_github_commands_are_escaped(cami, own, tmp_path: Path) -> None:
    odd = tmp_path / "a,b:c%d.ttl"
    odd.write_text(THING)
    done = cami("validate", str(odd), *own[1:], "--profile", "strict", "--format", "github")
    lines = done.stdout.splitlines()
    start = f"::warning file={tmp_path}/a%2Cb%3Ac%25d.ttl,line=2,col=1,title="
    (warning,) = [line for line in lines if line.startswith("::warning")]
    assert warning.startswith(start)
    assert warning.endswith(
        "::<https://example.org/a> <https://example.org/strict>: Say it: 100%25, once."
    )
    assert sum(line.startswith("::error ") for line in lines) == 4
    assert lines[-1] == "cami: 4 violations, 1 warning"


def test_junit_is_read_by_junitparser(cami, own, tmp_path: Path) -> None:
    done = cami("validate", *own, "--profile", "strict", "--format", "junit")
    xml = JUnitXml.fromstring(done.stdout.encode())
    (suite,) = list(xml)
    assert suite.name == own[0]
    assert (suite.tests, suite.failures, suite.errors) == (5, 4, 0)
    failed = {case.name: case.result for case in suite if case.result}
    failures = {name for name, (one, *_) in failed.items() if isinstance(one, Failure)}
    assert failures == {
        f"<https://example.org/{x}>".strip("<>") for x in ("Name", "State", "Far", "Self")
    }
    warned = ElementTree.fromstring(done.stdout).findtext(".//system-out") or ""
    assert "Say it" in warned
    strict = cami(
        "validate", *own, "--profile", "strict", "--fail-on", "warning", "--format", "junit"
    )
    assert next(iter(JUnitXml.fromstring(strict.stdout.encode()))).failures == 5


def test_html_stands_alone(cami, write, own) -> None:
    done = cami("validate", write("<b>.ttl", THING), *own[1:], "--format", "html")
    assert "<b>" not in done.stdout
    assert not re.search(r"<script|<link|src=|@import|url\(", done.stdout)
    assert "Name it." in done.stdout
    ElementTree.fromstring(
        done.stdout.replace("<!doctype html>", "")
        .replace('<meta charset="utf-8">', "")
        .replace('initial-scale=1">', 'initial-scale=1"/>')
        .replace("<br>", "<br/>")
    )


def test_every_format_is_the_same_twice(cami, own) -> None:
    for form in ("text", "json", "junit", "sarif", "github", "turtle", "html"):
        first, second = (cami("validate", *own, "--format", form).stdout for _ in range(2))
        assert first == second, form
        assert first.endswith("\n")
