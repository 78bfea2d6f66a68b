"""The published ontology: page, formats, JSON-LD context, diagrams, and what releases promise."""

import json
import re
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import owlready2
import pytest
import rdflib
from pyld import jsonld
from rdflib import OWL, RDF, RDFS, XSD, Literal, URIRef
from rdflib.compare import isomorphic

from cami.ontology import CAMI, ONTOLOGY_FILE, PREFIXES
from cami.ontology.changes import (
    Changes,
    as_numbers,
    changes,
    history,
    lost_terms,
    read_releases,
    release_files,
)
from cami.ontology.diagrams import IS_A, read_diagrams, term
from cami.ontology.entry import Entries
from cami.ontology.files import context
from cami.ontology.inputs import STYLE_FILE, TERMS_STYLE_FILE
from cami.ontology.model import Ontology, OntologyError, from_graph, read_ontology
from cami.server.release import Build
from cami.server.site.static import FOLDER
from cami.shapes import load_shapes, shape_files

DCTERMS = rdflib.Namespace("http://purl.org/dc/terms/")
SKOS = rdflib.Namespace("http://www.w3.org/2004/02/skos/core#")
SH = rdflib.Namespace("http://www.w3.org/ns/shacl#")
FORMATS = {"cami.ttl": "turtle", "cami.rdf": "xml", "cami.jsonld": "json-ld", "cami.nt": "nt"}


@pytest.fixture(scope="module")
def folder(built: Build) -> Path:
    return built.folder / "ontology"


@pytest.fixture(scope="module")
def working() -> Ontology:
    return read_ontology(ONTOLOGY_FILE)


@pytest.fixture(scope="module")
def data(built: Build) -> rdflib.Graph:
    return rdflib.Graph().parse(built.folder / "cami.nt")


def edited(ontology: Ontology, gone: str = "", new: str = "") -> Ontology:
    """Return an ontology with some triples taken out and others put in, both as Turtle."""
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    graph = rdflib.Graph()
    graph += ontology.graph
    graph -= rdflib.Graph().parse(data=prefixes + gone, format="turtle")
    return from_graph(graph.parse(data=prefixes + new, format="turtle"), "edited")


# The formats


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_holds_the_triples_of_the_ontology(name: str, folder: Path) -> None:
    published = rdflib.Graph().parse(folder / name, format=FORMATS[name])
    assert isomorphic(published, rdflib.Graph().parse(ONTOLOGY_FILE))


def test_owl_tools_read_the_rdf_xml(folder: Path, working: Ontology) -> None:
    world = owlready2.World()
    loaded = world.get_ontology((folder / "cami.rdf").as_uri()).load()
    read = {one.iri for one in (*loaded.classes(), *loaded.properties(), *loaded.individuals())}
    assert {str(one.iri) for one in working.terms.values()} <= read


# The JSON-LD context


def records(data: rdflib.Graph) -> rdflib.Graph:
    """Three records of each class of ours, with all that the build says of them."""
    chosen = rdflib.Graph()
    for kind in sorted(set(data.objects(None, RDF.type))):
        if str(kind).startswith(str(CAMI)):
            for subject in sorted(data.subjects(RDF.type, kind))[:3]:
                for predicate, value in data.predicate_objects(subject):
                    chosen.add((subject, predicate, value))
    return chosen


def no_loading(*_: object) -> None:
    raise AssertionError("a JSON-LD processor asked for a document")


def as_lines(nquads: str) -> set[str]:
    return set(nquads.strip().split("\n"))


