"""The index of names: what is typed leads to the entities that go by it."""

import pyoxigraph as ox
import pytest

from cami.queries.entities import TYPES, dumped, entities, loaded
from cami.queries.names import NameIndex, Suggestion, fold
from cami.server.release import Build

ID = "https://w3id.org/cami/id/"
GBF = "http://metadata.cbd.int/kmgbf/"


@pytest.fixture(scope="module")
def names(built: Build) -> NameIndex:
    return built.names()


def slug(found: Suggestion) -> str:
    return found.entity.iri.removeprefix(ID).removeprefix(GBF)


def test_a_build_holds_the_names_of_its_dataset(built: Build) -> None:
    """What is read from a build is what follows from its default graph, to the byte."""
    quads = ox.parse(path=str(built.nquads), format=ox.RdfFormat.N_QUADS)
    found = entities(quad.triple for quad in quads if quad.graph_name == ox.DefaultGraph())
    assert (built.folder / "names.json").read_bytes() == dumped(found)
    assert loaded(dumped(found)) == found
    assert {one.type for one in found} == set(TYPES)


def test_each_entity_has_its_label_first_and_no_name_twice(names: NameIndex) -> None:
    for one in names.entities.values():
        assert one.names[0].text == one.label
        assert len(set(one.names)) == len(one.names)
        assert all(name.text.strip() == name.text != "" for name in one.names)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  Pallas’ Cat ", "pallas cat"),
        ("Âne sauvage du Tibet", "ane sauvage du tibet"),
        ("МАНУЛ", "манул"),
        ("Ёж, йети", "еж иети"),
        ("Koytendag/Kugitang", "koytendag kugitang"),
        ("12.6", "12 6"),
        ("藏羚羊", "藏羚羊"),
        ("-", ""),
    ],
)
def test_texts_are_compared_without_case_accents_and_punctuation(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("snow leo", "taxon/snow-leopard"),
        ("Panthera unc", "taxon/snow-leopard"),
        ("uncia pan", "taxon/snow-leopard"),  # words in any order
        ("МАНУ", "taxon/pallas-cat"),
        ("藏羚", "taxon/chiru"),
        ("muflon", "taxon/argali"),
        ("kz", "state/KAZ"),
        ("398", "state/KAZ"),
        ("PTCR 11", "region/gobi"),
        ("gobi", "region/gobi"),
        ("12.6", "activity/wp-2026-2032/12.6"),
        ("activity 12.6", "activity/wp-2026-2032/12.6"),
        ("GBF Target 3", "target_3"),
        ("SPMS Goal 5", "spms/goal-5"),
        ("osce", "actor/osce"),
        (f"{ID}site/golestan-np", "site/golestan-np"),
    ],
)
def test_a_beginning_leads_to_the_entity(names: NameIndex, text: str, first: str) -> None:
    assert slug(names.suggest(text)[0]) == first


def test_the_name_that_fits_is_told(names: NameIndex) -> None:
    (found,) = names.suggest("мазаалай")
    assert (slug(found), found.name.kind, found.name.language) == (
        "taxon/gobi-bear",
        "vernacular",
        "mn",
    )


def test_a_name_of_more_than_the_taxon_says_so_and_comes_last(names: NameIndex) -> None:
    found = names.suggest("panthera pardus", types=["taxon"])
    assert (found[0].name.text, found[0].name.kind) == ("Panthera pardus tulliana", "accepted")
    assert {one.relation for one in found[0].entity.names if one.text == "Panthera pardus"} == {
        "isIncludedIn"
    }


def test_a_stated_overlap_gives_way_to_a_known_extent(names: NameIndex) -> None:
    """The document only says that the Red List has Panthera uncia; the curation says how far."""
    found = names.entities[f"{ID}taxon/snow-leopard"].names
    assert {one.relation for one in found if one.text == "Panthera uncia"} == {"isCongruentWith"}
    leopard = names.entities[f"{ID}taxon/persian-leopard"].names
    saxicolor = {one.relation for one in leopard if one.text == "Panthera pardus saxicolor"}
    assert saxicolor == {"intersects"}


def test_types_limit_and_pages(names: NameIndex) -> None:
    some = names.suggest("g", limit=5)
    assert len(some) == 5
    assert names.suggest("g", limit=3, skip=2) == some[2:]
    assert {one.entity.type for one in names.suggest("g", types=["actor"], limit=99)} == {"actor"}
    assert names.suggest(f"{ID}site/golestan-np", types=["taxon"]) == []


@pytest.mark.parametrize("text", ["", "  ", "…", "zzzz", "\U0010ffff", "x" * 10_000])
def test_nothing_leads_to_nothing(names: NameIndex, text: str) -> None:
    assert names.suggest(text) == []
