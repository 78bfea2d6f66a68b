"""Each linkset as an SSSOM file: https://mapping-commons.github.io/sssom/spec-formats-tsv/."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import rdflib

from ..ontology import BASE, ID, PREFIXES
from .crosswalk import STATED, Crosswalk, End, Link, Tables
from .linksets import RULES, CurationRule, IdentifierAbsence, Linkset
from .listings import ListingAbsence
from .tables import natural
from .taxa import Taxon

COLUMNS = (
    *("record_id", "subject_id", "subject_label", "subject_category"),
    *("predicate_id", "predicate_modifier", "object_id", "object_label", "object_category"),
    *("mapping_justification", "mapping_cardinality", "subject_source", "subject_source_version"),
    *("object_source", "object_source_version", "author_id", "reviewer_id", "mapping_date"),
    *("review_date", "confidence", "curation_rule", "comment"),
)
_LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_NOTHING = "sssom:NoTermFound"
_OURS = {
    "base": BASE,
    "foaf": "http://xmlns.com/foaf/0.1/",
    "id": ID,
    "rule": RULES,
    "semapv": "https://w3id.org/semapv/vocab/",
    "sssom": "https://w3id.org/sssom/",
    **{name: PREFIXES[name] for name in ("cami", "gbf", "kmgbf", "org", "owl", "rdfs", "skos")},
    "tcs": PREFIXES["tcs"],
}


def sssom_files(tables: Tables, version: str) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of the SSSOM file of each linkset, sorted by name."""
    crosswalk = Crosswalk(tables)
    rules = {row.id: row for row in crosswalk.rows(CurationRule)}
    for linkset in sorted(crosswalk.rows(Linkset), key=lambda row: row.id):
        links = [*crosswalk.links(linkset), *nothing_found(crosswalk, linkset)]
        yield f"links/{linkset.id}.sssom.tsv", sssom_file(linkset, links, rules, version)


def nothing_found(crosswalk: Crosswalk, linkset: Linkset) -> Iterator[Link]:
    """Yield for each taxon that an authority was found not to have a link to nothing."""
    taxa = {row.id: row for row in crosswalk.rows(Taxon)}
    found = [
        (row.taxon, row.evidence)
        for row in crosswalk.rows(IdentifierAbsence)
        if row.linkset == linkset.id
    ]
    if linkset.ends == "concept":
        found += [
            (row.taxon, "On no Appendix in that state of the list.")
            for row in crosswalk.rows(ListingAbsence)
            if row.authority == linkset.document
        ]
    predicate = rdflib.URIRef(f"{PREFIXES['tcs']}isCongruentWith")
    for taxon, evidence in found:
        subject = crosswalk.end_of(taxa[taxon])
        yield Link(linkset, subject, predicate, None, "nothing-found", evidence)


def sssom_file(
    linkset: Linkset, links: Sequence[Link], rules: Mapping[str, CurationRule], version: str
) -> bytes:
    """Return the SSSOM file of some links: metadata in comments, then one record a line."""
    prefixes = {**_OURS, **linkset.namespaces}
    prefixes["record"] = f"{BASE}dumps/links/{linkset.id}.sssom.tsv#"
    cardinality = cardinalities(links)
    rows = [
        _row(link, prefixes, rules[link.rule], cardinality.get(_key(link), ""), version)
        for link in links
    ]
    rows.sort(key=lambda row: [natural(cell) for cell in row])
    lines = [*_head(linkset, prefixes, version), "\t".join(COLUMNS), *map("\t".join, rows)]
    return "".join(f"{line}\n" for line in lines).encode()


def _head(linkset: Linkset, prefixes: Mapping[str, str], version: str) -> Iterator[str]:
    yield "#sssom_version: '1.1'"
    yield f"#mapping_set_id: {BASE}dumps/links/{linkset.id}.sssom.tsv"
    yield f"#mapping_set_title: '{linkset.label}'"
    yield f"#mapping_set_version: '{version}'"
    yield f"#license: {_LICENCE}"
    yield "#creator_label:"
    yield "#- The cami contributors"
    yield "#cardinality_scope:"
    yield "#- predicate_id"
    yield "#curie_map:"
    for prefix, namespace in sorted(prefixes.items()):
        yield f"#  {prefix}: '{namespace}'"


def _row(
    link: Link, prefixes: Mapping[str, str], rule: CurationRule, cardinality: str, version: str
) -> tuple[str, ...]:
    predicate = curie(link.predicate, prefixes)
    target = curie(link.object.iri, prefixes) if link.object else _NOTHING
    modifier = "Not" if link.refuted else ""
    record = _record(link, modifier + predicate.partition(":")[2])
    source = _source(link.object) if link.object else _authority(link.linkset)
    return (
        *(record, curie(link.subject.iri, prefixes), link.subject.label, link.subject.category),
        *(predicate, modifier, target, link.object.label if link.object else ""),
        *(link.object.category if link.object else "", rule.justification, cardinality),
        *("base:dataset", version, *source, "", "", link.dated if len(link.dated) == 10 else ""),
        *("", f"{rule.confidence:g}", f"rule:{rule.id}", link.comment),
    )


def _record(link: Link, relation: str) -> str:
    """Return the id of a record: what is linked, how, and that a document says so if one does."""
    end = link.object.iri.rpartition("/")[2] if link.object else "nothing"
    parts = [link.subject.iri.rpartition("/")[2], link.identifier or end, relation]
    return "record:" + "/".join([*parts, link.rule] if link.rule == STATED else parts)


def _source(end: End) -> tuple[str, str]:
    document = end.document
    return (f"id:document/{document.id}", document.date or "") if document else ("", "")


def _authority(linkset: Linkset) -> tuple[str, str]:
    return (f"id:document/{linkset.document}" if linkset.document else "", "")


def curie(iri: str, prefixes: Mapping[str, str]) -> str:
    """Return an IRI shortened by the longest namespace that fits; the IRI itself if none does."""
    fitting = [item for item in prefixes.items() if iri.startswith(item[1])]
    prefix, namespace = max(fitting, key=lambda item: len(item[1]), default=("", ""))
    return f"{prefix}:{iri.removeprefix(namespace)}" if prefix else iri


def _key(link: Link) -> tuple[str, str, str]:
    return link.subject.iri, link.predicate, link.object.iri if link.object else ""


def cardinalities(links: Iterable[Link]) -> dict[tuple[str, str, str], str]:
    """Return how many ends each link that holds has on both sides, among those of its predicate.

    A link to nothing is 1:0; one that was refuted joins nothing and has no cardinality.
    """
    objects: dict[tuple[str, str], set[str]] = {}
    subjects: dict[tuple[str, str], set[str]] = {}
    held = [_key(link) for link in links if not link.refuted]
    for subject, predicate, target in held:
        if target:
            objects.setdefault((subject, predicate), set()).add(target)
            subjects.setdefault((target, predicate), set()).add(subject)
    found: dict[tuple[str, str, str], str] = {}
    for subject, predicate, target in held:
        if not target:
            found[subject, predicate, target] = "1:0"
            continue
        left = "1" if len(subjects[target, predicate]) == 1 else "n"
        right = "1" if len(objects[subject, predicate]) == 1 else "n"
        found[subject, predicate, target] = f"{left}:{right}"
    return found
