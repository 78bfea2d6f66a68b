"""Links to other authorities: SSSOM files, VoID linksets, the join table.

What is expected was read from the reference tables of identifiers, or from what authorities print;
never from our own output.
"""

import csv
import logging
from collections import Counter
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import RDF, RDFS, SKOS, VOID
from sssom.constants import SchemaValidationType
from sssom.parsers import parse_sssom_table
from sssom.util import MappingSetDataFrame
from sssom.validators import validate

from cami.graph import TABLES_FOLDER, load_tables
from cami.graph.sssom import COLUMNS, sssom_files
from cami.server.release import Build

AUTHORITIES = {
    *("cbd-kmgbf", "cites-listing-names", "eu-country", "gbif", "iucn-red-list", "mdd", "msw3"),
    *("ncbi-taxonomy", "organizations", "species-plus-cites", "species-plus-cms", "wikidata"),
}
CHECKS = [
    SchemaValidationType.JsonSchema,
    SchemaValidationType.PrefixMapCompleteness,
    SchemaValidationType.StrictCurieFormat,
]
ID = "https://w3id.org/cami/id/"
DERIVED = {
    "tcs:isCongruentWith": "skos:closeMatch",
    "tcs:isIncludedIn": "skos:broadMatch",
    "tcs:includes": "skos:narrowMatch",
    "tcs:intersects": "skos:relatedMatch",
}
REFERENCE = Path(__file__).parents[2] / "shared" / "reference"
WHO_HAS = {  # links to what each authority has, by the relation of the reference table
    "exactMatch": "isCongruentWith",
    "broadMatch": "isIncludedIn",
    "narrowMatch": "includes",
    "closeMatch": "intersects",
}


@cache
def rows(path: Path) -> list[dict[str, str]]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def links(built: Build, authority: str) -> list[dict[str, str]]:
    return rows(built.folder / "links" / f"{authority}.sssom.tsv")


@cache
def parsed(path: Path) -> MappingSetDataFrame:
    return parse_sssom_table(path)


def test_there_is_one_file_an_authority(built: Build) -> None:
    found = {path.name for path in (built.folder / "links").iterdir()}
    assert found == {f"{name}.sssom.tsv" for name in AUTHORITIES} | {"index.json"}
    assert {f"links/{name}" for name in found} < set(built.manifest["files"])


@pytest.mark.parametrize("authority", sorted(AUTHORITIES))
def test_each_file_is_valid_sssom(authority: str, built: Build) -> None:
    mappings = parsed(built.folder / "links" / f"{authority}.sssom.tsv")
    assert len(mappings.df) == len(links(built, authority)) > 0
    reports = validate(mappings, CHECKS, fail_on_error=False)
    assert {
        kind.name: [one.message for one in report.results] for kind, report in reports.items()
    } == {kind.name: [] for kind in CHECKS}


def test_a_file_that_is_not_valid_is_noticed(built: Build, tmp_path: Path) -> None:
    """The library looks at what we rely on: justification and prefixes."""
    text = (built.folder / "links" / "gbif.sssom.tsv").read_text(encoding="utf-8")
    logging.disable(logging.CRITICAL)
    try:
        for good, bad in (
            ("semapv:ManualMappingCuration", "semapv:Guess"),
            ("\tgbif:2435238\t", "\tunknown:2435238\t"),
        ):
            assert good in text
            path = tmp_path / "bad.sssom.tsv"
            path.write_text(text.replace(good, bad), encoding="utf-8")
            reports = validate(parse_sssom_table(path), CHECKS, fail_on_error=False)
            assert any(report.results for report in reports.values()), bad
    finally:
        logging.disable(logging.NOTSET)


@pytest.mark.parametrize("authority", sorted(AUTHORITIES))
def test_records_are_complete_and_named_once(authority: str, built: Build) -> None:
    found = links(built, authority)
    assert tuple(found[0]) == COLUMNS
    names = [row["record_id"] for row in found]
    assert len(set(names)) == len(names)
    for row in found:
        assert row["mapping_justification"] in (
            "semapv:ManualMappingCuration",
            "semapv:LogicalReasoning",
        )
        assert 0 < float(row["confidence"]) <= 1
        assert row["predicate_modifier"] in ("", "Not")
        assert row["curation_rule"].startswith("rule:")
        assert all(row[name] for name in ("subject_id", "subject_label", "object_id", "comment"))
        assert not row["reviewer_id"] and not row["review_date"]  # nobody has reviewed them yet


@pytest.mark.parametrize("authority", sorted(AUTHORITIES))
def test_taxa_are_never_exact_matches_and_pages_never_concepts(
    authority: str, built: Build
) -> None:
    for row in links(built, authority):
        if row["subject_category"] == "cami:TreatyTaxonConcept":
            assert row["predicate_id"] != "skos:exactMatch", row
        to_a_page = row["object_category"] == "foaf:Document"
        assert to_a_page == (row["predicate_id"] == "rdfs:seeAlso"), row


