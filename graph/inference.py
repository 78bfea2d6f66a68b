"""What follows from the facts by the ontology: OWL 2 RL rules, run by the engine to a fixpoint.

The rules are those of https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules
that the kinds of axioms in the ontology need. `cami reason` proves that HermiT and a complete
OWL RL engine infer the same; those take a minute, this takes a second.
"""

from collections.abc import Iterable

import pyoxigraph as ox

# No library that is quick enough for each build has prp-spo2: `reasonable` lacks it, `owlrl` is slow.
RULES = {
    "cax-sco": "?x a ?d } WHERE { ?c rdfs:subClassOf ?d . FILTER(isIRI(?c) && isIRI(?d)) ?x a ?c",
    "prp-dom": "?x a ?c } WHERE { ?p rdfs:domain ?c . ?x ?p ?y",
    "prp-rng": "?y a ?c } WHERE { ?p a owl:ObjectProperty ; rdfs:range ?c . ?x ?p ?y",
    "prp-spo1": "?x ?q ?y } WHERE { ?p rdfs:subPropertyOf ?q . ?x ?p ?y",
    "prp-inv1": "?y ?q ?x } WHERE { ?p owl:inverseOf ?q . ?x ?p ?y",
    "prp-inv2": "?y ?p ?x } WHERE { ?p owl:inverseOf ?q . ?x ?q ?y",
    "prp-spo2": """?x ?p ?z } WHERE {
        ?p owl:propertyChainAxiom ?chain .
        ?chain rdf:first ?p1 ; rdf:rest [ rdf:first ?p2 ; rdf:rest rdf:nil ] .
        ?x ?p1 ?y . ?y ?p2 ?z""",
    "cls-int1 with cls-svf1": """?x a ?d } WHERE {
        ?both rdfs:subClassOf ?d ; owl:intersectionOf ?list .
        ?list rdf:first ?c ; rdf:rest [ rdf:first ?some ; rdf:rest rdf:nil ] .
        ?some owl:onProperty ?p ; owl:someValuesFrom ?filler .
        ?x a ?c ; ?p ?y . ?y a ?filler""",
}
_PREFIXES = """
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""


def inferred(ontology: Iterable[ox.Triple], facts: Iterable[ox.Triple]) -> set[ox.Triple]:
    """Return what the facts do not say but entail: types and links of the things that they name."""
    terms, said = set(ontology), set(facts)
    store = ox.Store()
    store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in terms | said)
    size = 0
    while size != len(store):
        size = len(store)
        for rule in RULES.values():
            store.update(f"{_PREFIXES} INSERT {{ {rule} }}")
    known = terms | said
    declared = {triple.subject for triple in terms}
    entailed = (quad.triple for quad in store)
    return {t for t in entailed if t not in known and t.subject not in declared}
