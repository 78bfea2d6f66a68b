"""Exports of authorities, imported beside the graph and compared with it, by the program.

The files in `imports/` have the columns that the authorities give; every value in them except
names and identifiers of taxa is invented.
"""

import csv
import dataclasses
import functools
import itertools
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cami.ontology import ID
from cami.server.builds import Build
from cami.server.import_counts import cell
from cami.server.import_kinds import KINDS, FormatError
from cami.server.import_known import Known, Match, read_known
from cami.server.import_rows import Bad, Dialect, Source, Table
from cami.server.import_run import Import
from cami.server.import_store import one_processor
from cami.server.import_text import RDF_TYPE, dcterms, dwc, typed

FILES = Path(__file__).parent / "imports"
SIMPLE = FILES / "0000001-000000000000001.csv"
# kind, file, and how many rows are read, used, about other taxa or States, rejected
READ = [
    ("red-list", "assessments.csv", 7, 5, 1, 1),
    ("red-list-api", "assessment.json", 1, 1, 0, 0),
    ("red-list-api", "taxa-sis.jsonl", 2, 2, 0, 0),
    ("species-plus-cms", "cms_listings.csv", 4, 2, 1, 1),
    ("species-plus-cms", "cms_listings_14.csv", 1, 1, 0, 0),
    ("species-plus-cites", "cites_listings.csv", 4, 4, 0, 0),
    ("cites-trade", "comptab.csv", 4, 2, 1, 1),
    ("cites-trade", "comptab_13.csv", 1, 1, 0, 0),
    ("gbif", SIMPLE.name, 7, 5, 1, 1),
]


