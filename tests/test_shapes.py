"""Every constraint of every shape is met by a valid record and missed by a broken one."""

import random
import re
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from functools import cache
from itertools import combinations, product
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.term import Node

from cami.graph import graph_name
from cami.ontology import CAMI, GBF_TARGET, ID, ONTOLOGY_FILE, PREFIXES, SH, SHAPES
from cami.server.release import Build
from cami.shapes import (
    PROFILES,
    RECORD_SHAPES,
    ShapesError,
    check,
    load_shapes,
    reference,
    shape_files,
)
from cami.shapes import shapes_of as shapes_of_profile
from cami.shapes.compiled import Path as Path_
from cami.shapes.compiled import compile_shapes
from cami.shapes.engine import Index, run

HERE = Path(__file__).parent
Triple = tuple[Node, Node, Node]
PARAMETERS = [
    "class",
    "datatype",
    "disjoint",
    "equals",
    "hasValue",
    "in",
    "languageIn",
    "lessThan",
    "lessThanOrEquals",
    "maxCount",
    "maxExclusive",
    "maxInclusive",
    "maxLength",
    "minCount",
    "minExclusive",
    "minInclusive",
    "minLength",
    "node",
    "nodeKind",
    "not",
    "or",
    "pattern",
    "qualifiedMaxCount",
    "qualifiedMinCount",
    "sparql",
    "uniqueLang",
    "xone",
]
LINES = [
    line.split("\t")
    for line in (HERE / "violations.tsv").read_text(encoding="utf-8").splitlines()[1:]
]
NAMESPACES = PREFIXES | {
    "ex": "https://example.org/",
    "priority": "https://example.org/scheme/priority/",
    "programme": "https://example.org/programme/",
}
UPDATE_PREFIXES = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in NAMESPACES.items())
UPDATE_PREFIXES += "PREFIX dcterms: <http://purl.org/dc/terms/>\n"


@cache
def all_shapes() -> rdflib.Graph:
    return load_shapes(shape_files())


@cache
def file_of(shape: str) -> Path:
    """The file that declares a shape or constraint."""
    pattern = re.compile(rf"^shapes:{re.escape(shape)} a sh:", re.MULTILINE)
    return next(path for path in shape_files() if pattern.search(path.read_text(encoding="utf-8")))


@cache
def shapes_of(path: Path) -> rdflib.Graph:
    return load_shapes([path, path.with_name("prefixes.ttl")])


@cache
def valid_triples() -> list[Triple]:
    return list(rdflib.Graph().parse(HERE / "valid.ttl").parse(ONTOLOGY_FILE))


def valid() -> rdflib.Graph:
    graph = rdflib.Graph(bind_namespaces="none")
    for triple in valid_triples():  # a quarter of the time of parsing them
        graph.add(triple)
    return graph


class Changed:
    """The valid records, changed for one test after another: to copy them takes longer than to judge them."""

    def __init__(self) -> None:
        self.graph, self.whole = valid(), set(valid_triples())
        self.store = ox.Store()
        self.store.bulk_extend(quads(self.whole))

    @contextmanager
    def by(self, update: str) -> Generator[tuple[rdflib.Graph, ox.Store]]:
        """Give the records after an update, as a graph and as a store."""
        self.graph.update(update)
        now = set(self.graph)
        gone, new = self.whole - now, now - self.whole
        for quad in quads(gone):
            self.store.remove(quad)
        self.store.extend(quads(new))
        try:
            yield self.graph, self.store
            assert set(self.graph) == now  # an engine that writes would spoil the next test
        finally:
            self._undo(gone, new)

    def _undo(self, gone: set[Triple], new: set[Triple]) -> None:
        for triple in new:
            self.graph.remove(triple)
        for triple in gone:
            self.graph.add(triple)
        for quad in quads(new):
            self.store.remove(quad)
        self.store.extend(quads(gone))


def quads(triples: Iterable[Triple]) -> list[ox.Quad]:
    """Triples for a store, blank nodes under their names."""
    graph = rdflib.Graph(bind_namespaces="none")
    for triple in triples:
        graph.add(triple)
    text = graph.serialize(format="nt", encoding="utf-8")
    return list(ox.parse(text, format=ox.RdfFormat.N_TRIPLES))


