"""`atoll wit check` and `atoll wit diff`: WIT held against WIT."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from atoll.errors import visible

if TYPE_CHECKING:
    from atoll.packages.wit.diff import Change, Comparison
    from atoll.packages.wit.fit import Misfit


@click.command("check")
@click.argument("component", metavar="[COMPONENT]", required=False, type=click.Path(path_type=Path))
@click.option("-w", "--world", metavar="NAME", help="The world; by default the only one.")
@click.option("--wit", "source", metavar="WIT", default="wit", show_default=True, help="Where the world is described.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: what does not fit, with the WIT of both sides.")
@click.pass_context
def check(context: click.Context, component: Path | None, world: str | None, source: str, as_json: bool) -> None:
    """Check a WIT: is it valid, is its `deps` what `deps.lock` says, and does COMPONENT fit its world?

    A component fits a world that has all its imports, and all of whose exports it has. Exit code 1: it does not fit.

    \b
    atoll wit check
    atoll wit check app.wasm --world shop
    atoll wit check app.wasm --wit wasi:http@0.2.12 --world proxy
    """
    from atoll.host import wit
    from atoll.packages.wit.deps import verify
    from atoll.packages.wit.fit import misfits
    from atoll.packages.wit.located import located

    with located(source) as path:
        if path.is_dir():
            verify(path)
        wit.text(path, whole=False)
        found = misfits(component, path, world) if component is not None else []
    if as_json:
        click.echo(json.dumps({"fits": not found, "misfits": [asdict(one) for one in found]}, indent=2))
    elif found:
        for line in _misfits(found):
            click.echo(visible(line))
    else:
        fits = f"`{component}` fits" if component is not None else "is valid"
        click.echo(visible(f"{source}: {fits}"))
    if found:
        context.exit(1)


def _misfits(found: "list[Misfit]") -> Iterator[str]:
    for one in found:
        yield f"{one.side} {one.name}: {one.why}"
        for who, lines in (("component", one.component), ("world", one.world)):
            yield from (f"  {who + ':':<10} {line}" for line in lines)


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def diff(context: click.Context, old: str, new: str, as_json: bool) -> None:
    """Compare two WITs: what changed, what of it breaks those who rely on it, and the version that it asks for.

    Of components it says whether NEW can take the place of OLD. Exit code 1: something breaks that the version number
    promises, so NEW needs another one.

    \b
    atoll wit diff released/wit wit
    atoll wit diff wasi:http@0.2.12 wasi:http@0.3.0 --json
    """
    from atoll.packages.wit.diff import compare
    from atoll.packages.wit.located import located
    from atoll.packages.wit.tree import read

    with located(old) as one, located(new) as other:
        compared = compare(read(one), read(other))
    if as_json:
        click.echo(json.dumps(_record(compared), indent=2))
    else:
        for line in _differences(compared):
            click.echo(visible(line))
    if not compared.keeps:
        context.exit(1)


def _record(compared: "Comparison") -> dict[str, object]:
    versions = {"old": compared.old, "new": compared.new, "asked": compared.asked}
    return {
        "changes": [asdict(change) for change in compared.changes],
        "breaking": compared.breaking,
        "version": {which: str(version) if version else None for which, version in versions.items()},
        "keeps": compared.keeps,
    }


def _differences(compared: "Comparison") -> Iterator[str]:
    where = None
    for change in compared.changes:
        if change.where != where:
            where = change.where
            yield where or "components"
        yield from _change(change)
    if not compared.changes:
        yield "no differences"
    elif compared.asked is None:
        yield "breaking" if compared.breaking else "not breaking"
    else:
        breaking, is_now = "breaking" if compared.breaking else "not breaking", compared.new or "without a version"
        yield f"{breaking}: {compared.old} becomes at least {compared.asked}; it is {is_now}"


def _change(change: "Change") -> Iterator[str]:
    mark = "breaking " if change.breaking else ""
    yield f"  {mark}{change.what} {change.kind} {change.name}"
    yield from (f"    {sign} {text}" for sign, text in (("-", change.old), ("+", change.new)) if text is not None)
