"""Asks extism, each case in a process of its own, and writes what it answers into `answers.json`.

A case there without an answer is a question; all are asked again. In the checkout, with the guests built:
`python -m venv V && V/bin/pip install extism && V/bin/python -m tests.cases.extism.record`. Words after that choose the
cases whose name has one of them, and `--print` prints what is answered in place of writing it.

A case: `name`, `manifest` (a module is a `guest`, or a `case`, a file here), `wasi`, `config`, `functions` (methods of
`asking.Host`), `log` (a level), `environment`, and `calls`: `export`, `input`, `host_context`, `cancel_after`, in
seconds, `is_cancelled_before`.
An answer: `output`, or `error` and its `type`, and `cause`, which only the log said; `code`, which the package keeps to
itself; `seconds` where it took some; `ticks`, what host functions were told; `logs`. Of a whole case: `load`, where no
plug-in came to be; `printed` and `errors` of the process; `process`, how that ended where it did not answer.
"""

import json
import os
import platform
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from textwrap import dedent
from typing import Any

FILE = Path(__file__).with_name("answers.json")
QUESTION = ("name", "manifest", "wasi", "config", "functions", "log", "environment")
CALL = ("export", "input", "host_context", "cancel_after", "is_cancelled_before")
LONGEST = 5


def asked(case: dict[str, Any]) -> dict[str, Any]:
    """The case without its answers."""
    calls = [{key: call[key] for key in CALL if key in call} for call in case["calls"]]
    return {key: case[key] for key in QUESTION if key in case} | {"calls": calls}


def ask(question: dict[str, Any]) -> dict[str, Any]:
    """What a process of its own answers."""
    command = [sys.executable, "-m", "tests.cases.extism.asking", "extism"]
    environment = {**os.environ, **question.get("environment", {}), "RUST_BACKTRACE": "0"}
    told = json.dumps(question)
    try:
        ended = subprocess.run(
            command, input=told, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False
        )
    except subprocess.TimeoutExpired:
        return {"process": "hangs"}
    lines = [re.sub(r" at 0x\w+", "", line) for line in ended.stderr.splitlines()]
    errors = [line for line in lines if line and not line.startswith((" ", "From cffi", "Traceback"))]
    rest = {"errors": errors} if errors else {}
    if ended.returncode:
        return {"process": f"exit code {ended.returncode}", **rest}
    printed, _, answer = ended.stdout.rpartition("\n")
    return json.loads(answer) | ({"printed": printed} if printed else {}) | rest


def causes(question: dict[str, Any]) -> list[str]:
    """Why each call failed, which the exception does not say but the log of errors does."""
    again = ask({**question, "log": "error"})
    logs = ["\n".join(call.get("logs", [])) for call in again.get("calls", [])]
    found = [re.search(r"Caused by:\n(.*?)\n? plugin=", log, re.DOTALL) for log in logs]
    return [dedent(match[1]).strip() if match else "" for match in found]


def answered(question: dict[str, Any]) -> dict[str, Any]:
    """The question with its answers."""
    answers = ask(question)
    given = answers.pop("calls", [])
    if "log" not in question and any("{frames}" in answer.get("error", "") for answer in given):
        for answer, cause in zip(given, causes(question), strict=True):
            answer.update({"cause": cause} if cause else {})
    for answer in given:
        if "logs" in answer:
            answer["logs"] = [line for line in answer["logs"] if " extism::pdk: " in line or " ERROR " in line]
    calls = [{**call, **answer} for call, answer in zip(question["calls"], given, strict=True)] if given else []
    return {**question, **answers, "calls": calls or question["calls"]}


def main() -> None:
    words = [word for word in sys.argv[1:] if word != "--print"]
    cases = json.loads(FILE.read_text())["cases"]
    for at, case in enumerate(cases):
        if not words or any(word in case["name"] for word in words):
            cases[at] = answered(asked(case))
            if "--print" in sys.argv:
                sys.stdout.write(json.dumps(cases[at], indent=1, ensure_ascii=False) + "\n")
    if "--print" not in sys.argv:
        about = {"extism": version("extism"), "extism-sys": version("extism-sys"), "python": platform.python_version()}
        answers = {"versions": about, "cases": cases}
        FILE.write_text(json.dumps(answers, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
