"""Made-up requests are answered or refused, and never with 500.

A few hundred in the usual run. `make fuzz` sends as many as $CAMI_FUZZ says: half of them made by
schemathesis from the OpenAPI description, the rest here.
"""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cami.queries import FORMATS, catalogue
from cami.server.release import Build

CASES = int(os.environ.get("CAMI_FUZZ", "800"))
OPERATIONS = 2 * len(catalogue()) + 5  # GET and HEAD of each, as schemathesis counts them
FEW = settings(max_examples=CASES // 4, deadline=None, suppress_health_check=list(HealthCheck))
FINE = {200, 204, 303, 400, 403, 404, 405, 406, 408, 413, 415, 429, 431, 503}
COUNTED: Counter[tuple[str, int]] = Counter()

TEXT = st.text(max_size=60)
WORDS = [
    "SELECT",
    "ASK",
    "CONSTRUCT",
    "DESCRIBE",
    "WHERE",
    "FROM",
    "NAMED",
    "GRAPH",
    "OPTIONAL",
    "UNION",
    "MINUS",
    "FILTER",
    "BIND",
]
WORDS += [
    "VALUES",
    "EXISTS",
    "NOT",
    "GROUP",
    "BY",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "HAVING",
    "DISTINCT",
    "COUNT",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ".",
    ";",
    ",",
]
WORDS += [
    "?a",
    "?b",
    "?c",
    "*",
    "+",
    "/",
    "^",
    "|",
    "!",
    "=",
    "<",
    ">",
    "&&",
    "||",
    "1",
    "-1",
    "1e9",
    "true",
    "'x'",
    '"y"@en',
    "<x:p>",
    "a",
    "_:b",
    "<<(",
    ")>>",
    "UNDEF",
]
WORDS += [
    "PREFIX",
    "BASE",
    "AS",
    "IN",
    "REGEX",
    "BNODE",
    "IRI",
    "NOW",
    "RAND",
    "LATERAL",
    "VERSION",
    "SERVICE",
    "LOAD",
    "<http://127.0.0.1:9/>",
]
QUERY = TEXT | st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)
QUERY |= st.lists(st.sampled_from(WORDS), max_size=12).map(lambda one: f"ASK {{ {' '.join(one)} }}")
FORMAT = st.sampled_from([*FORMATS, "", "xlsx"]) | TEXT
HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60).map(str.strip)
ACCEPT = HEADER | st.lists(
    st.sampled_from(["*/*", "text/*", "a/b;q=0", ";q=2", "text/csv;q=", "application/json", ",,"])
).map(", ".join)


@pytest.fixture(scope="module")
def fuzzed(built: Build, serve) -> Generator[httpx.Client]:
    options = ["--timeout", "20", "--workers", "2", "--memory", "256", "--budget", "0"]
    with serve("--build", str(built.folder.parent), *options) as client:
        yield client
    print(f"\n{sum(COUNTED.values())} made-up requests:", dict(sorted(COUNTED.items())))


def fair(kind: str, answer: httpx.Response) -> None:
    COUNTED[kind, answer.status_code] += 1
    assert answer.status_code in FINE, answer.text[:500]
    if answer.status_code >= 400 and answer.request.method != "HEAD":
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


@FEW
@given(data=st.data())
def test_parameters_of_canned_queries(fuzzed: httpx.Client, data: st.DataObject) -> None:
    query = data.draw(st.sampled_from(sorted(catalogue().values(), key=lambda one: one.name)))
    names = st.sampled_from([one.name for one in query.parameters] + ["format", "no"]) | TEXT
    values = TEXT | FORMAT | st.sampled_from(["KAZ", "gbf/3", "High", "snow-leopard", "2027-01-01"])
    given_values = data.draw(st.dictionaries(names, values, max_size=4))
    headers = {"Accept": data.draw(ACCEPT), "Prefer": data.draw(HEADER)}
    fair("canned", fuzzed.get(f"/queries/{query.name}", params=given_values, headers=headers))


@FEW
@given(data=st.data())
def test_the_protocol(fuzzed: httpx.Client, data: st.DataObject) -> None:
    method = data.draw(st.sampled_from(["GET", "HEAD", "POST", "QUERY", "OPTIONS", "PUT"]))
    names = st.sampled_from(["query", "default-graph-uri", "named-graph-uri", "format", "update"])
    pairs = data.draw(st.lists(st.tuples(names | TEXT, QUERY | TEXT), max_size=4))
    pairs += [("query", data.draw(QUERY))] * data.draw(st.integers(0, 1))
    kinds = ["application/x-www-form-urlencoded", "application/sparql-query", "text/plain", ""]
    headers = {
        "Accept": data.draw(ACCEPT),
        "Prefer": data.draw(HEADER),
        "Content-Type": data.draw(st.sampled_from(kinds) | HEADER),
    }
    body: Any = data.draw(QUERY.map(lambda text: text.encode()) | st.binary(max_size=100))
    sent = body if method in ("POST", "QUERY") else None
    fair("protocol", fuzzed.request(method, "/sparql", params=pairs, content=sent, headers=headers))


def test_requests_made_from_the_description(fuzzed: httpx.Client, tmp_path: Path) -> None:
    """The OpenAPI description is true of what comes back, and nothing is answered with 500."""
    pytest.importorskip("schemathesis", reason="'make fuzz' installs it")
    checks = (
        "not_a_server_error,status_code_conformance,content_type_conformance,"
        "response_schema_conformance"
    )
    command = [str(Path(sys.executable).with_name("schemathesis")), "run"]
    command += [f"{fuzzed.base_url}/openapi.json", "--checks", checks, "--no-color"]
    command += ["--phases", "coverage,fuzzing", "--warnings", "off", "--continue-on-failure"]
    command += ["--max-examples", str(max(1, CASES // 2 // OPERATIONS)), "--workers", "2"]
    command += ["--suppress-health-check", "all", "--generation-database", "none"]
    run = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
    found = re.search(r"([\d,]+) generated", run.stdout)
    assert found
    COUNTED["schemathesis", 0] += int(found[1].replace(",", ""))
