"""What the pages about the programmes show: records by slug, as a build holds them."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ...graph.tables import natural
from ...ontology import GBF_TARGET, ID

NONE = "none"  # the value of a facet for activities that have no other of it
PRIORITIES = ("High", "Medium", "Low")
FACETS: Mapping[str, str] = {
    "programme": "Programme",
    "section": "Section",
    "region": "Region",
    "priority": "Priority",
    "actor": "Responsible",
    "taxon": "Taxon",
    "target": "Target",
    "deadline": "Deadline",
    "state": "State",
}


@dataclass(frozen=True)
class Item:
    """A lettered or bulleted item inside an activity."""

    letter: str
    label: str
    priorities: tuple[str, ...]


@dataclass(frozen=True)
class Deadline:
    """When something is due, as exact as printed; dates are "" where none is printed."""

    activity: str
    what: str
    qualifier: str
    date: str
    earliest: str

    @property
    def text(self) -> str:
        """The date with the words around it: "by the end of 2027", "between 2028 and 2029"."""
        dates = [one for one in (self.earliest, self.date) if one]
        return f"{self.qualifier} {' and '.join(dates)}".strip()

    @property
    def span(self) -> tuple[float, float] | None:
        """First and last moment of the printed date, in years; None without a date.

        A year is as long as it is: 2027 is 2027.0 to 2028.0. Where only a start is printed, it is
        that date.
        """
        dates = [_span(one) for one in (self.earliest, self.date) if one]
        return (dates[0][0], dates[-1][1]) if dates else None


@dataclass(frozen=True)
class Activity:
    """A row of a programme; `values` has the slugs of what it is about, by facet."""

    slug: str
    number: str
    title: str
    summary: str
    values: Mapping[str, tuple[str, ...]]
    items: tuple[Item, ...]
    deadlines: tuple[Deadline, ...]
    words: str  # all that a search looks into, each word after a blank


@dataclass(frozen=True)
class Region:
    """A Priority Transboundary Conservation Region, with the codes of its States."""

    slug: str
    ordinal: int
    label: str
    states: tuple[str, ...]


@dataclass(frozen=True)
class State:
    """A Range State: its label, and its code in M49 of the United Nations."""

    label: str
    m49: str


@dataclass(frozen=True)
class Taxon:
    """A taxon as CAMI means it: its label, and the scientific name that CAMI uses."""

    label: str
    name: str


@dataclass(frozen=True)
class TaxonMapping:
    """An RCC-5 relation between a taxon of ours and one of another authority."""

    taxon: str
    name: str
    authority: str
    relation: str
    refuted: bool
    status: str
    by: str  # who states it
    evidence: str
    path: str


@dataclass(frozen=True)
class Descent:
    """That a later activity carries an earlier one on; either is "" where there is none."""

    earlier: str
    later: str
    relation: str
    confidence: str
    status: str
    reason: str


@dataclass(frozen=True)
class Records:
    """All of a build that these pages show; `labels` has slug to label by facet, in order."""

    activities: tuple[Activity, ...]
    labels: Mapping[str, Mapping[str, str]]
    regions: tuple[Region, ...]
    gbf: Mapping[str, str]  # every target of the framework, cited or not: slug to label
    states: Mapping[str, State]  # by ISO alpha-3 code
    taxa: Mapping[str, Taxon]  # by slug, in order of the label
    mappings: tuple[TaxonMapping, ...]
    lineage: tuple[Descent, ...]

    def activity(self, slug: str) -> Activity:
        """Return an activity by its slug."""
        return self._by_slug[slug]

    @cached_property
    def _by_slug(self) -> Mapping[str, Activity]:
        return {one.slug: one for one in self.activities}


def order(slug: str) -> tuple[bool, list[tuple[int, int, str]]]:
    """Return the sort key of an activity or section: the newer programme first, then by number."""
    return not slug.startswith("wp-"), natural(slug)


def path_of(facet: str, slug: str) -> str:
    """Return the IRI of a value of a facet; "" for what has none, such as a year."""
    if facet in ("priority", "deadline"):
        return ""
    if facet == "target":
        return GBF_TARGET + slug[4:] if slug.startswith("gbf/") else ID + slug
    return f"{ID}{facet}/{slug}"


def words(text: str) -> str:
    """Return the words of a text in the form in which they are searched, a blank before each."""
    kept = [one if one.isalnum() or one == "." else " " for one in text.casefold()]
    return "".join(f" {word.strip('.')}" for word in "".join(kept).split())


def _span(date: str) -> tuple[float, float]:
    parts = [int(part) for part in date.split("-")]
    year = parts[0]
    if len(parts) == 1:
        return float(year), float(year + 1)
    if len(parts) == 2:
        return year + (parts[1] - 1) / 12, year + parts[1] / 12
    day = datetime.date(year, parts[1], parts[2])
    length = (datetime.date(year + 1, 1, 1) - datetime.date(year, 1, 1)).days
    passed = (day - datetime.date(year, 1, 1)).days
    return year + passed / length, year + (passed + 1) / length
