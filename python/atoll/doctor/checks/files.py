"""What components are given as files, what their builds watch, and what lies around with secrets in it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from atoll.app import App
from atoll.doctor.diagnosis import Diagnosis, Run, Severity
from atoll.doctor.nearby import nearby, there_is
from atoll.doctor.patient import Patient, steps_of
from atoll.errors import UserError
from atoll.lock import glob
from atoll.lock.files import FileCopier
from atoll.manifest.model import Component
from atoll.manifest.positions import Path as KeyPath


def mounted(patient: Patient, app: App) -> Iterator[Diagnosis]:
    """Entries of `files` that cannot be mounted, or match nothing."""
    for name, component in app.manifest.component.items():
        try:
            FileCopier(app.base, None, component.exclude_files)
        except UserError as error:
            yield _placed(patient, error, ("component", name, "exclude_files"))
            continue
        yield from _entries(patient, app, name, component)


def _entries(patient: Patient, app: App, name: str, component: Component) -> Iterator[Diagnosis]:
    for index, entry in enumerate(component.files):
        path: KeyPath = ("component", name, "files", index)
        looking = FileCopier(app.base, None, component.exclude_files)
        try:
            looking.copy(entry)
        except UserError as error:
            yield _placed(patient, error, path, nearby(app.base, getattr(entry, "source", str(entry))))
            continue
        if not looking.found:
            yield Diagnosis(
                Severity.WARNING,
                UserError(
                    "glob-empty",
                    f"component `{name}`: `{getattr(entry, 'source', entry)}` gives the guest no file",
                    "mend it, or remove it; `*` stays within a folder, `**/*` crosses folders",
                    location=patient.locate(path),
                ),
            )


def _placed(patient: Patient, error: UserError, path: KeyPath, near: list[str] | None = None) -> Diagnosis:
    hint = there_is(near) if near else error.hint
    problem = UserError(error.code, error.message, hint, location=patient.locate(path))
    return Diagnosis(Severity.ERROR, problem)


def watched(patient: Patient, app: App) -> Iterator[Diagnosis]:
    """Globs of builds that match nothing: what they stand for would never be built again."""
    for step in steps_of(app):
        where = os.path.relpath(step.folder, app.base.parent)
        for index, pattern in enumerate(step.watch):
            if next(glob.find(step.folder, pattern), None) is None:
                yield Diagnosis(
                    # A file that is named may still come.
                    Severity.WARNING if glob.is_pattern(pattern) else Severity.NOTE,
                    UserError(
                        "glob-empty",
                        f"component `{step.component}`: `{pattern}` matches nothing in `{where}`",
                        "globs are relative to `workdir`; mend it, or remove it",
                        location=patient.locate(("component", step.component, "build", "watch", index)),
                    ),
                )


def secrets(*folders: Path) -> Iterator[Diagnosis]:
    """`.env` files that others can read."""
    for folder in dict.fromkeys(folders):
        file = folder / ".env"
        try:
            mode = stat.S_IMODE(file.stat().st_mode)
        except OSError:
            continue
        if mode & (stat.S_IRGRP | stat.S_IROTH):
            yield Diagnosis(
                Severity.WARNING,
                UserError(
                    "env-exposed",
                    f"{file} can be read by other users of this machine (mode {mode:o})",
                    "it holds values of variables, which may be secrets",
                ),
                Run(("chmod", "go=", ".env"), folder),
            )
