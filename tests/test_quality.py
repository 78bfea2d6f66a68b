"""The ontology keeps the rules of ROBOT report, OOPS! and FOOPS! that can be checked offline.

Each rule is a query in quality/ that returns the terms that break it, or a test named in rules.tsv.
"""

import importlib.util
from collections import defaultdict
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
import yaml
from rdflib import DCTERMS, ORG, OWL, PROV, RDF, RDFS, SDO, SKOS, TIME, VANN, XSD
from rdflib.namespace import GEO

from cami.ontology import CAMI, ONTOLOGY_FILE, PREFIXES
from cami.server.release import Build

HERE = Path(__file__).parent / "quality"
ROOT = Path(__file__).parents[1]
spec = importlib.util.spec_from_file_location("card", HERE / "card.py")
assert spec
assert spec.loader
card = importlib.util.module_from_spec(spec)
spec.loader.exec_module(card)

QUERIES = [rule for rule, checked in card.rules().items() if checked == "query"]
VIOLATIONS = card.rows("violations.tsv")
UPDATE_PREFIXES = "".join(
    f"PREFIX {name}: <{iri}>\n"
    for name, iri in {
        **PREFIXES,
        "bibo": "http://purl.org/ontology/bibo/",
        "oboInOwl": "http://www.geneontology.org/formats/oboInOwl#",
        "vann": str(VANN),
    }.items()
)


@pytest.fixture(scope="module")
def found() -> dict[str, set[str]]:
    return card.broken(card.ontology())


@pytest.fixture(scope="module")
def graph() -> rdflib.Graph:
    return rdflib.Graph().parse(ONTOLOGY_FILE)


def test_every_rule_is_listed_once() -> None:
    """ROBOT has 32 rules, OOPS! 41 pitfalls, FOOPS! 24 tests."""
    ids = [row[0] for row in card.rows("rules.tsv")]
    assert len(set(ids)) == len(ids)
    of = {tool: {id_ for id_ in ids if id_.startswith(f"{tool}/")} for tool in card.TOOLS}
    assert of["oops"] == {f"oops/P{number:02}" for number in range(1, 42)}
    assert (len(of["robot"]), len(of["foops"])) == (32, 24)


def test_every_query_is_listed_with_its_title_and_level() -> None:
    files = {str(path.relative_to(HERE))[:-3]: path for path in HERE.glob("*/*.rq")}
    assert sorted(files) == sorted(QUERIES)
    for id_, level, title, checked in card.rows("rules.tsv"):
        if checked == "query":
            lines = files[id_].read_text(encoding="utf-8").splitlines()
            meta = yaml.safe_load("\n".join(x[3:] for x in lines if x.startswith("#+ ")))
            assert (meta["id"], meta["level"], meta["title"]) == (id_, level, title)
            assert id_.startswith("cami/") or meta["source"].startswith("https://")


def test_every_test_that_checks_a_rule_is_there() -> None:
    for rule, checked in card.rules().items():
        if "::" in checked:
            path, _, name = checked.partition(";")[0].partition("::")
            assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), rule


@pytest.mark.parametrize("rule", QUERIES)
def test_the_rule_is_kept(rule: str, found: dict[str, set[str]]) -> None:
    left = sorted(found[rule] - set(card.exceptions().get(rule, {})))
    assert not left, f"{rule} is broken by: {' '.join(left)}"


@pytest.mark.parametrize("rule", QUERIES)
def test_the_rule_can_be_broken(rule: str, found: dict[str, set[str]]) -> None:
    term, update = {rule: rest for rule, *rest in VIOLATIONS}[rule]
    store = card.ontology()
    store.update(UPDATE_PREFIXES + update)
    assert term not in found[rule], f"violations.tsv: {rule} is broken by {term} already"
    assert term in card.offenders(store, rule)


def test_every_way_to_break_a_rule_is_of_a_rule() -> None:
    assert [rule for rule, *_ in VIOLATIONS] == QUERIES