@pytest.fixture(scope="module")
def changed() -> Changed:
    return Changed()


def constraints() -> set[tuple[str, str]]:
    """Shape (or SPARQL constraint) and parameter, for each constraint that we ship."""
    graph = all_shapes()
    found: set[tuple[str, str]] = set()
    for parameter in PARAMETERS:
        for shape, value in graph.subject_objects(SH[parameter]):
            named = value if parameter == "sparql" else shape
            if isinstance(named, rdflib.URIRef):
                found.add((named.removeprefix(str(SHAPES)), parameter))
    return found


def test_the_valid_records_conform() -> None:
    assert check(valid(), all_shapes()) == []


def test_every_shape_has_a_valid_record() -> None:
    """A shape without a focus node would pass whatever it says."""
    shapes, data = all_shapes(), valid()
    for shape in shapes.subjects(rdflib.RDF.type, SH.NodeShape):
        targets = [
            *(data.value(None, rdflib.RDF.type, c) for c in shapes.objects(shape, SH.targetClass)),
            *(data.value(None, p, None) for p in shapes.objects(shape, SH.targetSubjectsOf)),
            *shapes.objects(shape, SH.targetNode),
        ]
        subjects = list(shapes.objects(shape, SH.targetSubjectsOf))
        assert any(targets) or any((None, p, None) in data for p in subjects), shape


def test_every_failing_fixture_is_for_a_constraint_that_ships() -> None:
    """test_mutation.py asks for one of each constraint, on real records."""
    assert {(shape, constraint) for shape, constraint, _ in LINES} <= constraints()


def test_every_constraint_has_a_message() -> None:
    graph = all_shapes()
    for shape, parameter in constraints():
        assert graph.value(SHAPES[shape], SH.message), (shape, parameter)


@pytest.mark.parametrize(
    ("shape", "constraint", "update"), LINES, ids=[f"{a}-{b}" for a, b, _ in LINES]
)
def test_each_failing_fixture_fails_for_its_constraint(
    changed: Changed, shape: str, constraint: str, update: str
) -> None:
    component = f"{constraint[0].upper()}{constraint[1:]}ConstraintComponent"
    if constraint == "sparql":
        component = "SPARQLConstraintComponent"
    shapes = shapes_of(file_of(shape))
    with changed.by(UPDATE_PREFIXES + update) as (graph, store):
        # What only pySHACL can judge is handed to it by RDFLib, which renames the blank nodes of a store.
        results = check(graph if "[]" in update else store, shapes)
        found = {
            (result.shape.removeprefix(str(SHAPES)), result.component.rpartition("#")[2])
            for result in results
        }
        assert (shape, component) in found
        assert results == reference(graph, shapes)


def test_a_broken_shapes_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.ttl"
    path.write_text("this is not Turtle")
    with pytest.raises(ShapesError, match=r"broken\.ttl"):
        load_shapes([path])


def test_each_profile_holds_those_before_it() -> None:
    graphs = [shapes_of_profile(name) for name in PROFILES]
    core, strict, advisory = (
        {one for one in graph.subjects() if isinstance(one, rdflib.URIRef)} for graph in graphs
    )
    assert core < strict < advisory
    assert advisory == {one for one in all_shapes().subjects() if isinstance(one, rdflib.URIRef)}
    for graph in graphs:
        linked = {*graph.objects(None, SH.property), *graph.objects(None, SH.sparql)}
        assert linked <= set(graph.subjects())


def test_every_mark_is_a_profile() -> None:
    marks = {str(mark) for mark in all_shapes().objects(None, SHAPES["profile"])}
    assert marks == set(PROFILES) - {"core"}


def test_a_record_without_label_and_place_satisfies_core_alone() -> None:
    """Core asks whence it is; the place in a document, and a label, are asked by strict."""
    data = valid()
    data.update(UPDATE_PREFIXES + "DELETE WHERE { ex:site rdfs:label ?label }")
    data.update(
        UPDATE_PREFIXES + "DELETE { ex:site prov:hadPrimarySource ?source }"
        " INSERT { ex:site dcterms:source 'A report' } WHERE { ex:site prov:hadPrimarySource ?source }"
    )
    assert check(data, shapes_of_profile("core")) == []
    shapes = {
        one.shape.removeprefix(str(SHAPES)) for one in check(data, shapes_of_profile("strict"))
    }
    assert shapes == {"Site-label", "Site-source"}


