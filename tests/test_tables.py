"""The tables: read strictly, complete against the document, and explained."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from cami.graph import TABLES, TABLES_FOLDER, TableError, load_tables
from cami.graph.activities import Activity, ActivityPriority, Deadline, SubActivity
from cami.graph.history import Lineage
from cami.graph.links import ActivityActor, ActivityTarget
from cami.graph.programme import Section
from cami.graph.regions import Region
from cami.graph.sites import Landscape
from cami.graph.sources import Anomaly
from cami.graph.states import Participation, State
from cami.graph.taxa import Usage

NOW, BEFORE = "wp-2026-2032/", "pow-2014-2020/"


@pytest.fixture(scope="module")
def tables():
    return load_tables()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tables in a folder that a test may break."""
    return Path(shutil.copytree(TABLES_FOLDER, tmp_path / "tables"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")


BROKEN = {
    "a cell too few": ("states", "BTN\tBhutan\t\n", "BTN\tBhutan\n", "states.tsv:3: has 2 cells"),
    "a wrong header": ("states", "id\tlabel", "id\tname", "states.tsv:1: the header must be: id"),
    "a stray blank": ("states", "Bhutan", "Bhutan ", "states.tsv:3: column 'label': 'Bhutan ' has"),
    "a foreign letter": ("states", "China", "Сhina", "'Сhina' mixes Latin with look-alike"),
    "a decomposed letter": ("treaties", "Biological", "Biolo\u0301gical", "Unicode normal form"),
    "an empty cell": ("states", "\tBhutan\t", "\t\t", "column 'label': is empty: fill it in"),
    "a wrong value": ("activity-priority", "\tHigh\n", "\tUrgent\n", "column 'priority': 'Urgent'"),
    "a short title": (
        "activities",
        "\tAppoint Species Focal Points for every CAMI species",
        "\tToo short",
        "5 to 12 words",
    ),
    "line ends of another system": ("states", "\n", "\r\n", "ends with CR LF: save it with LF"),
    "a wrong date": (
        "deadlines",
        "\t2028\t",
        "\t2028-13\t",
        "'2028-13': write a date as 2028, 2028-02",
    ),
    "a wrong order": ("states", "AFG\t", "ZZZ\t", "states.tsv:3: 'BTN' is out of order"),
    "a repeated key": ("states", "BTN\t", "AFG\t", "states.tsv:3: repeats the key 'AFG'"),
    "a dangling link": (
        "region-state",
        "altai\tKAZ",
        "altai\tKAX",
        "'KAX' is no state that a table",
    ),
    "a wrong kind": ("activity-target", "\tgbf/20", "\tgbx/20", "'gbx/20' is no gbf or spms"),
    "no end of line": ("states", "UZB\tUzbekistan\t\n", "UZB\tUzbekistan\t", "must end with one"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_table_is_named_with_line_and_column(case: str, copy: Path) -> None:
    table, old, new, message = BROKEN[case]
    edit(copy / f"{table}.tsv", old, new)
    with pytest.raises(TableError) as caught:
        load_tables(copy)
    assert message in str(caught.value)


def test_a_missing_table_and_a_wrong_encoding_are_named(copy: Path) -> None:
    (copy / "states.tsv").unlink()
    (copy / "regions.tsv").write_bytes(b"id\xff")
    with pytest.raises(TableError) as caught:
        load_tables(copy)
    assert "states.tsv:1: is missing" in str(caught.value)
    assert "regions.tsv:1: is not UTF-8" in str(caught.value)


def test_every_table_and_column_is_explained() -> None:
    readme = (TABLES_FOLDER / "README.md").read_text(encoding="utf-8")
    for row_type in TABLES:
        section = re.search(
            rf"^### {row_type.table}\n(.*?)(?=^##|\Z)", readme, re.MULTILINE | re.DOTALL
        )
        assert section, f"graph/tables/README.md does not explain {row_type.table}.tsv"
        explained = set(re.findall(r"^- `(\w+)`", section[1], re.MULTILINE))
        assert explained == set(row_type.model_fields), row_type.table


def test_an_unknown_table_is_named(copy: Path) -> None:
    (copy / "extra.tsv").write_text("id\n")
    with pytest.raises(TableError, match=r"extra\.tsv:1: is no table that we know"):
        load_tables(copy)


def test_every_file_of_the_folder_is_a_known_table() -> None:
    assert {path.stem for path in TABLES_FOLDER.glob("*.tsv")} == {one.table for one in TABLES}


def test_the_numbers_that_the_document_gives(tables) -> None:
    """205 activities in 24 sections, 13 regions, 14 Range States of which 4 are not Party."""
    assert len([row for row in tables[Activity] if row.id.startswith(NOW)]) == 205
    assert len([row for row in tables[Section] if row.level == "section"]) == 24
    assert len(tables[Region]) == 13
    assert len(tables[State]) == 14
    assert len([row for row in tables[Usage] if "/table-1/" in row.id]) == 17
    outside = {row.state for row in tables[Participation] if row.status == "NonParty"}
    assert outside == {"BTN", "CHN", "NPL", "RUS"}


def test_titles_have_5_to_12_words_and_summaries_two_sentences_at_most(tables) -> None:
    for row in tables[Activity]:
        assert 5 <= len(row.title.split()) <= 12, row.title
        text = re.sub(r"e\.g\.|i\.e\.|\d\.\d", "x", row.summary)
        assert 1 <= len(re.findall(r"[.!?](?:\s|$)", text)) <= 2, row.summary


def test_every_activity_has_an_actor_a_gbf_target_and_a_goal(tables) -> None:
    actors = {row.activity for row in tables[ActivityActor]}
    cited: dict[str, set[str]] = {}
    for row in tables[ActivityTarget]:
        cited.setdefault(row.activity, set()).add(row.target.partition("/")[0])
    for row in tables[Activity]:
        assert row.id in actors
        if row.id.startswith(NOW):
            assert cited[row.id] == {"gbf", "spms"}, row.id


def test_the_numbers_that_the_document_of_2014_gives(tables) -> None:
    """4 objectives, 16 issues, 121 activities, 15 species, 12 landscapes."""
    levels = Counter(row.level for row in tables[Section])
    assert (levels["objective"], levels["issue"]) == (4, 16)
    assert len([row for row in tables[Activity] if row.id.startswith(BEFORE)]) == 121
    assert len([row for row in tables[Usage] if "/scope/" in row.id]) == 15
    assert len(tables[Landscape]) == 12


def test_lineage_accounts_for_every_activity_of_both_programmes(tables) -> None:
    named = {row.earlier for row in tables[Lineage]} | {row.later for row in tables[Lineage]}
    assert named - {None} == {row.id for row in tables[Activity]}


def test_the_relation_of_a_lineage_follows_from_its_links(tables) -> None:
    """One into several is a split, several into one a merge; the table cannot contradict itself."""
    after: dict[str, set[str]] = {}
    before: dict[str, set[str]] = {}
    links = [row for row in tables[Lineage] if row.earlier and row.later]
    for row in links:
        after.setdefault(row.earlier, set()).add(row.later)
        before.setdefault(row.later, set()).add(row.earlier)
    for row in links:
        split, merged = len(after[row.earlier]) > 1, len(before[row.later]) > 1
        assert row.relation == ("splits" if split else "merges" if merged else "continues"), row.id


def test_the_register_of_slips_does_not_change_unnoticed(tables) -> None:
    """A slip that comes or goes is a decision: change the numbers here with the table."""
    counts = Counter((row.document, row.kind_of_slip) for row in tables[Anomaly])
    lines = (Path(__file__).parent / "anomaly-counts.tsv").read_text(encoding="utf-8").splitlines()
    cells = [line.split("\t") for line in lines[1:]]
    assert {(document, kind): int(count) for document, kind, count in cells} == counts


def test_lettered_items_follow_each_other(tables) -> None:
    letters = Counter(
        row.activity.removeprefix(NOW) for row in tables[SubActivity] if row.id.startswith(NOW)
    )
    assert letters == {"1.1": 2, "3.6": 3, "3.7": 5, "18.8": 4, "21.4": 2, "22.7": 2}


def cells(document: str) -> dict[str, list[str]]:
    """The five cells of each activity, cut out of the document without our own reader."""
    start = document.index("\n\t1. CAMI WP Implementation")
    table = document[start : document.index("Annex to CAMI WP", start)]
    found: dict[str, list[str]] = {}
    for block in re.split(r"\n\t(?=\d+\.\d+ *\n)", table)[1:]:
        number, *rest = [" ".join(cell.split()) for cell in block.split("\n\t")]
        found[number.split()[0]] = rest[:5]
    return found


def test_priorities_agree_with_the_document(tables, document: str) -> None:
    printed = {number: row[3].replace("Н", "H") for number, row in cells(document).items()}
    ours = {
        row.activity.removeprefix(NOW): row.priority
        for row in tables[ActivityPriority]
        if row.activity.startswith(NOW)
    }
    assert ours == printed


def test_cited_targets_agree_with_the_document(tables, document: str) -> None:
    """Numbers after "Target" are GBF targets, numbers after "Goal" are SPMS goals."""
    ours: dict[str, set[str]] = {}
    for row in tables[ActivityTarget]:
        ours.setdefault(row.activity.rpartition("/")[2], set()).add(row.target)
    for number, row in cells(document).items():
        numbers = r"s?((?:[\s,&]|and)*\d+(?:(?:[\s,&]|and)+\d+)*)(?!\d)"
        last = re.sub(r"\(2024-2032\)|\(SPMS\)|\(4 July 2024\)", "", row[4])
        targets = re.findall(rf"Target{numbers}", last)
        goals = re.findall(rf"Goal{numbers}", last)
        expected = {f"gbf/{n}" for text in targets for n in re.findall(r"\d+", text)}
        expected |= {f"spms/goal-{n}" for text in goals for n in re.findall(r"\d+", text)}
        assert ours[number] == expected, number


def test_years_of_deadlines_stand_in_their_rows(tables, document: str) -> None:
    printed = cells(document)
    for row in tables[Deadline]:
        if not row.activity.startswith(NOW):
            continue
        text = " ".join(printed[row.activity.rpartition("/")[2]][:3])
        for date in (row.date, row.earliest):
            assert not date or date[:4] in text or f"/{date[2:4]}" in text, row.id


def test_no_long_run_of_words_is_copied_from_the_document(tables, document: str) -> None:
    """Facts carry over, sentences do not; titles of plans and guidelines are facts."""

    def words(text: str) -> list[str]:
        return re.findall(r"[a-z0-9]+", text.lower())

    length = 12
    source = words(document)
    runs = {tuple(source[i : i + length]) for i in range(len(source) - length + 1)}
    for row in tables[Activity]:
        for text in (row.title, row.summary):
            mine = words(text)
            for i in range(len(mine) - length + 1):
                assert tuple(mine[i : i + length]) not in runs, row.id
