"""Names of a table: what matches and what must not, and `cami reconcile` as a user runs it."""

import csv
import importlib.util
import io
import os
import pty
import re
import subprocess
import sys
import termios
from pathlib import Path
from types import ModuleType

import pytest

from cami.queries.countries import others
from cami.queries.fuzzy import slips, slips_of_all
from cami.queries.matching import Matcher
from cami.queries.names import fold
from cami.queries.scientific import read, same_epithet
from cami.queries.spelling import respelt, singulars
from cami.server.reconcile_command import TableUnusable, run
from cami.server.release import Build

ROOT = Path(__file__).parents[1]
CAMI = str(Path(sys.executable).with_name("cami"))
ID = "https://w3id.org/cami/id/"
ADDED = ["cami_id", "cami_score", "cami_relation", "cami_reason", "cami_candidate"]


def by_path(name: str) -> ModuleType:
    path = ROOT / "tests" / "reconcile" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"reconcile_{name}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


score = by_path("score")


@pytest.fixture(scope="module")
def matcher(built: Build) -> Matcher:
    return Matcher(built.names())


def test_precision_and_recall_are_those_of_the_readme(matcher: Matcher) -> None:
    found = score.scores(matcher, score.variants())
    assert score.table(found) in (ROOT / "README.md").read_text(encoding="utf-8")


def test_no_variant_matches_wrongly(matcher: Matcher) -> None:
    """A wrong confident match is worse than none."""
    assert score.scores(matcher, score.variants())[""].wrong == []


def test_the_test_set_is_one(matcher: Matcher) -> None:
    cases = score.variants()
    assert len(cases) >= 300
    assert len({(one.text, one.type) for one in cases}) == len(cases)
    for one in cases:
        assert not one.expected or not one.candidate, one
        for iri in filter(None, (one.expected, one.candidate)):
            entity = matcher.index.entities[iri]
            assert not one.type or entity.type == one.type, one


def test_a_score_can_be_bad(matcher: Matcher) -> None:
    """So that the figures above mean something."""
    case = score.variants()[0]
    wrong = score.Variant(case.text, case.type, f"{ID}taxon/argali", "", "x", "")
    none = score.Variant(case.text, case.type, "", "", "x", "")
    found = score.scores(matcher, [wrong, none])[""]
    assert (found.precision, found.recall, len(found.wrong)) == (0, 0, 2)


@pytest.mark.parametrize(
    ("typed", "known", "found"),
    [
        ("uncia", "uncia", 0),
        ("unica", "uncia", 1),  # two letters swapped
        ("onca", "uncia", None),
        ("iraq", "iran", None),
        ("pakistan", "tajikistan", None),
        ("3", "4", None),
        ("subguttorosa", "subgutturosa", 1),
        ("panthera", "anthera", None),  # the first letter has to be right
    ],
)
def test_slips_of_the_pen(typed: str, known: str, found: int | None) -> None:
    assert slips(typed, known) == found


def test_slips_are_counted_word_by_word() -> None:
    assert slips_of_all(("western", "tien", "shan"), ("western", "tian", "shan")) == 1
    assert slips_of_all(("tien", "shan"), ("tian", "shan")) is None
    assert slips_of_all(("government", "pakistan"), ("government", "tajikistan")) is None
    assert slips_of_all(("target", "3"), ("target", "31")) is None
    assert slips_of_all(("a",), ("a", "b")) is None
    assert slips_of_all(("manus",), ("manul",)) is None
    assert slips_of_all(("khulon",), ("khulan",)) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("United Nations Environment Programme", "UN Environment Program", True),
        ("Gesellschaft für Zusammenarbeit", "Gesellschaft fuer Zusammenarbeit", True),
        ("Asiatic cheetah", "Asian cheetah", True),
        ("Asiatic cheetah", "African cheetah", False),
        ("Programme 1", "Programme 11", False),
    ],
)
def test_another_spelling_is_no_other_name(one: str, other: str, same: bool) -> None:
    assert (respelt(fold(one)) == respelt(fold(other))) == same