def test_only_advice_is_info_and_only_info_is_advice() -> None:
    """Violation: wrong. Warning: the source is odd. Info: curation to do."""
    graph = all_shapes()
    info = set(graph.subjects(SH.severity, SH.Info))
    assert info == set(graph.subjects(SHAPES["profile"], rdflib.Literal("advisory")))


RCC5 = ["isCongruentWith", "includes", "isIncludedIn", "partiallyOverlaps", "isDisjointFrom"]


def relation(one: frozenset[int], other: frozenset[int]) -> str:
    """The RCC-5 relation of two sets of animals."""
    if one == other:
        return RCC5[0]
    if one > other:
        return RCC5[1]
    if one < other:
        return RCC5[2]
    return RCC5[3] if one & other else RCC5[4]


@cache
def possible() -> dict[tuple[str, str], set[str]]:
    """How one and three can relate, given one to two and two to three: read off all small sets."""
    sets = [frozenset(chosen) for n in range(1, 6) for chosen in combinations(range(5), n)]
    found: dict[tuple[str, str], set[str]] = {}
    for one, two, three in product(sets, repeat=3):
        found.setdefault((relation(one, two), relation(two, three)), set()).add(
            relation(one, three)
        )
    return found


@pytest.mark.parametrize(("first", "second"), list(product(RCC5, repeat=2)))
def test_three_relations_contradict_exactly_where_no_three_sets_have_them(
    first: str, second: str
) -> None:
    """The oracle is made of sets of animals, not of our table."""
    dataset = shapes_of(file_of("Dataset-triangle"))
    for said in [*RCC5, "intersects"]:
        text = "".join(
            f"ex:{name} a tcs:TaxonConceptMapping ; tcs:subjectTaxonConcept ex:{subject} ;"
            f" tcs:objectTaxonConcept ex:{value} ; tcs:mappingRelation tcs:{kind} ;"
            ' cami:mappingStatus "reviewed" .\n'
            for name, subject, value, kind in (
                ("ab", "a", "b", first),
                ("bc", "b", "c", second),
                ("ac", "a", "c", said),
            )
        )
        head = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in NAMESPACES.items())
        results = check(rdflib.Graph().parse(data=head + text, format="turtle"), dataset)
        overlap = possible()[first, second] - {"isDisjointFrom"}
        can_hold = bool(overlap) if said == "intersects" else said in possible()[first, second]
        contradicted = any(one.shape.endswith("Dataset-triangle") for one in results)
        assert contradicted is not can_hold, (first, second, said)


def test_the_default_engine_and_pyshacl_agree_on_the_whole_graph(built: Build) -> None:
    """To the letter: focus, path, value, shape, component, severity and message."""
    data = rdflib.Graph().parse(built.folder / "cami.nt", format="nt")
    assert check(data, all_shapes()) == reference(data, all_shapes())


def test_the_graph_holds_nothing_wrong_and_the_known_oddity(built: Build) -> None:
    data = rdflib.Graph().parse(built.folder / "cami.nt", format="nt")
    found = [one for one in check(data, all_shapes()) if one.severity != "Info"]
    assert [(one.severity, one.value.rpartition("/")[2]) for one in found] == [
        ("Warning", "14.11>")
    ]


def test_focus_keeps_the_results_about_the_named_things(built: Build) -> None:
    store = ox.Store()
    store.bulk_load(path=str(built.folder / "cami.nt"), format=ox.RdfFormat.N_TRIPLES)
    named = {"<https://w3id.org/cami/id/site/wakhan>", "<https://w3id.org/cami/id/document/msw3>"}
    one = ox.NamedNode("https://w3id.org/cami/id/site/wakhan")
    kind = ox.NamedNode("https://w3id.org/cami/ontology#siteKind")
    store.remove(next(store.quads_for_pattern(one, kind, None)))
    everything = check(store, all_shapes())
    about = [result for result in everything if named & {result.focus, result.value}]
    assert check(store, all_shapes(), named) == about
    assert {result.shape.removeprefix(str(SHAPES)) for result in about} == {"Site-siteKind"}


