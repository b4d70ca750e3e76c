"""What the build commands need, what of it is there, and which toolchain brings the rest."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from atoll import toolchain
from atoll.app import App
from atoll.build.steps import Step
from atoll.doctor.diagnosis import Diagnosis, Run, Severity
from atoll.doctor.patient import steps_of
from atoll.errors import UserError
from atoll.toolchain.machine import lacking_targets

# Words that a shell knows by itself, as far as builds use them.
_SHELL = """! . : [[ alias break case cd command continue do done elif else esac eval exec exit export fi for function
if in local read return set shift source then time trap type ulimit umask unset until wait while { }"""
_EXPANDED = re.compile(r"[$`*?~]")
_TARGET = re.compile(r"\bwasm32-[\w-]+")
# Only what is known to do nothing else is asked for its version.
_ASKED = {
    **dict.fromkeys(("go", "tinygo", "zig"), "version"),
    **dict.fromkeys(("asc", "cargo", "cmake", "componentize-py", "jco", "make", "rustc", "tsc", "uv"), "--version"),
    **dict.fromkeys(("node", "npm", "npx", "python", "python3"), "--version"),
}
_LONGEST_SECONDS = 10
_MOST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that builds begin. Without a `path` it is missing; `toolchain` is the one that brings it."""

    program: str
    components: tuple[str, ...]
    path: str | None
    version: str | None
    toolchain: str | None


def tools(app: App) -> list[Tool]:
    """All programs of the build commands, as far as these show them."""
    needed: dict[tuple[str, str | None], list[str]] = {}
    for step in steps_of(app):
        for program in _programs(step):
            folder = str(step.folder) if "/" in program else None
            components = needed.setdefault((program, folder), [])
            if step.component not in components:
                components.append(step.component)
    return [_tool(program, folder, names) for (program, folder), names in needed.items()]


def missing(app: App, found: list[Tool]) -> Iterator[Diagnosis]:
    """Programs that are not there, and targets that Rust's compiler does not have."""
    for tool in found:
        if tool.path is not None:
            continue
        for name in tool.components:
            brought = f"`atoll toolchain install {tool.toolchain}` brings it" if tool.toolchain else "install it"
            yield Diagnosis(
                _severity(app, name),
                UserError(
                    "tool-missing",
                    f"component `{name}` is built by `{tool.program}`, which is not here",
                    brought,
                    location=app.locate(name, "build.command"),
                ),
                _install(app, tool.toolchain),
            )
    yield from _targets(app)


def _targets(app: App) -> Iterator[Diagnosis]:
    named = [
        (step, set(_TARGET.findall(" ".join(step.commands)))) for step in steps_of(app) if "cargo" in _programs(step)
    ]
    lacking = set(lacking_targets()) if named and not toolchain.missing("rustc") else set()
    for step, targets in named:
        for target in sorted(targets & lacking):
            yield Diagnosis(
                _severity(app, step.component),
                UserError(
                    "tool-missing",
                    f"component `{step.component}` is built for `{target}`, which Rust's compiler does not have",
                    f"`rustup target add {target}`, or `atoll toolchain install rust`",
                    location=step.place,
                ),
                _install(app, "rust"),
            )


def _severity(app: App, component: str) -> Severity:
    """Who has the component's file can serve it without building."""
    source = app.manifest.component[component].source
    is_there = isinstance(source, str) and (app.base / source).is_file()
    return Severity.WARNING if is_there else Severity.ERROR


def _install(app: App, name: str | None) -> Run | None:
    return Run(("atoll", "toolchain", "install", name), app.base) if name is not None else None


def _programs(step: Step) -> Iterator[str]:
    """Those that can be told apart from what a shell makes of the command."""
    for command in step.commands:
        for program in toolchain.programs(command):
            if program not in _SHELL.split() and not _EXPANDED.search(program):
                yield program


def _tool(program: str, folder: str | None, components: list[str]) -> Tool:
    path = shutil.which(
        os.path.normpath(os.path.join(folder, program)) if folder else program, path=toolchain.search_path()
    )
    version = _version(program, path) if path is not None else None
    return Tool(program, tuple(components), path, version, toolchain.providing(program))


def _version(program: str, path: str) -> str | None:
    """What the program says of itself; None where it is not asked, or does not say."""
    question = _ASKED.get(program)  # what lies in the app's folder is not run
    if question is None:
        return None
    try:
        said = subprocess.run(
            [path, question],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_LONGEST_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    lines = (said.stdout or said.stderr).strip().splitlines()
    return lines[0][:_MOST_SHOWN] if lines else None
