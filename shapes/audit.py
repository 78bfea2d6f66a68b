"""Hold a document against the graph, facet by facet, and name each fact in which they differ.

Both sides say their claims by place; the audit compares them and asks the register of anomalies
about each difference. Facts come from the text and from the graph alone, never from the tables.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass
from itertools import product, zip_longest
from types import ModuleType

import rdflib

from ..graph.tables import natural
from . import claims_2014, claims_cop15, paper_2014, paper_cop15
from .lexicon import squeezed
from .paper import COP15, Paper, recognise
from .view import Anomaly, Facet, View


@dataclass(frozen=True)
class Difference:
    """One fact in which document and graph differ; an empty side does not have the fact.

    `explained` names the recorded anomaly that covers the difference, or is empty.
    """

    facet: str
    place: str
    document: str
    graph: str
    explained: str = ""


@dataclass(frozen=True)
class Result:
    """What the comparison of one facet found; `held` as in `Facet`."""

    facet: str
    held: bool
    compared: int = 0
    agree: int = 0
    differences: tuple[Difference, ...] = ()

    @property
    def explained(self) -> int:
        """How many differences a recorded anomaly explains."""
        return sum(1 for one in self.differences if one.explained)

    @property
    def differ(self) -> int:
        """How many differences nothing explains."""
        return len(self.differences) - self.explained


def place_name(place: str) -> str:
    """Return a place in words: 'activity 5.3', 'Table 1, row 6', 'programme, paragraph 2'."""
    slug, _, detail = place.partition("#")
    kind, *rest = slug.split("/")
    if "table-1" in rest:
        name = f"Table 1, row {rest[-1]}"
    else:
        inside = rest[2:] if rest[0] == "11.24" else rest[1:]
        name = " ".join([kind, *(inside or rest)])
    return f"{name}, {detail}" if detail else name


def audit(text: str, graph: rdflib.Graph) -> tuple[str, list[Result]]:
    """Return the name of a document and what the comparison of each facet found.

    Raises `PaperError` when the text is none of the documents that the audit knows, or when a part
    of it is missing.
    """
    paper, claims = _read(text)
    view = View(graph)
    register = view.anomalies()
    words = _words(paper, claims.ACTIVITIES, text)
    return paper.name, [compare(facet, register, words) for facet in claims.facets(paper, view)]


def _words(paper: Paper, prefix: str, text: str) -> Callable[[str], str]:
    """Return a function that gives the words printed at a place: its row, or the whole document."""
    rows = {prefix + one.number: squeezed(" ".join(astuple(one))) for one in paper.activities}
    whole = squeezed(text)

    def printed_at(place: str) -> str:
        row = "/".join(place.partition("#")[0].split("/")[:3])
        return rows.get(row, whole)

    return printed_at


def activities_of(text: str) -> dict[str, tuple[str, str]]:
    """Return the document's own words of each activity: its text and its indicator, by slug.

    Raises `PaperError` as `audit` does.
    """
    paper, claims = _read(text)
    return {claims.ACTIVITIES + one.number: (one.text, one.indicator) for one in paper.activities}


def _read(text: str) -> tuple[Paper, ModuleType]:
    """Return a document as records, and the module that knows its claims."""
    if recognise(text) == COP15:
        return paper_cop15.split(text), claims_cop15
    return paper_2014.split(text), claims_2014


def compare(
    facet: Facet, register: Mapping[str, list[Anomaly]], printed_at: Callable[[str], str]
) -> Result:
    """Return what the two sides of a facet have in common and where they differ.

    An anomaly counts only while its printed words still stand at the place.
    """
    if not facet.held:
        return Result(facet.name, held=False)
    agree = 0
    found: list[Difference] = []
    for place in sorted({*facet.document, *facet.graph}, key=natural):
        ours, theirs = facet.document.get(place, []), facet.graph.get(place, [])
        common = Counter(ours) & Counter(theirs)
        agree += common.total()
        only_ours, only_theirs = _without(ours, common), _without(theirs, common)
        recorded = _about(place, [*only_ours, *only_theirs], facet.kind, register)
        anomalies = [one for one in recorded if _stands(one.printed, printed_at(place))]
        found += _differences(facet, place, only_ours, only_theirs, anomalies)
        if facet.ordered and not only_ours and not only_theirs and ours != theirs:
            found.append(Difference(facet.name, place, "; ".join(ours), "; ".join(theirs)))
    return Result(facet.name, True, agree + len(found), agree, tuple(found))


def _stands(printed: str, words: str) -> bool:
    """Whether the words of an anomaly stand in a text; dots between its parts leave words out."""
    return all(squeezed(part) in words for part in re.split(r"\.\.\.|\u2026", printed))


def _without(claims: Iterable[str], common: Counter[str]) -> list[str]:
    left = Counter(common)
    rest: list[str] = []
    for claim in claims:
        if left[claim]:
            left[claim] -= 1
        else:
            rest.append(claim)
    return rest


def _about(
    place: str, claims: Iterable[str], kind: str, register: Mapping[str, list[Anomaly]]
) -> Iterable[Anomaly]:
    """Yield the anomalies about the thing of a place, what holds it, and what the claims name."""
    slug = place.partition("#")[0]
    parts = slug.split("/")
    for length in range(len(parts), 1, -1):
        yield from register.get("/".join(parts[:length]), [])
    for claim in claims:
        yield from register.get(f"{kind}/{claim.partition(' [')[0]}", [])


def _differences(
    facet: Facet, place: str, ours: list[str], theirs: list[str], anomalies: list[Anomaly]
) -> list[Difference]:
    """Pair what only one side has, pairs that an anomaly explains first."""
    found: list[Difference] = []
    ours, theirs = list(ours), list(theirs)
    pairs = [*product(ours, theirs), *((one, "") for one in ours), *(("", one) for one in theirs)]
    for printed, said in pairs:
        held = (not printed or printed in ours) and (not said or said in theirs)
        names = [one.name for one in anomalies if _explains(one, facet, printed, said)]
        if held and names:
            found.append(Difference(facet.name, place, printed, said, names[0]))
            if printed:
                ours.remove(printed)
            if said:
                theirs.remove(said)
    for printed, said in zip_longest(ours, theirs, fillvalue=""):
        found.append(Difference(facet.name, place, printed, said))
    return found


def _explains(anomaly: Anomaly, facet: Facet, printed: str, said: str) -> bool:
    """Whether the printed words of an anomaly have the one claim and its reading the other."""
    before, after = facet.read(anomaly.printed), facet.read(anomaly.read_as)
    if printed and said:
        return printed in before and said in after
    if printed:
        return printed in before and printed not in after
    return said in after and said not in before
