"""The audit: the real documents agree, a planted error in each facet is found and named."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import docx
import pyoxigraph as ox
import pytest
import rdflib

from cami.graph import graph_name
from cami.ontology import CAMI, HERE, ID
from cami.server.cli import main
from cami.shapes import AuditResult, PaperError, audit, lexicon, paper_2014, paper_cop15, place_name
from cami.shapes import reading as words
from cami.shapes.paper import letters, read_text

SOURCES = Path(__file__).parents[2] / "shared" / "sources"
COP15 = SOURCES / "cop15-cami-document.txt"
RESOLUTION = SOURCES / "resolution-11.24-2014.txt"


@pytest.fixture(scope="session")
def document(document: str) -> str:
    """The text as the audit reads it."""
    return read_text(COP15)


@pytest.fixture(scope="session")
def resolution() -> str:
    if not RESOLUTION.is_file():
        pytest.skip("the resolution is not beside this checkout; it is not part of the project")
    return read_text(RESOLUTION)


@pytest.fixture(scope="session")
def graph(built) -> rdflib.Graph:
    return rdflib.Graph().parse(built.folder / "cami.nt", format="nt")


def edited(text: str, after: str, old: str, new: str) -> str:
    """The text with one change: the first `old` after a place."""
    start = text.index(old, text.index(after))
    return text[:start] + new + text[start + len(old) :]


def unexplained(results: list[AuditResult]) -> set[tuple[str, str]]:
    """Facet and place of each difference that no anomaly explains."""
    return {
        (one.facet, place_name(one.place))
        for result in results
        for one in result.differences
        if not one.explained
    }


# --- The document of COP15 --------------------------------------------------------------------


def test_the_real_document_agrees(document: str, cami) -> None:
    done = cami("audit", str(COP15))
    assert done.returncode == 0, done.stdout
    counts = re.findall(r"^(.+?) +compared (\d+), .* differ 0$", done.stdout, re.MULTILINE)
    assert {name: int(n) for name, n in counts}.items() >= {
        "activity numbers": 205,
        "priorities": 205,
        "section titles": 24,
        "Range States": 14,
        "names in Table 1": 34,
    }.items()
    assert done.stdout.endswith(" 0 differ\n")


def test_recorded_slips_are_shown_as_explained(document: str, graph: rdflib.Graph) -> None:
    _, results = audit(document, graph)
    explained = {
        (one.facet, place_name(one.place), "/".join(one.explained.split("/")[2:]))
        for result in results
        for one in result.differences
    }
    assert ("priorities", "activity 15.12", "15.12/2") in explained
    assert ("cross references", "activity 5.8", "5.8/1") in explained
    assert ("sub-item letters", "activity 18.8", "18.8/1") in explained
    assert ("ordinals of regions", "section 22", "section-22") in explained


def test_a_slip_whose_record_is_gone_counts(document: str, graph: rdflib.Graph) -> None:
    """The record explains; without it the same difference is an error."""
    without = rdflib.Graph()
    for triple in graph:
        if not re.search("/anomaly/.*/5[.]8/1$", str(triple[0])):
            without.add(triple)
    assert unexplained(audit(document, without)[1]) == {("cross references", "activity 5.8")}


PLANTED = [
    ("activity numbers", "activity 5.3", "\n\t5.3\n", "5.3", "5.30"),
    ("activity numbers", "activity 5.30", "\n\t5.3\n", "5.3", "5.30"),
    ("section numbers", "section 6", "\n\t6. Protected", "6.", "66."),
    ("section titles", "section 6", "\n\t6. Protected", "Conserved", "Converted"),
    ("priorities", "activity 5.3", "\n\t5.3\n", "\tHigh", "\tLow"),
    ("actors", "activity 5.3", "\n\t5.3\n", "GOs, ", ""),
    ("actors", "activity 5.3", "\n\t5.3\n", "CMS Secretariat, GOs", "GOs, CMS Secretariat"),
    ("actors", "activity 1.10", "\n\t1.10\n", " (if needed)", ""),
    ("actors", "activity 2.5", "\n\t2.5\n", "in consultation with ", ""),
    ("actors", "activity 5.2", "\n\t5.2\n", "other relevant ", ""),
    ("actors", "activity 3.6", "\n\t3.6\n", "\tGO, NGOs", "\tIGOs, NGOs"),
    ("actors", "activity 8.14", "\n\t8.14\n", "GO, ", ""),
    ("sub-item letters", "activity 18.8", "\n\t18.8 \n", "\ne) ", "\nf) "),
    ("GBF targets", "activity 5.3", "\n\t5.3\n", "Targets 2,", "Targets 12,"),
    ("GBF targets", "activity 7.8", "\n\t7.8\n", "5 9", "5"),
    ("SPMS goals", "activity 5.3", "\n\t5.3\n", "Goals 2 & 4", "Goals 2 & 5"),
    ("related programmes", "activity 18.3", "\n\t18.3 \n", ", GSLEP", ""),
    ("related programmes", "activity 8.3", "\n\t8.3\n", "REP4SD CA) for 2020", "REP4SD) for 2021"),
    ("dates", "activity 7.1", "\n\t7.1\n", "by 2027", "by 2028"),
    ("dates", "activity 12.5", "\n\t12.5\n", " in 2030", ""),
    ("dates", "activity 16.3", "\n\t16.3\n", "15 September", "16 September"),
    ("dates", "activity 1.1", "\n\t1.1\n", "2028/29", "2028/30"),
    ("dates", "activity 5.3", "\n\t5.3\n", "Report outlining", "By 2029, report outlining"),
    ("dates", "activity 3.1", "\n\t3.1\n", "within one year", "within two years"),
    ("cross references", "activity 5.6", "\n\t5.6\n", "6.2", "6.3"),
    ("cross references", "activity 13.1", "\n\t13.1\n", "12.1-12.6", "12.1-12.5"),
    ("cross references", "activity 5.8", "\n\t5.8\n", "10.8", "10.7"),
    ("sub-item letters", "activity 3.7", "\n\t3.7\n", "c) ", "k) "),
    ("sub-item letters", "activity 22.7", "\n\t22.7\n", "· provide", "provide"),
    ("States of regions", "section 13", "\n\t13. ", "Kazakhstan, ", ""),
    ("ordinals of regions", "section 13", "\n\t13. ", " - 2", " - 3"),
    ("ordinals of regions", "section 22", "\n\t22. ", "– 1", "– 2"),
    ("ordinals of regions", "region altai, in the list", "\n9) Altai", "9)", "19)"),
    ("species of regions", "section 13", "\n\t13. ", ", urial", ""),
    ("species of regions", "section 13", "\n\t13. ", "re-introduced", "extinct"),
    ("species of regions", "section 20", "\n\t20. ", "argali, ", "kiang, "),
    ("instruments of sections", "section 13", "\n\t13. ", "2024–2033", "2024–2034"),
    ("instruments of sections", "section 24", "\n\t24. ", "the Argali", "the Kiang"),
    (
        "instruments of the programme",
        "programme wp-2026-2032, paragraph 2",
        "2.\tThis Work Programme",
        "2025–2032",
        "2025–2033",
    ),
    (
        "instruments of the programme",
        "programme wp-2026-2032, complementary instruments",
        "\tComplementary CAMI",
        "2025–2032",
        "2025–2033",
    ),
    ("names in Table 1", "Table 1, row 1", "Table 1. Species", "Ovis ammon", "Ovis orientalis"),
    ("Appendices in Table 1", "Table 1, row 4", "\tBukhara deer", "App. I & II", "App. II"),
    ("Range States", "state BTN", "considered Range States", "Bhutan, ", ""),
    ("Party status", "state BTN", "considered Range States", "Bhutan", "BHUTAN"),
]


@pytest.mark.parametrize(("facet", "place", "after", "old", "new"), PLANTED)
def test_a_planted_error_is_found(
    document: str, graph: rdflib.Graph, facet: str, place: str, after: str, old: str, new: str
) -> None:
    _, results = audit(edited(document, after, old, new), graph)
    found = unexplained(results)
    assert (facet, place) in found
    assert {name for name, _ in found} == {facet}, "one slip is one facet's"


def test_every_facet_held_has_a_planted_error(document: str, graph: rdflib.Graph) -> None:
    _, results = audit(document, graph)
    assert {one.facet for one in results if one.held} <= {facet for facet, *_ in PLANTED} | {
        facet for facet, *_ in PLANTED_RESOLUTION_DRAFT
    }


@pytest.mark.parametrize(
    ("facet", "place", "subject", "predicate"),
    [
        ("dates", "activity 16.4", "deadline/wp-2026-2032/16.4/1", "deadline"),
        ("cross references", "activity 15.3", "activity/wp-2026-2032/15.3", "refersTo"),
        ("States of regions", "section 20", "region/altai", "spansState"),
        ("priorities", "activity 5.3", "activity/wp-2026-2032/5.3", "priority"),
    ],
)
def test_an_error_of_the_graph_is_found(
    document: str, graph: rdflib.Graph, facet: str, place: str, subject: str, predicate: str
) -> None:
    without = rdflib.Graph()
    gone = rdflib.URIRef(ID + subject), CAMI[predicate]
    for triple in graph:
        if triple[:2] != gone:
            without.add(triple)
    assert unexplained(audit(document, without)[1]) == {(facet, place)}


# --- The draft resolution and decisions within the document of COP15 -----------------------------

PLANTED_RESOLUTION_DRAFT = [
    ("verbs of paragraphs", "provision 9", "\t9. Requests", "Requests", "Invites"),
    ("verbs of paragraphs", "provision 2", "\t2. Adopts", " and urges", ""),
    ("amendments", "amendment 9", "\tAware that the wide-ranging", "\tRetain", "\tNew text"),
    ("amendments", "amendment 12", "\tOutdated, as there", "\t\n", "\tFurther text\n"),
    ("decisions", "decision 14.168", "Decision 14.168 ", "14.168", "14.178"),
    ("decisions", "decision 15.CC", "\n15.BB", "15.CC", "15.CD"),
    ("items of decisions", "decision 14.167", "Decision 14.167 ", "\nb) ", "\nf) "),
    ("items of decisions", "decision 15.EE", "\n15.EE", "\ng) ", "\n"),
]


@pytest.mark.parametrize(("facet", "place", "after", "old", "new"), PLANTED_RESOLUTION_DRAFT)
def test_a_planted_error_in_the_draft_resolution_is_found(
    document: str, graph: rdflib.Graph, facet: str, place: str, after: str, old: str, new: str
) -> None:
    assert (facet, place) in unexplained(audit(edited(document, after, old, new), graph)[1])


def test_the_amendments_are_judged_by_their_cells(document: str) -> None:
    rows = paper_cop15.split(document).amendments
    kinds = [words.amendment(row) for row in rows]
    assert len(kinds) == 29
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "Retain": 4,
        "Insert": 7,
        "Delete": 7,
        "Amend": 11,
    }


# --- The resolution of 2014 ---------------------------------------------------------------------


def test_the_real_resolution_agrees(resolution: str, cami) -> None:
    done = cami("audit", str(RESOLUTION))
    assert done.returncode == 0, done.stdout
    counts = re.findall(r"^(.+?) +compared (\d+), .* differ 0$", done.stdout, re.MULTILINE)
    assert {name: int(n) for name, n in counts}.items() >= {
        "activity numbers": 121,
        "Range States": 14,
        "names of species": 15,
        "landscapes": 12,
    }.items()
    assert done.stdout.endswith(" 0 differ\n")


def test_the_resolution_is_read_whole(resolution: str) -> None:
    paper = paper_2014.split(resolution)
    assert len(paper.activities) == 121
    assert len(paper.sections) == 16
    assert len(paper.objectives) == 4
    assert len(paper.landscapes) == 12
    assert len(paper.species) == 15
    assert len(paper.range_states) == 14
    assert len(paper.paragraphs) == 7
    assert all(one.text and one.responsible and one.priority for one in paper.activities)


def test_shared_cells_of_the_resolution(resolution: str) -> None:
    """Activities of one block share actors and priority, but for those that it singles out."""
    rows = {one.number: one for one in paper_2014.split(resolution).activities}
    assert lexicon.actors(rows["2.3.8"].responsible)[-2:] == ["cms [plus]", "saiga-mou [plus]"]
    assert "cms [plus]" not in lexicon.actors(rows["2.3.7"].responsible)
    assert lexicon.actors(rows["2.3.11"].responsible)[0] == "kyrgyz-state-agency"
    assert lexicon.actors(rows["2.3.14"].responsible)[-1] == "iucn-antelope-sg [plus]"
    assert rows["2.3.12"].priority == "Medium"
    assert letters(rows["1.7.1"].text) == ["a", "b"]


PLANTED_2014 = [
    ("activity numbers", "activity 1.1.4", "\t1.1.4. ", "1.1.4", "1.1.14"),
    ("activity numbers", "activity 2.3.11", "additional habitats", "2.3.11 ", ""),
    ("priorities", "activity 1.1.4", "\t1.1.4. ", "High/medium", "Medium"),
    ("priorities", "activity 1.6.3", "\t1.6.3. ", "Following", "Following the"),
    ("priorities of items", "activity 1.3.1 e", "\t 1.3.1. ", "Medium (e, f)", "Low (e, f)"),
    ("actors", "activity 1.1.4", "\t1.1.4. ", ", Scientific institutions", ""),
    ("actors", "activity 1.1.6", "\t1.1.6. ", "TRAFFIC (tbc)", "TRAFFIC"),
    ("actors", "activity 1.5.3", "\t1.5.3. ", "As a platform ", ""),
    ("sub-item letters", "activity 1.3.3", "\t 1.3.3. ", "d) include", "g) include"),
    ("names of species", "usage scope 7", "II. Taxonomic", "Ovis ammon", "Ovis orientalis"),
    (
        "Appendices of species",
        "usage scope 1",
        "II. Taxonomic",
        "also listed on Appendix II",
        "new",
    ),
    ("Range States", "state BTN", "14 Range States:", "Bhutan, ", ""),
    ("landscapes", "activity 2.1.1, landscape h", "\th) Pamir", "Pamir", "Alay"),
    ("States of landscapes", "activity 2.1.1, landscape g", "\tg) Hissar", "Kyrgyzstan, ", ""),
    ("verbs of paragraphs", "provision 4", "4. *Instructs*", "Instructs", "Urges"),
]


@pytest.mark.parametrize(("facet", "place", "after", "old", "new"), PLANTED_2014)
def test_a_planted_error_in_the_resolution_is_found(
    resolution: str, graph: rdflib.Graph, facet: str, place: str, after: str, old: str, new: str
) -> None:
    assert (facet, place) in unexplained(audit(edited(resolution, after, old, new), graph)[1])


def test_every_facet_of_2014_has_a_planted_error(resolution: str, graph: rdflib.Graph) -> None:
    results = audit(resolution, graph)[1]
    assert {one.facet for one in results if one.held} <= {facet for facet, *_ in PLANTED_2014}


def test_what_a_graph_does_not_hold_is_one_line(resolution: str) -> None:
    name, results = audit(resolution, rdflib.Graph())
    assert name == "resolution-11.24-2014"
    assert not any(one.held or one.differences for one in results)


# --- Files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"Some other text\n", "none of the documents that the audit knows"),
        (b"\x7fELF\x00\x00\xff", "neither UTF-8 text nor .docx"),
        (b"PK\x03\x04 but no archive", "not a .docx"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, cami, content: bytes, said: str) -> None:
    path = tmp_path / "paper"
    path.write_bytes(content)
    done = cami("audit", str(path))
    assert done.returncode == 2
    assert not done.stdout
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


def test_a_refusal_names_what_is_missing(document: str, tmp_path: Path, cami) -> None:
    path = tmp_path / "part.txt"
    path.write_text(document.replace("Table 1. Species", "Species"), encoding="utf-8")
    done = cami("audit", str(path))
    assert done.returncode == 2
    assert "'Table 1. Species covered'" in done.stderr
    assert "resolution-11.24-2014" in done.stderr


def test_a_planted_error_in_a_file_exits_1(document: str, tmp_path: Path, cami) -> None:
    path = tmp_path / "paper.txt"
    path.write_text(edited(document, "\n\t5.3\n", "\tHigh", "\tLow"), encoding="utf-8")
    done = cami("audit", str(path), "--format", "json")
    assert done.returncode == 1
    said = json.loads(done.stdout)
    facets = {one["facet"]: one for one in said["facets"]}
    assert not said["agrees"]
    assert facets["priorities"]["differ"] == 1
    assert any(
        (one["placeName"], one["document"], one["graph"]) == ("activity 5.3", "Low", "High")
        for one in facets["priorities"]["differences"]
    )


def columns(cells: list[str], place: int, text: str) -> int:
    """How many columns the row that starts with a cell has."""
    if re.fullmatch(r"\d+\.\d+\s*", cells[place].strip()):
        return 6
    inside = text.index("Text from Existing") <= text.index("\n\t" + cells[place][:40])
    before = text.index("\n\t" + cells[place][:40]) < text.index("Annex to Resolution 11.24 (Rev")
    single = cells[place].startswith("The Conference of the Parties")
    return 3 if inside and before and not single else 1


def docx_of_cop15(text: str, path: Path) -> None:
    """Write a text with a cell a line as a .docx with tables."""
    body = docx.Document()
    first, *cells = text.split("\n\t")
    for line in first.split("\n"):
        body.add_paragraph(line)
    place = 0
    while place < len(cells):
        row = cells[place : place + columns(cells, place, text)]
        row[-1], _, after = row[-1].partition("\n\n")
        table = body.add_table(1, len(row))
        for cell, content in zip(table.rows[0].cells, row, strict=True):
            cell.text = content
        for line in after.split("\n"):
            body.add_paragraph(line)
        place += len(row)
    body.save(str(path))


def docx_of_resolution(text: str, path: Path) -> None:
    """Write a text with a row a line as a .docx with tables."""
    body = docx.Document()
    for line in text.split("\n"):
        cells = line.split("\t")
        if len(cells) == 1:
            body.add_paragraph(line)
            continue
        table = body.add_table(1, len(cells))
        for cell, content in zip(table.rows[0].cells, cells, strict=True):
            cell.text = content
    body.save(str(path))


@pytest.mark.parametrize(
    ("source", "write"), [(COP15, docx_of_cop15), (RESOLUTION, docx_of_resolution)]
)
def test_docx_gives_the_same_result(
    document: str,
    resolution: str,
    graph: rdflib.Graph,
    tmp_path: Path,
    source: Path,
    write: Callable[[str, Path], None],
) -> None:
    path = tmp_path / "paper.docx"
    text = read_text(source)
    write(text, path)
    assert audit(read_text(path), graph) == audit(text, graph)


def test_docx_without_the_extra(tmp_path: Path, monkeypatch, built, capsys) -> None:
    path = tmp_path / "paper.docx"
    docx.Document().save(str(path))
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(PaperError, match=r"cami\[audit\]"):
        read_text(path)
    with pytest.raises(SystemExit) as ended:
        main(["audit", str(path), "--build", str(built.folder.parent)])
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_attach_writes_the_wording_for_the_user(document: str, tmp_path: Path, cami) -> None:
    target = tmp_path / "wording.trig"
    assert cami("audit", str(COP15), "--attach", str(target)).returncode == 0
    quads = list(ox.parse(path=str(target), format=ox.RdfFormat.TRIG))
    assert {quad.graph_name.value for quad in quads} == {str(graph_name("local-wording"))}
    terms = {"verbatimText": 205, "verbatimIndicator": 205}
    for term, count in terms.items():
        assert sum(quad.predicate.value == str(CAMI[term]) for quad in quads) == count
    again = cami("audit", str(COP15), "--attach", str(target))
    assert again.returncode == 2
    assert "exists already" in again.stderr


def test_attach_refuses_the_installed_package(document: str, cami) -> None:
    done = cami("audit", str(COP15), "--attach", str(HERE / "wording.trig"))
    assert done.returncode == 2
    assert "installed package" in done.stderr
    assert not (HERE / "wording.trig").exists()
