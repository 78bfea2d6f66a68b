"""Rows joined to taxa of CAMI: by identifier where one is given and verified, else by exact name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..ontology import ID
from .import_kinds import Kind
from .import_known import SURE, Known, Match
from .import_text import LABEL, RDF_TYPE, cami, dwc, iri, tcs, text

_CURATED = iri("document", "cami-curation")


@dataclass(frozen=True)
class Joined:
    """A taxon of an export that is joined: its own key, and the taxa that its records are about."""

    key: str  # what its records say: dwc:taxonID of an identifier, else dwc:scientificName
    subjects: tuple[str, ...]


class Taxa:
    """Joins rows, and remembers the export's taxa with their relation to those of CAMI."""

    def __init__(self, known: Known, kind: Kind, slug: str):
        self._known, self._kind = known, kind
        self._place = f"import/{slug}"
        self._joined: dict[tuple[str, ...], Joined | None] = {}
        self._concepts: dict[str, tuple[str, list[Match]]] = {}

    def join(self, name: str, *keys: str) -> Joined | None:
        """Return what the first key of a row leads to that is known; None: not a taxon of CAMI.

        A key of digits is an identifier, any other one a name; `name` is what the export calls it.
        """
        cached = (name, *keys)
        if cached not in self._joined:
            self._joined[cached] = self._join(name, keys)
        return self._joined[cached]

    def _join(self, name: str, keys: Sequence[str]) -> Joined | None:
        for key in filter(None, keys):
            if key.isdecimal():
                found = self._known.by_identifier(self._kind.scheme, key)
            else:
                found = self._known.by_name(key, self._kind.authority)
            if found:
                self._concepts.setdefault(key, (name, found))
                sure = tuple(f"<{one.taxon}>" for one in found if one.relation in SURE)
                return Joined(_key(key), sure)
        return None

    def names(self) -> Iterator[str]:
        """Yield the triples of each taxon of the export that was joined, and of its relations."""
        source = iri(self._place, "source")
        for number, (key, (name, found)) in enumerate(sorted(self._concepts.items()), 1):
            concept = iri(self._place, f"taxon/{number}")
            yield f"{concept} {RDF_TYPE} {tcs('TaxonConcept')} .\n"
            yield f"{concept} {tcs('accordingTo')} {source} .\n"
            said = f"{dwc('scientificName')} {text(name, 'name')}"
            for one in dict.fromkeys((_key(key), said)):
                yield f"{concept} {one} .\n"
            yield f"{concept} {LABEL} {text(name, 'name')} .\n"
            for match in found:
                taxon = match.taxon.removeprefix(f"{ID}taxon/")
                yield from self._mapping(
                    iri(self._place, f"mapping/{number}/{taxon}"), concept, match
                )

    def _mapping(self, mapping: str, concept: str, match: Match) -> Iterator[str]:
        yield f"{mapping} {RDF_TYPE} {tcs('TaxonConceptMapping')} .\n"
        yield f"{mapping} {tcs('subjectTaxonConcept')} <{match.taxon}> .\n"
        yield f"{mapping} {tcs('mappingRelation')} {tcs(match.relation)} .\n"
        yield f"{mapping} {tcs('objectTaxonConcept')} {concept} .\n"
        yield f"{mapping} {tcs('mappingAccordingTo')} {_CURATED} .\n"
        yield f"{mapping} {cami('evidence')} {text(match.why, 'why')} .\n"


def _key(key: str) -> str:
    """Return the statement by which records and taxa of an export are matched."""
    return f"{dwc('taxonID' if key.isdecimal() else 'scientificName')} {text(key, 'name')}"
