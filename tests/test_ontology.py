"""The ontology: read by OWL tools as meant, complete for the data, without imports."""

import re
from pathlib import Path

import owlready2
import pyoxigraph as ox
import pytest
import rdflib
from rdflib import OWL, RDF, RDFS

from cami.ontology import CAMI, HERE, ONTOLOGY_FILE
from cami.server.release import Build

SKOS = rdflib.Namespace("http://www.w3.org/2004/02/skos/core#")
DCTERMS = rdflib.Namespace("http://purl.org/dc/terms/")
ONTOLOGY = rdflib.URIRef("https://w3id.org/cami/ontology")
FACTS = {"cop15-cami-document", "resolution-11.24-2014", "reference", "lineage"}


@pytest.fixture(scope="module")
def graph() -> rdflib.Graph:
    return rdflib.Graph().parse(ONTOLOGY_FILE)


def own_terms(graph: rdflib.Graph) -> list[rdflib.URIRef]:
    return list(graph.subjects(RDFS.isDefinedBy, ONTOLOGY))  # type: ignore[misc]


def test_owlready2_reads_classes_properties_and_hierarchy(
    graph: rdflib.Graph, tmp_path: Path
) -> None:
    """It reads N-Triples, not Turtle."""
    path = tmp_path / "cami.nt"
    graph.serialize(path, format="nt", encoding="utf-8")
    world = owlready2.World()
    ontology = world.get_ontology(path.as_uri()).load()
    activity = world[str(CAMI.Activity)]
    plan = world["http://www.w3.org/ns/prov#Plan"]
    assert plan in activity.ancestors()
    classes = {rdflib.URIRef(c.iri) for c in ontology.classes()}
    assert {t for t in own_terms(graph) if (t, RDF.type, OWL.Class) in graph} <= classes
    properties = {rdflib.URIRef(p.iri) for p in ontology.properties()}
    assert {
        t for t in own_terms(graph) if "Property" in str(graph.value(t, RDF.type))
    } <= properties


def test_every_term_has_label_definition_and_source(graph: rdflib.Graph) -> None:
    for term in own_terms(graph):
        assert graph.value(term, RDFS.label), term
        assert graph.value(term, SKOS.definition), term
        assert graph.value(term, DCTERMS.source), term


def test_labels_are_unique(graph: rdflib.Graph) -> None:
    labels = [(str(graph.value(t, RDFS.label)), graph.value(t, RDF.type)) for t in own_terms(graph)]
    assert len(set(labels)) == len(labels)


def test_no_imports_and_no_axiom_on_a_foreign_term(graph: rdflib.Graph) -> None:
    assert (None, OWL.imports, None) not in graph
    ours = set(own_terms(graph)) | {ONTOLOGY}
    for subject, predicate in graph.subject_predicates(unique=True):
        if isinstance(subject, rdflib.URIRef) and subject not in ours:
            assert predicate in (RDF.type, RDFS.isDefinedBy), (subject, predicate)


def test_the_header_names_version_licence_and_prefix(graph: rdflib.Graph) -> None:
    assert graph.value(ONTOLOGY, OWL.versionIRI)
    assert graph.value(ONTOLOGY, DCTERMS.license)
    assert graph.value(ONTOLOGY, DCTERMS.title)


def test_every_term_of_a_vocabulary_that_the_data_use_is_declared(
    graph: rdflib.Graph, built: Build
) -> None:
    """Ours and foreign ones; what is not declared is read by OWL tools as something else."""
    of_owl = {str(RDF.type), str(RDFS.label), str(OWL.versionInfo)}
    declared = {str(s) for s in graph.subjects(RDF.type)} | of_owl
    for quad in ox.parse(path=str(built.nquads), format=ox.RdfFormat.N_QUADS):
        if isinstance(quad.graph_name, ox.DefaultGraph):
            continue
        if quad.graph_name.value.rpartition("/")[2] in FACTS:
            assert quad.predicate.value in declared, quad.predicate
            if quad.predicate.value == str(RDF.type):
                assert str(quad.object.value) in declared, quad.object


def test_every_term_of_ours_is_used_or_is_a_class(graph: rdflib.Graph, built: Build) -> None:
    used = (built.folder / "cami.nt").read_text(encoding="utf-8")
    aside = {CAMI.Adopted, CAMI.verbatimText, CAMI.verbatimIndicator}  # of drafts; of users' files
    aside |= {CAMI.implementationStatus}  # of users' records
    for term in set(own_terms(graph)) - aside:
        others = len(re.findall(re.escape(f"<{term}>"), used))
        assert others > len(list(graph.predicate_objects(term))), f"{term} is declared, not used"


def test_the_file_lies_where_the_package_says() -> None:
    assert ONTOLOGY_FILE.parent == HERE
