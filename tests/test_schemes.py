"""The mirrors of code lists: the codes that the authorities print, and each scheme as one file.

The expected codes are copied from the authorities' lists, never from the tables:
* IUCN Red List Categories and Criteria 3.1, with RE and NA of the regional guidelines;
* CITES glossary, purpose-of-transaction code, after Resolution Conf. 12.3 (Rev. CoP18);
* CITES Trade Database guide, source codes, and code Y, which is younger than that guide;
* text of CITES, Article II; text of CMS, Articles III and IV;
* Samarkand Strategic Plan, as far as InforMEA and the Work Programme show its numbers.
"""

import hashlib
import random
import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import OWL, RDF, RDFS, SKOS

from cami.graph import TABLES_FOLDER, TableError, load_tables
from cami.graph.frameworks import Concept, Scheme, StrategicAim
from cami.graph.schemes import scheme_files
from cami.server.release import Build

ID = "https://w3id.org/cami/id/"
SOURCE = rdflib.URIRef("http://purl.org/dc/terms/source")
LICENSE = rdflib.URIRef("http://purl.org/dc/terms/license")
IUCN = {
    "EX": "Extinct",
    "EW": "Extinct in the Wild",
    "RE": "Regionally Extinct",
    "CR": "Critically Endangered",
    "EN": "Endangered",
    "VU": "Vulnerable",
    "NT": "Near Threatened",
    "LC": "Least Concern",
    "DD": "Data Deficient",
    "NA": "Not Applicable",
    "NE": "Not Evaluated",
}
PURPOSES = {
    "T": "Commercial",
    "Z": "Zoo",
    "G": "Botanical garden",
    "Q": "Circus or travelling exhibition",
    "S": "Scientific",
    "H": "Hunting trophy",
    "P": "Personal",
    "M": "Medical (including biomedical research)",
    "E": "Educational",
    "N": "Reintroduction or introduction into the wild",
    "B": "Breeding in captivity or artificial propagation",
    "L": "Law enforcement / judicial / forensic",
}
GOALS = {
    "1": ["1.1", "1.2", "1.3"],
    "2": ["2.1", "2.2", "2.3"],
    "3": ["3.1", "3.2", "3.3", "3.4"],
    "4": ["4.1"],
    "5": ["5.1", "5.2", "5.3", "5.4"],
    "6": ["6.1", "6.2", "6.3", "6.4"],
}
MIRRORS = {
    "appendix/cites": {"I", "II", "III"},
    "appendix/cms": {"I", "II"},
    "cites-purpose": set(PURPOSES),
    "cites-source": set("WXRDACFUIOY"),
    "iucn-category": set(IUCN),
    "spms": {*GOALS, *(target for targets in GOALS.values() for target in targets)},
}
PRIORITIES = {"priority/pow-2014-2020", "priority/wp-2026-2032"}
HOSTS = {
    "appendix/cites": "cites.org",
    "appendix/cms": "cms.int",
    "cites-purpose": "cites.org",
    "cites-source": "cites.org",
    "iucn-category": "iucnredlist.org",
    "spms": "informea.org",
}
WITHOUT_WORDING = {"4", "3.4"}  # numbers of the plan whose text no source showed


def scheme(name: str) -> rdflib.URIRef:
    return rdflib.URIRef(f"{ID}scheme/{name}")


def read(built: Build, name: str) -> rdflib.Graph:
    """The file of one scheme, alone."""
    return rdflib.Graph().parse(built.folder / "schemes" / f"{name}.ttl", format="turtle")


def by_code(graph: rdflib.Graph) -> dict[str, rdflib.term.Node]:
    concepts = list(graph.subjects(RDF.type, SKOS.Concept))
    found = {str(graph.value(concept, SKOS.notation)): concept for concept in concepts}
    assert len(found) == len(concepts), "a code stands twice"
    return found


@pytest.mark.parametrize("name", MIRRORS)
def test_a_mirror_holds_the_codes_of_the_authority(name: str, built: Build) -> None:
    assert set(by_code(read(built, name))) == MIRRORS[name]


@pytest.mark.parametrize(("name", "names"), [("iucn-category", IUCN), ("cites-purpose", PURPOSES)])
def test_codes_have_the_names_that_the_authority_prints(
    name: str, names: dict[str, str], built: Build
) -> None:
    graph = read(built, name)
    assert {
        code: str(graph.value(concept, SKOS.prefLabel)) for code, concept in by_code(graph).items()
    } == names