def test_records_come_back_from_json_ld_as_the_same_triples(
    data: rdflib.Graph, folder: Path
) -> None:
    """PyLD compacts and expands them; what it made is read by RDFLib too."""
    chosen = records(data)
    assert len(chosen) > 1000
    own = json.loads((folder / "context.jsonld").read_text(encoding="utf-8"))
    lines = "".join(f"{s.n3()} {p.n3()} {o.n3()} .\n" for s, p, o in chosen)
    options = {"documentLoader": no_loading}
    expanded = jsonld.from_rdf(lines, {"format": "application/n-quads"})
    compacted = jsonld.compact(expanded, own, options)
    back = jsonld.to_rdf(compacted, {**options, "format": "application/n-quads"})
    before = jsonld.to_rdf(expanded, {"format": "application/n-quads"})
    assert as_lines(back) == as_lines(before)
    assert len(as_lines(back)) == len(chosen)
    read = rdflib.Graph().parse(data=json.dumps(compacted), format="json-ld")
    assert set(read) == {(s, p, _plain(o)) for s, p, o in chosen}
    assert_short(compacted["@graph"], own["@context"])


def _plain(value: Any) -> Any:
    """RDF 1.1: "x" and "x"^^xsd:string are one literal, which RDFLib keeps apart."""
    is_string = isinstance(value, Literal) and value.datatype == XSD.string
    return Literal(str(value)) if is_string else value


def assert_short(objects: list[dict[str, Any]], terms: dict[str, Any]) -> None:
    """Every key of ours is a bare name; coerced values stand without their type."""
    for record in objects:
        for key, value in record.items():
            assert not key.startswith("cami:"), (key, value)
            coerced = isinstance(terms.get(key), dict) and len(terms[key]) > 1
            values = value if isinstance(value, list) else [value]
            assert not (coerced and any(isinstance(one, dict) for one in values)), (key, value)


def test_the_context_has_every_term_with_its_coercion(working: Ontology) -> None:
    terms = context(working)["@context"]
    assert {name: terms[name] for name in PREFIXES} == PREFIXES
    assert not {*PREFIXES} & {*working.terms}
    for name, one in working.terms.items():
        types = set(working.graph.objects(one.iri, RDF.type))
        assert terms[name]["@id"] == f"cami:{name}"
        assert (terms[name].get("@type") == "@id") == (OWL.ObjectProperty in types), name
    assert terms["ordinal"] == {"@id": "cami:ordinal", "@type": "xsd:integer"}
    assert terms["rdfs:label"] == {"@id": str(RDFS.label), "@language": "en"}
    assert terms["reason"] == {"@id": "cami:reason", "@language": "en"}
    assert terms["prov:hadPrimarySource"]["@type"] == "@id"
    assert terms["deadline"] == {"@id": "cami:deadline"}  # a year, a month or a day
    assert terms["number"] == {"@id": "cami:number"}  # a JSON string is an xsd:string


# The page


class Reader(HTMLParser):
    """What a browser would find."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def html(folder: Path) -> str:
    return (folder / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Reader:
    return Reader(html)


def entry_of(html: str, name: str) -> str:
    found = re.search(rf'<article class="term" id="{name}">.*?</article>', html, re.DOTALL)
    assert found, f"the page has no entry of {name}"
    return found[0]


def plain(html: str) -> str:
    """The text of a piece of HTML."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_every_term_has_its_entry_with_all_that_is_said_of_it(html: str, working: Ontology) -> None:
    for name, one in working.terms.items():
        entry = entry_of(html, name)
        for predicate, value in working.graph.predicate_objects(one.iri):
            if isinstance(value, Literal):
                assert " ".join(str(value).split()) in plain(entry), (name, predicate)
            elif isinstance(value, URIRef) and predicate != RDFS.isDefinedBy:
                local = value.removeprefix(CAMI)
                target = f"#{local}" if local in working.terms else value
                assert f'href="{target}"' in entry, (name, value)


def test_anchors_are_unique_and_links_lead_somewhere(page: Reader, folder: Path) -> None:
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(set(ids)) == len(ids)
    for attributes in page.all("a"):
        target = attributes["href"]
        if target.startswith("#"):
            assert target[1:] in ids, target
        elif not target.startswith("http"):
            assert (folder / target).is_file(), target