@pytest.mark.parametrize("authority", sorted(AUTHORITIES))
def test_skos_follows_from_rcc_5(authority: str, built: Build) -> None:
    """Each pair has the SKOS relation of what is best known of it, and no other."""
    said: dict[tuple[str, str], set[str]] = {}
    derived: dict[tuple[str, str], list[str]] = {}
    for row in links(built, authority):
        pair = (row["subject_id"], row["object_id"])
        if row["predicate_id"] in DERIVED and not row["predicate_modifier"]:
            if row["object_id"] != "sssom:NoTermFound":
                said.setdefault(pair, set()).add(row["predicate_id"])
        elif row["predicate_id"] in DERIVED.values() and authority != "cbd-kmgbf":
            derived.setdefault(pair, []).append(row["predicate_id"])
    expected = {
        pair: [DERIVED[min(relations, key=lambda one: one == "tcs:intersects")]]
        for pair, relations in said.items()
    }
    assert derived == expected


@pytest.mark.parametrize("authority", sorted(AUTHORITIES))
def test_cardinality_is_that_of_the_file(authority: str, built: Build) -> None:
    held = [row for row in links(built, authority) if not row["predicate_modifier"]]
    objects: dict[tuple[str, str], set[str]] = {}
    subjects: dict[tuple[str, str], set[str]] = {}
    for row in held:
        objects.setdefault((row["predicate_id"], row["subject_id"]), set()).add(row["object_id"])
        subjects.setdefault((row["predicate_id"], row["object_id"]), set()).add(row["subject_id"])
    for row in held:
        left = len(subjects[row["predicate_id"], row["object_id"]])
        right = len(objects[row["predicate_id"], row["subject_id"]])
        expected = f"{'1' if left == 1 else 'n'}:{'1' if right == 1 else 'n'}"
        if row["object_id"] == "sssom:NoTermFound":
            expected = "1:0"
        assert row["mapping_cardinality"] == expected, row


def test_what_was_checked_and_refuted_is_published(built: Build) -> None:
    """From the traps that the reference facts list, and what the tables held before."""
    found = {
        (row["subject_id"].rpartition("/")[2], authority, row["object_label"])
        for authority in AUTHORITIES
        for row in links(built, authority)
        if row["predicate_modifier"] == "Not"
    }
    assert found == {
        ("asiatic-cheetah", "iucn-red-list", "Acinonyx jubatus"),
        ("bukhara-deer", "iucn-red-list", "Cervus hanglu"),
        ("gobi-bear", "cites-listing-names", "Ursus arctos isabellinus"),
        ("gobi-bear", "species-plus-cites", "Ursus arctos isabellinus"),
        ("gobi-bear", "ncbi-taxonomy", "Ursus arctos isabellinus"),
        ("gobi-bear", "wikidata", "Ursus arctos isabellinus"),
        ("persian-leopard", "mdd", "Panthera pardus"),
        ("przewalski-horse", "wikidata", "Equus ferus"),
        ("wild-camel", "gbif", "Camelus bactrianus"),
        ("wild-camel", "msw3", "Camelus bactrianus"),
        ("wild-yak", "gbif", "Bos grunniens"),
        ("wild-yak", "msw3", "Bos grunniens"),
    }


def test_what_was_not_found_is_published(built: Build) -> None:
    found = {
        (row["subject_id"].rpartition("/")[2], authority)
        for authority in AUTHORITIES
        for row in links(built, authority)
        if row["object_id"] == "sssom:NoTermFound"
    }
    not_listed = ("goitered-gazelle", "mongolian-gazelle", "przewalski-gazelle")
    not_listed += ("tibetan-gazelle", "white-lipped-deer", "wild-camel")
    assert found == {
        ("urial", "gbif"),
        ("gobi-bear", "wikidata"),
        ("przewalski-horse", "wikidata"),
        *((taxon, "cites-listing-names") for taxon in not_listed),
    }


@pytest.fixture(scope="module")
def described(built: Build) -> rdflib.Graph:
    return rdflib.Graph().parse(built.folder / "void.ttl")


@pytest.mark.parametrize("authority", sorted(AUTHORITIES))
def test_each_linkset_is_described_and_counted(
    authority: str, described: rdflib.Graph, built: Build
) -> None:
    iri = rdflib.URIRef(f"https://w3id.org/cami/dataset/linkset/{authority}")
    assert (iri, RDF.type, VOID.Linkset) in described
    rdf = [
        row
        for row in links(built, authority)
        if not row["predicate_modifier"] and not row["predicate_id"].startswith("tcs:")
    ]
    expected = Counter(row["predicate_id"].partition(":")[2] for row in rdf)
    assert described.value(iri, VOID.triples).toPython() == len(rdf)  # type: ignore[union-attr]
    counted = {
        str(described.value(part, VOID.property)).rpartition("#")[2]: described.value(
            part, VOID.triples
        ).toPython()  # type: ignore[union-attr]
        for part in described.objects(iri, VOID.propertyPartition)
    }
    assert counted == expected
    assert {str(p).rpartition("#")[2] for p in described.objects(iri, VOID.linkPredicate)} == set(
        expected
    )
    (dump,) = described.objects(iri, VOID.dataDump)
    assert str(dump).removeprefix("https://w3id.org/cami/dumps/") in built.manifest["files"]


