"""Templates of users' records: each validates, is explained, and fails when it is broken."""

import re
import shutil
from functools import cache
from pathlib import Path

import pytest
import rdflib

from cami.graph import read_given
from cami.ontology import PREFIXES, SH, SHAPES
from cami.shapes import RECORD_SHAPES, check, columns, load_shapes, template_files, templates

NAMES = ("implementation", "occurrence-summary", "taxon-mapping", "activity")
RECORDS = {"Implementation": "implementation", "OccurrenceSummary": "occurrence-summary"}
UPDATE = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
CONTEXT = """
@prefix cami: <https://w3id.org/cami/ontology#> .
<https://w3id.org/cami/id/activity/wp-2026-2032/12.6> a cami:Activity .
<https://w3id.org/cami/id/state/UZB> a cami:RangeState .
<https://w3id.org/cami/id/state/KAZ> a cami:RangeState .
<https://w3id.org/cami/id/taxon/saiga> a cami:TreatyTaxonConcept .
<https://w3id.org/cami/id/taxon/argali> a cami:TreatyTaxonConcept .
"""
I, O = (
    "<https://example.org/implementation/UZB/2027/12.6>",
    "<https://example.org/occurrence/UZB/saiga/2026>",
)
BREAKS = [
    (
        "Implementation",
        "or",
        f'DELETE {{ {I} cami:implementationStatus ?o }} INSERT {{ {I} cami:implementationStatus "not-started" }} WHERE {{ {I} cami:implementationStatus ?o }}',
    ),
    ("Implementation-type", "hasValue", f"DELETE WHERE {{ {I} a ?o }}"),
    ("Implementation-plan", "minCount", "DELETE WHERE { ?a prov:hadPlan ?o }"),
    (
        "Implementation-plan",
        "or",
        "DELETE { ?a prov:hadPlan ?o } INSERT { ?a prov:hadPlan <http://a/x> } WHERE { ?a prov:hadPlan ?o }",
    ),
    (
        "Implementation-agent",
        "nodeKind",
        'INSERT { ?a prov:agent "somebody" } WHERE { ?a prov:hadPlan ?o }',
    ),
    ("Implementation-status", "minCount", f"DELETE WHERE {{ {I} cami:implementationStatus ?o }}"),
    (
        "Implementation-status",
        "maxCount",
        f'INSERT DATA {{ {I} cami:implementationStatus "completed" }}',
    ),
    ("Implementation-status", "in", f'INSERT DATA {{ {I} cami:implementationStatus "done" }}'),
    ("Implementation-state", "minCount", f"DELETE WHERE {{ {I} dcterms:spatial ?o }}"),
    ("Implementation-state", "class", f"INSERT DATA {{ {I} dcterms:spatial <http://a/x> }}"),
    ("Implementation-description", "minCount", f"DELETE WHERE {{ {I} dcterms:description ?o }}"),
    (
        "Implementation-description",
        "datatype",
        f'INSERT DATA {{ {I} dcterms:description "plain" }}',
    ),
    (
        "Implementation-description",
        "uniqueLang",
        f'INSERT DATA {{ {I} dcterms:description "again"@en }}',
    ),
    ("Implementation-reportedOn", "minCount", f"DELETE WHERE {{ {I} dcterms:issued ?o }}"),
    ("Implementation-reportedOn", "maxCount", f'INSERT DATA {{ {I} dcterms:issued "2028" }}'),
    ("Implementation-reportedOn", "pattern", f'INSERT DATA {{ {I} dcterms:issued "May" }}'),
    ("Implementation-period", "maxCount", f'INSERT DATA {{ {I} dcterms:date "2028" }}'),
    ("Implementation-period", "pattern", f'INSERT DATA {{ {I} dcterms:date "soon" }}'),
    ("Implementation-evidence", "nodeKind", f'INSERT DATA {{ {I} dcterms:references "a book" }}'),
    (
        "OccurrenceSummary",
        "or",
        f'DELETE {{ {O} dwc:occurrenceStatus ?o }} INSERT {{ {O} dwc:occurrenceStatus "absent" }} WHERE {{ {O} dwc:occurrenceStatus ?o }}',
    ),
    ("OccurrenceSummary-taxon", "minCount", f"DELETE WHERE {{ {O} dcterms:subject ?o }}"),
    (
        "OccurrenceSummary-taxon",
        "maxCount",
        f"INSERT DATA {{ {O} dcterms:subject <https://w3id.org/cami/id/taxon/argali> }}",
    ),
    ("OccurrenceSummary-taxon", "class", f"INSERT DATA {{ {O} dcterms:subject <http://a/x> }}"),
    ("OccurrenceSummary-state", "minCount", f"DELETE WHERE {{ {O} dcterms:spatial ?o }}"),
    (
        "OccurrenceSummary-state",
        "maxCount",
        f"INSERT DATA {{ {O} dcterms:spatial <https://w3id.org/cami/id/state/KAZ> }}",
    ),
    ("OccurrenceSummary-state", "class", f"INSERT DATA {{ {O} dcterms:spatial <http://a/x> }}"),
    ("OccurrenceSummary-year", "minCount", f"DELETE WHERE {{ {O} dwc:year ?o }}"),
    ("OccurrenceSummary-year", "maxCount", f'INSERT DATA {{ {O} dwc:year "2025"^^xsd:gYear }}'),
    ("OccurrenceSummary-year", "datatype", f"INSERT DATA {{ {O} dwc:year 2025 }}"),
    ("OccurrenceSummary-status", "minCount", f"DELETE WHERE {{ {O} dwc:occurrenceStatus ?o }}"),
    (
        "OccurrenceSummary-status",
        "maxCount",
        f'INSERT DATA {{ {O} dwc:occurrenceStatus "absent" }}',
    ),
    ("OccurrenceSummary-status", "in", f'INSERT DATA {{ {O} dwc:occurrenceStatus "rare" }}'),
    ("OccurrenceSummary-quantity", "maxCount", f"INSERT DATA {{ {O} dwc:organismQuantity 101 }}"),
    (
        "OccurrenceSummary-quantity",
        "datatype",
        f'INSERT DATA {{ {O} dwc:organismQuantity "many" }}',
    ),
    (
        "OccurrenceSummary-quantity",
        "minInclusive",
        f"INSERT DATA {{ {O} dwc:organismQuantity -1 }}",
    ),
    (
        "OccurrenceSummary-quantityType",
        "maxCount",
        f'INSERT DATA {{ {O} dwc:organismQuantityType "herds" }}',
    ),
    (
        "OccurrenceSummary-quantityType",
        "in",
        f'INSERT DATA {{ {O} dwc:organismQuantityType "herds" }}',
    ),
    (
        "OccurrenceSummary-protocol",
        "maxCount",
        f'INSERT DATA {{ {O} dwc:samplingProtocol "another" }}',
    ),
    (
        "OccurrenceSummary-citation",
        "minCount",
        f"DELETE WHERE {{ {O} dcterms:bibliographicCitation ?o }}",
    ),
]
PARAMETERS = (
    "class datatype hasValue in maxCount minCount minInclusive nodeKind or pattern uniqueLang"
)