def test_the_page_asks_no_host_for_anything(page: Reader, html: str) -> None:
    """Only what a reader clicks on leads away."""
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "img", "iframe", "object", "base"})
    assert all("src" not in attributes for _, attributes in page.tags)
    assert [attributes["href"] for attributes in page.all("link")] == ["data:,"]
    style = html[html.index("<style>") : html.index("</style>")]
    assert "@import" not in style
    assert "url(" not in style
    assert "@font-face" not in style
    policy = next(a for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy["content"].startswith("default-src 'none'")


def test_the_page_keeps_the_basics_of_wcag(page: Reader) -> None:
    assert page.all("html") == [{"lang": "en"}]
    assert [len(page.all(tag)) for tag in ("h1", "header", "main", "footer", "nav")] == [1] * 5
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all(
        "meta"
    )
    assert page.tags[page.tags.index(("body", {})) + 1] == (
        "a",
        {"class": "skip", "href": "#content"},
    )


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2.2 of a colour #rrggbb."""
    colour = colour if len(colour) == 7 else "#" + "".join(2 * one for one in colour[1:])
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("frame", [STYLE_FILE, FOLDER / "site.css"], ids=["file", "site"])
def test_text_stands_out_from_its_ground(scheme: str, frame: Path) -> None:
    """4.5 to 1 for text, 3 to 1 for lines that carry meaning (WCAG 2.2, 1.4.3 and 1.4.11)."""
    colour: dict[str, str] = {}
    for style in (frame, TERMS_STYLE_FILE):
        light, dark = style.read_text(encoding="utf-8").split("prefers-color-scheme: dark", 1)
        block = re.search(r":root \{(.*?)\}", light if scheme == "light" else dark, re.DOTALL)
        assert block
        colour |= dict(re.findall(r"--([\w-]+): (#\w+)", block[1]))
    texts = [(text, "ground") for text in ("ink", "muted", "link", "accent", "wrong")]
    texts += [("ink", "raised"), ("link", "box"), ("ink", "their-box"), ("muted", "raised")]
    lines = [("box-line", "raised"), ("their-line", "raised")]
    for (one, other), least in [*((p, 4.5) for p in texts), *((p, 3.0) for p in lines)]:
        low, high = sorted((luminance(colour[one]), luminance(colour[other])))
        assert (high + 0.05) / (low + 0.05) >= least, (one, other)


def test_constraints_stand_at_the_class_that_they_hold(html: str, working: Ontology) -> None:
    shapes = load_shapes(shape_files())
    for shape, target in shapes.subject_objects(SH.targetClass):
        name = str(target).removeprefix(CAMI)
        if name in working.terms:
            for held_by in (shape, *shapes.objects(shape, SH.property)):
                if isinstance(held_by, URIRef):
                    assert f'href="{held_by}"' in entry_of(html, name)
    message = "An activity has exactly one label, in English."
    assert f"shapes:Activity-label {message}" in plain(entry_of(html, "Activity"))


RICH = """
cami:Rich a owl:Class ; rdfs:label "rich"@en ; skos:definition "A class with every kind of axiom."@en ;
    skos:example "Ménage à trois"@en ; cami:reason "no <b>longer</b> needed"@en ; owl:deprecated true ;
    dcterms:isReplacedBy cami:Actor ; owl:hasKey ( cami:number cami:locator ) ;
    rdfs:subClassOf [ a owl:Restriction ; owl:onProperty cami:responsible ; owl:someValuesFrom
        [ owl:unionOf ( cami:Actor [ owl:complementOf cami:Site ] ) ] ] ,
      [ a owl:Restriction ; owl:onProperty cami:number ; owl:maxQualifiedCardinality 1 ;
        owl:onDataRange xsd:string ] ;
    owl:equivalentClass [ owl:oneOf ( cami:Party cami:NonParty ) ] ; owl:disjointWith cami:Treaty .
cami:uses a owl:ObjectProperty , owl:FunctionalProperty ; owl:inverseOf cami:usedBy ;
    owl:propertyChainAxiom ( cami:inSection [ owl:inverseOf cami:inSection ] ) .
"""


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Rich", "Subclass of number max 1 xsd:string responsible some ( Actor or ( not Site ) )"),
        ("Rich", "Key number , locator"),
        ("Rich", "Same as { Party , NonParty }"),
        ("Rich", "Shares no member with Treaty"),
        ("Rich", "Example Ménage à trois"),
        ("Rich", "Deprecated true"),
        ("Rich", "Deprecated A class with every kind of axiom."),
        ("Rich", "Replaced by Actor"),
        ("Rich", "cami:reason no <b>longer</b> needed"),
        ("Treaty", "Shares no member with"),
        ("uses", "Type owl:FunctionalProperty , owl:ObjectProperty"),
        ("uses", "Follows from the chain inSection o inverse inSection"),
        ("uses", "Inverse of cami:usedBy"),
    ],
)
def test_an_entry_shows_each_kind_of_axiom(working: Ontology, name: str, shown: str) -> None:
    rich = edited(working, new=RICH)
    versions = dict.fromkeys(rich.terms, "9.9.9")
    entry = plain(Entries(rich, versions, {}).entry(rich.terms[name]))
    assert re.sub(r"\W+", " ", shown) in re.sub(r"\W+", " ", entry), entry


