"""Reports that tools of CI read: SARIF 2.1.0, JUnit XML, and commands of GitHub's workflows."""

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from ..ontology import BASE, SHAPES
from .findings import TABLE_CELL, TABLE_LINK, Finding, Report
from .report import shorten
from .validate_work import SEVERITIES

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"violation": "error", "warning": "warning", "info": "note"}
_COMMANDS = {"violation": "error", "warning": "warning", "info": "notice"}


@cache
def _version() -> str:
    return installed_version("cami")


def place(one: Finding) -> str:
    """Return the place of a finding as file:line:column, as far as it is known."""
    numbers = [one.line, one.column] if one.column else [one.line] if one.line else []
    return ":".join([one.file, *map(str, numbers)]) if one.file else ""


def _said(one: Finding) -> str:
    subject = " ".join(filter(None, [shorten(one.focus), shorten(one.path)]))
    value = f" Found: {shorten(one.value)}." if one.value else ""
    return f"{subject}: {one.message}{value}" if subject else f"{one.message}{value}"


def as_github(report: Report) -> str:
    """Return commands that make GitHub show each finding at its line of a pull request."""
    lines = [_command(one) for one in report.findings]
    return "\n".join([*lines, f"cami: {report.counts() or 'conforms'}"])


def _command(one: Finding) -> str:
    properties = {
        "file": one.file if one.file != "<stdin>" else "",
        "line": one.line or "",
        "col": one.column or "",
        "title": shorten(one.rule),
    }
    shown = ",".join(
        f"{name}={_property(str(value))}" for name, value in properties.items() if value
    )
    return f"::{_COMMANDS[one.severity]} {shown}::{_data(_said(one))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_sarif(report: Report) -> str:
    """Return a report as SARIF 2.1.0."""
    rules = sorted({one.rule for one in report.findings})
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "cami",
                "version": _version(),
                "informationUri": BASE,
                "rules": [_rule(rule, report.titles) for rule in rules],
            }
        },
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": {"uri": _uri(name)}} for name in report.triples],
        "results": list(_sarif_results(report.findings, rules)),
    }
    document = {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, ensure_ascii=False, indent=1)


def _rule(rule: str, titles: Mapping[str, str]) -> dict[str, Any]:
    address = str(SHAPES) + rule if rule in (TABLE_CELL, TABLE_LINK) else rule
    title = titles.get(rule) or f"The constraint {shorten(rule)} holds."
    described: dict[str, Any] = {"id": shorten(rule), "shortDescription": {"text": title}}
    if re.match("https?://", address):
        described["helpUri"] = address
    return described


def _sarif_results(found: Iterable[Finding], rules: list[str]) -> Iterable[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for one in found:
        parts = (one.file, one.rule, one.focus, one.path, one.value, one.message)
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
        seen[digest] += 1
        location: dict[str, Any] = {"artifactLocation": {"uri": _uri(one.file)}}
        if one.line:
            region = {"startLine": one.line} | ({"startColumn": one.column} if one.column else {})
            location["region"] = region
        result: dict[str, Any] = {
            "ruleId": shorten(one.rule),
            "ruleIndex": rules.index(one.rule),
            "level": _LEVELS[one.severity],
            "message": {"text": _said(one)},
            "locations": [{"physicalLocation": location}] if one.file else [],
            "partialFingerprints": {"camiFinding/v1": f"{digest}:{seen[digest]}"},
        }
        yield result


def _uri(name: str) -> str:
    """Return a file name as SARIF wants it: relative to the working directory where it is inside."""
    path = Path(name.strip("<>"))
    if path.is_absolute():
        here = Path.cwd()
        if not path.is_relative_to(here):
            return path.as_uri()
        path = path.relative_to(here)
    return quote(path.as_posix())


def as_junit(report: Report, fail_on: str) -> str:
    """Return a report as JUnit XML: a suite for each file, a case for each rule that looked at it.

    Findings from `fail_on` upwards are failures; lower ones are output of their case.
    """
    failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    root = ElementTree.Element("testsuites", name="cami validate")
    files = list(report.triples) or sorted({one.file for one in report.findings} or {""})
    for file in files:
        found: dict[str, list[Finding]] = defaultdict(list)
        for one in report.findings:
            if one.file == file:
                found[one.rule].append(one)
        rules = sorted(set(found) | set(report.applied.get(file, ())), key=shorten)
        failed = [rule for rule in rules if any(one.severity in failing for one in found[rule])]
        suite = ElementTree.SubElement(
            root, "testsuite", name=_xml(file or "graph"), tests=str(len(rules)), errors="0"
        )
        suite.set("failures", str(len(failed)))
        suite.set("skipped", "0")
        for rule in rules:
            _case(suite, file, rule, found[rule], failing)
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ElementTree.indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, "unicode")


def _case(
    suite: ElementTree.Element,
    file: str,
    rule: str,
    found: list[Finding],
    failing: tuple[str, ...],
) -> None:
    case = ElementTree.SubElement(suite, "testcase", name=_xml(shorten(rule)))
    case.set("classname", _xml(file or "graph"))
    failures = [one for one in found if one.severity in failing]
    others = [one for one in found if one.severity not in failing]
    if failures:
        more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        failure = ElementTree.SubElement(case, "failure", type=failures[0].severity)
        failure.set("message", _xml(f"{place(failures[0])}: {_said(failures[0])}{more}"))
        failure.text = _xml("\n".join(f"{place(one)}: {_said(one)}" for one in failures))
    if others:
        lines = (f"{place(one)}: {one.severity}: {_said(one)}" for one in others)
        ElementTree.SubElement(case, "system-out").text = _xml("\n".join(lines))


def _xml(text: str) -> str:
    """Return a text without the characters that XML 1.0 does not have."""
    return re.sub("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