@pytest.fixture(scope="module")
def place(built: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the session's build, to put imports beside."""
    folder = tmp_path_factory.mktemp("imports") / "builds"
    shutil.copytree(built.folder.parent, folder, symlinks=True)
    return folder


@pytest.fixture(scope="module")
def known(built: Build) -> Known:
    return read_known(built)


@pytest.fixture(scope="module")
def take(cami, place: Path) -> Callable[..., tuple[Path, str]]:
    """Import a file; return the folder of the import and what was printed."""

    @functools.cache  # a run of the program costs a second
    def run(kind: str, path: Path, *options: str) -> tuple[Path, str]:
        done = cami("import", kind, str(path), "--build", str(place), *options)
        assert done.returncode == 0, done.stderr
        assert not done.stderr
        words = (word.rstrip(";") for word in done.stdout.split())
        (name,) = [word for word in words if word.startswith(f"{kind}-")]
        return place / "imports" / name, done.stdout

    return run


def refused(cami, place: Path, kind: str, path: Path) -> str:
    done = cami("import", kind, str(path), "--build", str(place))
    assert done.returncode == 2, (done.stdout, done.stderr)
    (line,) = done.stderr.splitlines()
    assert line.startswith("cami: ")
    return line


def graph(folder: Path, *names: str) -> ox.Store:
    store = ox.Store()
    for name in ("data.nt", "about.nt", *names):
        store.bulk_load(path=str(folder / name), format=ox.RdfFormat.N_TRIPLES)
    return store


def values(folder: Path, query: str, *names: str) -> set[tuple[str, ...]]:
    prefixes = """
        PREFIX cami: <https://w3id.org/cami/ontology#> PREFIX dcterms: <http://purl.org/dc/terms/>
        PREFIX dwc: <http://rs.tdwg.org/dwc/terms/> PREFIX prov: <http://www.w3.org/ns/prov#>
        PREFIX tcs: <http://rs.tdwg.org/tcs/terms/> PREFIX iucn: <http://iucn.org/terms/>
        PREFIX trade: <https://w3id.org/cami/import/cites-trade#>
        PREFIX occ: <https://www.gbif.org/occurrence/> PREFIX red: <https://www.iucnredlist.org/species/>
    """
    rows = graph(folder, *names).query(prefixes + query)
    assert isinstance(rows, ox.QuerySolutions)
    return {tuple(term.value.rpartition("/")[2] for term in row) for row in rows}


@pytest.mark.parametrize(("kind", "name", "read", "used", "elsewhere", "rejected"), READ)
def test_each_format_is_read_and_every_row_is_accounted_for(
    take, kind: str, name: str, read: int, used: int, elsewhere: int, rejected: int
) -> None:
    folder, said = take(kind, FILES / name)
    assert f"{read} rows read, {used} used, {elsewhere} about" in said
    assert f"{rejected} rejected" in said
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["rows"] == {
        "read": read, "used": used, "elsewhere": elsewhere, "rejected": rejected,
    }  # fmt: skip
    assert len(graph(folder)) == manifest["triples"]  # valid, and nothing is written twice
    with (folder / "rejects.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == rejected


def test_rejected_rows_are_named_by_file_line_and_reason(take, tmp_path: Path) -> None:
    copy = tmp_path / "rejects.csv"
    take("gbif", SIMPLE, "--rejects", str(copy))
    with copy.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["file"] == SIMPLE.name
    assert row["line"] == "3"
    assert row["reason"] == "decimalLongitude: -200 is not between -180 and 180"
    assert "9000000002" in row["row"]


@pytest.mark.parametrize(
    "kind", ["red-list", "species-plus-cms", "species-plus-cites", "cites-trade", "gbif"]
)
@pytest.mark.parametrize("change", ["missing", "unknown", "twice"])
def test_another_version_of_a_format_is_refused_by_its_columns(
    known: Known, tmp_path: Path, kind: str, change: str
) -> None:
    path = tmp_path / "other.csv"
    path.write_text(changed_header(next(n for k, n, *_ in READ if k == kind), change))
    with pytest.raises(FormatError) as refusal:
        run_in_process(known, kind, path, tmp_path)
    line = str(refusal.value)
    assert str(path) in line
    assert {
        "missing": "missing: ",
        "unknown": "unknown: 'Example column'",
        "twice": "has columns twice: ",
    }[change] in line


def changed_header(name: str, change: str) -> str:
    head, _, rest = (FILES / name).read_text(encoding="utf-8-sig").partition("\n")
    separator = "\t" if "\t" in head else ","
    columns = head.split(separator)
    columns = {
        "missing": columns[:-1],
        "unknown": [*columns, "Example column"],
        "twice": [*columns[:-1], columns[0]],
    }[change]
    return separator.join(columns) + "\n" + rest


def test_the_graph_keeps_licence_citation_source_and_digest(take) -> None:
    folder, said = take("red-list", FILES / "assessments.csv", "--citation", 'Example "cited"')
    name = folder.name
    assert f"https://w3id.org/cami/graph/import/{name}" in said
    (digest,) = values(
        folder,
        """SELECT ?digest WHERE { ?graph prov:wasDerivedFrom ?source .
        ?source <http://spdx.org/rdf/terms#checksum>/<http://spdx.org/rdf/terms#checksumValue> ?digest }""",
    )
    assert digest[0].startswith(name.rpartition("-")[2])
    assert json.loads((folder / "manifest.json").read_text())["sha256"] == digest[0]
    about = (folder / "about.nt").read_text()
    assert f"<https://w3id.org/cami/graph/import/{name}>" in about
    assert '"Example \\"cited\\""' in about
    assert "<https://www.iucnredlist.org/terms/terms-of-use>" in about
    assert "your own use" in about


def test_a_record_of_a_wider_taxon_is_not_one_of_ours(take) -> None:
    """The Asiatic cheetah is part of Acinonyx jubatus: a cheetah in South Africa is none."""
    folder, _ = take("gbif", SIMPLE)
    about = values(folder, "SELECT ?o ?t WHERE { ?o a dwc:Occurrence ; dcterms:subject ?t }")
    assert about >= {("9000000001", "snow-leopard"), ("9000000004", "asiatic-cheetah")}
    assert not any(record == "9000000003" for record, _ in about)
    related = values(
        folder,
        """SELECT ?t ?r WHERE { occ:9000000003 dwc:scientificName|dwc:taxonID ?said .
        ?c a tcs:TaxonConcept ; dwc:scientificName|dwc:taxonID ?said .
        ?m tcs:objectTaxonConcept ?c ; tcs:subjectTaxonConcept ?t ; tcs:mappingRelation ?r }""",
    )
    assert related == {("asiatic-cheetah", "isIncludedIn")}


def test_records_are_counted_by_taxon_state_year_and_cell(take) -> None:
    """By reading the file: the absent kiang, the fox and the rejected record are in no number."""
    folder, _ = take("gbif", SIMPLE)
    numbers = """PREFIX qb: <http://purl.org/linked-data/cube#>
        PREFIX measure: <http://purl.org/linked-data/sdmx/2009/measure#>
        SELECT ?about ?where ?when ?n WHERE { ?one a qb:Observation ; measure:obsValue ?n ; qb:dataSet ?set .
        FILTER(STRENDS(STR(?set), "$"))
        OPTIONAL { ?one dcterms:subject ?taxon } OPTIONAL { ?one dwc:taxonID|dwc:scientificName ?id }
        BIND(COALESCE(?taxon, ?id) AS ?about)
        OPTIONAL { ?one dcterms:spatial|dwc:countryCode|dwc:locationID ?place }
        BIND(COALESCE(?place, "") AS ?where)
        OPTIONAL { ?one dwc:year ?year } BIND(COALESCE(STR(?year), "") AS ?when) }"""
    (cheetah,) = values(
        folder, "SELECT ?k WHERE { occ:9000000003 dwc:taxonID|dwc:scientificName ?k }"
    )
    assert values(folder, numbers.replace("$", "years"), "counts.nt") == {
        ("snow-leopard", "KAZ", "2001", "1"),
        (*cheetah, "ZA", "2001", "1"),
        ("asiatic-cheetah", "IRN", "2001", "1"),
        ("2441067", "KAZ", "", "1"),
    }
    assert values(folder, numbers.replace("$", "cells"), "counts.nt") == {
        ("snow-leopard", "43,77", "", "1"),
        (*cheetah, "43,77", "", "1"),
        ("asiatic-cheetah", "43,77", "", "1"),
    }
    corner = "SELECT ?a ?b WHERE { ?c dwc:locationID '43,77' ; dwc:decimalLatitude ?a ; dwc:decimalLongitude ?b }"
    assert values(folder, corner, "counts.nt") == {("43", "77"), ("43.5", "77.25")}


def test_counts_have_a_graph_of_their_own(take, place: Path, cami, tmp_path: Path) -> None:
    folder, said = take("gbif", SIMPLE)
    graph = f"https://w3id.org/cami/graph/import/{folder.name}/counts"
    assert graph in said
    query = tmp_path / "sum.rq"
    query.write_text(
        "SELECT (SUM(?n) AS ?sum) { GRAPH <"
        + graph
        + "> { ?one <http://purl.org/linked-data/cube#dataSet> ?set ;"
        " <http://purl.org/linked-data/sdmx/2009/measure#obsValue> ?n } FILTER(STRENDS(STR(?set), 'years')) }"
    )
    done = cami(
        "query", str(query), "--with", folder.name, "--build", str(place), "--format", "csv"
    )
    assert done.stdout.split() == ["sum", "4"]
    assert not (take("cites-trade", FILES / "comptab.csv")[0] / "counts.nt").exists()


@pytest.mark.parametrize(
    ("latitude", "longitude", "name"),
    [
        ("43.5", "77.25", "43,77"),
        ("-0.1", "-179.5", "-1,-180"),
        ("90", "180", "89,179"),
        ("-90", "-180", "-90,-180"),
        ("0", "-0.0", "0,0"),
    ],
)
def test_a_cell_is_named_by_its_south_west_corner(latitude: str, longitude: str, name: str) -> None:
    assert cell(latitude, longitude) == name


SPECIES = {"Uncia uncia": "2435238", "Acinonyx jubatus": "2435270", "Exemplum duplex": "1"}
PLACES = [("43.3", "77.2"), ("43.25", "78.25"), ("43.5", "78.5"), ("43.75", "77.2"), ("", "")]


def combinations(path: Path) -> list[dict[str, str]]:
    """Write a table in which each species has each State, year, place and status, or has none."""
    header = SIMPLE.read_text().partition("\n")[0].split("\t")
    every = itertools.product(
        SPECIES, ("KZ", "ZA", ""), ("2001", "2002", ""), PLACES, ("PRESENT", "ABSENT", "")
    )
    rows = [
        dict.fromkeys(header, "")
        | {"gbifID": str(9_000_000_000 + number), "species": species, "taxonKey": SPECIES[species]}
        | {"countryCode": state, "year": year, "eventDate": year, "occurrenceStatus": status}
        | {"decimalLatitude": latitude, "decimalLongitude": longitude}
        for number, (species, state, year, (latitude, longitude), status) in enumerate(every)
        if number % 7  # so that not all numbers are the same
    ]
    lines = ["\t".join(header), *("\t".join(row.values()) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return rows


Said = frozenset[tuple[str, str]]
TAXON = {dwc("taxonID"), dwc("scientificName"), dcterms("subject")}
YEARS = TAXON | {dcterms("spatial"), dwc("countryCode"), dwc("year")}
CELLS = TAXON | {dwc("locationID")}
VALUE = "<http://purl.org/linked-data/sdmx/2009/measure#obsValue>"


def said_of(path: Path, kind: str) -> dict[str, Said]:
    """Return what is said of each thing of a type."""
    said: dict[str, set[tuple[str, str]]] = {}
    for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_TRIPLES):
        said.setdefault(str(quad.subject), set()).add((str(quad.predicate), str(quad.object)))
    return {one: frozenset(parts) for one, parts in said.items() if (RDF_TYPE, kind) in parts}


def only(said: Said, names: set[str]) -> Said:
    return frozenset(part for part in said if part[0] in names)


def test_each_number_is_that_of_the_records_that_say_the_same(known: Known, tmp_path: Path) -> None:
    """Without State, year or place too, and of a taxon that is two of CAMI; absences are no records."""
    two = [Match(f"{ID}taxon/{name}", "isCongruentWith", "Example") for name in ("kiang", "urial")]
    wider = dataclasses.replace(known, identifiers={**known.identifiers, ("gbif", "1"): two})
    path = tmp_path / SIMPLE.name
    rows = combinations(path)
    made = run_in_process(wider, "gbif", path, tmp_path)
    assert made.counts.used == len(rows)
    (tmp_path / "counts.nt").write_text("".join(made.numbers.triples()))
    records = said_of(tmp_path / "data.nt", dwc("Occurrence")).values()
    present = [one for one in records if (dwc("occurrenceStatus"), '"absent"') not in one]
    assert len(present) == sum(row["occurrenceStatus"] != "ABSENT" for row in rows) < len(records)
    numbers = said_of(tmp_path / "counts.nt", "<http://purl.org/linked-data/cube#Observation>")
    for name, says in (("years", YEARS), ("cells", CELLS)):
        counted = [(only(said, says), said) for one, said in numbers.items() if f"/{name}/" in one]
        found = Counter(only(one, says) for one in present)
        if name == "cells":  # a record without a place is in none
            found = {one: n for one, n in found.items() if dict(one).keys() & CELLS - TAXON}
        assert {about: typed(str(n), "integer") for about, n in found.items()} == {
            about: dict(said)[VALUE] for about, said in counted
        }
        assert len(counted) == len(found)
        assert len(set(found.values())) > 1
        assert {len([1 for part in about if part[0] == dcterms("subject")]) for about in found} == {
            0, 1, 2,
        }  # fmt: skip


def asked_in_readme() -> list[str]:
    """The queries that the README shows for occurrences."""
    section = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    section = section.partition("## Your own exports\n")[2].partition("\n## ")[0]
    return re.findall(r"```sparql\n(.*?)```", section, re.DOTALL)


def test_the_queries_of_the_readme_give_the_records(
    cami, take, place: Path, tmp_path: Path
) -> None:
    """And the engine reads a list for each condition: it looks no record up to see whether it fits."""
    path = tmp_path / SIMPLE.name
    rows = [row for row in combinations(path) if row["species"] == "Uncia uncia"]
    folder, _ = take("gbif", path)
    in_year = {(row["gbifID"], row["eventDate"]) for row in rows if row["year"] == "2001"}
    corners = [("43.3", "77.2"), ("43.25", "78.25")]  # the edges north and east are of the next box
    places = [(row["gbifID"], row["decimalLatitude"], row["decimalLongitude"]) for row in rows]
    in_box = {row for row in places if row[1:] in corners}
    assert len(in_year) > 30 and len(in_box) > 30
    query = tmp_path / "query.rq"
    for text, expected in zip(asked_in_readme(), (in_year, in_box), strict=True):
        query.write_text(re.sub(r"import/gbif-\w+", f"import/{folder.name}", text))
        done = cami(
            "query", str(query), "--with", folder.name, "--build", str(place), "--format", "csv"
        )
        found = [tuple(row) for row in csv.reader(done.stdout.splitlines()[1:])]
        assert len(found) == len(expected)
        assert {(one.rpartition("/")[2], *rest) for one, *rest in found} == expected
        (join,) = joins(query, place, tmp_path / "plan.json")
        assert join["name"] == "Join(HashBuildLeftProbeRight, keys = ?record)"
        assert [child["name"] for child in join["children"]] == ["Project(?record)"] * 2


def joins(query: Path, place: Path, plan: Path) -> list[dict[str, Any]]:
    """Return the joins that are no loop in the plan of a query, by the engine's own program."""
    (store, *_) = (place / "imports" / ".stores").glob("*/store")  # a plan goes by no numbers
    program = Path(sys.executable).with_name("oxigraph")
    asked = (*("--location", store), *("--query-file", query), *("--explain-file", plan))
    subprocess.run(
        [program, "query", *asked, "--results-format", "csv"], check=True, capture_output=True
    )
    todo, found = [json.loads(plan.read_text())["plan"]], list[dict[str, Any]]()
    while todo:
        node = todo.pop()
        todo += node.get("children", [])
        if node["name"].startswith("Join("):
            found.append(node)
    return found


def test_occurrences_are_darwin_core(take) -> None:
    folder, _ = take("gbif", SIMPLE)
    said = """SELECT ?state ?year ?lat ?status ?basis ?set WHERE { occ:9000000001
        dcterms:spatial ?state ; dwc:year ?year ; dwc:decimalLatitude ?lat ;
        dwc:occurrenceStatus ?status ; dwc:basisOfRecord ?basis ; dcterms:isPartOf ?set }"""
    dataset = "00000000-0000-4000-8000-000000000001"
    assert values(folder, said) == {
        ("KAZ", "2001", "43.5", "present", "HUMAN_OBSERVATION", dataset)
    }
    assert values(folder, "SELECT ?c WHERE { occ:9000000003 dwc:countryCode ?c }") == {("ZA",)}
    assert values(folder, "SELECT ?s WHERE { occ:9000000007 dwc:occurrenceStatus ?s }") == {
        ("absent",)
    }
    # The dataset has the licence of its first record; a record with another has its own.
    text = (folder / "data.nt").read_text()
    by, zero = "licenses/by/4.0/legalcode", "publicdomain/zero/1.0/legalcode"
    assert (
        f"dataset/{dataset}> <http://purl.org/dc/terms/license> <http://creativecommons.org/{by}>"
        in text
    )
    assert (
        f"occurrence/9000000004> <http://purl.org/dc/terms/license> <http://creativecommons.org/{zero}>"
        in text
    )
    assert text.count(by) == 1


def test_an_identifier_counts_for_more_than_a_name(
    built: Build, place: Path, tmp_path: Path
) -> None:
    """The number stays when a name changes; a name is asked only where no number is known."""
    folder = tmp_path / "numbered"
    shutil.copytree(place / built.folder.name, folder)
    (folder / "identifiers.csv").write_text(
        "iri,linkset,identifier,relation\r\n"
        "https://w3id.org/cami/id/taxon/snow-leopard,iucn-red-list,22732,isCongruentWith\r\n"
        "https://w3id.org/cami/id/taxon/asiatic-cheetah,iucn-red-list,219,isIncludedIn\r\n"
        "https://w3id.org/cami/id/state/KAZ,eu-country,KAZ,exactMatch\r\n"
    )
    path = tmp_path / "assessments.csv"
    text = (FILES / "assessments.csv").read_text()
    path.write_text(text.replace("Panthera uncia", "Exemplum uncia").replace("219,", "22732,"))
    known = read_known(Build(folder, built.manifest))
    run_in_process(known, "red-list", path, tmp_path)
    (tmp_path / "about.nt").write_text("")
    said = "SELECT ?n ?t WHERE { ?a iucn:threatStatus ?c ; dwc:taxonID ?n ; dcterms:subject ?t }"
    assert values(tmp_path, said) == {("22732", "snow-leopard")}  # the cheetah's name is not asked
    named = """SELECT ?n ?t WHERE { ?a iucn:threatStatus ?c ; dwc:scientificName ?n ;
        dcterms:subject ?t FILTER NOT EXISTS { ?a dwc:taxonID ?number } }"""
    assert ("Camelus ferus", "wild-camel") in values(tmp_path, named)
    why = "SELECT ?n ?r ?e WHERE { ?m tcs:mappingRelation ?r ; cami:evidence ?e ; tcs:objectTaxonConcept/dwc:scientificName ?n }"
    assert ("Exemplum uncia", "isCongruentWith", "identifier 22732 of iucn-red-list") in values(
        tmp_path, why
    )


def test_assessments_have_category_scope_and_range_states(take, tmp_path: Path) -> None:
    path = tmp_path / "redlist.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(FILES / "assessments.csv", "assessments.csv")
        archive.write(FILES / "countries.csv", "countries.csv")
    folder, said = take("red-list", path)
    assert "11 rows read, 8 used" in said
    assert values(
        folder, "SELECT ?a ?c ?s WHERE { ?a iucn:threatStatus ?c ; dcterms:coverage ?s }"
    ) == {
        ("900000001", "LC", "Global"),
        ("900000002", "DD", "Global"),
        ("900000003", "EX", "Europe"),
        ("900000004", "VU", "Global"),
        ("900000007", "near threatened", "Global"),  # of version 2.3, as written
    }
    places = """SELECT ?a ?s ?w WHERE { ?d dcterms:source ?a ; dcterms:spatial ?s ;
        dwc:occurrenceStatus ?w }"""
    assert values(folder, places) == {
        ("900000001", "KAZ", "Extant"),
        ("900000001", "TKM", "Extinct Post-1500"),
        ("900000002", "IRN", "Extant"),
    }


def test_the_api_gives_the_same_as_the_table(take) -> None:
    folder, _ = take("red-list-api", FILES / "taxa-sis.jsonl")
    found = "SELECT ?a ?c ?y WHERE { ?a iucn:threatStatus ?c ; dcterms:issued ?y }"
    assert values(folder, found) == {("900000001", "LC", "2001"), ("900000003", "EN", "2001")}
    assert values(folder, "SELECT ?s WHERE { ?d dcterms:spatial ?s }") == {("MNG",)}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"name": "Panthera uncia", "result": []}', "API v3"),
        ('{"assessment_id": 1}', "sis_taxon_id"),
        ("[]", "no answer"),
        ("nothing", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
    ],
)
def test_other_json_is_rejected_with_the_reason(
    known: Known, tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "answer.json"
    path.write_text(text)
    made = run_in_process(known, "red-list-api", path, tmp_path)
    assert (made.counts.used, made.counts.rejected) == (0, 1)
    assert reason in (tmp_path / "rejects.csv").read_text()


def test_listings_state_appendices_and_countries(take) -> None:
    folder, _ = take("species-plus-cites", FILES / "cites_listings.csv")
    stated = "SELECT ?n ?a WHERE { ?r cami:printedName ?n ; cami:statedAppendix ?a }"
    assert values(folder, stated) == {
        ("Uncia uncia", "I"), ("Ursus arctos", "I"), ("Ursus arctos", "II"),
        ("Pseudois nayaur", "III"),
    }  # fmt: skip
    cms, _ = take("species-plus-cms", FILES / "cms_listings.csv")
    places = "SELECT ?s ?w WHERE { ?d dcterms:spatial ?s ; dwc:occurrenceStatus ?w }"
    assert values(cms, places) == {("KAZ", "extinct"), ("MNG", "native")}


def test_trade_rows_are_observations(take, tmp_path: Path) -> None:
    folder, _ = take("cites-trade", FILES / "comptab.csv")
    rows = """SELECT ?y ?i ?e ?q ?term ?unit ?p ?s ?a WHERE { ?row dwc:year ?y ;
        trade:importer ?i ; trade:exporter ?e ; trade:exporterReportedQuantity ?q ;
        trade:term ?term ; trade:unit ?unit ; trade:purpose ?p ; trade:source ?s ; trade:app ?a }"""
    assert values(folder, rows) == {("2002", "CHN", "KAZ", "1250.5", "horns", "kg", "T", "W", "II")}
    path = tmp_path / "latin.csv"  # as the database writes
    path.write_bytes((FILES / "comptab_13.csv").read_text().encode("latin-1"))
    latin, _ = take("cites-trade", path)
    assert values(latin, "SELECT ?i ?e WHERE { ?r trade:importer ?i ; trade:exporter ?e }") == {
        ("KAZ", "FR")
    }


def test_the_same_file_gives_the_same_bytes(take) -> None:
    first, _ = take("gbif", SIMPLE)
    before = {path.name: path.read_bytes() for path in first.iterdir()}
    again, _ = take.__wrapped__("gbif", SIMPLE)  # pyright: ignore
    assert again == first
    assert {path.name: path.read_bytes() for path in again.iterdir()} == before


def test_queries_see_imports_only_when_told_and_only_by_name(
    cami, take, place: Path, built: Build, tmp_path: Path
) -> None:
    folder, _ = take("gbif", SIMPLE)
    question = tmp_path / "question.rq"
    question.write_text("""
        PREFIX dwc: <http://rs.tdwg.org/dwc/terms/> PREFIX dcterms: <http://purl.org/dc/terms/>
        SELECT ?label WHERE { GRAPH ?g { ?o a dwc:Occurrence ; dcterms:subject ?taxon }
            ?taxon <http://www.w3.org/2000/01/rdf-schema#label> ?label } ORDER BY ?label""")
    asked = ("query", str(question), "--format", "csv", "--build", str(place))
    assert cami(*asked).stdout.splitlines() == ["label"]
    seen = cami(*asked, "--with", folder.name).stdout.splitlines()[1:]
    assert seen == ["Asiatic cheetah", "Kiang", "Snow leopard"]
    question.write_text("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
    count = cami(*asked, "--with", folder.name).stdout.split()[1]
    assert int(count) == built.manifest["triples"]  # what CAMI says stays what CAMI says


def test_a_build_holds_nothing_of_an_import(take, place: Path, built: Build) -> None:
    take("gbif", SIMPLE)
    for path in sorted((place / built.folder.name).rglob("*")):
        if path.is_file() and "store" not in path.parts:
            assert (
                path.read_bytes()
                == (built.folder / path.relative_to(place / built.folder.name)).read_bytes()
            )


def test_a_load_uses_one_processor_and_gives_the_others_back() -> None:
    """Each one costs half a gigabyte while an import is loaded."""
    before = os.sched_getaffinity(0)
    with pytest.raises(KeyError), one_processor():
        assert len(os.sched_getaffinity(0)) == 1
        raise KeyError
    assert os.sched_getaffinity(0) == before


def test_imports_are_listed_and_removed(cami, take, place: Path) -> None:
    folder, _ = take("cites-trade", FILES / "comptab_13.csv")
    assert f"{folder.name}  " in cami("import", "--build", str(place)).stdout
    assert cami("import", "--remove", folder.name, "--build", str(place)).returncode == 0
    assert not folder.exists()
    for asked in (("import", "--remove", folder.name), ("compare", folder.name)):
        done = cami(*asked, "--build", str(place))
        assert done.returncode == 2
        assert "no such import" in done.stderr
    done = cami("import", "--remove", "../../etc", "--build", str(place))
    assert done.returncode == 2


def test_a_file_without_a_taxon_of_cami_makes_no_import(cami, place: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    lines = SIMPLE.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "gbifID" in line or "Vulpes" in line))
    done = cami("import", "gbif", str(path), "--build", str(place))
    assert done.returncode == 1
    assert "1 rows read, 0 used, 1 about" in done.stdout
    assert not list((place / "imports").glob(".making*"))


def test_what_is_no_export_is_refused(cami, place: Path, tmp_path: Path) -> None:
    assert "no kind of export" in refused(cami, place, "redlist", SIMPLE)
    assert "No such file" in refused(cami, place, "gbif", tmp_path / "absent.csv")
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    assert "is empty" in refused(cami, place, "gbif", empty)
    wide = tmp_path / "wide.csv"
    wide.write_bytes(SIMPLE.read_text().encode("utf-16"))
    assert "UTF-16" in refused(cami, place, "gbif", wide)
    long = tmp_path / "long.csv"
    long.write_bytes(b"x" * (3 << 20))
    assert "longer than" in refused(cami, place, "gbif", long)


# -- odd tables ------------------------------------------------------------------------------


def run_in_process(known: Known, kind: str, path: Path, folder: Path) -> Import:
    made = Import(KINDS[kind], Source(path), known, f"{kind}-test")
    with (
        (folder / "data.nt").open("w", encoding="utf-8") as data,
        (folder / "rejects.csv").open("w", encoding="utf-8", newline="") as rejects,
    ):
        made.run(data, rejects, lambda *_: None)
    return made


@pytest.mark.parametrize("change", ["mark", "crlf", "quoted", "order", "semicolon"])
def test_spreadsheets_may_rewrite_a_table(known: Known, tmp_path: Path, change: str) -> None:
    """A byte order mark, other line ends, more quotes or another order change nothing."""
    kind, name = "species-plus-cms", "cms_listings.csv"
    with (FILES / name).open(newline="") as file:
        rows = list(csv.reader(file))
    if change == "order":
        rows = [row[::-1] for row in rows]
    path = tmp_path / name
    with path.open("w", newline="", encoding="utf-8-sig" if change == "mark" else "utf-8") as file:
        csv.writer(
            file,
            delimiter=";" if change == "semicolon" else ",",
            quoting=csv.QUOTE_ALL if change == "quoted" else csv.QUOTE_MINIMAL,
            lineterminator="\r\n" if change == "crlf" else "\n",
        ).writerows(rows)
    made = run_in_process(known, kind, path, tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    run_in_process(known, kind, FILES / name, other)
    assert made.counts.used == 2
    assert (tmp_path / "data.nt").read_bytes() == (other / "data.nt").read_bytes()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"\xff\xfe\n", "is not UTF-8"),
        (b'1,"Chordata\n', "is not CSV"),
        (b'1,"Chordata"x,\n', "is not CSV"),
        (b"a,b\n", "cells"),
        (b"x" * (2 << 20) + b"\n", "is longer than"),
    ],
)
def test_one_bad_row_costs_no_other(known: Known, tmp_path: Path, row: bytes, reason: str) -> None:
    path = tmp_path / "cms_listings.csv"
    lines = (FILES / "cms_listings.csv").read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], lines[1], lines[2], row]))
    made = run_in_process(known, "species-plus-cms", path, tmp_path)
    assert (made.counts.used, made.counts.rejected) == (2, 1)
    assert reason in (tmp_path / "rejects.csv").read_text()


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=400), quote=st.sampled_from(['"', ""]))
def test_any_bytes_end_as_rows_or_as_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, quote: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        source = Source(path)
        with source.open(None, lambda _: None) as binary:
            rows = list(Table(binary, Dialect(",", quote), "any.csv"))
    except FormatError:
        return
    assert all(isinstance(row, Bad) or row[1] for row in rows)