def test_results_about_some_things_are_those_of_a_whole_validation(built: Build) -> None:
    """Triples taken out and put in at random; then the results about some of the things they name."""
    store = ox.Store()
    store.bulk_load(path=str(built.folder / "cami.nt"), format=ox.RdfFormat.N_TRIPLES)
    chance, quads = random.Random(11), sorted(store, key=str)
    compiled, about, seen = compile_shapes(all_shapes()), set[str](), 0
    for quad, other in zip(chance.sample(quads, 150), chance.sample(quads, 150), strict=True):
        store.remove(quad)
        store.add(ox.Quad(quad.subject, quad.predicate, other.object))
        about |= {str(chance.choice((quad.subject, other.object)))}
    index = Index(store)
    everything = set(run(index, compiled))
    for named in (about, set(sorted(about)[:5]), {str(quads[0].subject)}):
        wanted = {one for one in everything if named & {one.focus, one.value}}
        assert set(run(index, compiled, named)) == wanted
        seen += len(wanted)
    assert seen > 100
    assert len(everything) > len(wanted)


@pytest.mark.parametrize("path", ["P", "^P", "P/Q", "Q/P/^Q", "P|Q", "(P|^Q)/P"])
def test_a_path_is_walked_backwards_to_where_it_starts(path: str) -> None:
    chance, ex = random.Random(5), "https://example.org/"
    nodes = [ox.NamedNode(f"{ex}{number}") for number in range(12)]
    store = ox.Store()
    for name in "PQ" * 12:
        start, end = chance.sample(nodes, 2)
        store.add(ox.Quad(start, ox.NamedNode(ex + name), end))
    index, walked = Index(store), parsed(path)
    for node in map(str, nodes):
        starts = {str(one) for one in nodes if node in index.values(str(one), walked)}
        assert index.sources({node}, walked) == starts


def parsed(path: str) -> Path_:
    """A property path in SPARQL's syntax, without blanks, as the engine has it."""
    text = re.sub(r"[PQ]", lambda name: f"<https://example.org/{name[0]}>", path)
    for kind, sign in (("alternative", "|"), ("sequence", "/")):
        parts = [part for part in re.split(rf"\{sign}(?![^(]*\))(?![^<]*>)", text) if part]
        if len(parts) > 1:
            bare = [re.sub(r"<https://example.org/(.)>", r"\1", part) for part in parts]
            return Path_(kind, parts=tuple(map(parsed, bare)))
    if text[0] == "(":
        return parsed(re.sub(r"<https://example.org/(.)>", r"\1", text[1:-1]))
    if text[0] == "^":
        return Path_("inverse", parts=(Path_("predicate", text[1:]),))
    return Path_("predicate", text)


def test_shapes_beyond_the_default_engine_are_left_to_pyshacl() -> None:
    """A repeated path, a closed shape, a shape without a message: none is passed over."""
    head = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://example.org/> ."
    data = rdflib.Graph().parse(data=f"{head} ex:a ex:p ex:b . ex:b ex:p ex:c .", format="turtle")
    for constraint in (
        "sh:property [ sh:path [ sh:zeroOrMorePath ex:p ] ; sh:maxCount 2 ; sh:message 'Short.' ]",
        "sh:closed true ; sh:message 'Closed.'",
        "sh:property [ sh:path ex:q ; sh:minCount 1 ]",
        "sh:property [ sh:path ex:p ; sh:pattern 'Q' ; sh:flags 'i' ; sh:message 'X.' ]",
        "sh:sparql ex:Q . ex:Q sh:message 'Q.' ; sh:select 'SELECT $this { { SELECT $this { $this ?p ?x } } }'",
    ):
        text = f"{head} ex:S a sh:NodeShape ; sh:targetNode ex:a ; {constraint} ."
        shapes = rdflib.Graph().parse(data=text, format="turtle")
        assert check(data, shapes) == reference(data, shapes) != []


def paths(path: Path_) -> set[str]:
    """The predicates of a property path."""
    if path.kind == "predicate":
        return {path.predicate}
    return {predicate for part in path.parts for predicate in paths(part)}


