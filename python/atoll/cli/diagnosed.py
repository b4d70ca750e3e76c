"""How doctor's findings are shown: for people, and as one JSON object."""

import json
import platform
from collections import Counter
from typing import Any

import click

from atoll import __version__
from atoll.cli.failure import coloured
from atoll.doctor import Diagnosis, Patient, Plan, Report, Rewrite, Run, Severity, shown
from atoll.doctor.diagnosis import Treatment
from atoll.errors import render, visible

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}
_OF_A_DIFF = {"+": "green", "-": "red", "@": "cyan"}


def as_text(patient: Patient | None, report: Report) -> None:
    """What is there, then what is wrong, and how much of it."""
    click.echo("\n".join(visible(line) for line in _facts(patient, report)))
    for one in report.diagnoses:
        click.echo(f"\n{_diagnosis(one)}")
    click.echo(f"\n{_sum(report)}")


def planned(plan: Plan) -> None:
    """What would be done about it."""
    if plan.is_empty:
        click.echo("There is nothing that doctor itself could mend.")
        return
    click.echo("What mends it:\n")
    if diff := plan.diff():
        for line in visible(diff).splitlines():
            is_name = line.startswith(("+++", "---"))
            click.echo(click.style(line, bold=True) if is_name else click.style(line, fg=_OF_A_DIFF.get(line[:1])))
        click.echo()
    for command in plan.commands:
        click.echo(f"{click.style('$', dim=True)} {visible(shown(command))}")
    if plan.commands:
        click.echo()


def left(report: Report) -> None:
    """What is found afterwards."""
    for one in report.diagnoses:
        click.echo(f"{_diagnosis(one)}\n")
    click.echo(_sum(report))


def as_json(patient: Patient | None, report: Report, plan: Plan | None = None, *, is_done: bool = False) -> None:
    """One object. With a plan it says what would be done, and whether it was: then the report is of afterwards."""
    document: dict[str, Any] = {
        **_versions(),
        "manifest": str(patient.file) if patient is not None else None,
        "tools": [
            {
                "program": tool.program,
                "components": list(tool.components),
                "path": tool.path,
                "version": tool.version,
                "toolchain": tool.toolchain,
            }
            for tool in report.tools
        ],
        "diagnoses": [_record(one) for one in report.diagnoses],
        "is_well": report.is_well,
    }
    if plan is not None:
        commands = [list(command.arguments) for command in plan.commands]
        document["treatment"] = {"diff": plan.diff(), "commands": commands, "is_done": is_done}
    click.echo(json.dumps(document, indent=2))


def _versions() -> dict[str, str]:
    return {"atoll": __version__, "python": platform.python_version(), "machine": platform.platform()}


def _facts(patient: Patient | None, report: Report) -> list[str]:
    versions = _versions()
    lines = [f"atoll {versions['atoll']}, Python {versions['python']}, {versions['machine']}"]
    if patient is None:
        lines.append("no manifest here: only the machine is looked at")
    elif patient.app is not None:
        lines.append(f"{patient.shown}: {', '.join(patient.app.manifest.component) or 'no components'}")
    for tool in report.tools:
        state = "missing" if tool.path is None else f"{tool.version or 'there'} ({tool.path})"
        lines.append(f"  {tool.program}: {state}, for {', '.join(tool.components)}")
    return lines


def _diagnosis(one: Diagnosis) -> str:
    first, *rest = render(one.problem).removeprefix("error: ").split("\n")
    kind = click.style(f"{one.severity.value}:", fg=_COLOURS[one.severity], bold=True)
    lines = [f"{kind} {first}", *map(coloured, rest)]
    if one.treatment is not None:
        lines.append(f"{click.style('mend:', fg='green')} {_treatment(one.treatment)}")
    return "\n".join(lines)


def _treatment(treatment: Treatment) -> str:
    match treatment:
        case Rewrite():
            return "`atoll doctor --fix` changes the manifest"
        case Run():
            return f"`atoll doctor --fix` runs `{visible(shown(treatment))}`"
        case _:
            return f"`atoll doctor --fix` builds `{treatment.component}`"


def _sum(report: Report) -> str:
    counts = Counter(one.severity for one in report.diagnoses)
    told = [f"{counts[each]} {each.value}{'s' if counts[each] > 1 else ''}" for each in Severity if counts[each]]
    if not told:
        return "nothing is wrong"
    curable = sum(one.treatment is not None for one in report.diagnoses)
    offer = f"; `atoll doctor --fix` mends {curable}" if curable else ""
    return f"{', '.join(told)}{offer}"


def _record(one: Diagnosis) -> dict[str, Any]:
    record: dict[str, Any] = {"severity": one.severity.value, **one.problem.to_dict()}
    match one.treatment:
        case Rewrite():
            record["treatment"] = {"kind": "rewrite"}
        case Run(arguments):
            record["treatment"] = {"kind": "command", "arguments": list(arguments)}
        case None:
            pass
        case built:
            record["treatment"] = {"kind": "build", "component": built.component}
    return record