TEXT = st.text(st.characters(codec="utf-8"), max_size=30)


@settings(max_examples=60, deadline=None)
@given(scope=TEXT, criteria=TEXT, note=TEXT)
def test_any_text_of_a_cell_is_kept_or_the_row_is_rejected(
    known: Known, tmp_path_factory: pytest.TempPathFactory, scope: str, criteria: str, note: str
) -> None:
    folder = tmp_path_factory.getbasetemp() / "cells"
    folder.mkdir(exist_ok=True)
    with (FILES / "assessments.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))[:1]
    rows[0] |= {"scopes": scope, "redlistCriteria": criteria, "rationale": note}
    path = folder / "assessments.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        sheet = csv.DictWriter(file, list(rows[0]))
        sheet.writeheader()
        sheet.writerows(rows)
    made = run_in_process(known, "red-list", path, folder)
    assert made.counts.used + made.counts.rejected == 1
    said = {
        term.object.value
        for term in ox.parse(path=str(folder / "data.nt"), format=ox.RdfFormat.N_TRIPLES)
    }
    if made.counts.used:
        assert {" ".join(scope.split()), " ".join(criteria.split())} - {""} <= said
    else:
        assert "control character" in (folder / "rejects.csv").read_text()


# -- archives --------------------------------------------------------------------------------

CORE = (
    '<archive xmlns="http://rs.tdwg.org/dwc/text/"><core encoding="UTF-8" fieldsTerminatedBy="\\t" '
    'linesTerminatedBy="\\n" fieldsEnclosedBy="" ignoreHeaderLines="1" '
    'rowType="http://rs.tdwg.org/dwc/terms/Occurrence"><files><location>{location}</location>'
    "</files>{fields}</core></archive>"
)


def archive(
    path: Path, *, drop: str = "", location: str = "occurrence.txt", meta: str = CORE
) -> Path:
    """Write the simple table as a Darwin Core Archive; one column may be a constant or go."""
    header, *rows = [line.split("\t") for line in SIMPLE.read_text().splitlines()]
    fields = "".join(
        f'<field index="{index}" term="http://rs.tdwg.org/dwc/terms/{name}"/>'
        for index, name in enumerate(header)
        if name not in ("occurrenceStatus", drop)
    )
    fields += '<field default="PRESENT" term="http://rs.tdwg.org/dwc/terms/occurrenceStatus"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("meta.xml", meta.format(location=location, fields=fields))
        made.writestr("occurrence.txt", "\n".join("\t".join(row) for row in [header, *rows]) + "\n")
        made.writestr("../outside.txt", "Example")
    return path


def test_an_archive_is_read_by_its_own_columns(take, tmp_path: Path) -> None:
    folder, said = take("gbif", archive(tmp_path / "archive.zip"))
    assert "7 rows read, 5 used, 1 about" in said
    assert values(folder, "SELECT ?s WHERE { occ:9000000007 dwc:occurrenceStatus ?s }") == {
        ("present",)  # the constant of the archive
    }
    assert not (tmp_path.parent / "outside.txt").exists()
    assert not (tmp_path / "outside.txt").exists()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"drop": "speciesKey"}, "missing: ['speciesKey']"),
        ({"location": "../outside.txt "}, "the archive"),
        ({"location": "/etc/passwd"}, "does not hold"),
        ({"meta": "<!DOCTYPE a [<!ENTITY b 'c'>]><archive>&b;</archive>"}, "entities"),
        ({"meta": "<archive>"}, "is not XML"),
        ({"meta": CORE.replace("dwc/terms/Occurrence", "dwc/terms/Taxon")}, "its core is"),
        ({"meta": CORE.replace("UTF-8", "UTF-16")}, "in UTF-8"),
    ],
)
def test_another_archive_is_refused(
    known: Known, tmp_path: Path, options: dict[str, str], reason: str
) -> None:
    path = archive(tmp_path / "archive.zip", **options)
    if "outside" in options.get("location", ""):  # it is a member by name, read as one: no rows fit
        assert run_in_process(known, "gbif", path, tmp_path).counts.used == 0
        return
    with pytest.raises(FormatError) as refusal:
        run_in_process(known, "gbif", path, tmp_path)
    assert reason in str(refusal.value)