def test_an_axiom_on_no_term_is_shown_whole(working: Ontology) -> None:
    general = "[ owl:unionOf ( cami:Site cami:Treaty ) ] rdfs:subClassOf cami:Actor ."
    shown = edited(working, new=general).general_axioms()
    assert set(shown) - set(working.general_axioms()) == {
        "[rdfs:subClassOf cami:Actor owl:unionOf (cami:Site, cami:Treaty)]"
    }


# The diagrams


@pytest.mark.parametrize("diagram", read_diagrams(), ids=lambda diagram: diagram.id)
def test_every_arrow_of_a_diagram_is_true_in_the_data(diagram: Any, data: rdflib.Graph) -> None:
    def members(kind: URIRef) -> set[Any]:
        kinds = data.transitive_subjects(RDFS.subClassOf, kind)
        return {one for each in kinds for one in data.subjects(RDF.type, each)}

    for arrow in diagram.arrows:
        start, end = term(arrow.start), term(arrow.end)
        for name in arrow.properties:
            if name == IS_A:
                assert (start, RDFS.subClassOf, end) in data, arrow
            else:
                ends = members(end)
                held = (o for s in members(start) for o in data.objects(s, term(name)))
                assert any(one in ends for one in held), (arrow, name)


def test_the_main_modules_have_diagrams_with_a_table_beside_each(html: str) -> None:
    diagrams = read_diagrams()
    assert {"programmes", "taxa", "regions", "law", "provenance"} <= {one.id for one in diagrams}
    assert html.count("<svg ") == html.count("<table>") == len(diagrams)


# Releases


LABEL = 'cami:Site rdfs:label "site"@en .'
OTHER_LABEL = 'cami:Site rdfs:label "place"@en .'
DOMAIN = "cami:siteState rdfs:domain cami:Site ."
GOODBYE = "cami:ordinal owl:deprecated true ; dcterms:isReplacedBy cami:number ."
NEW_CLASS = """cami:Herd a owl:Class ; rdfs:label "herd"@en ; owl:disjointWith cami:Site ."""


@pytest.mark.parametrize(
    ("gone", "new", "level", "demands"),
    [
        ("", "", "none", "0.1.0"),
        (LABEL, OTHER_LABEL, "patch", "0.1.1"),
        ("", NEW_CLASS, "minor", "0.2.0"),
        ("", GOODBYE, "minor", "0.2.0"),
        (DOMAIN, "", "major", "0.2.0"),
        ("", "cami:Site rdfs:subClassOf cami:Actor .", "major", "0.2.0"),
        (
            "",
            "[] a owl:AllDisjointClasses ; owl:members ( cami:Site cami:Issue ) .",
            "major",
            "0.2.0",
        ),
        ("", "[ owl:unionOf ( cami:Site ) ] rdfs:subClassOf cami:Actor .", "major", "0.2.0"),
    ],
)
def test_a_change_demands_its_version(gone: str, new: str, level: str, demands: str) -> None:
    release = read_releases()[0]
    step = changes(release, edited(release, gone, new))
    assert (step.level, step.demands) == (level, demands)


