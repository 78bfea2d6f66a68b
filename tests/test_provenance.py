"""Every statement has a source, and every identifier was verified: in the dataset, and in data of others."""

import json
from collections import defaultdict
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import OWL, RDF

from cami.graph.provenance import SOURCES
from cami.ontology import CAMI, GRAPH, ID, ONTOLOGY_FILE, SH, SHAPES
from cami.server.release import Build
from cami.shapes import load_shapes, shape_files

STATED = ("cop15-cami-document", "lineage", "reference", "resolution-11.24-2014")
# Classes whose things need no source of their own, and why.
WITHOUT = {
    "SourceLocation": "is a source itself, in a document",
    "DocumentFinding": "gathers source locations and others, which are held one by one",
    "AdoptionStatus": "its values are terms of the ontology",
    "AmendmentKind": "its values are terms of the ontology",
    "ParticipationStatus": "its values are terms of the ontology",
}


@pytest.fixture(scope="module")
def graphs(built: Build) -> dict[str, set[ox.Triple]]:
    """The triples that sources state, by the graph of their origin."""
    found: dict[str, set[ox.Triple]] = defaultdict(set)
    for quad in ox.parse(path=str(built.nquads), format=ox.RdfFormat.N_QUADS):
        name = getattr(quad.graph_name, "value", "").removeprefix(GRAPH)
        if name in STATED:
            found[name].add(quad.triple)
    assert set(found) == set(STATED)
    return found


def objects(triples: set[ox.Triple], subject: str, predicate: rdflib.URIRef) -> set[str]:
    return {
        t.object.value
        for t in triples
        if (t.subject.value, t.predicate.value) == (ID + subject, str(predicate))
    }


def test_a_thing_of_every_class_is_held_to_name_its_source() -> None:
    ontology = rdflib.Graph().parse(ONTOLOGY_FILE)
    ours = {
        str(one).removeprefix(str(CAMI))
        for one in ontology.subjects(RDF.type, OWL.Class)
        if str(one).startswith(str(CAMI))
    }
    shapes = load_shapes(shape_files())
    held = {str(one) for one in shapes.objects(SHAPES.Provenance, SH.targetClass)}
    assert {CAMI + name for name in ours - set(WITHOUT)} == {
        one for one in held if one.startswith(str(CAMI))
    }
    assert set(WITHOUT) <= ours
    path = next(shapes.objects(SHAPES["Provenance-source"], SH.path))
    either = shapes.value(path, SH.alternativePath)
    assert either is not None
    assert tuple(rdflib.collection.Collection(shapes, either)) == SOURCES
    assert (SHAPES.Provenance, SHAPES.profile, None) not in shapes, "any data is held to it"


def recorded(triples: set[ox.Triple]) -> set[tuple[str, str, str]]:
    """What the records of a graph say of other things: their codes, matches and lineage."""
    said: dict[str, dict[str, str]] = defaultdict(dict)
    for t in triples:
        said[t.subject.value][t.predicate.value] = t.object.value
    found: set[tuple[str, str, str]] = set()
    for record in said.values():
        if str(CAMI.identifierOf) in record:
            values = {record.get(str(p)) for p in (CAMI.identifierIri, NOTATION)} - {None}
            found |= {(record[str(CAMI.identifierOf)], "", str(value)) for value in values}
        if {str(CAMI.laterActivity), str(CAMI.earlierActivity)} <= set(record):
            both = record[str(CAMI.laterActivity)], record[str(CAMI.earlierActivity)]
            found.add((both[0], str(CAMI.continues), both[1]))
    return found


NOTATION = rdflib.SKOS.notation


@pytest.mark.parametrize("origin", STATED)
def test_every_statement_has_a_source_in_its_graph(
    origin: str, graphs: dict[str, set[ox.Triple]]
) -> None:
    triples = graphs[origin]
    naming = {str(source) for source in SOURCES}
    sourced = {t.subject for t in triples if t.predicate.value in naming}
    records = recorded(triples)
    without = {
        str(t)
        for t in triples
        if t.subject not in sourced
        and (t.subject.value, t.predicate.value, t.object.value) not in records
        and (t.subject.value, "", t.object.value) not in records
    }
    assert without == set()