def test_an_archive_that_only_fills_the_disk_is_refused(cami, place: Path, tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("bomb.csv", SIMPLE.read_text() + ("x" * 999_999 + "\n") * 64)
    assert "unpacks to more than 100 times its size" in refused(cami, place, "gbif", path)


def test_a_broken_archive_is_refused(cami, place: Path, tmp_path: Path) -> None:
    path = archive(tmp_path / "archive.zip")
    content = bytearray(path.read_bytes())
    start = content.index(b"occurrence.txt") + len("occurrence.txt")
    content[start + 20 : start + 60] = struct.pack("40x")
    path.write_bytes(content)
    assert "is broken" in refused(cami, place, "gbif", path)


# -- differences -----------------------------------------------------------------------------


def compared(cami, place: Path, folder: Path, *options: str) -> tuple[int, list[dict[str, str]]]:
    done = cami("compare", folder.name, "--build", str(place), *options)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, list(csv.DictReader(done.stdout.splitlines()))


def test_differences_have_both_sides_with_their_sources(cami, take, place: Path) -> None:
    folder, _ = take("species-plus-cms", FILES / "cms_listings.csv")
    code, rows = compared(cami, place, folder)
    assert code == 1
    appendix = [row for row in rows if row["facet"] == "Appendix"]
    assert {(row["taxon"], row["cami"], row["export"]) for row in appendix} == {
        ("Snow leopard", "I", "Uncia uncia: II")
    }
    assert any("Table 1, row 14" in row["cami_source"] for row in appendix)
    assert all("cms_listings.csv" in row["export_source"] for row in rows)
    states = {row["cami"]: row["verdict"] for row in rows if row["facet"] == "Range State"}
    assert states["Kazakhstan"] == "differs"  # extinct, says the export
    assert states["China"] == "only in CAMI"
    assert "Mongolia" not in states


def test_a_name_that_the_authority_does_not_use_is_a_difference(
    cami, take, place: Path, tmp_path: Path
) -> None:
    path = tmp_path / "assessments.csv"
    text = (FILES / "assessments.csv").read_text()
    path.write_text(text.replace("22732,Panthera uncia", "999999998,Uncia uncia"))
    folder, _ = take("red-list", path)
    code, rows = compared(cami, place, folder)
    assert code == 1
    (row,) = [row for row in rows if row["facet"] == "name"]
    assert (row["verdict"], row["taxon"], row["cami"], row["export"]) == (
        "differs", "Snow leopard", "Panthera uncia", "Uncia uncia",
    )  # fmt: skip
    assert row["cami_source"] == "IUCN Red List of Threatened Species"


CATEGORIES = {  # of assessments.csv, and the same of the one row where it is a category that CAMI gives
    "Panthera uncia: LC (2001)": ("Panthera uncia: VU (2017)", "isCongruentWith", "differs"),
    "Camelus ferus: VU (2001)": ("Camelus ferus: CR (2008)", "isCongruentWith", "differs"),
    "Gazella subgutturosa: Lower Risk/near threatened (2001)": (
        "Gazella subgutturosa: VU (year not verified)", "isCongruentWith", "differs",
    ),
    # The whole species on both sides: it is said of the name, and the relation shows that it is wider.
    "Acinonyx jubatus: DD (2001)": (
        "Acinonyx jubatus: VU (year not verified)", "isIncludedIn", "differs",
    ),
}  # fmt: skip


def categories(rows: list[dict[str, str]]) -> dict[str, tuple[str, str, str]]:
    return {
        row["export"]: (row["cami"], row["relation"], row["verdict"])
        for row in rows
        if row["facet"] == "category"
    }


def test_a_category_is_compared_with_that_of_the_same_name(cami, take, place: Path) -> None:
    folder, _ = take("red-list", FILES / "assessments.csv")
    code, rows = compared(cami, place, folder)
    assert code == 1
    assert categories(rows) == CATEGORIES  # the lynx has a regional assessment
    (row,) = [row for row in rows if row["cami"] == "Acinonyx jubatus: VU (year not verified)"]
    assert row["cami_source"].startswith("IUCN Red List of Threatened Species, seen in: github.com")
    _, everything = compared(cami, place, folder, "--all")
    assert {"name"} < {row["facet"] for row in everything}


def test_a_category_of_the_part_is_not_that_of_the_whole(
    cami, take, place: Path, tmp_path: Path
) -> None:
    """CAMI has the category of the cheetah as a species, the export that of the Asiatic cheetah."""
    path = tmp_path / "assessments.csv"
    text = (FILES / "assessments.csv").read_text()
    text = text.replace("219,Acinonyx jubatus,Data", "220,Acinonyx jubatus venaticus,Data")
    text = text.replace("22732,Panthera uncia,Least Concern", "22732,Panthera uncia,Vulnerable")
    text = text.replace("63543,Camelus ferus", "4256,Przewalskium albirostris")  # another name
    path.write_text(text)
    folder, _ = take("red-list", path)
    code, rows = compared(cami, place, folder, "--all")
    assert code == 1
    found = categories(rows)
    assert found["Acinonyx jubatus venaticus: DD (2001)"] == (
        "", "isCongruentWith", "CAMI states none",
    )  # fmt: skip
    assert found["Panthera uncia: VU (2001)"][2] == "same"
    assert found["Przewalskium albirostris: VU (2001)"] == (
        "Cervus albirostris: VU (year not verified)", "isCongruentWith", "same",
    )  # fmt: skip


def test_nothing_that_differs_is_exit_0(cami, take, place: Path, tmp_path: Path) -> None:
    path = tmp_path / "assessments.csv"
    header, *rest = (FILES / "assessments.csv").read_text().split("\n9000000")
    lines = [header, *(line for line in rest if line.startswith("01"))]
    path.write_text("\n9000000".join(lines).replace("Least Concern", "Vulnerable") + "\n")
    folder, _ = take("red-list", path)
    code, rows = compared(cami, place, folder)
    assert (code, rows) == (0, [])


def test_listed_in_parts_is_the_same_as_in_the_list(cami, take, place: Path) -> None:
    folder, _ = take("species-plus-cites", FILES / "cites_listings.csv")
    _, rows = compared(cami, place, folder, "--all")
    verdicts = {row["export"]: row["verdict"] for row in rows if row["facet"] == "Appendix"}
    assert verdicts == {
        "Uncia uncia: I": "same",
        "Ursus arctos: I, II": "same",  # by populations
        "Equus kiang: none": "differs",
        "Pseudois nayaur: III": "same",
    }


def test_the_page_says_the_same_and_holds_no_markup_of_the_export(
    cami, take, place: Path, tmp_path: Path
) -> None:
    path = tmp_path / "cms & listings.csv"
    path.write_bytes((FILES / "cms_listings.csv").read_bytes())
    folder, _ = take("species-plus-cms", path, "--citation", "<script>alert(1)</script>")
    out = tmp_path / "report.html"
    done = cami(
        "compare", folder.name, "--format", "html", "--out", str(out), "--build", str(place)
    )
    assert done.returncode == 1
    page = out.read_text()
    _, rows = compared(cami, place, folder)
    assert page.count("<tr>") == len(rows) + 1
    assert "<script>" not in page
    assert "cms &amp; listings.csv" in page


# -- the server ------------------------------------------------------------------------------


def test_a_server_of_this_machine_answers_over_both(serve, take, place: Path, built: Build) -> None:
    folder, _ = take("gbif", SIMPLE)
    with serve("--build", str(place), "--with", folder.name, "--workers", "1") as client:
        query = f"""
            PREFIX dwc: <http://rs.tdwg.org/dwc/terms/> PREFIX dcterms: <http://purl.org/dc/terms/>
            SELECT ?label WHERE {{
                GRAPH <https://w3id.org/cami/graph/import/{folder.name}> {{
                    ?o dwc:year ?year ; dcterms:spatial ?state }}
                ?state <http://www.w3.org/2000/01/rdf-schema#label> ?label }} ORDER BY ?label"""
        answer = client.get("/sparql", params={"query": query}, headers={"Accept": "text/csv"})
        assert answer.status_code == 200, answer.text
        assert answer.text.split() == [
            "label", "China", "Iran", "(Islamic", "Republic", "of)", "Kazakhstan",
        ]  # fmt: skip
        count = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
        answer = client.get("/sparql", params={"query": count}, headers={"Accept": "text/csv"})
        assert int(answer.text.split()[1]) == built.manifest["triples"]
        assert client.get("/version").json()["digest"] != built.digest
        graph = f"https://w3id.org/cami/graph/import/{folder.name}"
        count = f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
        answer = client.get("/sparql", params={"query": count}, headers={"Accept": "text/csv"})
        whole = client.get("/graphs", params={"graph": graph, "format": "ntriples"}).text
        assert len(whole.splitlines()) == int(answer.text.split()[1]) > 0
        assert client.get(f"/dumps/{folder.name}").status_code == 404
        assert folder.name not in client.get("/dumps/").text


@pytest.mark.parametrize("option", [("--host", "0.0.0.0"), ("--proxy", "127.0.0.1")])
def test_imports_are_not_served_to_others(cami, take, place: Path, option: tuple[str, str]) -> None:
    folder, _ = take("gbif", SIMPLE)
    done = cami("serve", "--build", str(place), "--with", folder.name, *option)
    assert done.returncode == 2
    assert "may not be passed on" in done.stderr