@pytest.mark.parametrize(
    ("level", "demands"), [("removed", "2.0.0"), ("added", "1.5.0"), ("deprecated", "1.5.0")]
)
def test_after_the_first_major_version_the_first_number_counts(level: str, demands: str) -> None:
    groups: dict[str, Any] = dict.fromkeys(("added", "removed", "deprecated", "changed"), ())
    assert Changes("1.4.2", "9.9.9", **{**groups, level: ("Site",)}).demands == demands


def test_changes_name_the_term_and_both_wordings() -> None:
    release = read_releases()[0]
    step = changes(release, edited(release, LABEL, OTHER_LABEL + NEW_CLASS + GOODBYE))
    assert (step.added, step.removed, step.deprecated) == (("Herd",), (), ("ordinal",))
    label, *rest = [one for one in step.changed if one.term == "Site"]
    assert (label.aspect, *label.before, *label.after) == (
        "label",
        'rdfs:label "site"@en',
        'rdfs:label "place"@en',
    )
    assert not rest  # the new class says itself that it shares no member with this one


def test_no_term_of_a_release_disappears(working: Ontology) -> None:
    assert lost_terms(read_releases(), working) == []


def all_of(ontology: Ontology, name: str) -> str:
    """All triples of a term that lead to named things, as Turtle."""
    found = ontology.graph.predicate_objects(CAMI[name])
    return "".join(f"{CAMI[name].n3()} {p.n3()} {o.n3()} .\n" for p, o in found)


@pytest.mark.parametrize(
    ("gone", "new", "faults"),
    [
        (True, "", ["cami:ordinal of 0.1.0 is gone: keep it with owl:deprecated true"]),
        (
            False,
            "cami:ordinal owl:deprecated true .",
            ["cami:ordinal is deprecated without dcterms:isReplacedBy or cami:reason"],
        ),
        (False, GOODBYE, []),
        (False, 'cami:ordinal owl:deprecated true ; cami:reason "numbers changed"@en .', []),
    ],
)
def test_a_term_that_goes_without_farewell_is_named(
    gone: bool, new: str, faults: list[str]
) -> None:
    release = read_releases()[0]
    mutated = edited(release, all_of(release, "ordinal") if gone else "", new)
    assert lost_terms([release], mutated) == faults


def test_the_declared_version_is_what_the_changes_demand(working: Ontology) -> None:
    last = read_releases()[-1]
    step = changes(last, working)
    assert as_numbers(working.version) >= as_numbers(step.demands), step.demands
    if working.version == last.version:  # a released version is never edited
        assert isomorphic(working.graph, last.graph)
    else:
        assert list(working.graph.objects(working.iri, OWL.priorVersion)) == [
            URIRef(f"{working.iri}/{last.version}")
        ]


def test_a_release_is_named_by_its_version() -> None:
    files = release_files()
    assert [path.stem for path in files] == [one.version for one in read_releases()]
    for ontology in (*read_releases(), read_ontology(ONTOLOGY_FILE)):
        version = ontology.graph.value(ontology.iri, OWL.versionIRI)
        assert version == URIRef(f"{ontology.iri}/{ontology.version}")


def test_the_published_list_of_changes_is_that_of_the_files(
    folder: Path, html: str, working: Ontology
) -> None:
    published = json.loads((folder / "changes.json").read_text(encoding="utf-8"))
    versions = list(dict.fromkeys([*(one.version for one in read_releases()), working.version]))
    assert [(one["older"], one["newer"]) for one in published][::-1] == list(pairwise(versions))
    for step in published:
        assert f"From {step['older']} to {step['newer']}" in html


def test_right_after_a_release_there_is_no_further_step() -> None:
    release = read_releases()[0]
    assert history([release], release) == []


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("<x:a> <x:b>", "is not Turtle"),
        ("<x:a> a <x:b> .", "no owl:Ontology with an owl:versionInfo"),
    ],
)
def test_a_file_that_is_no_ontology_is_named(tmp_path: Path, content: str, fault: str) -> None:
    path = tmp_path / "mine.ttl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(OntologyError, match=f"mine.ttl: {fault}"):
        read_ontology(path)
