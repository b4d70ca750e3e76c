"""Outcomes as JUnit XML, as GitLab, GitHub's actions and Jenkins read it."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby

from atoll.testing.cases.outcomes import Outcome

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(outcomes: Iterable[Outcome], now: datetime | None = None) -> str:
    """The document: a suite for each file, a case for each test."""
    found = [*outcomes]
    root = ET.Element("testsuites", {"name": "atoll test", **_counts(found)})
    stamp = (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S")
    for group, each in groupby(found, lambda outcome: outcome.group):
        suite = [*each]
        counts = {**_counts(suite), "skipped": str(_count(suite, "skipped")), "timestamp": stamp}
        element = ET.SubElement(root, "testsuite", {"name": _text(group), "file": _text(group), **counts})
        for outcome in suite:
            _case(element, outcome)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _case(suite: ET.Element, outcome: Outcome) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        {"name": _text(outcome.name), "classname": _text(outcome.group), "time": f"{outcome.seconds:.3f}"},
    )
    if outcome.status == "skipped":
        ET.SubElement(case, "skipped")
    if outcome.status == "failed":
        lines = [line for one in outcome.differences for line in (f"{one.place}: {one.what}", *one.said)]
        first = outcome.differences[0] if outcome.differences else None
        message = ": ".join(part for part in (first.what, *first.said[:1]) if part) if first else "failed"
        failure = ET.SubElement(case, "failure", {"message": _text(message), "type": "failure"})
        failure.text = _text("\n".join(lines))
    if outcome.sections:
        out = ET.SubElement(case, "system-out")
        out.text = _text("\n\n".join(f"{title}:\n{text}" for title, text in outcome.sections))


def _counts(outcomes: list[Outcome]) -> dict[str, str]:
    return {
        "tests": str(len(outcomes)),
        "failures": str(_count(outcomes, "failed")),
        "errors": "0",
        "time": f"{sum(outcome.seconds for outcome in outcomes):.3f}",
    }


def _count(outcomes: list[Outcome], status: str) -> int:
    return sum(outcome.status == status for outcome in outcomes)


def _text(text: str) -> str:
    """Without characters that XML has no place for."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
