"""From an identifier of another authority to our thing, and back, with a warning where they differ.

Species+ gives identifiers of two taxonomies below one address, Wikidata items are linked by two
linksets, and addresses carry more than the identifier: prefix tables with one meaning for each
address do not fit, so prefixes and addresses are read here, from the build's own index.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..graph.joins import COLUMNS, FILE, INDEX, Join
from ..ontology import BASE, GBF_TARGET, ID

MAX_LENGTH = 500  # characters of an identifier that a client sends
_END = r"(?![A-Za-z0-9_])"  # what follows an identifier in an address is no part of it


class ResolveError(Exception):
    """Something cannot be resolved; the message says why and what to write instead."""


class UnknownIdentifier(ResolveError):
    """No thing of this graph and no link has that identifier."""


class UnclearIdentifier(ResolveError):
    """The text does not say of which authority it is an identifier."""


@dataclass(frozen=True)
class Authority:
    """How the identifiers of one linkset are written."""

    id: str
    agency: str
    prefixes: frozenset[str]
    namespaces: tuple[str, ...]
    pattern: str


@dataclass(frozen=True)
class Resolved:
    """What a text means: our thing or an identifier of others, and all joins of it, or why none."""

    query: str
    read_as: str
    joins: tuple[Join, ...]
    iri: str = ""
    label: str = ""
    problem: ResolveError | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the answer as JSON: `thing` when the text names one of ours, `problem` for none."""
        found: dict[str, Any] = {"query": self.query, "readAs": self.read_as}
        if self.iri:
            found["thing"] = {"iri": self.iri, "label": self.label}
        if self.problem:
            found["problem"] = str(self.problem)
        return found | {"matches": [asdict(one) for one in self.joins]}


