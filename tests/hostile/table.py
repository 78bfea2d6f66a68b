"""Print the README's table of hostile cases: `python tests/hostile/table.py`."""

import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent
KILLED = "the worker is killed: 503"
WORDS = {
    "answer": "a whole answer",
    "killed": KILLED,
    "timeout": KILLED,
    "out-of-memory": KILLED,
    "worker-died": KILLED,
    "too-many-rows": "413",
    "result-too-large": "413",
    "query-size": "413",
    "read-only": "403",
    "closed": "the connection ends",
}


def table() -> str:
    """Return the table: kind, number of cases, how they end."""
    rows = ["| kind | cases | ends |", "|---|---|---|"]
    for name in ("queries", "requests"):
        kinds = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
        for kind, cases in kinds.items():
            ends = {end for case in cases.values() for end in case["ends"].split()}
            shown = {WORDS.get(end, end if end.isdecimal() else "400") for end in ends}
            rows.append(f"| {kind.replace('-', ' ')} | {len(cases)} | {', '.join(sorted(shown))} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    print(table(), end="")
