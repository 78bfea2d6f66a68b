"""What a validation found, with its place in the user's files."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import rdflib

from .validate_work import SEVERITIES

TABLE_CELL, TABLE_LINK = "table-cell", "table-link"


@dataclass(frozen=True, order=True)
class Finding:
    """One thing to change. Lines and columns count from 1; 0 says that the place is not known.

    `focus`, `path` and `value` are terms in N-Triples form, or ""; a blank node is "[]". `rule` is
    the IRI of the shape, or of the constraint component where the shape has no name, or the name of
    a rule of tables. `cell` is the column of a table.
    """

    file: str
    line: int
    column: int
    severity: str
    rule: str
    message: str
    focus: str = ""
    path: str = ""
    value: str = ""
    component: str = ""
    cell: str = ""


@dataclass(frozen=True)
class Report:
    """What was validated, and what was found, sorted by place.

    `applied` names for each file the rules that looked at something in it; `titles` says in a
    sentence what each rule wants, and `shapes` holds them; `triples` counts the statements of each file.
    """

    findings: tuple[Finding, ...]
    triples: Mapping[str, int]
    applied: Mapping[str, frozenset[str]]
    titles: Mapping[str, str] = field(default_factory=dict[str, str])
    shapes: rdflib.Graph = field(default_factory=rdflib.Graph, repr=False)

    def worst(self) -> int:
        """Return the index in `SEVERITIES` of the highest severity found; beyond them if none."""
        return min((SEVERITIES.index(one.severity) for one in self.findings), default=3)

    def shown(self, lowest: str) -> "Report":
        """Return the report without what is lower than a severity."""
        kept = SEVERITIES[: SEVERITIES.index(lowest) + 1]
        found = tuple(one for one in self.findings if one.severity in kept)
        return Report(found, self.triples, self.applied, self.titles, self.shapes)

    def distinct(self) -> "Report":
        """Return the report with one finding where several constraints of a rule say the same."""
        kept: dict[tuple[str, ...], Finding] = {}
        for one in self.findings:
            said = (one.file, one.rule, one.message, one.focus, one.path, one.value)
            kept.setdefault((*said, str(one.line), str(one.column)), one)
        found = tuple(kept.values())
        return Report(found, self.triples, self.applied, self.titles, self.shapes)

    def applies(self) -> bool:
        """Return whether some shape looked at something in the inputs."""
        tabular = {TABLE_CELL, TABLE_LINK}
        return any(rules - tabular for rules in self.applied.values())

    def counts(self, file: str | None = None) -> str:
        """Return how many findings there are of each severity, in words, for one file or all."""
        counter = Counter(one.severity for one in self.findings if file in (None, one.file))
        return ", ".join(
            f"{counter[name]} {name}{'' if counter[name] == 1 or name == 'info' else 's'}"
            for name in SEVERITIES
            if counter[name]
        )