def test_the_links_of_a_linkset_are_in_its_graph(built: Build) -> None:
    store = ox.Store.read_only(str(built.store))
    graph = ox.NamedNode("https://w3id.org/cami/graph/linkset-gbif")

    def linked(taxon: str, predicate: str) -> set[str]:
        subject = ox.NamedNode(f"{ID}taxon/{taxon}")
        found = store.quads_for_pattern(subject, ox.NamedNode(predicate), None, graph)
        return {str(quad.object.value) for quad in found}  # type: ignore[union-attr]

    assert linked("snow-leopard", str(RDFS.seeAlso)) == {"https://www.gbif.org/species/2435238"}
    assert linked("snow-leopard", str(SKOS.closeMatch)) == {f"{ID}concept/gbif/uncia-uncia"}
    assert linked("wild-camel", str(SKOS.closeMatch)) == set()
    assert linked("wild-camel", str(SKOS.broadMatch)) == {f"{ID}concept/gbif/camelus-bactrianus"}


# The join table


@pytest.fixture(scope="module")
def joined(built: Build) -> list[dict[str, str]]:
    with (built.folder / "identifiers.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference facts are not here")
def test_the_join_table_holds_every_verified_identifier(joined: list[dict[str, str]]) -> None:
    """And no other, save those of Species+ under CMS, which have a test of their own."""
    with (REFERENCE / "taxon_identifiers.csv").open(encoding="utf-8", newline="") as file:
        expected = {
            (row["taxon"], row["scheme"], row["identifier"], WHO_HAS[row["relation"]])
            for row in csv.DictReader(file)
            if row["verified"] == "yes"
            and not row["taxon"].startswith("higher:")  # the graph has no genera and families
            and row["scheme"] != "cms-species-page"  # one page, whose authority lists no others
        }
    with (REFERENCE / "range_states.csv").open(encoding="utf-8", newline="") as file:
        states = list(csv.DictReader(file))
    expected |= {(row["iso3"], "wikidata", row["wikidata"], "exactMatch") for row in states}
    expected |= {(row["iso3"], "eu-country", row["iso3"], "exactMatch") for row in states}
    with (REFERENCE / "organizations.csv").open(encoding="utf-8", newline="") as file:
        named = {row["iri"].rpartition("/")[2] for row in joined if "/actor/" in row["iri"]}
        expected |= {
            (row["key"], "wikidata", row["wikidata"], "exactMatch")
            for row in csv.DictReader(file)
            if row["verified"] == "yes" and row["key"] in named
        }
    found = {
        (
            row["iri"].rpartition("/")[2],
            row["registry"].replace("species-plus-cites", "species-plus"),
            row["identifier"],
            row["relation"],
        )
        for row in joined
        if row["linkset"] not in ("species-plus-cms", "cbd-kmgbf")
    }
    assert found == expected


def test_identifiers_of_species_plus_under_cms(joined: list[dict[str, str]]) -> None:
    """As the import files of Species+ have them, in the taxonomy of CMS."""
    found = {
        row["identifier"]: (row["iri"].rpartition("/")[2], row["relation"])
        for row in joined
        if row["linkset"] == "species-plus-cms"
    }
    assert found == {
        "11907": ("snow-leopard", "isCongruentWith"),
        "11951": ("mongolian-gazelle", "isCongruentWith"),
        "11967": ("saiga", "intersects"),
        "11979": ("wild-yak", "isCongruentWith"),
        "11984": ("asiatic-cheetah", "isIncludedIn"),
        "12084": ("asiatic-wild-ass", "isCongruentWith"),
        "12106": ("wild-camel", "intersects"),
        "94458": ("persian-leopard", "isIncludedIn"),
        "94602": ("przewalski-horse", "isCongruentWith"),
        "103278": ("eurasian-lynx", "isCongruentWith"),
        "103281": ("pallas-cat", "isCongruentWith"),
    }


def test_a_join_that_is_not_of_the_same_is_warned_of(joined: list[dict[str, str]]) -> None:
    for row in joined:
        same = row["relation"] in ("isCongruentWith", "exactMatch")
        assert bool(row["warning"]) != same, row
    (camel,) = [row for row in joined if (row["linkset"], row["identifier"]) == ("gbif", "2441238")]
    assert camel["warning"].startswith("Wider:") and "domestic camel" in camel["warning"]


def test_files_have_the_same_bytes_every_time(built: Build) -> None:
    tables = load_tables(TABLES_FOLDER)
    for name, content in sssom_files(tables, built.manifest["version"]):
        assert content == (built.folder / name).read_bytes(), name
