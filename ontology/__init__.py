"""What can be said: the OWL ontology of the Central Asian Mammals Initiative, and every namespace.

`ONTOLOGY_FILE` is the hand-written Turtle; `PREFIXES` is the one list of prefixes of the project.
"""

from pathlib import Path

from rdflib import Namespace

HERE = Path(__file__).parent
ONTOLOGY_FILE = HERE / "cami.ttl"

BASE = "https://w3id.org/cami/"
ID = f"{BASE}id/"
GRAPH = f"{BASE}graph/"
GBF_TARGET = "http://metadata.cbd.int/kmgbf/target_"  # the CBD Secretariat's own IRIs

CAMI = Namespace(f"{BASE}ontology#")
SHAPES = Namespace(f"{BASE}shapes#")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
ELI = Namespace("http://data.europa.eu/eli/ontology#")
DCTERMS = Namespace("http://purl.org/dc/terms/")
DWC = Namespace("http://rs.tdwg.org/dwc/terms/")
KMGBF = Namespace("http://metadata.cbd.int/kmgbf/ontology#")
ORG = Namespace("http://www.w3.org/ns/org#")
PROV = Namespace("http://www.w3.org/ns/prov#")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
SH = Namespace("http://www.w3.org/ns/shacl#")
SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
TCS = Namespace("http://rs.tdwg.org/tcs/terms/")
VOID = Namespace("http://rdfs.org/ns/void#")

PREFIXES: dict[str, str] = {
    "cami": str(CAMI),
    "dcat": str(DCAT),
    "dcterms": str(DCTERMS),
    "dwc": str(DWC),
    "eli": str(ELI),
    "eu-country": "http://publications.europa.eu/resource/authority/country/",
    "gbf": "http://metadata.cbd.int/kmgbf/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "graph": GRAPH,
    "id": ID,
    "kmgbf": str(KMGBF),
    "org": str(ORG),
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": str(PROV),
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sd": str(SD),
    "sh": str(SH),
    "shapes": str(SHAPES),
    "skos": str(SKOS),
    "tcs": str(TCS),
    "void": str(VOID),
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