@cache
def record_shapes() -> rdflib.Graph:
    return load_shapes([RECORD_SHAPES])


def record(shape: str) -> rdflib.Graph:
    """The Turtle template of a record, with the things of the graph that it names."""
    graph = rdflib.Graph().parse(data=CONTEXT, format="turtle")
    return graph.parse(template_files(RECORDS[shape.partition("-")[0]], "turtle")[0])


def test_templates_are_those_that_are_documented() -> None:
    assert tuple(templates()) == NAMES
    folders = {path.name for path in RECORD_SHAPES.parent.iterdir() if path.is_dir()}
    assert folders == set(NAMES)


@pytest.mark.parametrize("form", ["tsv", "turtle"])
@pytest.mark.parametrize("name", NAMES)
def test_each_template_validates(cami, tmp_path: Path, name: str, form: str) -> None:
    written = cami("template", name, "--format", form, "--out", str(tmp_path / "mine"))
    assert written.returncode == 0
    assert len(written.stdout.splitlines()) == len(template_files(name, form))
    done = cami("validate", str(tmp_path / "mine"))
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("cami: conforms (")
    assert done.stderr == ""


@pytest.mark.parametrize("name", ["implementation", "occurrence-summary"])
def test_the_two_forms_of_a_record_say_the_same(name: str) -> None:
    """The same properties and values, whatever the IRIs of one's own."""

    def said(graph: rdflib.Graph) -> set[tuple[str, str]]:
        ours = ("https://example.org/", "https://w3id.org/cami/id/implementation")
        return {
            (str(p), str(o))
            for _, p, o in graph
            if isinstance(o, rdflib.Literal)
            or (isinstance(o, rdflib.URIRef) and not str(o).startswith(ours))
        }

    table, turtle = template_files(name, "tsv")[0], template_files(name, "turtle")[0]
    rows = rdflib.Graph()
    for given in read_given(table.name, table.read_text(encoding="utf-8")).rows:
        for triple in given.row.triples():
            rows.add(triple)
    assert said(rows) == said(rdflib.Graph().parse(turtle))


