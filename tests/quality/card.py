"""Print the quality card of the ontology, in Markdown; exit 1 when a rule is broken unawares."""

import re
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import pyoxigraph as ox

from cami.ontology import ONTOLOGY_FILE, PREFIXES

HERE = Path(__file__).parent
TOOLS = {
    "robot": "[ROBOT report](https://robot.obolibrary.org/report_queries/)",
    "oops": "[OOPS!](https://oops.linkeddata.es/catalogue.jsp)",
    "foops": "[FOOPS!](https://w3id.org/foops/)",
    "cami": "own rules",
}


def rows(name: str) -> list[list[str]]:
    """Return the cells of a table beside this file, without its header."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()[1:]
    return [line.split("\t") for line in lines]


@cache
def rules() -> dict[str, str]:
    """Return how each rule is checked, by its id."""
    return {id_: checked for id_, _, _, checked in rows("rules.tsv")}


def exceptions() -> dict[str, dict[str, str]]:
    """Return the reason of each term that breaks a rule on purpose, by rule."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for rule, terms, reason in rows("exceptions.tsv"):
        for term in terms.split(" "):
            found[rule][term] = reason
    return found


def ontology() -> ox.Store:
    """Return the ontology alone in a store."""
    store = ox.Store()
    store.load(path=str(ONTOLOGY_FILE), format=ox.RdfFormat.TURTLE)
    return store


def offenders(store: ox.Store, rule: str) -> set[str]:
    """Return the terms that break a rule, as CURIE where a prefix is known."""
    query = (HERE / f"{rule}.rq").read_text(encoding="utf-8")
    return {curie(solution["term"]) for solution in store.query(query)}


def curie(term: ox.NamedNode) -> str:
    """Return a term as the tables write it."""
    for prefix, namespace in PREFIXES.items():
        rest = term.value.removeprefix(namespace)
        if rest != term.value and re.fullmatch(r"\w+", rest):
            return f"{prefix}:{rest}"
    return str(term)


def broken(store: ox.Store) -> dict[str, set[str]]:
    """Return the terms that break each rule checked by a query."""
    return {rule: offenders(store, rule) for rule, checked in rules().items() if checked == "query"}


def card(found: dict[str, set[str]]) -> str:
    """Return the card: a table of the tools, then what is broken on purpose and why.

    A rule that a test checks counts as kept: the tests are red otherwise.
    """
    lines = [
        "| tool | rules | checked offline | pass | broken on purpose | need the network or do not apply |",
        "|---|---|---|---|---|---|",
    ]
    for tool, title in TOOLS.items():
        own = {rule: how for rule, how in rules().items() if rule.startswith(f"{tool}/")}
        offline = {rule for rule, how in own.items() if how == "query" or "::" in how}
        failing = {rule for rule in offline if found.get(rule)}
        aware = {rule for rule in failing if found[rule] <= set(exceptions().get(rule, {}))}
        cells = [len(own), len(offline), len(offline - failing), len(aware)]
        lines.append(f"| {title} | {' | '.join(map(str, [*cells, len(own) - len(offline)]))} |")
    lines += ["", "Broken on purpose:", ""]
    for rule, terms, reason in rows("exceptions.tsv"):
        count = len(terms.split(" "))
        lines.append(f"* `{rule}`, {count} {'term' if count == 1 else 'terms'}: {reason}")
    return "\n".join(lines)


def unexplained(found: dict[str, set[str]]) -> list[str]:
    """Return one line for each rule with terms that no exception names."""
    return [
        f"{rule}: {' '.join(sorted(left))}"
        for rule, terms in found.items()
        if (left := terms - set(exceptions().get(rule, {})))
    ]


if __name__ == "__main__":
    results = broken(ontology())
    print(card(results))
    faults = unexplained(results)
    print(*faults, sep="\n", end="\n" if faults else "", file=sys.stderr)
    sys.exit(bool(faults))
