"""What OWL decides: profiles, consistency, and inferences that engines agree on."""

import json
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from cami.graph import turtle_file
from cami.graph.dataset import N_TRIPLES
from cami.graph.inference import RULES, inferred
from cami.graph.turtle import write
from cami.ontology import CAMI, ONTOLOGY_FILE
from cami.server.release import Build
from cami.shapes.reasoner import Inconsistent, Ontology, unsatisfiable_classes
from cami.shapes.reasoning import contradictions, for_owl

HERE = Path(__file__).parent
FIXTURES = sorted((HERE / "inconsistent").glob("*.ttl"))
GOLDEN = sorted(rdflib.Graph().parse(HERE / "golden-inferences.ttl"))
PREFIXES = """
@base <https://example.org/> .
@prefix cami: <https://w3id.org/cami/ontology#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix prov: <http://www.w3.org/ns/prov#> .
"""
MARK = "# contradicted by\n"


def cami(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "cami"), *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def parsed(text: str) -> set[ox.Triple]:
    return {quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)}


def owl_file(triples: set[ox.Triple], path: Path) -> rdflib.Graph:
    graph, _ = for_owl(turtle_file(ONTOLOGY_FILE) | triples)
    graph.serialize(path, format="nt", encoding="utf-8")
    return graph


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.stem)
def test_hermit_finds_the_contradiction(fixture: Path, tmp_path: Path) -> None:
    owl_file(parsed(fixture.read_text(encoding="utf-8")), tmp_path / "all.nt")
    with pytest.raises(Inconsistent):
        unsatisfiable_classes(tmp_path / "all.nt")


def test_without_its_last_lines_no_fixture_contradicts_anything(tmp_path: Path) -> None:
    """So it is those lines that contradict, and no class is empty."""
    assert len(FIXTURES) >= 10
    good = [path.read_text(encoding="utf-8").split(MARK) for path in FIXTURES]
    assert all(len(parts) == 2 for parts in good)
    together = set[ox.Triple]().union(*(parsed(parts[0]) for parts in good))
    owl_file(together, tmp_path / "all.nt")
    assert unsatisfiable_classes(tmp_path / "all.nt") == []


def test_the_rl_engine_names_each_contradiction(tmp_path: Path) -> None:
    """HermiT only says that there is one. Those about literals are left to HermiT."""
    together = set[ox.Triple]().union(
        *(parsed(path.read_text(encoding="utf-8")) for path in FIXTURES)
    )
    found = "\n".join(contradictions(owl_file(together, tmp_path / "all.nt")))
    values = {
        "adopted-and-draft": "ontology#Adopted",
        "party-and-non-party": "ontology#NonParty",
        "retain-and-delete": "ontology#Retain",
    }
    names = {path.stem: f"https://example.org/{path.stem}" for path in FIXTURES} | values
    unnamed = {fixture for fixture, name in names.items() if name not in found}
    assert unnamed == {"number-is-a-decimal", "same-number-twice", "state-with-two-codes"}


@pytest.mark.parametrize("triple", GOLDEN, ids=lambda t: " ".join(x.split("/")[-1] for x in t))
def test_what_the_documents_imply_is_inferred(
    triple: tuple[rdflib.term.Node, ...], built: Build
) -> None:
    """In the graph `inferred` of the build, and asserted by no table."""
    subject, predicate, thing = (ox.NamedNode(str(term)) for term in triple)
    store = ox.Store.read_only(str(built.store))
    graphs = {
        quad.graph_name.value
        for quad in store.quads_for_pattern(subject, predicate, thing)
        if isinstance(quad.graph_name, ox.NamedNode)
    }
    assert graphs == {"https://w3id.org/cami/graph/inferred"}


def test_what_does_not_follow_is_not_inferred(built: Build) -> None:
    store = ox.Store.read_only(str(built.store))

    def holds(subject: str, predicate: str, thing: str) -> bool:
        terms = (ox.NamedNode(one) for one in (subject, predicate, thing))
        return any(store.quads_for_pattern(*terms))

    activity = "https://w3id.org/cami/id/activity/"
    kind = str(rdflib.RDF.type)
    assert not holds(f"{activity}pow-2014-2020/1.1.1", kind, str(CAMI.SinglePriorityActivity))
    altai = "https://w3id.org/cami/id/region/altai"
    assert not holds(f"{activity}wp-2026-2032/1.1", str(CAMI.concernsRegion), altai)
    assert not any(store.quads_for_pattern(None, ox.NamedNode(str(rdflib.OWL.sameAs)), None))