def test_every_exception_is_needed(found: dict[str, set[str]]) -> None:
    for rule, terms in card.exceptions().items():
        spare = sorted(set(terms) - found[rule])
        assert not spare, f"exceptions.tsv: {rule} is kept now by: {' '.join(spare)}"
        assert all(terms.values()), rule


def test_the_readme_shows_the_card(found: dict[str, set[str]]) -> None:
    shown = card.card(found)
    assert shown in (ROOT / "README.md").read_text(encoding="utf-8"), (
        f"paste what `python tests/quality/card.py` prints:\n{shown}"
    )


def test_foreign_terms_are_those_of_their_vocabulary(graph: rdflib.Graph) -> None:
    """OOPS! P40, for the vocabularies whose terms RDFLib knows."""
    known = [DCTERMS, GEO, ORG, OWL, PROV, RDF, RDFS, SDO, SKOS, TIME, VANN, XSD]
    checked = 0
    for term in {node for triple in graph for node in triple}:
        for namespace in known:
            if isinstance(term, rdflib.URIRef) and term.startswith(str(namespace)):
                name = term.removeprefix(str(namespace))
                assert not name or name in namespace, f"{term} is not a term of {namespace}"
                checked += bool(name)
    assert checked > len(known)


def members(built: Build) -> dict[ox.NamedNode | ox.BlankNode, set[str]]:
    types: dict[ox.NamedNode | ox.BlankNode, set[str]] = defaultdict(set)
    for quad in ox.parse(path=str(built.nquads), format=ox.RdfFormat.N_QUADS):
        if quad.predicate.value == str(RDF.type):
            types[quad.subject].add(quad.object.value)  # type: ignore[index,union-attr]
    return types


def test_every_leaf_class_has_members(graph: rdflib.Graph, built: Build) -> None:
    """OOPS! P17: no class stands for what should be an individual."""
    used = {kind for kinds in members(built).values() for kind in kinds}
    above = set(graph.objects(None, RDFS.subClassOf))
    for term in set(graph.subjects(RDF.type, OWL.Class)) - above:
        if str(term).startswith(str(CAMI)):
            assert str(term) in used, f"{term} has no members"


def test_the_data_fit_every_domain_and_range(graph: rdflib.Graph, built: Build) -> None:
    """OOPS! P18: whatever the data say of a thing, its class is in the domain and range."""
    types = members(built)
    above = {
        str(term): {str(up) for up in graph.transitive_objects(term, RDFS.subClassOf)}
        for term in graph.subjects(RDF.type, OWL.Class)
    }
    ends = {
        str(p): (graph.value(p, RDFS.domain), graph.value(p, RDFS.range))
        for kind in (OWL.ObjectProperty, OWL.DatatypeProperty)
        for p in graph.subjects(RDF.type, kind)
    }
    misfits: set[tuple[str, str]] = set()
    for quad in ox.parse(path=str(built.nquads), format=ox.RdfFormat.N_QUADS):
        for node, end in zip(
            (quad.subject, quad.object), ends.get(quad.predicate.value, ()), strict=False
        ):
            if end is not None and str(end).startswith(str(CAMI)):
                kinds = {up for kind in types[node] for up in above.get(kind, {kind})}
                if str(end) not in kinds:
                    misfits.add((quad.predicate.value, f"{' '.join(types[node])} is no {end}"))
    assert not misfits


def test_the_build_publishes_the_ontology_in_every_serialisation(
    graph: rdflib.Graph, built: Build
) -> None:
    """FOOPS! RDF1: the ontology is there as Turtle, TriG, N-Triples and N-Quads."""
    terms = set(graph.subjects(RDFS.isDefinedBy))
    for name, form in {
        "cami.ttl": ox.RdfFormat.TURTLE,
        "cami.trig": ox.RdfFormat.TRIG,
        "cami.nt": ox.RdfFormat.N_TRIPLES,
        "cami.nq": ox.RdfFormat.N_QUADS,
    }.items():
        quads = ox.parse(path=str(built.folder / name), format=form)
        defined = {
            rdflib.URIRef(quad.subject.value)
            for quad in quads
            if quad.predicate.value == str(RDFS.isDefinedBy)
        }
        assert terms <= defined, name