def test_every_statement_about_every_thing_is_looked_at_by_a_shape(built: Build) -> None:
    """Each property that a thing of the graph has is in a path of a shape that targets it.

    What is inferred follows from what is looked at.
    """
    apart = {ox.DefaultGraph(), ox.NamedNode(graph_name("inferred"))}
    store = ox.Store()
    store.bulk_extend(
        ox.Quad(quad.subject, quad.predicate, quad.object)
        for quad in ox.parse(path=str(built.nquads), format=ox.RdfFormat.N_QUADS)
        if quad.graph_name not in apart
    )
    index = Index(store)
    looked: dict[str, set[str]] = {}
    for shape in compile_shapes(all_shapes()):
        seen = {p for part in shape.properties if part.path for p in paths(part.path)}
        seen |= {term for kind, term in shape.targets if kind == "targetSubjectsOf"}
        for focus in index.targets(shape):
            looked.setdefault(focus, set()).update(seen)
    plain = {f"<{rdflib.RDF.type}>", f"<{SH.select}>", f"<{SH.construct}>", f"<{SH.ask}>"}
    missing = {
        (subject, predicate)
        for predicate, subjects in index.out.items()
        for subject in subjects
        if subject.startswith((f"<{ID}", f"<{GBF_TARGET}"))
        if predicate not in looked.get(subject, set()) | plain
    }
    assert missing == set()


def test_every_property_of_the_ontology_says_of_what_it_is_said() -> None:
    """Inverse properties are inferred from the others."""
    ontology, shapes = rdflib.Graph().parse(ONTOLOGY_FILE), all_shapes()
    reported = load_shapes([RECORD_SHAPES])  # what users report
    kinds = (rdflib.OWL.ObjectProperty, rdflib.OWL.DatatypeProperty)
    for kind in kinds:
        for one in ontology.subjects(rdflib.RDF.type, kind):
            ours = str(one).startswith(str(CAMI))
            if ours and (None, rdflib.OWL.inverseOf, one) not in ontology:
                said = (None, SH.targetSubjectsOf, one) in shapes
                assert said or (None, SH.path, one) in reported, one


def test_a_plain_string_is_the_same_with_its_datatype_written_out() -> None:
    data = valid()
    data.update(
        UPDATE_PREFIXES
        + "DELETE { ex:mapping cami:mappingStatus ?o }"
        + ' INSERT { ex:mapping cami:mappingStatus "reviewed"^^xsd:string }'
        + " WHERE { ex:mapping cami:mappingStatus ?o }"
    )
    assert check(data, all_shapes()) == []


@pytest.mark.parametrize(
    "constraint",
    ["sh:property [ sh:minCount 1 ]", "sh:property [ sh:path ex:p ; sh:minCount 'one' ]"],
)
def test_an_ill_formed_shape_is_an_error(constraint: str) -> None:
    head = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://example.org/> ."
    text = f"{head} ex:S a sh:NodeShape ; sh:targetNode ex:a ; {constraint} ."
    with pytest.raises(ShapesError):
        check(rdflib.Graph(), rdflib.Graph().parse(data=text, format="turtle"))


def test_blank_nodes_are_judged_alike() -> None:
    """As focus nodes and values of core and SPARQL constraints."""
    head = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://example.org/> ."
    text = f"{head} _:a a ex:C ; ex:p _:b . _:c a ex:C ; ex:q ex:b . _:d ex:p _:e ."
    data = rdflib.Graph().parse(data=text, format="turtle")
    core = "sh:property [ sh:path ex:p ; sh:minCount 1 ; sh:minLength 2 ; sh:message 'Long.' ]"
    select = "SELECT $this ?value WHERE {{ $this <https://example.org/p> ?value {} }}"
    for extra in ("", "FILTER(STRLEN(STR($this)) > 0)"):
        asked = (
            f"ex:Q sh:message '{{$this}} has {{?value}}.' ; sh:select '{select.format(extra)}' ."
        )
        text = (
            f"{head} ex:S a sh:NodeShape ; sh:targetClass ex:C ; {core} ; sh:sparql ex:Q . {asked}"
        )
        shapes = rdflib.Graph().parse(data=text, format="turtle")
        assert len(check(data, shapes)) == 3
        assert check(data, shapes) == reference(data, shapes)
