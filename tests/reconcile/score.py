"""Precision and recall of reconciliation on variants.tsv: `python tests/reconcile/score.py`.

The expected answers were written down by reading, before anything was run. A variant is right when
the service says `match` for the expected entity, or for none where none is expected.
"""

import csv
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from cami.ontology import GBF_TARGET, ID
from cami.queries.matching import Candidate, Matcher
from cami.server.release import build

VARIANTS = Path(__file__).with_name("variants.tsv")


@dataclass(frozen=True)
class Variant:
    """A name as found in the wild; `expected` is empty where nothing must match."""

    text: str
    type: str
    expected: str
    candidate: str
    group: str
    why: str


@dataclass
class Score:
    """Counts of one group of variants."""

    variants: int = 0
    expected: int = 0
    matched: int = 0
    right: int = 0
    offered: int = 0
    wanted: int = 0
    wrong: list[str] = field(default_factory=list[str])
    missed: list[str] = field(default_factory=list[str])

    @property
    def precision(self) -> float:
        """Of what was matched, how much is right; 1 when nothing was."""
        return self.right / self.matched if self.matched else 1.0

    @property
    def recall(self) -> float:
        """Of what should match, how much did; 1 when nothing should."""
        return self.right / self.expected if self.expected else 1.0


def iri(slug: str) -> str:
    """Return the IRI of a slug such as taxon/argali or gbf/3; empty for none."""
    if slug in ("", "none"):
        return ""
    return GBF_TARGET + slug[4:] if slug.startswith("gbf/") else ID + slug


def variants() -> list[Variant]:
    """Return the test set."""
    with VARIANTS.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            Variant(**{**row, "expected": iri(row["expected"]), "candidate": iri(row["candidate"])})
            for row in rows
        ]


def scores(matcher: Matcher, cases: Iterable[Variant]) -> dict[str, Score]:
    """Return the score of each group, and of all as ""."""
    found: dict[str, Score] = defaultdict(Score)
    for case in cases:
        best = matcher.match(case.text, (case.type,) if case.type else ())
        for score in (found[""], found[case.group]):
            _count(score, case, best)
    return dict(found)


def _count(score: Score, case: Variant, best: tuple[Candidate, ...]) -> None:
    matched = next((one.entity.iri for one in best if one.match), "")
    wanted = case.expected or case.candidate
    score.variants += 1
    score.expected += bool(case.expected)
    score.matched += bool(matched)
    score.wanted += bool(wanted)
    score.offered += bool(wanted) and bool(best) and best[0].entity.iri == wanted
    if matched and matched == case.expected:
        score.right += 1
    elif matched:
        score.wrong.append(f"{case.text!r} -> {matched}")
    elif case.expected:
        score.missed.append(case.text)


def table(found: dict[str, Score]) -> str:
    """Return the scores as the Markdown table of README.md."""
    lines = [
        "| variants | number | should match | matched | right | precision | recall |",
        "|---|---|---|---|---|---|---|",
    ]
    for group, one in sorted(found.items()):
        numbers = f"{one.variants} | {one.expected} | {one.matched} | {one.right}"
        rates = f"{one.precision:.1%} | {one.recall:.1%}" if one.expected else "| "
        rates = (
            rates if one.expected else ("- | -" if not one.matched else f"{one.precision:.1%} | -")
        )
        lines.append(f"| {group or 'all'} | {numbers} | {rates} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table, then what is wrong and what is missed."""
    with TemporaryDirectory() as folder:
        matcher = Matcher(build(Path(folder)).names())
    found = scores(matcher, variants())
    print(table(found))
    overall = found[""]
    print(f"first candidate right: {overall.offered} of {overall.wanted}")
    print(*(f"wrong: {one}" for one in overall.wrong), sep="\n")
    print(*(f"missed: {one}" for one in overall.missed), sep="\n")


if __name__ == "__main__":
    sys.exit(main())
