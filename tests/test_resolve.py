"""`/resolve` and `cami resolve`: each identifier was read in the reference facts or in Species+."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from cami.queries import catalogue
from cami.queries.resolving import (
    Resolver,
    UnclearIdentifier,
    UnknownIdentifier,
    read_resolver,
)
from cami.server.release import Build

ID = "https://w3id.org/cami/id/"
SAME, WIDER, NARROWER, OVERLAP = "isCongruentWith", "isIncludedIn", "includes", "intersects"
KNOWN = [  # what a user writes, our thing, the relation seen from it
    ("sis:22732", "taxon/snow-leopard", SAME),
    ("iucn-red-list:22732", "taxon/snow-leopard", SAME),
    ("https://www.iucnredlist.org/species/22732/50664030", "taxon/snow-leopard", SAME),
    ("https://www.iucnredlist.org/details/22732/0", "taxon/snow-leopard", SAME),
    ("iucnredlist.org/species/22732", None, None),  # an address says http or https
    ("redlist.details:219/0", "taxon/asiatic-cheetah", WIDER),
    ("sis:41688", "taxon/gobi-bear", WIDER),
    ("gbif:2435238", "taxon/snow-leopard", SAME),
    ("GBIF:2441238", "taxon/wild-camel", WIDER),
    ("https://www.gbif.org/species/7261406", "taxon/saiga", NARROWER),
    ("http://gbif.org/species/2441067?root=true", "taxon/saiga", OVERLAP),
    ("https://api.gbif.org/v1/species/2435240", "taxon/eurasian-lynx", SAME),
    ("NCBITaxon:29064", "taxon/snow-leopard", SAME),
    ("ncbitaxon:1215600", "taxon/gobi-bear", OVERLAP),
    ("http://purl.obolibrary.org/obo/NCBITaxon_30527", "taxon/argali", SAME),
    ("Q30197", "taxon/snow-leopard", SAME),
    ("wd:Q944893", "taxon/gobi-bear", OVERLAP),
    ("https://www.wikidata.org/wiki/Q34706", "taxon/persian-leopard", WIDER),
    ("http://www.wikidata.org/entity/Q232", "state/KAZ", "exactMatch"),
    ("wikidata:Q48268", "actor/iucn", "exactMatch"),
    ("mdd:1006024", "taxon/snow-leopard", SAME),
    ("msw3:14200112", "taxon/wild-camel", WIDER),
    ("species-plus-cites:10828", "taxon/snow-leopard", SAME),
    ("species-plus-cms:11907", "taxon/snow-leopard", SAME),
    ("speciesplus.cms:94458", "taxon/persian-leopard", WIDER),
    ("https://speciesplus.net/species#/taxon_concepts/10828/legal", "taxon/snow-leopard", SAME),
    ("https://www.speciesplus.net/species#/taxon_concepts/11907", "taxon/snow-leopard", SAME),
    ("eu-country:MNG", "state/MNG", "exactMatch"),
    ("http://publications.europa.eu/resource/authority/country/BTN", "state/BTN", "exactMatch"),
]
UNKNOWN = [
    "gbif:5219426",  # the jaguar, easily taken for the snow leopard
    "sis:1",
    "species-plus-cms:10828",  # the snow leopard, in the taxonomy of CITES
    "species-plus-cites:11907",
    "Q42",
    "gbif:snow",
    "gbif:24352380",
    "https://www.gbif.org/species/24352381",
    "https://www.gbif.org/occurrence/2435238",
    "https://example.org/22732",
    f"{ID}taxon/unicorn",
    "id:taxon/unicorn",
]
UNCLEAR = ["22732", "snow leopard", "unheard:22732", " ", "x" * 501]


@pytest.fixture(scope="module")
def resolver(built: Build) -> Resolver:
    return read_resolver(built.folder, built.things())


@pytest.mark.parametrize(("text", "thing", "relation"), [one for one in KNOWN if one[1]])
def test_an_identifier_leads_to_our_thing(
    text: str, thing: str, relation: str, resolver: Resolver
) -> None:
    found = resolver.resolve(text).joins
    assert {(one.iri, one.relation) for one in found} == {(ID + thing, relation)}
    words = {WIDER: "Wider:", NARROWER: "Narrower:", OVERLAP: "Overlap:"}
    for one in found:
        assert one.warning.startswith(words.get(relation, "")) and bool(one.warning) == (
            relation in words
        )


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_is_not_linked_is_unknown(text: str, resolver: Resolver) -> None:
    with pytest.raises(UnknownIdentifier):
        resolver.resolve(text)


@pytest.mark.parametrize("text", UNCLEAR)
def test_what_does_not_say_of_whom_it_is_is_refused(text: str, resolver: Resolver) -> None:
    with pytest.raises(UnclearIdentifier):
        resolver.resolve(text)


def test_a_bare_number_is_never_guessed(resolver: Resolver) -> None:
    with pytest.raises(UnclearIdentifier, match="iucn-red-list:22732"):
        resolver.resolve("22732")
    found = resolver.resolve("22732", "iucn-red-list").joins
    assert {one.iri for one in found} == {f"{ID}taxon/snow-leopard"}
    with pytest.raises(UnknownIdentifier):
        resolver.resolve("22732", "gbif")
    with pytest.raises(UnclearIdentifier, match="iucn-red-list"):
        resolver.resolve("22732", "nobody")


@pytest.mark.parametrize(
    "text",
    ["taxon/snow-leopard", f"{ID}taxon/snow-leopard", "id:taxon/snow-leopard"],
)
def test_our_thing_leads_to_all_its_identifiers(text: str, resolver: Resolver) -> None:
    found = resolver.resolve(text)
    assert found.label == "Snow leopard"
    assert {(one.linkset, one.identifier) for one in found.joins} == {
        ("gbif", "2435238"),
        ("iucn-red-list", "22732"),
        ("mdd", "1006024"),
        ("ncbi-taxonomy", "29064"),
        ("species-plus-cites", "10828"),
        ("species-plus-cms", "11907"),
        ("wikidata", "Q30197"),
    }


def test_a_target_of_the_gbf_leads_to_targets_of_spms(resolver: Resolver) -> None:
    for text in ("gbf:target_4", "http://metadata.cbd.int/kmgbf/target_4"):
        (one,) = resolver.resolve(text).joins
        assert (one.iri, one.relation) == (f"{ID}spms/target-1.2", "relatedMatch")
        assert one.warning == "Related, not the same."


def test_both_directions_agree(resolver: Resolver) -> None:
    for one in resolver.joins:
        assert one in resolver.resolve(one.curie).joins
        assert one in resolver.resolve(one.identifier, one.linkset).joins
        assert one in resolver.resolve(one.iri).joins
        assert one in resolver.resolve(one.url).joins


def test_a_thing_without_identifiers_has_none(resolver: Resolver) -> None:
    assert resolver.resolve("region/altai").joins == ()


def test_the_canned_queries_say_the_same(resolver: Resolver, built: Build) -> None:
    """The join table is made of the tables, the queries ask the graph."""
    store = ox.Store.read_only(str(built.store))
    rows = store.query(catalogue()["identifiers"].text)
    found = {
        tuple(row[name].value for name in ("thing", "registry", "identifier", "relation"))  # type: ignore[union-attr]
        for row in rows  # type: ignore[union-attr]
    }
    assert found == {
        (one.iri, one.registry, one.identifier, one.relation)
        for one in resolver.joins
        if one.linkset != "cbd-kmgbf"  # related targets are links, not identifiers
    } | {row for row in found if row[1] in ("iso-3166-1-alpha-2", "iso-3166-1-alpha-3", "m49")}


# HTTP


def test_json_with_a_warning(client: httpx.Client) -> None:
    answer = client.get("/resolve", params={"id": "gbif:2441238"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body["readAs"] == "gbif 2441238"
    (match,) = body["matches"]
    assert match["iri"] == f"{ID}taxon/wild-camel"
    assert match["relation"] == WIDER
    assert match["warning"].startswith("Wider:") and "domestic camel" in match["warning"]
    kept = {"If-None-Match": answer.headers["etag"]}
    assert client.get("/resolve", params={"id": "gbif:2441238"}, headers=kept).status_code == 304
    head = client.head("/resolve", params={"id": "gbif:2441238"})
    assert head.headers["etag"] == answer.headers["etag"] and not head.content


def test_csv(client: httpx.Client) -> None:
    for sent in ({"params": {"format": "csv"}}, {"headers": {"Accept": "text/csv"}}):
        params = {"id": "taxon/saiga", **sent.get("params", {})}
        answer = client.get("/resolve", params=params, headers=sent.get("headers"))
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert {row["relation"] for row in rows} == {SAME, NARROWER, OVERLAP}
        assert {row["query"] for row in rows} == {"taxon/saiga"}


SEVERAL = ["Q30197", "gbif:5219426", "22732", "taxon/kiang", "Q30197"]  # of the middle ones none


def test_several_are_answered_in_order_and_each_says_why_it_has_none(client: httpx.Client) -> None:
    answer = client.get("/resolve", params={"id": SEVERAL})
    assert answer.status_code == 200
    found = answer.json()
    assert [one["query"] for one in found] == SEVERAL
    leopard, jaguar, bare, kiang, again = found
    assert leopard == again == client.get("/resolve", params={"id": "Q30197"}).json()
    assert "problem" not in leopard and kiang["thing"]["label"] == "Kiang"
    assert jaguar["matches"] == [] and "no thing of this graph" in jaguar["problem"]
    assert bare["matches"] == [] and "iucn-red-list:22732" in bare["problem"]
    assert len(client.get("/resolve", params={"id": ["Q30197"] * 100}).json()) == 100


def test_several_as_csv_leave_none_out(client: httpx.Client) -> None:
    answer = client.get("/resolve", params={"id": SEVERAL, "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert list(dict.fromkeys(row["query"] for row in rows)) == SEVERAL[:4]
    (jaguar,) = [row for row in rows if row["query"] == "gbif:5219426"]
    assert jaguar["iri"] == "" and "no thing of this graph" in jaguar["warning"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("identifiers.csv", "text/csv; charset=utf-8"),
        ("links/gbif.sssom.tsv", "text/tab-separated-values; charset=utf-8"),
        ("links/index.json", "application/json"),
    ],
)
def test_the_files_are_served_with_their_digests(
    name: str, kind: str, client: httpx.Client, built: Build
) -> None:
    answer = client.get(f"/dumps/{name}")
    assert answer.status_code == 200 and answer.headers["content-type"] == kind
    assert answer.content == (built.folder / name).read_bytes()
    assert answer.headers["repr-digest"].startswith("sha-256=:")


@pytest.mark.parametrize(
    ("params", "status", "slug"),
    [
        ({"id": "gbif:5219426"}, 404, "unknown-identifier"),
        ({"id": "22732"}, 400, "parameter"),
        ({"id": ""}, 400, "parameter"),
        ({}, 400, "parameter"),
        ({"id": "22732", "authority": "nobody"}, 400, "parameter"),
        ({"id": "Q30197", "format": "xml"}, 400, "parameter"),
        ({"id": "Q30197", "ids": "Q1"}, 400, "parameter"),
        ([("id", "Q30197"), ("id", "")], 400, "parameter"),
        ([("id", "Q30197"), ("format", "csv"), ("format", "json")], 400, "parameter"),
        ([("id", "Q30197"), ("id", "Q34706"), ("authority", "nobody")], 400, "parameter"),
        ([("id", f"Q{number}") for number in range(101)], 400, "parameter"),
        ({"id": "x" * 501}, 400, "parameter"),
    ],
)
def test_a_fault_is_a_problem(client: httpx.Client, params, status: int, slug: str) -> None:
    answer = client.get("/resolve", params=params)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith(f"/{slug}")


def test_what_is_not_acceptable_is_refused(client: httpx.Client) -> None:
    answer = client.get("/resolve", params={"id": "Q30197"}, headers={"Accept": "image/png"})
    assert answer.status_code == 406


def test_openapi_types_the_parameters(client: httpx.Client) -> None:
    described = client.get("/openapi.json").json()["paths"]["/resolve"]["get"]
    parameters = {one["name"]: one for one in described["parameters"]}
    assert parameters["id"]["required"] and not parameters["authority"]["required"]
    assert {"gbif", "iucn-red-list", "species-plus-cms"} <= set(
        parameters["authority"]["schema"]["enum"]
    )
    assert set(described["responses"]) == {"200", "400", "404", "406"}


# The command line


def test_the_command_prints_relation_and_warning(cami) -> None:
    done = cami("resolve", "gbif:2441238", "taxon/snow-leopard")
    assert done.returncode == 0
    assert f"{WIDER}  {ID}taxon/wild-camel (Wild camel)" in done.stdout
    assert "Wider:" in done.stdout and "wikidata:Q30197" in done.stdout


def test_the_command_answers_in_csv_and_json(cami) -> None:
    rows = list(
        csv.DictReader(io.StringIO(cami("resolve", "--format", "csv", "Q30197", "sis:220").stdout))
    )
    assert [row["query"] for row in rows] == ["Q30197", "sis:220"]
    (found,) = json.loads(cami("resolve", "--format", "json", "Q30197").stdout)
    assert found["matches"][0]["iri"] == f"{ID}taxon/snow-leopard"


def test_the_command_reads_a_column_from_standard_input(cami) -> None:
    column = "\ufeffQ30197\r\n\ngbif:5219426\n22732\n sis:220 \n"
    done = cami("resolve", "--format", "csv", "-", stdin=column)
    assert done.returncode == 2  # the bare number
    assert done.stderr.count("cami: ") == 2
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(row["query"], row["iri"].rpartition("/")[2]) for row in rows] == [
        ("Q30197", "snow-leopard"), ("gbif:5219426", ""), ("22732", ""),
        ("sis:220", "asiatic-cheetah"),
    ]  # fmt: skip
    assert cami("resolve", "-", stdin="gbif:5219426\nQ30197\n").returncode == 1


def test_a_column_that_is_not_utf_8_is_refused(built: Build) -> None:
    program = str(Path(sys.executable).with_name("cami"))
    command = [program, "resolve", "--build", str(built.folder.parent), "-"]
    done = subprocess.run(command, input=b"\xff\n", capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr == b"cami: -: is not UTF-8: send the identifiers as UTF-8\n"


def test_the_command_s_exit_codes(cami) -> None:
    done = cami("resolve", "Q30197", "gbif:5219426")
    assert done.returncode == 1
    assert "Q30197" in done.stdout and done.stderr.startswith("cami: gbif 5219426")
    done = cami("resolve", "22732")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert cami("resolve", "--authority", "iucn-red-list", "22732").returncode == 0