def test_a_plural_has_its_singulars() -> None:
    assert set(singulars("asiatic wild asses")) == {"asiatic wild ass", "asiatic wild asse"}
    assert set(singulars("wolverines")) == {"wolverin", "wolverine"}
    assert "puppy" in singulars("puppies")
    assert not [*singulars("wild ass")]
    assert not [*singulars("deer")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kiangs", "taxon/kiang"),
        ("Cheetahs", ""),  # all cheetahs
        ("Arguss", ""),
        ("United Nations Development Programme (UNDP)", "actor/undp"),
        ("United Nations Development Programme (UNEP)", ""),
        ("United Nations Development Programme (WHO)", ""),
        ("Россия", "state/RUS"),
        ("Грузия", ""),
    ],
)
def test_what_is_written_in_another_way_matches_only_the_same(
    matcher: Matcher, text: str, expected: str
) -> None:
    found = [one.entity.iri for one in matcher.match(text) if one.match]
    assert found == ([f"{ID}{expected}"] if expected else [])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Panthera uncia (Schreber, 1775)", ("panthera", "uncia", "")),
        ("Panthera (Uncia) uncia", ("panthera", "uncia", "")),
        ("Panthera pardus ssp. tulliana", ("panthera", "pardus", "tulliana")),
        ("P. p. tulliana", ("p.", "p.", "tulliana")),
        ("Saiga sp.", ("saiga", "", "")),
    ],
)
def test_scientific_names_are_read(text: str, parts: tuple[str, str, str]) -> None:
    name = read(text)
    assert name
    assert name.parts == parts


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Felis uncia Schreber, 1775", True),
        ("Felis uncia (Schreber, 1775)", True),
        ("Felis uncia Schreber, 1776", False),
        ("Felis uncia Erxleben, 1775", False),
        ("Felis uncia Schreber", False),
        ("Felis onca Schreber, 1775", False),
    ],
)
def test_epithet_author_and_year_make_a_name_known_in_another_genus(
    matcher: Matcher, text: str, same: bool
) -> None:
    typed, known = read(text), read("Uncia uncia (Schreber, 1775)")
    assert typed
    assert known
    assert same_epithet(typed, known) == same
    assert any(one.match for one in matcher.match(text, ("taxon",))) == same


def test_names_that_differ_in_gender_only_are_one() -> None:
    one, other = read("Przewalskium albirostre"), read("Przewalskium albirostris")
    assert one
    assert other
    assert one.key == other.key


@pytest.mark.parametrize("text", ["манул", "12.6", "x" * 10_000, "", " ", "\x00", "²", "🐆"])
def test_what_is_no_scientific_name_does_no_harm(matcher: Matcher, text: str) -> None:
    for types in ((), ("taxon",), ("activity",)):
        for one in matcher.match(text, types):
            assert not one.match or text in ("манул", "12.6")


def test_a_match_says_how_the_name_is_used(matcher: Matcher) -> None:
    """The relation is that of the data, and the reason names who uses the name otherwise."""
    (cheetah, *_) = matcher.match("Acinonyx jubatus", ("taxon",))
    assert (cheetah.entity.iri, cheetah.match) == (f"{ID}taxon/asiatic-cheetah", False)
    assert cheetah.relation == "isIncludedIn"
    assert "iucn-red-list" in cheetah.reason
    (leopard, *_) = matcher.match("Panthera uncia", ("taxon",))
    assert (leopard.match, leopard.relation) == (True, "isCongruentWith")
    (part, *_) = matcher.match("Ovis ammon hodgsonii", ("taxon",))
    assert (part.match, part.relation) == (False, "includes")


def test_no_other_country_is_a_range_state(matcher: Matcher) -> None:
    """By none of its names in any language, and by none of its codes."""
    states = [one for one in matcher.index.entities.values() if one.type == "state"]
    ours = tuple(sorted(one.iri.rpartition("/")[2] for one in states))
    abroad = sorted(others(ours))
    assert len(abroad) > 4000
    shared = {fold(name.text) for one in states for name in one.names} & set(abroad)
    assert shared == set()
    wrong = [text for text in abroad for one in matcher.match(text, ("state",), 1) if one.match]
    assert wrong == []


def test_a_name_that_the_package_gives_to_two_countries_is_left_out(matcher: Matcher) -> None:
    """In Kazakh it calls Nepal the Central African Republic."""
    nepal = matcher.index.entities[f"{ID}state/NPL"]
    assert "नेपाल" in {name.text for name in nepal.names}
    assert "Орталық Африка Республикасы" not in {name.text for name in nepal.names}