@pytest.mark.parametrize("name", MIRRORS)
def test_a_mirror_names_its_authority_and_says_that_it_is_unofficial(
    name: str, built: Build
) -> None:
    graph, iri = read(built, name), scheme(name)
    assert (iri, RDF.type, SKOS.ConceptScheme) in graph
    assert graph.value(iri, RDFS.label)
    assert graph.value(iri, SKOS.definition)
    assert graph.value(iri, LICENSE)
    host = str(graph.value(iri, SOURCE)).split("/")[2]
    assert f".{host}".endswith(f".{HOSTS[name]}")
    assert "Unofficial mirror" in str(graph.value(iri, SKOS.editorialNote))


def test_editions_are_those_that_were_seen(built: Build) -> None:
    editions = {name: read(built, name).value(scheme(name), OWL.versionInfo) for name in MIRRORS}
    assert {name: str(edition) for name, edition in editions.items() if edition} == {
        "cites-purpose": "Resolution Conf. 12.3 (Rev. CoP18)",
        "iucn-category": "3.1",
        "spms": "2024-2032",
    }


@pytest.mark.parametrize("name", MIRRORS)
def test_each_code_is_named_defined_and_says_where_it_was_seen(name: str, built: Build) -> None:
    graph = read(built, name)
    for code, concept in by_code(graph).items():
        label = graph.value(concept, SKOS.prefLabel)
        assert label == graph.value(concept, RDFS.label)
        assert isinstance(label, rdflib.Literal)
        assert label.language == "en"
        assert list(graph.objects(concept, SKOS.inScheme)) == [scheme(name)]
        assert isinstance(graph.value(concept, SOURCE), rdflib.URIRef)
        defined = graph.value(concept, SKOS.definition) is not None
        assert defined != (name == "spms" and code in WITHOUT_WORDING), code


@pytest.mark.parametrize("name", sorted(set(MIRRORS) - {"spms"} | PRIORITIES))
def test_every_code_of_a_flat_list_is_at_the_top(name: str, built: Build) -> None:
    graph = read(built, name)
    concepts = set(by_code(graph).values())
    assert set(graph.subjects(SKOS.topConceptOf, scheme(name))) == concepts
    assert set(graph.objects(scheme(name), SKOS.hasTopConcept)) == concepts


def test_goals_are_at_the_top_and_targets_under_them(built: Build) -> None:
    graph = read(built, "spms")
    codes = by_code(graph)
    goals = {codes[goal] for goal in GOALS}
    assert set(graph.subjects(SKOS.topConceptOf, scheme("spms"))) == goals
    assert set(graph.objects(scheme("spms"), SKOS.hasTopConcept)) == goals
    pairs = {(codes[goal], codes[target]) for goal, under in GOALS.items() for target in under}
    assert set(graph.subject_objects(SKOS.narrower)) == pairs
    assert {(goal, target) for target, goal in graph.subject_objects(SKOS.broader)} == pairs


def test_links_lead_to_the_thesaurus_of_gbif(built: Build) -> None:
    """NE has none: the address that GBIF prints for it ends in a blank."""
    status = "http://rs.gbif.org/vocabulary/iucn/threat_status/"
    appendix = "http://rs.gbif.org/vocab/cites/appendix"
    wanted = {(f"{ID}iucn-category/{code}", status + code) for code in set(IUCN) - {"NE"}}
    wanted |= {(f"{ID}appendix/cites/{code}", appendix + code) for code in ("I", "II", "III")}
    found = {
        (str(concept), str(match))
        for name in MIRRORS
        for concept, match in read(built, name).subject_objects(SKOS.closeMatch)
    }
    assert found == wanted


def test_no_iri_has_changed(built: Build) -> None:
    """What was published stays: others may have linked to it."""
    names = [f"appendix/cites/{number}" for number in ("I", "II", "III")]
    names += [f"appendix/cms/{number}" for number in ("I", "II")]
    names += [f"{kind}/{level}" for kind in PRIORITIES for level in ("high", "low", "medium")]
    names += [f"spms/goal-{goal}" for goal in GOALS]
    names += [f"spms/target-{target}" for targets in GOALS.values() for target in targets]
    held = {
        str(concept)
        for name in [*MIRRORS, *PRIORITIES]
        for concept in read(built, name).subjects(RDF.type, SKOS.Concept)
    }
    assert {ID + name for name in names} <= held


