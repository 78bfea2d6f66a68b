"""What can be said: the OWL ontology of the Central Asian Mammals Initiative, and every namespace.

`ONTOLOGY_FILE` is the hand-written Turtle; `PREFIXES` is the one list of prefixes of the project,
of which those below are names too: `CAMI` is the namespace of `cami`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rdflib import Namespace

HERE = Path(__file__).parent
ONTOLOGY_FILE = HERE / "cami.ttl"

BASE = "https://w3id.org/cami/"
ID = f"{BASE}id/"
GRAPH = f"{BASE}graph/"
GBF_TARGET = "http://metadata.cbd.int/kmgbf/target_"  # the CBD Secretariat's own IRIs

if TYPE_CHECKING:
    CAMI: Namespace
    SHAPES: Namespace
    DCAT: Namespace
    ELI: Namespace
    DCTERMS: Namespace
    DWC: Namespace
    KMGBF: Namespace
    ORG: Namespace
    PROV: Namespace
    SD: Namespace
    SH: Namespace
    SKOS: Namespace
    TCS: Namespace
    VOID: Namespace

PREFIXES: dict[str, str] = {
    "cami": f"{BASE}ontology#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "dwc": "http://rs.tdwg.org/dwc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "eu-country": "http://publications.europa.eu/resource/authority/country/",
    "gbf": "http://metadata.cbd.int/kmgbf/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "graph": GRAPH,
    "id": ID,
    "kmgbf": "http://metadata.cbd.int/kmgbf/ontology#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "sh": "http://www.w3.org/ns/shacl#",
    "shapes": f"{BASE}shapes#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "tcs": "http://rs.tdwg.org/tcs/terms/",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

__all__ = [
    "BASE",
    "CAMI",
    "DCAT",
    "DCTERMS",
    "DWC",
    "ELI",
    "GBF_TARGET",
    "GRAPH",
    "HERE",
    "ID",
    "KMGBF",
    "ONTOLOGY_FILE",
    "ORG",
    "PREFIXES",
    "PROV",
    "SD",
    "SH",
    "SHAPES",
    "SKOS",
    "TCS",
    "VOID",
]


def __getattr__(name: str) -> "Namespace":
    # Whoever only asks a store needs no terms, and RDFLib is slow to import.
    if name not in __all__:
        raise AttributeError(name)
    from rdflib import Namespace

    return globals().setdefault(name, Namespace(PREFIXES[name.lower()]))
