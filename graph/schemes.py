"""What every SKOS scheme and concept says, and each scheme as a file of its own."""

from collections.abc import Iterable, Iterator

import pyoxigraph as ox
import rdflib

from ..ontology import DCTERMS, ID, SKOS
from .terms import LABEL, REFERENCE, A, Triple, document_of, english
from .turtle import in_order, write

LICENCE = rdflib.URIRef("https://creativecommons.org/licenses/by/4.0/")
_SCHEMES = f"{ID}scheme/"
_IN_SCHEME = ox.NamedNode(str(SKOS.inScheme))


def origin_of(scheme: str) -> str:
    """Return the document that ranks by a scheme of priorities; other schemes are from elsewhere."""
    kind, _, programme = scheme.partition("/")
    return document_of(programme) if kind == "priority" else REFERENCE


def concept_scheme(iri: rdflib.URIRef, label: str, definition: str) -> Iterator[Triple]:
    """Yield a scheme with its name, its meaning and the licence of our words in it."""
    yield iri, A, SKOS.ConceptScheme
    yield iri, LABEL, english(label)
    yield iri, SKOS.prefLabel, english(label)
    yield iri, SKOS.definition, english(definition)
    yield iri, DCTERMS.license, LICENCE


def concept(
    iri: rdflib.URIRef, scheme: rdflib.URIRef, notation: str, label: str
) -> Iterator[Triple]:
    """Yield a concept of a scheme with its code and its name."""
    yield iri, A, SKOS.Concept
    yield iri, SKOS.inScheme, scheme
    yield iri, SKOS.notation, rdflib.Literal(notation)
    yield iri, LABEL, english(label)
    yield iri, SKOS.prefLabel, english(label)


def top_concept(iri: rdflib.URIRef, scheme: rdflib.URIRef) -> Iterator[Triple]:
    """Yield that nothing in the scheme is broader than a concept, in both directions."""
    yield iri, SKOS.topConceptOf, scheme
    yield scheme, SKOS.hasTopConcept, iri


def scheme_files(triples: Iterable[ox.Triple]) -> Iterator[tuple[str, bytes]]:
    """Yield the id of each scheme of ours with all that is said of it and its concepts, as Turtle.

    Sorted: the same triples give the same bytes.
    """
    held = in_order(triples)
    scheme_of = {t.subject: t.object for t in held if t.predicate == _IN_SCHEME}
    scheme_of |= {scheme: scheme for scheme in scheme_of.values()}
    parts: dict[str, list[ox.Triple]] = {}
    for t in held:
        scheme = scheme_of.get(t.subject)
        if isinstance(scheme, ox.NamedNode) and scheme.value.startswith(_SCHEMES):
            parts.setdefault(scheme.value.removeprefix(_SCHEMES), []).append(t)
    for scheme, part in sorted(parts.items()):
        yield scheme, write(part, ox.RdfFormat.TURTLE)
