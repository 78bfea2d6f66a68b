"""The flat join table: one row for each of our things and each identifier that stands for it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from .tables import natural
from .terms import thing

if TYPE_CHECKING:  # whoever reads the table needs no row types, and they are slow to import
    from .crosswalk import Crosswalk, Relation, Tables
    from .linksets import Linkset

FILE = "identifiers.csv"
INDEX = "links/index.json"


@dataclass(frozen=True)
class Join:
    """That an identifier of an authority stands for one of our things, or for how much of it.

    `relation` is seen from our thing: RCC-5 for taxa, SKOS for the rest; `warning` is empty where
    the two are the same.
    """

    iri: str
    label: str
    linkset: str
    registry: str
    authority: str
    identifier: str
    name: str
    curie: str
    url: str
    relation: str
    warning: str
    seen_in: str
    verified_on: str
    sources: str  # how many that do not copy each other; empty where nobody counted


COLUMNS = tuple(one.name for one in fields(Join))


def joins(tables: Tables) -> list[Join]:
    """Return all rows of the join table, sorted; what surely is something else is left out."""
    from .crosswalk import Crosswalk
    from .linksets import Linkset

    crosswalk = Crosswalk(tables)
    found = [row for linkset in crosswalk.rows(Linkset) for row in _of(crosswalk, linkset)]
    return sorted(found, key=lambda row: [natural(str(cell)) for cell in asdict(row).values()])


def join_table(tables: Tables) -> bytes:
    """Return the join table as CSV (RFC 4180) with a header."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in joins(tables))
    return out.getvalue().encode()


def link_index(tables: Tables) -> bytes:
    """Return as JSON the authorities that there are links to, and how their identifiers are written."""
    from .crosswalk import Crosswalk
    from .linksets import Linkset

    listed = [
        {
            "id": row.id,
            "label": row.label,
            "agency": row.agency,
            "registry": row.registry,
            "namespaces": row.namespaces,
            "synonyms": (row.synonyms or "").split(),
            "otherAddresses": (row.other_addresses or "").split(),
            "pattern": row.pattern,
            "homepage": row.homepage,
            "file": f"links/{row.id}.sssom.tsv",
        }
        for row in Crosswalk(tables).rows(Linkset)
    ]
    return (json.dumps({"linksets": listed}, indent=1, ensure_ascii=False) + "\n").encode()


def _of(crosswalk: Crosswalk, linkset: Linkset) -> Iterator[Join]:
    from .crosswalk import WARNINGS
    from .sssom import curie

    for relation in crosswalk.relations:
        if relation.authority == linkset.document and linkset.ends != "concept":
            yield from _of_taxon(crosswalk, linkset, relation)
    for link in crosswalk.targets(linkset):
        assert link.object is not None  # a related target is always named
        yield Join(
            *(str(link.subject.iri), link.subject.label, linkset.id, linkset.registry),
            *(linkset.agency, link.identifier, link.object.label),
            *(curie(link.object.iri, linkset.namespaces), str(link.object.iri), "relatedMatch"),
            *(WARNINGS["relatedMatch"], link.comment.removeprefix("Seen in ").rstrip("."), ""),
            sources="",
        )
    for row, end in crosswalk.others(linkset):
        yield Join(
            *(str(end.iri), end.label, linkset.id, linkset.registry, linkset.agency),
            *(row.identifier, end.label, curie(row.iri or "", linkset.namespaces), row.iri or ""),
            *("exactMatch", "", row.seen_in, row.verified_on),
            sources="",
        )


def _of_taxon(crosswalk: Crosswalk, linkset: Linkset, relation: Relation) -> Iterator[Join]:
    from .crosswalk import WARNINGS
    from .sssom import curie

    best = relation.best
    if best is None or best.relation == "isDisjointFrom":
        return
    refuted = [f"Checked, not the same: {one.evidence}" for one in relation.refuted]
    warning = " ".join([WARNINGS[best.relation], *refuted]).strip()
    key = (linkset.registry, relation.authority, relation.name.id)
    for row in crosswalk.identifiers.get(key, []):
        yield Join(
            *(str(thing("taxon", relation.taxon.id)), relation.taxon.label),
            *(linkset.id, linkset.registry, linkset.agency, row.identifier, relation.name.name),
            *(curie(row.iri, linkset.namespaces), row.iri, best.relation, warning),
            *(row.seen_in, row.verified_on),
            sources=str(row.sources),
        )