@pytest.mark.parametrize("origin", [name for name in STATED if "-" in name])
def test_places_in_the_graph_of_a_document_are_in_that_document(
    origin: str, graphs: dict[str, set[ox.Triple]]
) -> None:
    triples = graphs[origin]
    places = {t.object for t in triples if t.predicate.value == str(SOURCES[0])}
    held = {t.subject: t.object.value for t in triples if t.predicate.value == str(CAMI.inDocument)}
    assert places
    assert {held.get(place) for place in places} == {f"{ID}document/{origin}"}


def test_names_come_from_the_documents_that_use_them(graphs: dict[str, set[ox.Triple]]) -> None:
    """Table 1 of the Work Programme and the Resolution print Uncia uncia; IUCN has Panthera uncia."""
    source = rdflib.DCTERMS.source
    uncia = objects(graphs["reference"], "name/uncia-uncia", source)
    panthera = objects(graphs["reference"], "name/panthera-uncia", source)
    assert f"{ID}document/cop15-cami-document" in uncia
    assert f"{ID}document/iucn-red-list" in panthera
    assert f"{ID}document/iucn-red-list" not in uncia


def test_lineage_is_this_projects_reading_of_two_places(graphs: dict[str, set[ox.Triple]]) -> None:
    triples, statement = graphs["lineage"], "lineage/pow-2014-2020/1.1.1/1"
    assert objects(triples, statement, rdflib.DCTERMS.source) == {f"{ID}document/cami-curation"}
    assert objects(triples, statement, rdflib.PROV.wasDerivedFrom) == {
        f"{ID}location/resolution-11.24-2014/activity/1.1.1",
        f"{ID}location/cop15-cami-document/activity/7.3",
    }


def test_who_took_part_in_2014_is_said_by_the_resolution(
    graphs: dict[str, set[ox.Triple]],
) -> None:
    """Part I of its annex tells of the survey; the document of COP15 says nothing of it."""
    event = f"{ID}event/cami-stakeholder-survey-2014"
    said = {
        name
        for name, triples in graphs.items()
        for t in triples
        if event in (t.subject.value, getattr(t.object, "value", ""))
    }
    assert said == {"resolution-11.24-2014"}


UNVERIFIED = """
@prefix cami: <https://w3id.org/cami/ontology#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<https://w3id.org/cami/id/state/KAZ> skos:exactMatch <https://example.org/gazetteer/1> .
<https://w3id.org/cami/id/state/UZB> skos:exactMatch <https://example.org/gazetteer/2> .
<https://example.org/identifier/2> a cami:Identifier ; cami:identifierOf <https://w3id.org/cami/id/state/UZB> ;
    cami:registry "gazetteer" ; skos:notation "2" ; cami:identifierIri <https://example.org/gazetteer/2> ;
    dcterms:source "A gazetteer" ; cami:verifiedOn "2026-11-22"^^xsd:date ;
    cami:verificationStatus "unverified" .
<https://example.org/activity> a cami:Indicator .
"""
ROW = "thing\tregistry\tidentifier\tiri\tseen_in\tverified_on\tverified\n{}\n"


def shapes_of(done) -> set[str]:
    return {one["shape"].removeprefix(str(SHAPES)) for one in json.loads(done.stdout)["results"]}


def test_data_of_others_are_held_to_sources_and_verified_identifiers(cami, tmp_path: Path) -> None:
    mine = tmp_path / "mine.ttl"
    mine.write_text(UNVERIFIED)
    found = cami("validate", str(mine), "--format", "json")
    results = json.loads(found.stdout)["results"]
    of = defaultdict(set)
    for one in results:
        of[one["shape"].removeprefix(str(SHAPES))].add(one["focus"])
    assert found.returncode == 1
    state = f"{ID}state/"
    assert {"<" + state + "KAZ>", "<" + state + "UZB>"} <= of["Identified-verifiedAddress"]
    assert of["Identifier-verified"] == {"<https://example.org/identifier/2>"}
    assert "<https://example.org/activity>" in of["Provenance-source"]


@pytest.mark.parametrize(
    ("verified", "code", "shape"), [("yes", 0, ""), ("no", 1, "Identifier-verified")]
)
def test_a_row_of_identifiers_says_whether_it_was_verified(
    verified: str, code: int, shape: str, cami, tmp_path: Path
) -> None:
    table = tmp_path / "identifiers.tsv"
    table.write_text(
        ROW.format(f"site/aralkum-np\tgazetteer\t7\t\tA gazetteer\t2026-11-22\t{verified}")
    )
    done = cami("validate", str(table), "--format", "json")
    assert (done.returncode, shapes_of(done)) == (code, {shape} - {""}), done.stdout
