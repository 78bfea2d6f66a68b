"""Builds: the same bytes from the same input, and all or nothing."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from cami.graph import TABLES_FOLDER
from cami.ontology import ONTOLOGY_FILE
from cami.ontology.changes import release_files
from cami.queries.catalogue import query_files
from cami.server.made_from import inputs_digest
from cami.server.release import Build
from cami.shapes import shape_files

CAMI = str(Path(sys.executable).with_name("cami"))
DUMPS = {"cami.nq", "cami.nt", "cami.trig", "cami.ttl"}


def run_build(out: Path, *options: str, seed: str = "0") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [CAMI, "build", "--out", str(out), *options],
        check=False,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_two_builds_give_the_same_bytes(built: Build, tmp_path: Path) -> None:
    """Another process with another hash seed writes the same files."""
    done = run_build(tmp_path, seed="17")
    assert done.returncode == 0, done.stderr
    assert f"ontology {built.manifest['ontology']['version']}" in done.stdout
    other = tmp_path / "current"
    for name in (*built.manifest["files"], "manifest.json"):
        assert (other / name).read_bytes() == (built.folder / name).read_bytes(), name


def test_the_manifest_has_the_digests_of_the_files(built: Build) -> None:
    files = {path for path in built.folder.rglob("*") if path.is_file()}
    names = {str(path.relative_to(built.folder)) for path in files} - {"manifest.json"}
    names -= {"store.sha256"}  # written after the manifest, of the store
    names = {name for name in names if not name.startswith("store/")}
    assert set(built.manifest["files"]) == names > DUMPS | {"things.json", "ontology/index.html"}
    for name, facts in built.manifest["files"].items():
        content = (built.folder / name).read_bytes()
        assert facts == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def test_the_readme_says_what_is_in_the_graph(built: Build) -> None:
    """Each count of the README's table is that of the manifest, and each document is there."""
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `cami:(\w+)` \| (\d*) \| (\d*) \| (\d*) \|", readme, re.MULTILINE)
    documents = ("cop15-cami-document", "resolution-11.24-2014", "reference")
    classes = built.manifest["classes"]
    shown = {kind: tuple(int(cell or 0) for cell in cells) for kind, *cells in rows}
    kinds = {kind for document in documents for kind in classes[document]}
    assert shown == {
        kind: tuple(classes[document].get(kind, 0) for document in documents) for kind in kinds
    }


def test_the_folder_is_named_by_version_and_digest(built: Build) -> None:
    assert built.folder.name == f"{built.manifest['version']}-{built.digest[:12]}"
    assert (built.folder.parent / "current").resolve() == built.folder


def test_every_triple_is_in_the_default_graph_once_and_in_the_graph_of_its_origin(
    built: Build,
) -> None:
    store = ox.Store.read_only(str(built.store))
    default, named = set(), set()
    for quad in store:
        target = default if isinstance(quad.graph_name, ox.DefaultGraph) else named
        target.add(str(quad.triple))
    assert default == named
    assert len(default) == built.manifest["triples"]
    names = {str(name.value).rpartition("/")[2] for name in store.named_graphs()}
    assert names == set(built.manifest["graphs"])


def test_the_store_holds_what_the_dump_says(built: Build) -> None:
    """The engine rewrites literals that are not canonical; ours must be canonical.

    Shapes and ontology hold xsd:nonNegativeInteger, which the store rewrites: that is why they
    are served from files.
    """
    store = ox.Store.read_only(str(built.store))
    for name in ("cop15-cami-document", "resolution-11.24-2014", "reference", "inferred"):
        graph = ox.NamedNode(f"https://w3id.org/cami/graph/{name}")
        stored = {str(quad) for quad in store.quads_for_pattern(None, None, None, graph)}
        dumped = {
            str(quad)
            for quad in ox.parse(path=str(built.nquads), format=ox.RdfFormat.N_QUADS)
            if quad.graph_name == graph
        }
        assert stored == dumped


def test_the_dumps_agree(built: Build) -> None:
    def triples(name: str, form: ox.RdfFormat) -> set[str]:
        quads = ox.parse(path=str(built.folder / name), format=form)
        return {str(quad.triple) for quad in quads if isinstance(quad.graph_name, ox.DefaultGraph)}

    expected = triples("cami.nt", ox.RdfFormat.N_TRIPLES)
    assert triples("cami.ttl", ox.RdfFormat.TURTLE) == expected
    assert triples("cami.trig", ox.RdfFormat.TRIG) == expected
    assert triples("cami.nq", ox.RdfFormat.N_QUADS) == expected


