"""The files of a build, by name: dumps, ontology, shapes, schemes, and the description of them all."""

import hashlib
import json
from importlib.metadata import version as installed_version

import pyoxigraph as ox

from ..graph import Dataset, Tables, joins
from ..graph.dataset import N_QUADS, N_TRIPLES, TRIG, TURTLE, convert
from ..graph.description import distributions
from ..graph.schemes import scheme_files
from ..graph.sssom import sssom_files
from ..graph.tables import natural
from ..graph.terms import LABEL
from ..graph.turtle import in_order, write
from ..ontology import GBF_TARGET, ID
from ..ontology.changes import release_files
from ..ontology.files import serialisations
from ..ontology.publication import Publication
from ..queries import properties
from ..queries.entities import dumped, entities
from ..shapes.publication import publish_shapes

DUMPS = {"cami.nq": N_QUADS, "cami.trig": TRIG, "cami.ttl": TURTLE, "cami.nt": N_TRIPLES}
_DESCRIBED = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdf": ox.RdfFormat.RDF_XML,
}


def contents_of(dataset: Dataset, publication: Publication, tables: Tables) -> dict[str, bytes]:
    """Return every file of a build by its name; the same tables give the same bytes."""
    contents = {name: dataset.serialize(form) for name, form in DUMPS.items()}
    contents |= {f"ontology/{name}": content for name, content in publication.files.items()}
    for path in release_files():
        released = serialisations(path)
        contents |= {f"ontology/{path.stem}/{name}": text for name, text in released.items()}
    contents |= {f"shapes/{name}": content for name, content in publish_shapes().items()}
    schemes = scheme_files(dataset.default() - dataset.graphs["inferred"])
    contents |= {f"schemes/{name}.ttl": content for name, content in schemes}
    contents |= sssom_files(tables, installed_version("cami"))
    contents |= {joins.FILE: joins.join_table(tables), joins.INDEX: joins.link_index(tables)}
    contents |= _description(dataset, contents)
    contents["things.json"] = json.dumps(_things(dataset), ensure_ascii=False, indent=1).encode()
    named = entities(dataset.default())
    contents["names.json"] = dumped(named)
    contents["properties.json"] = properties.dumped(properties.values_of(dataset.default(), named))
    return contents


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _description(dataset: Dataset, contents: dict[str, bytes]) -> dict[str, bytes]:
    """Return the description of the dataset together with the size and digest of each file."""
    files = {name: (len(content), sha256(content)) for name, content in contents.items()}
    described = in_order({*dataset.graphs["description"], *convert(distributions(files))})
    return {f"void.{ending}": write(described, form) for ending, form in _DESCRIBED.items()}


def _things(dataset: Dataset) -> dict[str, dict[str, str]]:
    labels = {
        t.subject.value: t.object.value
        for t in dataset.default()
        if t.predicate.value == str(LABEL)
        and isinstance(t.subject, ox.NamedNode)
        and isinstance(t.object, ox.Literal)
    }
    things: dict[str, dict[str, str]] = {}
    for iri, label in labels.items():
        if iri.startswith(ID):
            kind, _, slug = iri.removeprefix(ID).partition("/")
            things.setdefault(kind, {})[slug] = label
        elif iri.startswith(GBF_TARGET):
            things.setdefault("target", {})[f"gbf/{iri.removeprefix(GBF_TARGET)}"] = label
    for slug, label in things.get("spms", {}).items():
        if slug.startswith("goal-"):  # activities cite goals, never targets of that plan
            things.setdefault("target", {})[f"spms/{slug}"] = label
    return {
        kind: dict(sorted(slugs.items(), key=lambda item: natural(item[0])))
        for kind, slugs in sorted(things.items())
    }