class Resolver:
    """Answers from the join table of a build."""

    def __init__(
        self,
        joins: Sequence[Join],
        authorities: Sequence[Authority],
        things: Mapping[str, Mapping[str, str]],
    ):
        self.joins, self.authorities, self.things = joins, authorities, things
        self._names: dict[str, list[Authority]] = {}
        for authority in authorities:
            for name in {authority.id, *authority.prefixes}:
                self._names.setdefault(name.casefold(), []).append(authority)

    @property
    def names(self) -> list[str]:
        """The names of authorities that `resolve` takes, sorted."""
        return sorted(self._names)

    def resolve(self, text: str, authority: str | None = None) -> Resolved:
        """Return what a CURIE, an IRI, a QID or, with its authority, a bare identifier stands for.

        Raises `UnknownIdentifier` and `UnclearIdentifier`.
        """
        said = text.strip()
        if not said or len(said) > MAX_LENGTH:
            raise UnclearIdentifier(f"An identifier has 1 to {MAX_LENGTH} characters.")
        if authority is not None:
            return self._found(text, self._named(authority), said)
        if ours := self._ours(said):
            return self._back(text, ours)
        if re.match(r"https?://", said):
            return self._from_address(text, said)
        prefix, colon, rest = said.partition(":")
        if colon:
            return self._found(text, self._named(prefix), rest)
        if re.fullmatch(r"Q[0-9]+", said):
            return self._found(text, self._named("wikidata"), said)
        raise self._unclear(said)

    def resolve_each(self, texts: Iterable[str], authority: str | None = None) -> list[Resolved]:
        """Return what each text stands for, in order; one that cannot be resolved has a `problem`.

        Raises `UnclearIdentifier` for an authority that is not known.
        """
        if authority is not None:
            self._named(authority)
        return [self._tried(text, authority) for text in texts]

    def _tried(self, text: str, authority: str | None) -> Resolved:
        try:
            return self.resolve(text, authority)
        except ResolveError as error:
            return Resolved(text, "", (), problem=error)

    def _named(self, name: str) -> list[Authority]:
        found = self._names.get(name.strip().casefold())
        if not found:
            raise UnclearIdentifier(f"{name[:80]!r} is none of {', '.join(self.names)}.")
        return found

    def _ours(self, said: str) -> str:
        """Return the IRI that a text gives one of our things, "" if it is of others."""
        for start in (ID, f"{BASE}page/", f"{BASE}data/", "id:"):
            if said.startswith(start):
                return ID + said.removeprefix(start)
        target = re.fullmatch(r"(?:gbf:|http://metadata\.cbd\.int/kmgbf/)target_([0-9]+)", said)
        if target:
            return GBF_TARGET + target[1]
        kind, _, slug = said.partition("/")
        return ID + said if slug in self.things.get(kind, {}) else ""

    def _back(self, query: str, iri: str) -> Resolved:
        label = self._label(iri)
        if not label:
            raise UnknownIdentifier(f"{iri} is no thing of this graph.")
        found = [one for one in self.joins if iri in (one.iri, one.url)]
        return Resolved(query, iri, tuple(found), iri, label)

    def _label(self, iri: str) -> str:
        if iri.startswith(GBF_TARGET):
            return self.things.get("target", {}).get(f"gbf/{iri.removeprefix(GBF_TARGET)}", "")
        kind, _, slug = iri.removeprefix(ID).partition("/")
        return self.things.get(kind, {}).get(slug, "")

    def _from_address(self, query: str, said: str) -> Resolved:
        address = _plain(said)
        fitting = [
            (len(_plain(namespace)), namespace, authority)
            for authority in self.authorities
            for namespace in authority.namespaces
            if address.startswith(_plain(namespace))
        ]
        if not fitting:
            raise UnknownIdentifier(f"{said[:200]} is no address of an authority linked here.")
        longest = max(length for length, _, _ in fitting)
        found = [authority for length, _, authority in fitting if length == longest]
        return self._found(query, found, address[longest:])

    def _found(self, query: str, authorities: Sequence[Authority], rest: str) -> Resolved:
        for authority in authorities:
            if match := re.match(f"({authority.pattern}){_END}", rest.strip()):
                identifier = match[1]
                break
        else:
            names = " or ".join(authority.id for authority in authorities)
            raise UnknownIdentifier(f"{rest[:80]!r} is not written as an identifier of {names}.")
        ids = {authority.id for authority in authorities}
        found = [one for one in self.joins if one.linkset in ids and one.identifier == identifier]
        read_as = " or ".join(f"{one} {identifier}" for one in sorted(ids))
        if not found:
            raise UnknownIdentifier(f"{read_as}: no thing of this graph is linked with it.")
        return Resolved(query, read_as, tuple(found))

    def _unclear(self, said: str) -> UnclearIdentifier:
        having = sorted({one.linkset for one in self.joins if one.identifier == said})
        shown = having[:1] or ["gbif"]
        listed = f" One is known of {', '.join(having)}." if having else ""
        return UnclearIdentifier(
            f"{said[:80]!r} does not say of which authority it is.{listed} "
            f"Write {shown[0]}:{said[:80]}, an address, or a thing such as taxon/saiga."
        )


def read_resolver(folder: Path, things: Mapping[str, Mapping[str, str]]) -> Resolver:
    """Return the resolver of a build's folder."""
    with (folder / FILE).open(encoding="utf-8", newline="") as file:
        joins = [Join(**row) for row in csv.DictReader(file)]
    listed = json.loads((folder / INDEX).read_text(encoding="utf-8"))["linksets"]
    authorities = [
        Authority(
            one["id"],
            one["agency"],
            frozenset([*one["namespaces"], *one["synonyms"], one["registry"]]),
            (*one["namespaces"].values(), *one["otherAddresses"]),
            one["pattern"],
        )
        for one in listed
        if one["pattern"]
    ]
    return Resolver(joins, authorities, things)


def as_csv(found: Sequence[Resolved]) -> bytes:
    """Return answers as CSV: the text that was asked for, then the columns of the join table.

    What cannot be resolved has one row, with the reason in `warning`.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, ("query", *COLUMNS), lineterminator="\r\n")
    writer.writeheader()
    for one in found:
        writer.writerows({"query": one.query, **asdict(join)} for join in one.joins)
        if one.problem:
            writer.writerow({"query": one.query, "warning": str(one.problem)})
    return out.getvalue().encode()


def _plain(address: str) -> str:
    """Return an address without scheme and www, which people write or leave out."""
    return re.sub(r"^https?://(www\.)?", "", address)