def test_there_is_one_file_a_scheme_with_its_digest_in_the_manifest(built: Build) -> None:
    names = {f"schemes/{name}.ttl" for name in [*MIRRORS, *PRIORITIES]}
    assert names == {f"schemes/{row.id}.ttl" for row in load_tables()[Scheme]}  # type: ignore[attr-defined]
    files = built.manifest["files"]
    assert {name for name in files if name.startswith("schemes/")} == names
    for name in names:
        content = (built.folder / name).read_bytes()
        assert files[name]["sha256"] == hashlib.sha256(content).hexdigest()
    on_disk = (built.folder / "schemes").rglob("*.*")
    assert {path.relative_to(built.folder).as_posix() for path in on_disk} == names


def test_a_file_holds_exactly_the_concepts_of_the_tables(built: Build) -> None:
    tables = load_tables()
    wanted: dict[str, set[str]] = {row.id: set() for row in tables[Scheme]}  # type: ignore[attr-defined]
    for row in tables[Concept]:
        wanted[row.scheme].add(ID + row.id)  # type: ignore[attr-defined]
    wanted["spms"] = {f"{ID}spms/{row.id}" for row in tables[StrategicAim]}  # type: ignore[attr-defined]
    for name, concepts in wanted.items():
        graph = read(built, name)
        assert {str(one) for one in graph.subjects(RDF.type, SKOS.Concept)} == concepts
        assert {str(one) for one in graph.subjects(unique=True)} == {*concepts, str(scheme(name))}


def stated(built: Build) -> list[ox.Triple]:
    """Return what some source states: all but what follows from it."""
    inferred = ox.NamedNode("https://w3id.org/cami/graph/inferred")
    return [
        quad.triple
        for quad in ox.parse(path=str(built.nquads), format=ox.RdfFormat.N_QUADS)
        if quad.graph_name not in (inferred, ox.DefaultGraph())
    ]


def test_a_file_says_of_them_all_that_the_sources_state(built: Build) -> None:
    text = ox.serialize(stated(built), format=ox.RdfFormat.N_TRIPLES)
    whole = rdflib.Graph().parse(data=text, format="nt")
    for name in [*MIRRORS, *PRIORITIES]:
        part = read(built, name)
        subjects = set(part.subjects())
        assert set(part) == {triple for triple in whole if triple[0] in subjects}


def test_a_file_has_prefixes_and_the_same_bytes_in_any_order(built: Build) -> None:
    triples = stated(built)
    random.Random(7).shuffle(triples)
    for name, content in scheme_files(triples):
        assert content == (built.folder / "schemes" / f"{name}.ttl").read_bytes()
        assert content.startswith(b"@prefix cami: ")
        assert b"@prefix skos: <http://www.w3.org/2004/02/skos/core#> ." in content


def test_mirrors_are_facts_from_elsewhere_and_priorities_those_of_their_document(
    built: Build,
) -> None:
    dataset = rdflib.Dataset()
    dataset.parse(built.nquads, format="nquads")
    origin = dict.fromkeys(MIRRORS, "reference")
    origin["priority/pow-2014-2020"] = "resolution-11.24-2014"
    origin["priority/wp-2026-2032"] = "cop15-cami-document"
    for name, graph in origin.items():
        graphs = (graph, "linkset-cbd-kmgbf")  # links of targets are in the graph of their linkset
        stated = [
            set(dataset.graph(rdflib.URIRef(f"https://w3id.org/cami/graph/{one}")))
            for one in graphs
        ]
        assert set(read(built, name)) <= set().union(*stated), name


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("identifiers", "threat_status/CR", "threat_status/CR ex", "write an address that starts"),
        ("identifiers", "http://rs.gbif.org/vocab/", "rs.gbif.org/vocab/", "write an address that"),
        ("concepts", "\tyes\n", "\tno\n", "column 'verified': 'no'"),
        ("spms", "https://dart", "dart", "write an address that starts"),
        ("schemes", "cites-purpose\t", "cites/../../x\t", "write an id with letters"),
    ],
)
def test_a_broken_row_is_named(
    table: str, old: str, new: str, message: str, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(TABLES_FOLDER, tmp_path / "tables"))
    path = copy / f"{table}.tsv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(TableError, match=message):
        load_tables(copy)