@pytest.mark.parametrize("name", NAMES)
def test_every_column_is_explained(cami, name: str) -> None:
    explained = set(
        re.findall(
            r"`([a-z_]+)`",
            "\n".join(
                line.split("|")[1] for line in columns(name).splitlines() if line.startswith("| `")
            ),
        )
    )
    used = {
        column
        for path in template_files(name, "tsv")
        for column in path.read_text(encoding="utf-8").split("\n")[0].split("\t")
    }
    assert explained == used
    assert cami("template", name, "--columns").stdout.strip() == columns(name)


def test_a_template_goes_to_standard_output_or_into_new_files(cami, tmp_path: Path) -> None:
    done = cami("template", "implementation")
    assert done.stdout == template_files("implementation", "tsv")[0].read_text(encoding="utf-8")
    assert cami("validate", "-", "--input-format", "tsv", stdin=done.stdout).returncode == 0
    several = cami("template", "activity")
    assert (several.returncode, several.stdout) == (2, "")
    assert "--out DIR" in several.stderr
    assert cami("template", "activity", "--format", "turtle").returncode == 0
    assert cami("template", "no-such").returncode == 2
    assert cami("template", "activity", "--out", str(tmp_path)).returncode == 0
    again = cami("template", "activity", "--out", str(tmp_path))
    assert again.returncode == 2
    assert "nothing is overwritten" in again.stderr


BAD_ROWS = {
    "an activity that is none": (
        "activity",
        "wp-2026-2032/99.9",
        "is no activity that a table lists",
    ),
    "a State that is none": ("state", "XXX", "is no state that a table lists"),
    "a status that is none": ("status", "done", "'not-started', 'under-way' or 'completed'"),
    "a period that runs backwards": ("period", "2027/2026", "ends before it begins"),
    "evidence that is no address": ("evidence", "a book", "write a web address"),
    "a date that is none": ("reported_on", "May 2027", "write a date as 2028"),
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_a_wrong_cell_is_named_with_line_and_column(cami, tmp_path: Path, case: str) -> None:
    column, value, message = BAD_ROWS[case]
    path = Path(shutil.copy(template_files("implementation", "tsv")[0], tmp_path))
    head, row = path.read_text(encoding="utf-8").splitlines()
    cells = dict(zip(head.split("\t"), row.split("\t"), strict=True)) | {column: value}
    path.write_text(f"{head}\n" + "\t".join(cells.values()) + "\n", encoding="utf-8")
    done = cami("validate", str(path))
    assert done.returncode == 1
    (line,) = [one for one in done.stdout.splitlines() if one.startswith("  ")]
    assert re.search(rf"implementation\.tsv:2:\d+: column '{column}' Violation: ", line)
    assert message in line


def constraints() -> set[tuple[str, str]]:
    graph = record_shapes()
    return {
        (str(shape).removeprefix(str(SHAPES)), parameter)
        for parameter in PARAMETERS.split()
        for shape in graph.subjects(SH[parameter])
        if isinstance(shape, rdflib.URIRef)
    }


def test_every_constraint_on_records_has_a_breaking_edit() -> None:
    assert {(shape, parameter) for shape, parameter, _ in BREAKS} == constraints()
    for shape, _ in constraints():
        assert (SHAPES[shape], SH.message, None) in record_shapes()


@pytest.mark.parametrize(
    ("shape", "parameter", "update"), BREAKS, ids=[f"{a}-{b}" for a, b, _ in BREAKS]
)
def test_each_breaking_edit_breaks_its_constraint(shape: str, parameter: str, update: str) -> None:
    data = record(shape)
    assert check(data, record_shapes()) == []
    data.update(UPDATE + update)
    found = {
        (one.shape.removeprefix(str(SHAPES)), one.component.rpartition("#")[2])
        for one in check(data, record_shapes())
    }
    component = f"{parameter[0].upper()}{parameter[1:]}ConstraintComponent"
    assert (shape, component) in found
