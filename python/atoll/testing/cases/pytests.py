"""Tests in Python: pytest in a process of its own, and what becomes of each test."""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from atoll.errors import UserError
from atoll.testing.cases.choosing import Chosen
from atoll.testing.cases.outcomes import Difference, Outcome
from atoll.testing.cases.pytest_report import VARIABLE

# What pytest ends with: all passed, some failed, no test was left.
_WELL = (0, 1, 5)


def run(files: Sequence[Path], chosen: Chosen, *, stops_early: bool = False) -> Iterator[Outcome]:
    """Run the tests of these files. Raises UserError where pytest is not installed, or cannot run."""
    if find_spec("pytest") is None:
        hint = "pip install pytest, or name the files to be run"
        raise UserError("pytest-missing", f"{files[0]} has tests for pytest, which is not installed", hint)
    with tempfile.TemporaryDirectory(prefix="atoll-test-") as folder:
        report = Path(folder, "report")
        report.touch()
        wanted = {"report": str(report), "names": chosen.names, "expression": chosen.expression}
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "atoll.testing.cases.pytest_report"),
                *(["-x"] if stops_early else []),
                *map(str, files),
            ],
            env={**os.environ, VARIABLE: json.dumps(wanted)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        found = [_outcome(json.loads(line)) for line in report.read_text("utf-8").splitlines()]
    yield from found
    if ended.returncode not in _WELL and not any(outcome.status == "failed" for outcome in found):
        said = ended.stdout.decode("utf-8", "replace").strip()
        raise UserError("pytest-failed", f"pytest ended with code {ended.returncode}:\n{said}")


def _outcome(record: dict[str, Any]) -> Outcome:
    place = f"{record['file']}:{record['line']}"
    text = record.get("text", "")
    return Outcome(
        name=record["name"],
        group=record["file"],
        status=record["status"],
        seconds=record["seconds"],
        place=place,
        differences=(Difference("", place, tuple(text.split("\n"))),) if text else (),
        sections=tuple((title, said) for title, said in record.get("sections", ())),
        asked=Counter({(one[0], one[1], one[2], one[3]): one[4] for one in record.get("asked", ())}),
    )