EXAMPLES = {
    "cax-sco": ("<#a> a cami:Activity .", "<#a> a prov:Plan ."),
    "prp-dom": ('<#a> cami:recurrence "yearly" .', "<#a> a cami:Activity ."),
    "prp-rng": ("<#r> cami:assignedActor <#x> .", "<#x> a cami:Actor ."),
    "prp-spo1": ("<#a> cami:inSection <#s> .", "<#a> dcterms:isPartOf <#s> ."),
    "prp-inv1": ("<#a> cami:inSection <#s> .", "<#s> cami:hasActivity <#a> ."),
    "prp-inv2": ("<#s> cami:hasActivity <#a> .", "<#a> cami:inSection <#s> ."),
    "prp-spo2": (
        "<#a> cami:inSection <#s> . <#s> cami:sectionRegion <#r> .",
        "<#a> cami:concernsRegion <#r> .",
    ),
    "cls-int1 with cls-svf1": (
        "<#a> a cami:Activity ; cami:inProgramme <#p> . <#p> a cami:SinglePriorityProgramme .",
        "<#a> a cami:SinglePriorityActivity .",
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_is_needed(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one rule infers, the others do not."""
    said, follows = (parsed(PREFIXES + text) for text in EXAMPLES[rule])
    terms = turtle_file(ONTOLOGY_FILE)
    assert follows <= inferred(terms, said)
    monkeypatch.delitem(RULES, rule)
    assert not follows & inferred(terms, said)


@pytest.mark.parametrize("profile", ["OWL 2 DL", "OWL 2 RL"])
def test_the_profile_checkers_can_say_no(profile: str, tmp_path: Path) -> None:
    """A union as a superclass is not in RL; a transitive property with a cardinality not in DL."""
    text = """
        @prefix : <https://example.org/> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        <https://example.org/> a owl:Ontology . :A a owl:Class . :B a owl:Class .
        :p a owl:ObjectProperty , owl:TransitiveProperty .
        :C a owl:Class ; rdfs:subClassOf [ a owl:Class ; owl:unionOf ( :A :B ) ] ,
          [ a owl:Restriction ; owl:onProperty :p ; owl:maxCardinality "1"^^xsd:nonNegativeInteger ] .
    """
    path = tmp_path / "bad.nt"
    path.write_bytes(write(parsed(text), N_TRIPLES))
    assert Ontology(path).violations(profile)


def test_cami_reason_over_everything(built: Build, tmp_path: Path) -> None:
    """All answers are good, and a build from what it wrote is the same, byte by byte."""
    out = tmp_path / "inferred.nt"
    done = cami("reason", "--format", "json", "--out", out)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["good"] is True
    assert [step["name"] for step in report["steps"]] == [
        "OWL 2 DL, ontology",
        "OWL 2 RL, ontology",
        "OWL 2 DL, with the data",
        "OWL 2 RL, with the data",
        "consistent (HermiT)",
        "inferred as in the build (HermiT)",
        "inferred as in the build (OWL RL (owlrl))",
    ]
    again = cami("build", "--out", tmp_path / "again", "--inferred", out)
    assert again.returncode == 0, again.stderr
    manifest = json.loads((tmp_path / "again" / "current" / "manifest.json").read_text())
    assert manifest["digest"] == built.digest
    out.write_text(out.read_text().replace("inputs ", "inputs 0", 1))
    refused = cami("build", "--out", tmp_path / "again", "--inferred", out)
    assert refused.returncode == 2
    assert "cami reason --out" in refused.stderr


def test_a_contradiction_of_the_user_is_named(tmp_path: Path) -> None:
    done = cami("reason", "--alone", HERE / "inconsistent" / "activity-is-a-region.ttl")
    assert done.returncode == 1
    assert "consistent (HermiT)" in done.stdout
    assert "activity-is-a-region#a" in done.stdout
    assert "Traceback" not in done.stderr


def test_without_the_extra_it_says_so() -> None:
    code = (
        "import sys; sys.modules['jpype'] = None; from cami.server.cli import main;"
        f"main(['reason', '--alone', {str(FIXTURES[0])!r}])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "pip install 'cami[reason]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--alone"], "name at least one"),
        (["missing.ttl"], "missing.ttl: No such file"),
        (["--alone", str(FIXTURES[0]), "--out", "x.nt"], "leave out --alone"),
    ],
)
def test_bad_use_is_a_line(arguments: list[str], message: str) -> None:
    done = cami("reason", *arguments)
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr
