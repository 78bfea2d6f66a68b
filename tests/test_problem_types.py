"""The IRI of every problem that the server can send leads to what it means."""

import ast
import json
from collections.abc import Generator, Iterator
from pathlib import Path

import httpx
import pytest

from cami.server.problem_types import TYPES
from cami.server.problems import HttpProblem

ROOT = Path(__file__).parents[1]
SOURCES = [path for room in ("queries", "server") for path in (ROOT / room).glob("*.py")]
# Where a call or a table holds the slug: the name of what is called, and its place.
CALLS = {"HttpProblem": 1, "_problem": 1, "RefusedQuery": 0, "_refused": 0}
TABLES = ("_FAULTS", "_PLAIN")


def strings(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def slugs_of(path: Path) -> Iterator[str]:
    """The slugs that a module can send, found where problems are made."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and (place := CALLS.get(name_of(node))) is not None:
            if len(node.args) > place:
                yield from strings(node.args[place])
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {
                one.id
                for target in targets
                for one in ast.walk(target)
                if isinstance(one, ast.Name)
            }
            if names & set(TABLES) and isinstance(node.value, ast.Dict):
                yield from (next(strings(value)) for value in node.value.values)
            elif names == {"slug"} and path.name == "problems.py":
                yield from (one for one in strings(node.value) if one.islower())
            elif names == {"slug", "title"} and isinstance(node.value, ast.Tuple):
                yield next(strings(node.value))
        elif isinstance(node, ast.JoinedStr):
            text = "".join(strings(node))
            if text.startswith("problem/") and text != "problem/":
                yield text.removeprefix("problem/")


SENT = sorted({slug for path in SOURCES for slug in slugs_of(path)})


@pytest.fixture(scope="module")
def listed(client: httpx.Client) -> Generator[dict[str, dict]]:
    problems = client.get("/problem/").json()["problems"]
    yield {one["type"].rpartition("/")[2]: one for one in problems}


def test_the_code_sends_what_the_table_says_and_nothing_else() -> None:
    assert len(SENT) > 40
    assert sorted(TYPES) == SENT


def test_statuses_are_those_of_the_code() -> None:
    """Where a call gives both status and slug, the table has that status."""
    seen = 0
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name_of(node) == HttpProblem.__name__:
                status, slug = (getattr(one, "value", None) for one in node.args[:2])
                assert status in TYPES[str(slug)].statuses, (path.name, slug)
                seen += 1
    assert seen > 30


@pytest.mark.parametrize("slug", SENT)
def test_every_problem_resolves(client: httpx.Client, listed: dict[str, dict], slug: str) -> None:
    told = client.get(f"/problem/{slug}")
    assert told.status_code == 200
    assert told.json() == listed[slug]
    assert told.json()["type"] == f"https://w3id.org/cami/problem/{slug}"
    assert told.json()["meaning"] and told.json()["remedy"]
    page = client.get(f"/problem/{slug}", headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert f"<code>{slug}</code>" in page.text


@pytest.mark.parametrize(
    "path",
    [
        "/sparql?query=SELECT",
        "/sparql?query=ASK{SERVICE<http://a/>{}}",
        "/no-such-page",
        "/graphs",
        "/queries/activities-by-region?region=nowhere",
        "/problem/no-such-problem",
    ],
)
def test_the_type_of_a_problem_leads_to_its_meaning(client: httpx.Client, path: str) -> None:
    problem = json.loads(client.get(path).content)
    told = client.get(problem["type"].removeprefix("https://w3id.org/cami")).json()
    assert told["type"] == problem["type"]
    assert problem["status"] in told["status"]
