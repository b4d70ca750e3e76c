"""Whether an answer is the one that Extism gave, and what the differences are that are meant."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from atoll import extism
from atoll.extism import functions, logs

# Cases are no code of ours to check: what they ask with is written for any package.
asking: Any = import_module("tests.cases.extism.asking")
CASES: list[dict[str, Any]] = json.loads((asking.CASES / "answers.json").read_text())["cases"]
DIFFERENCES: dict[str, dict[str, Any]] = json.loads((asking.CASES / "differences.json").read_text())
KEYS = ("output", "error", "type", "ticks", "logs")


@contextmanager
def fresh() -> Iterator[None]:
    """Without the host functions and the log of others: both are the process's, as with extism."""
    registered = list(functions.HOST_FN_REGISTRY)
    functions.HOST_FN_REGISTRY.clear()
    logs._sink = logs._Sink()
    try:
        yield
    finally:
        logs._sink = logs._Sink()
        functions.HOST_FN_REGISTRY[:] = registered


def ours(case: dict[str, Any], places: dict[str, str]) -> dict[str, Any]:
    """What `atoll.extism` answers."""
    with fresh():
        found: dict[str, Any] = asking.answer(extism, case, places)
    return found


def differing(case: dict[str, Any], answers: dict[str, Any]) -> dict[str, Any]:
    """Ours where it is another than Extism's: `load`, and the calls by number."""
    found: dict[str, Any] = {}
    loads = [each.get("load", {}) for each in (answers, case)]
    if not _same(*loads):
        found["load"] = loads[0]
    calls = {} if "error" in case.get("load", {}) else dict(enumerate(case["calls"]))
    for number, call in enumerate(answers.get("calls", [])):
        if number in calls and not _same(call, calls[number]):
            found[str(number)] = {key: _short(call[key]) for key in KEYS if key in call}
    return found


def _same(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    if any(ours.get(key) != theirs.get(key) for key in KEYS if key != "error"):
        return False
    # Extism says why in its log alone, or not at all; ours says it.
    if "{frames}" in theirs.get("error", ""):
        return theirs.get("cause", "").split("1: ")[-1] in ours.get("error", "")
    said, expected = (_of_libc(each.get("error", "")) for each in (ours, theirs))
    return bool(said == expected or (expected and said.startswith(f"{expected}: ")))


def _of_libc(error: str) -> str:
    """What the guest's C library says of a file that lies in no folder of its own depends on its age."""
    return error.replace("Capabilities insufficient (os error 76)", "No such file or directory (os error 44)")


def _short(told: Any) -> Any:
    return {"length": len(told)} if isinstance(told, str) and len(told) > 1000 else told
