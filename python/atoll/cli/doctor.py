"""`atoll doctor`: what is wrong with an app, its tools and its machine, and mending it."""

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from atoll.cli.nearest import with_manifest

if TYPE_CHECKING:
    from atoll.doctor import Patient, Report, Run, Surroundings


@click.command("doctor")
@with_manifest()
@click.option("--fix", is_flag=True, help="Show what would mend it, ask, and do it.")
@click.option("-y", "--yes", is_flag=True, help="With --fix: do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object (docs/guides/doctor.md).")
@click.option(
    "--listen",
    metavar="HOST:PORT",
    default="127.0.0.1:3000",
    show_default=True,
    envvar=["ATOLL_LISTEN", "SPIN_HTTP_LISTEN_ADDR"],
    show_envvar=True,
    help="Where the app is to listen.",
)
@click.option(
    "--runtime-config-file",
    metavar="FILE",
    envvar=["ATOLL_RUNTIME_CONFIG_FILE", "RUNTIME_CONFIG_FILE"],
    show_envvar=True,
    help="The operator's settings of the app.",
)
@click.pass_context
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    context: click.Context,
    source: str | None,
    fix: bool,
    yes: bool,
    as_json: bool,
    listen: str,
    runtime_config_file: str | None,
) -> None:
    """Say what is wrong with an app, its tools and this machine, and what to do about it.

    Looks at the manifest, wasm files, grants, routes, build tools, providers and limits. Nothing is changed without
    --fix, which shows the change of the manifest and the commands to be run first, and asks. The exit code is 1 if
    there is something to do.

    \b
    atoll doctor                     # the nearest app, and this machine
    atoll doctor --fix               # mend what can be mended
    """
    from atoll.cli import diagnosed
    from atoll.doctor import Surroundings, examine, examine_machine

    if yes and not fix:
        raise click.UsageError("`--yes` goes with `--fix`")
    around = Surroundings(listen=listen, runtime_config=Path(runtime_config_file) if runtime_config_file else None)
    patient = _patient(source, around)
    report = examine(patient) if patient is not None else examine_machine(around)
    show = diagnosed.as_json if as_json else diagnosed.as_text
    if patient is None or not fix:
        show(patient, report)
    else:
        report = _mend(patient, report, as_json=as_json, is_asked=not yes)
    context.exit(0 if report.is_well else 1)


def _patient(source: str | None, around: "Surroundings") -> "Patient | None":
    """The manifest that is meant; None where nobody named one, and there is none."""
    from atoll.app import find_manifest
    from atoll.doctor import Patient
    from atoll.errors import UserError

    try:
        found = find_manifest(Path(source) if source is not None else None)
    except UserError:
        if source is not None:
            raise
        return None
    if found.suffix in (".wasm", ".wat"):
        raise UserError("argument-invalid", f"{found} is no manifest", f"`atoll inspect {found}` says what it is")
    file = found.absolute()
    is_here = source is None and file.parent == Path.cwd()
    return Patient.of(file, found.name if is_here else str(found), around)


def _mend(patient: "Patient", report: "Report", *, as_json: bool, is_asked: bool) -> "Report":
    """Show what would mend it, and do it if that is wanted; what is found afterwards."""
    from atoll.cli import diagnosed
    from atoll.doctor import Patient, examine, plan

    planned = plan(patient)
    if not as_json:
        diagnosed.as_text(patient, report)
        diagnosed.planned(planned)
    is_done = not planned.is_empty and (not is_asked or _agreed(as_json=as_json))
    if is_done:
        planned.write()
        for each in planned.commands:
            _run(each)
        patient = Patient.of(patient.file, patient.shown, patient.around)
        report = examine(patient)
    if as_json:
        diagnosed.as_json(patient, report, planned, is_done=is_done)
    elif is_done:
        diagnosed.left(report)
    return report


def _agreed(*, as_json: bool) -> bool:
    """Without a terminal nobody can be asked."""
    if as_json or not sys.stdin.isatty():
        return False
    return click.confirm("Do this?", err=True)


def _run(command: "Run") -> None:
    """Run a command on this terminal. Raises UserError where it fails."""
    from atoll.doctor import shown
    from atoll.errors import UserError

    program, *rest = command.arguments
    ours = [sys.executable, "-P", "-m", "atoll"] if program == "atoll" else [program]
    # What is said about mending is for people; standard output is for the report.
    ended = subprocess.run([*ours, *rest], cwd=command.folder, stdout=sys.stderr.fileno(), check=False)
    if ended.returncode != 0:
        raise UserError(
            "treatment-failed",
            f"`{shown(command)}` ended with code {ended.returncode}",
            "mend what it complains about above, then run `atoll doctor` again",
        )
