"""The ontology as files for programs: four formats of the same triples, and a JSON-LD context."""

import json
import re
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from rdflib import OWL, RDF, RDFS, XSD, URIRef

from . import CAMI, DCTERMS, PREFIXES, SKOS
from .expressions import curie
from .model import Ontology

_ENGLISH = (
    RDFS.label,
    RDFS.comment,
    SKOS.prefLabel,
    SKOS.altLabel,
    SKOS.definition,
    DCTERMS.title,
    DCTERMS.description,
)
_LINKS = (RDFS.isDefinedBy, RDFS.seeAlso, DCTERMS.source, DCTERMS.license)
_UNCOERCED = (XSD.string, RDFS.Literal)  # JSON strings are xsd:string as they stand


def serialisations(path: Path) -> dict[str, bytes]:
    """Return the triples of a Turtle file as Turtle (the file itself), N-Triples, RDF/XML, JSON-LD.

    By file name; the same file gives the same bytes in every process (RDFC-1.0 names blank nodes).
    """
    parsed = ox.Dataset(ox.parse(path=str(path), format=ox.RdfFormat.TURTLE))
    parsed.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    triples = sorted((quad.triple for quad in parsed), key=str)
    objects = json.loads(_written(triples, ox.RdfFormat.JSON_LD))
    return {
        "cami.ttl": path.read_bytes(),
        "cami.nt": _written(triples, ox.RdfFormat.N_TRIPLES),
        "cami.rdf": _ordered_prefixes(_written(triples, ox.RdfFormat.RDF_XML)),
        "cami.jsonld": as_json(objects),
    }


def as_json(value: Any) -> bytes:
    """Return a JSON value as indented UTF-8 with a last line end."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _written(triples: list[ox.Triple], form: ox.RdfFormat) -> bytes:
    prefixes = PREFIXES if form == ox.RdfFormat.RDF_XML else None
    written = ox.serialize(triples, format=form, prefixes=prefixes)
    assert written is not None  # nothing is written elsewhere
    return written


def _ordered_prefixes(xml: bytes) -> bytes:
    """Sort the namespaces of the root, which the engine writes in another order in every process."""

    def ordered(root: re.Match[bytes]) -> bytes:
        return b"<rdf:RDF " + b" ".join(sorted(root[1].split(b" "))) + b">"

    return re.sub(rb"<rdf:RDF ([^>]*)>", ordered, xml, count=1)


def context(ontology: Ontology) -> dict[str, Any]:
    """Return the JSON-LD context: every prefix, every term of ours by its local name.

    Terms of other vocabularies keep their prefix, so that no name means two things. A property
    whose range is not one datatype is not coerced: its values carry their own type.
    """
    terms: dict[str, Any] = dict(PREFIXES)
    for name, term in ontology.terms.items():
        terms[name] = {"@id": curie(term.iri), **_coercion(ontology, term.iri)}
    for iri in sorted({*_foreign_properties(ontology), *_ENGLISH, *_LINKS}):
        terms[curie(iri)] = {"@id": str(iri), **_coercion(ontology, iri)}
    return {"@context": terms}


def _foreign_properties(ontology: Ontology) -> list[URIRef]:
    kinds = (OWL.ObjectProperty, OWL.DatatypeProperty)
    found = {iri for kind in kinds for iri in ontology.graph.subjects(RDF.type, kind)}
    named = [iri for iri in found if isinstance(iri, URIRef) and not iri.startswith(CAMI)]
    return [iri for iri in named if not curie(iri).startswith("<")]


def _coercion(ontology: Ontology, iri: URIRef) -> dict[str, str]:
    types = set(ontology.graph.objects(iri, RDF.type))
    ranges = list(ontology.graph.objects(iri, RDFS.range))
    if OWL.ObjectProperty in types or iri in _LINKS:
        return {"@type": "@id"}
    ours_in_words = OWL.AnnotationProperty in types and iri.startswith(CAMI) and not ranges
    if iri in _ENGLISH or ours_in_words or RDF.langString in ranges:
        return {"@language": "en"}
    coerced = [one for one in ranges if isinstance(one, URIRef) and one not in _UNCOERCED]
    if OWL.DatatypeProperty in types and coerced == ranges and len(ranges) == 1:
        return {"@type": curie(coerced[0])}
    return {}
