"""What changed between versions of the ontology, and the version number that this demands.

Versions follow https://semver.org/: a term removed or with other axioms is a major change, a term
added or deprecated a minor one, other wording a patch. Before 1.0.0 a major change raises the
second number, as a minor one does.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from rdflib import RDFS

from . import CAMI, SKOS
from .inputs import RELEASES_FOLDER
from .model import MUTUAL, Ontology, Statement, Term, read_ontology

_WORDS = {RDFS.label: "label", SKOS.definition: "definition"}
GENERAL = "axioms on no single term"


@dataclass(frozen=True, order=True)
class Change:
    """What a term lost (`before`) and got (`after`); `aspect` is label, definition, note or axiom."""

    term: str
    aspect: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class Changes:
    """What changed from one version of the ontology to a later one; terms by local name."""

    older: str
    newer: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    deprecated: tuple[str, ...]
    changed: tuple[Change, ...]

    @property
    def level(self) -> str:
        """The kind of release that this is: major, minor, patch or none."""
        if self.removed or any(change.aspect == "axiom" for change in self.changed):
            return "major"
        if self.added or self.deprecated:
            return "minor"
        return "patch" if self.changed else "none"

    @property
    def demands(self) -> str:
        """The lowest version number that the newer one may have."""
        major, minor, patch = as_numbers(self.older)
        match self.level:
            case "major" if major:
                return f"{major + 1}.0.0"
            case "major" | "minor":
                return f"{major}.{minor + 1}.0"
            case "patch":
                return f"{major}.{minor}.{patch + 1}"
            case _:
                return self.older

    def as_json(self) -> dict[str, Any]:
        """Return the changes as JSON values."""
        return {**asdict(self), "level": self.level, "demands": self.demands}


def as_numbers(version: str) -> tuple[int, int, int]:
    """Return the numbers of a version X.Y.Z, so that versions can be compared."""
    major, minor, patch = version.split(".")
    return int(major), int(minor), int(patch)


def release_files() -> list[Path]:
    """Return the released versions of the ontology, oldest first; they are never edited."""
    return sorted(RELEASES_FOLDER.glob("*.ttl"), key=lambda path: as_numbers(path.stem))


def read_releases() -> list[Ontology]:
    """Return the released versions, oldest first; raises `OntologyError`."""
    return [read_ontology(path) for path in release_files()]


def changes(older: Ontology, newer: Ontology) -> Changes:
    """Return what changed from one version to another."""
    before, after = set(older.terms), set(newer.terms)
    kept = sorted(before & after)
    return Changes(
        older=older.version,
        newer=newer.version,
        added=tuple(sorted(after - before)),
        removed=tuple(sorted(before - after)),
        deprecated=tuple(
            name
            for name in kept
            if newer.is_deprecated(newer.terms[name].iri)
            and not older.is_deprecated(older.terms[name].iri)
        ),
        changed=(
            *(one for name in kept for one in _of_term(older, newer, name, before ^ after)),
            *_of_aspect(GENERAL, "axiom", older.general_axioms(), newer.general_axioms()),
        ),
    )


def history(releases: Sequence[Ontology], working: Ontology) -> list[Changes]:
    """Return the changes from each version to the next, the newest first.

    Right after a release the working file is that release, which is no step.
    """
    versions = {one.version: one for one in (working, *releases)}
    ordered = sorted(versions.values(), key=lambda one: as_numbers(one.version))
    return [changes(older, newer) for older, newer in pairwise(ordered)][::-1]


def lost_terms(releases: Iterable[Ontology], working: Ontology) -> list[str]:
    """Return a sentence for each released term that went without the farewell that users need.

    A term is never taken out: it gets `owl:deprecated true`, and `dcterms:isReplacedBy` or
    `cami:reason`.
    """
    faults: dict[str, str] = {}
    for release in releases:
        for name in release.terms:
            term = working.terms.get(name)
            if term is None:
                faults[name] = (
                    f"cami:{name} of {release.version} is gone: keep it with owl:deprecated true"
                )
            elif working.is_deprecated(term.iri) and not working.says_why(term.iri):
                faults[name] = (
                    f"cami:{name} is deprecated without dcterms:isReplacedBy or cami:reason"
                )
    return [faults[name] for name in sorted(faults)]


def first_versions(releases: Iterable[Ontology], working: Ontology) -> dict[str, str]:
    """Return by local name the version in which each term of the working file first appeared."""
    first: dict[str, str] = {}
    for ontology in (*releases, working):
        for name in ontology.terms:
            first.setdefault(name, ontology.version)
    return first


def _of_term(older: Ontology, newer: Ontology, name: str, moved: set[str]) -> Iterator[Change]:
    before = _by_aspect(older, older.terms[name], moved)
    after = _by_aspect(newer, newer.terms[name], moved)
    for aspect in ("label", "definition", "note", "axiom"):
        yield from _of_aspect(name, aspect, before.get(aspect, []), after.get(aspect, []))


def _of_aspect(name: str, aspect: str, old: Iterable[str], new: Iterable[str]) -> Iterator[Change]:
    lost, got = sorted({*old} - {*new}), sorted({*new} - {*old})
    if lost or got:
        yield Change(name, aspect, tuple(lost), tuple(got))


def _by_aspect(ontology: Ontology, term: Term, moved: set[str]) -> dict[str, list[str]]:
    """Return what is said of a term by aspect, without what it shares with one that came or went.

    That a new class has no member in common with forty others is news about the new class alone.
    """
    found: dict[str, list[str]] = {}
    for one in ontology.statements(term.iri):
        if not (one.predicate in MUTUAL and _is_one_of(one, moved)):
            aspect = "axiom" if one.logical else _WORDS.get(one.predicate, "note")
            found.setdefault(aspect, []).append(str(one))
    return found


def _is_one_of(statement: Statement, names: set[str]) -> bool:
    return len(statement.value) == 1 and statement.value[0].removeprefix(CAMI) in names