def test_everything_stated_names_a_precise_place(built: Build) -> None:
    """A thing whose only place is a whole annex or table is one that no cell names."""
    store = ox.Store.read_only(str(built.store))
    found = store.query(
        """
        PREFIX cami: <https://w3id.org/cami/ontology#>
        PREFIX prov: <http://www.w3.org/ns/prov#>
        SELECT DISTINCT ?thing {
            ?thing prov:hadPrimarySource/cami:inDocument ?document
            FILTER NOT EXISTS {
                ?thing prov:hadPrimarySource/cami:locator ?locator
                FILTER(?locator NOT IN ("Annex 1, Work Programme", "Annex, Table 1"))
            }
        }""",
        use_default_graph_as_union=True,
    )
    assert isinstance(found, ox.QuerySolutions)
    # The strategic plan is named through its goals, each with its cell; the key actions of 2014
    # come from the study that developed them, and the study has its paragraph.
    assert {one["thing"].value.partition("/id/")[2] for one in found} == {  # type: ignore[union-attr]
        "instrument/spms",
        "instrument/cami-key-actions-2014",
    }


def test_no_statement_hangs_on_a_blank_node_of_the_data(built: Build) -> None:
    for quad in ox.parse(path=str(built.nquads), format=ox.RdfFormat.N_QUADS):
        if "cop15-cami-document" in str(quad.graph_name):
            assert not isinstance(quad.subject, ox.BlankNode)
            assert not isinstance(quad.object, ox.BlankNode)


def broken_tables(folder: Path, table: str, old: str, new: str) -> Path:
    copy = Path(shutil.copytree(TABLES_FOLDER, folder))
    path = copy / f"{table}.tsv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")
    return copy


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("good")
    assert run_build(out).returncode == 0
    return out


def state(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir())


def test_the_digest_of_inputs_is_of_all_that_a_build_is_made_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: set[Path] = set()
    whole = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.add(path) or whole(path))
    inputs_digest()
    made_from = [*TABLES_FOLDER.glob("*.tsv"), *shape_files(), *release_files(), *query_files()]
    assert {ONTOLOGY_FILE, *made_from} <= read


def test_a_bad_table_stops_the_build_and_the_last_good_one_stays(
    good: Path, tmp_path: Path
) -> None:
    before = state(good), (good / "current").readlink()
    tables = broken_tables(tmp_path / "tables", "states", "BTN\tBhutan\t", "BTN\tBhu tan \t")
    done = run_build(good, "--tables", str(tables))
    assert done.returncode == 2
    assert "states.tsv:3: column 'label': 'Bhu tan ' has stray blanks" in done.stderr
    assert "Traceback" not in done.stderr
    assert (state(good), (good / "current").readlink()) == before


def test_data_that_break_a_shape_are_not_published(good: Path, tmp_path: Path) -> None:
    before = state(good), (good / "current").readlink()
    tables = broken_tables(
        tmp_path / "tables", "regions", "altai\t9\tAltai", "altai\t8\tAltai"
    )  # two regions with one number
    done = run_build(good, "--tables", str(tables))
    assert done.returncode == 1
    assert "regions.tsv:" in done.stderr
    assert "Two regions carry the same number" in done.stderr
    assert (state(good), (good / "current").readlink()) == before


def test_a_changed_fact_makes_a_new_build_beside_the_old(good: Path, tmp_path: Path) -> None:
    before = (good / "current").readlink()
    tables = broken_tables(tmp_path / "tables", "regions", "\tGobi\t", "\tGreat Gobi\t")
    assert run_build(good, "--tables", str(tables)).returncode == 0
    after = (good / "current").readlink()
    assert after != before
    assert (good / before / "manifest.json").is_file()
    digest = json.loads((good / "current" / "manifest.json").read_text())["digest"]
    assert str(after).endswith(digest[:12])


def test_a_build_leaves_nothing_half_written(good: Path) -> None:
    assert not [name for name in state(good) if name.startswith(".making")]


def test_a_folder_that_cannot_be_written_is_a_one_line_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = run_build(blocked)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
