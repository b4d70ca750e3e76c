"""Runs tests and shows what becomes of them."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from atoll.app import App, find_manifest
from atoll.cli.test import split
from atoll.errors import UserError, visible
from atoll.errors.meant import meant
from atoll.testing.cases import own
from atoll.testing.cases.choosing import Chosen
from atoll.testing.cases.counting import Asked
from atoll.testing.cases.coverage import Covered, coverage
from atoll.testing.cases.finding import CASES, Found, find, shown
from atoll.testing.cases.junit import junit
from atoll.testing.cases.outcomes import Outcome, Status
from atoll.testing.cases.run import Way, run

_COLOURS: dict[Status, str] = {"passed": "green", "failed": "red", "skipped": "yellow"}
_WORDS = {"passed": "ok", "failed": "FAILED", "skipped": "skipped"}
_WIDTH = 8

_FIRST = """write the first one beside the app, into app%s:

    [[test]]
    name = "it answers"
    request = { path = "%s" }
    response = { status = 200 }
"""


def run_tests(wanted: tuple[str, ...], source: str | None, *, build: bool, as_json: bool, **given: Any) -> bool:
    """Find, build and run tests; whether none failed. Raises UserError or Problems where they cannot be run."""
    began = time.monotonic()
    paths, names = split(wanted)
    app = find_manifest(Path(source)) if source else None
    chosen = Chosen(tuple(names), given["expression"])
    found = _found(paths or [_root(app)], chosen, app, given["profile"])
    if build:
        _build(found)
    way = Way(chosen=chosen, jobs=given["jobs"], stops_early=given["exit_first"], profile=given["profile"])
    outcomes: list[Outcome] = []
    for outcome in run(found, way):
        if not as_json:
            _tell(outcome, outcomes[-1] if outcomes else None)
        outcomes.append(outcome)
    if not outcomes:
        raise _missing(chosen, find(paths or [_root(app)], Chosen(), app, given["profile"]))
    if given["junit"]:
        _write(Path(given["junit"]), junit(outcomes))
    covered = _covered(found, outcomes) if given["coverage"] or as_json else []
    seconds = time.monotonic() - began
    if as_json:
        click.echo(json.dumps(_document(outcomes, covered, seconds), indent=2, ensure_ascii=False))
    else:
        click.echo(f"\n{_summary(outcomes, seconds)}")
        for one in covered:
            click.echo("\n" + "\n".join(_lines(one)))
    return not any(outcome.status == "failed" for outcome in outcomes)


def _root(app: Path | None) -> Path:
    """The folder of the app; where there is none, this one."""
    if app is None:
        try:
            app = find_manifest(None)
        except UserError:
            return Path()
    return app.parent


def _found(paths: list[Path], chosen: Chosen, app: Path | None, profile: str | None) -> Found:
    found = find(paths, chosen, app, profile)
    if not len(found):
        every = find(paths, Chosen(), app, profile)
        if not len(every):
            raise _none(paths, every)
        raise _missing(chosen, every)
    return found


def _none(paths: list[Path], found: Found) -> UserError:
    route = next((_route(app) for app in found.apps.values()), "/")
    listed = ", ".join(map(shown, paths))
    return UserError("tests-missing", f"no tests were found in {listed}", _FIRST % (CASES, route))


def _route(app: App) -> str:
    """A path that the app answers."""
    routes = [trigger.config.get("route") for trigger in app.manifest.trigger.get("http", [])]
    plain = (route.removesuffix("/...") for route in routes if isinstance(route, str) and ":" not in route)
    return next(plain, "/") or "/"


def _missing(chosen: Chosen, found: Found) -> UserError:
    names, known = chosen.names, {case.name for case in found.cases} | {one.component for one in found.own}
    gone = next((name for name in names if name.endswith((".toml", ".py")) or "/" in name), None)
    if gone is not None:
        return UserError("tests-missing", f"there is no file {gone}", "name a file, a folder, or a test")
    what = f"no test is called {', '.join(map(repr, names))}" if names else f"no test fits -k {chosen.expression!r}"
    return UserError("tests-missing", what, meant(names[0], known) if names and known else None)


def _build(found: Found) -> None:
    from atoll.build import Way as BuildWay
    from atoll.cli.building import build, changes

    for app in found.apps.values():
        if not app.is_bare:
            build(app, (), BuildWay(), only_changes=True)
    for one in found.own:
        with changes() as tell:
            own.build(one, tell)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise UserError("argument-invalid", f"--junit: {file} cannot be written: {error.strerror}") from None


def _covered(found: Found, outcomes: Iterable[Outcome]) -> list[Covered]:
    asked: Asked = sum((outcome.asked for outcome in outcomes), Counter())
    return coverage((app for app in found.apps.values() if not app.is_bare), asked)


def _tell(outcome: Outcome, last: Outcome | None) -> None:
    if last is None or last.group != outcome.group:
        click.echo(("\n" if last else "") + click.style(visible(outcome.group), bold=True))
    word = click.style(f"{_WORDS[outcome.status]:>{_WIDTH}}", fg=_COLOURS[outcome.status], bold=True)
    click.echo(f"{word} {visible(outcome.name)}  {click.style(_time(outcome.seconds), dim=True)}")
    is_same = last is not None and outcome.differences and _said(last) == _said(outcome)
    for line in ["as above"] if is_same else _failure(outcome):
        click.echo(f"{'':{_WIDTH}} {line}".rstrip())


def _said(outcome: Outcome) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.what, one.said) for one in outcome.differences]


def _failure(outcome: Outcome) -> Iterator[str]:
    for one in outcome.differences:
        yield click.style(visible(f"{one.place}: {one.what}" if one.what else one.place), fg="red")
        for line in one.said:
            yield f"  {visible(line)}"
    for title, text in outcome.sections:
        yield click.style(f"{visible(title)}:", bold=True)
        for line in text.split("\n"):
            yield f"  {visible(line)}"


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _summary(outcomes: list[Outcome], seconds: float) -> str:
    counts = Counter(outcome.status for outcome in outcomes)
    parts = [
        click.style(f"{counts[status]} {status}", fg=_COLOURS[status], bold=True)
        for status in _COLOURS
        if counts[status]
    ]
    return f"{', '.join(parts)} in {seconds:.1f} s"


def _document(outcomes: list[Outcome], covered: list[Covered], seconds: float) -> dict[str, Any]:
    counts = Counter(outcome.status for outcome in outcomes)
    return {
        **{status: counts[status] for status in _COLOURS},
        "seconds": round(seconds, 3),
        "tests": [outcome.to_dict() for outcome in outcomes],
        "coverage": [one.to_dict() for one in covered],
    }


def _lines(one: Covered) -> Iterator[str]:
    """The coverage of a component, for people."""
    yield click.style(visible(f"{one.component} of {one.app}"), bold=True)
    for interface, functions in one.functions.items():
        yield f"  {interface}"
        width = max(map(len, functions))
        for name, count in functions.items():
            shown = "not seen" if count is None else str(count) if count else click.style("never", fg="yellow")
            yield f"    {name:<{width}}  {shown}"
    if one.never_used:
        yield f"  granted and never used: {', '.join(one.never_used)}"
    if one.shared:
        yield f"  counted together with other components: {', '.join(one.shared)}"
    if one.unseen:
        packages = dict.fromkeys(name.partition("/")[0] if name.startswith("wasi:") else name for name in one.unseen)
        yield f"  not seen: {', '.join(packages)}"