def rows_of(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


TABLE = 'id,Species,n\n7,"Panthera uncia",3\n8,Panthera pardus,\n9,Felis catus,1\n10,,"a\nb"\n'


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "names.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_every_column_is_kept_and_only_what_is_sure_gets_an_identifier(cami, table: Path) -> None:
    done = cami("reconcile", str(table), "--column", "Species", "--type", "taxon")
    assert done.returncode == 0
    assert done.stderr == "cami: 3 names: 1 matched, 1 with a candidate to look at, 1 unknown\n"
    header, snow, leopard, cat, empty = rows_of(done.stdout)
    assert [row[:3] for row in rows_of(done.stdout)] == rows_of(TABLE)
    assert header[3:] == ADDED
    assert snow[3:6] == [f"{ID}taxon/snow-leopard", "100", "isCongruentWith"]
    assert (leopard[3], leopard[5], leopard[7]) == (
        "",
        "isIncludedIn",
        f"{ID}taxon/persian-leopard",
    )
    assert (cat[3], empty[3:]) == ("", [""] * 5)


def test_the_same_table_gives_the_same_bytes(cami, table: Path) -> None:
    outs = [table.with_name(f"{number}.csv") for number in (1, 2)]
    for out in outs:
        done = cami("reconcile", str(table), "--column", "Species", "--out", str(out))
        assert (done.returncode, done.stdout) == (0, "")
    assert outs[0].read_bytes() == outs[1].read_bytes()
    assert not list(table.parent.glob(".cami-*"))


@pytest.mark.parametrize(
    ("content", "name", "delimiter"),
    [
        ("\ufeffname\nmanul\n", "bom.csv", ","),
        ("name;n\nmanul;1\n", "semicolons.csv", ";"),
        ("name\tn\nmanul\t1\n", "tabs.tsv", "\t"),
        ("name,n\r\nmanul,1\r\n\r\n", "crlf.csv", ","),
    ],
)
def test_tables_of_spreadsheets(
    cami, tmp_path: Path, content: str, name: str, delimiter: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode())
    done = cami("reconcile", str(path), "--column", "name")
    assert done.returncode == 0, done.stderr
    header, row = rows_of(done.stdout, delimiter)
    assert row[header.index("cami_id")] == f"{ID}taxon/pallas-cat"


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"", None, "is empty"),
        (b"a,b\n1,2\n", None, "column 'name' is not there: the columns are a, b"),
        (b"name,name\n1,2\n", None, "is there twice"),
        (b"name,b\nmanul,2\nmanul\n", None, "t.csv:3: has 1 cells, the header has 2"),
        (b'name,b\nmanul,"2\n', None, "is no CSV"),
        (b"name\nmanul\n\xff\n", None, "UTF-8"),
        (b"\xff\xfename\n", None, "UTF-8"),
        (b"name,cami_id\nmanul,2\n", None, "column 'cami_id' already"),
        (b"name\nmanul\n", "animal", "use one of taxon, state"),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_is_written(
    matcher: Matcher, tmp_path: Path, content: bytes, kind: str | None, said: str
) -> None:
    path, out = tmp_path / "t.csv", tmp_path / "out.csv"
    path.write_bytes(content)
    out.write_text("as it was")
    with pytest.raises(TableUnusable) as caught:
        run(path, "name", kind, out, matcher.index)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert out.read_text() == "as it was"
    assert sorted(tmp_path.iterdir()) == [out, path]


@pytest.mark.parametrize("out", ["", "no/such/folder.csv"])
def test_a_fault_is_one_line_and_exit_2(cami, tmp_path: Path, out: str) -> None:
    path = tmp_path / ("t.csv" if out else "missing.csv")
    if out:
        path.write_bytes(b"name\nmanul\n")
    options = ("--out", str(tmp_path / out)) if out else ()
    done = cami("reconcile", str(path), "--column", "name", *options)
    assert done.returncode == 2
    assert re.fullmatch(r"cami: .*: No such file or directory\n", done.stderr)
    assert done.stdout == ""


def test_a_terminal_shows_progress(built: Build, table: Path) -> None:
    """Without a terminal there is none, as the other tests see."""
    table.write_text("name\n" + "manul\nargali\nchiru x\n" * 20_000, encoding="utf-8")
    shown, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 100))
    command = [CAMI, "reconcile", str(table), "--column", "name", "--out"]
    command.append(str(table.with_name("out.csv")))
    environment = {**os.environ, "CAMI_BUILD": str(built.folder.parent)}
    subprocess.run(command, stderr=terminal, check=True, env=environment, timeout=60)
    os.close(terminal)
    seen = b""
    while True:
        try:
            piece = os.read(shown, 1 << 16)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    os.close(shown)
    assert b" rows" in seen
    assert b"60000 names: 40000 matched" in seen
