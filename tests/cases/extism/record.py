"""Writes `answers.json`: what the extism package answers to `questions.py`, each in a process of its own.

    python -m venv V && V/bin/pip install extism && V/bin/python -m tests.cases.extism.record   (in the checkout)
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

from tests.cases.extism.questions import QUESTIONS

ANSWERS = Path(__file__).with_name("answers.json")
LONGEST = 5


def ask(question: dict[str, Any]) -> dict[str, Any]:
    """What a process of its own answers; `process` says how it ended where it did not answer."""
    command = [sys.executable, "-m", "tests.cases.extism.asking", "extism"]
    environment = {**os.environ, **question.get("environment", {}), "RUST_BACKTRACE": "0"}
    try:
        ended = subprocess.run(
            command,
            input=json.dumps(question),
            env=environment,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"process": "hangs"}
    printed, _, answer = ended.stdout.rpartition("\n")
    errors = [line for line in ended.stderr.splitlines() if line and not line.startswith((" ", "From cffi", "Traceback"))]
    if ended.returncode:
        return {"process": f"exit code {ended.returncode}", "errors": errors[-5:]}
    answers = json.loads(answer)
    return answers | ({"printed": printed} if printed else {}) | ({"errors": errors} if errors else {})


def causes(question: dict[str, Any]) -> list[str]:
    """Why each call failed, which the exception does not say but the log of errors does."""
    again = ask({**question, "log": "error"})
    logs = ["\n".join(call.get("logs", [])) for call in again.get("calls", [])]
    found = [re.search(r"Caused by:\n(.*?)\n? plugin=", log, re.DOTALL) for log in logs]
    return [dedent(match[1]).strip() if match else "" for match in found]


def main() -> None:
    names = [question["name"] for question in QUESTIONS]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)
    chosen = sys.argv[1:]
    answered = []
    for question in QUESTIONS:
        if chosen and not any(word in question["name"] for word in chosen):
            continue
        answers = ask(question)
        calls = question.pop("calls")
        given = answers.pop("calls", [])
        if "log" not in question and any("{frames}" in answer.get("error", "") for answer in given):
            for answer, cause in zip(given, causes({**question, "calls": calls}), strict=True):
                answer |= {"cause": cause} if cause else {}
        for each in given:
            if "logs" in each:
                each["logs"] = [line for line in each["logs"] if " extism::pdk: " in line or " ERROR " in line]
        merged = [{**call, **(given[number] if number < len(given) else {})} for number, call in enumerate(calls)]
        answered.append({**question, **answers, "calls": merged})
        sys.stdout.write(json.dumps(answered[-1], ensure_ascii=False) + "\n")
        sys.stdout.flush()
    if not chosen:
        about = {"extism": version("extism"), "extism-sys": version("extism-sys"), "python": platform.python_version()}
        ANSWERS.write_text(json.dumps({"versions": about, "cases": answered}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
