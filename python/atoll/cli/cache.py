"""`atoll cache`: what is kept so that it need not be fetched or made again."""

import json
from typing import TYPE_CHECKING, Any

import click

from atoll.cli.values import AGE

if TYPE_CHECKING:
    from atoll.cache.contents import Kind
    from atoll.cache.removing import Chosen

_NAMES = ("apps", "blobs", "signatures", "composed", "code", "packages", "toolchains")
_CACHE_DIR = click.option(
    "--cache-dir",
    metavar="DIR",
    envvar="ATOLL_CACHE_DIR",
    show_envvar=True,
    help="The cache, if it is not your own; then without packages and toolchains, which lie elsewhere.",
)
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Remove nothing, and show what would go.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
# What does not move with --cache-dir.
_ELSEWHERE = {"packages", "toolchains"}


@click.group("cache")
def command() -> None:
    """Show and remove what atoll keeps so that it need not be fetched or made again.

    All of it can be had again. What a running server needs stays, whatever is asked for.

    \b
    atoll cache list
    atoll cache prune --dry-run
    """


@command.command("dir")
@_CACHE_DIR
@click.option("--json", "as_json", is_flag=True, help="Print the folders of all kinds as one JSON object.")
def dir_(cache_dir: str | None, as_json: bool) -> None:
    """Print the folder of the cache.

    \b
    atoll cache dir
    du -sh "$(atoll cache dir)"
    """
    from atoll.cache import cache_folders

    root = cache_folders(cache_dir).root
    if as_json:
        folders = {kind.name: [str(folder) for folder in kind.folders] for kind in _kinds(cache_dir)}
        click.echo(json.dumps({"path": str(root), "kinds": folders}))
    else:
        click.echo(root)


@command.command("list")
@_CACHE_DIR
@_JSON
def list_(cache_dir: str | None, as_json: bool) -> None:
    """List what lies in the cache: how many things of each kind, and their size.

    \b
    atoll cache list
    atoll cache list --json
    """
    from atoll.cache.removing import entries

    found = [(kind, entries(kind)) for kind in _kinds(cache_dir)]
    rows = [
        _row(kind, len(many), sum(entry.size for entry in many), paths=[str(each) for each in kind.folders])
        for kind, many in found
    ]
    if as_json:
        click.echo(json.dumps(_whole(cache_dir, rows)))
    else:
        click.echo("\n".join([*map(_line, rows), _line({**_sums(rows), "kind": "in all", "about": ""})]))


@command.command("prune")
@click.option(
    "--older-than", type=AGE, metavar="AGE", default="30d", show_default=True, help="Unused for so long: 12h, 30d, 8w."
)
@_CACHE_DIR
@_DRY_RUN
@_JSON
def prune(older_than: int, cache_dir: str | None, dry_run: bool, as_json: bool) -> None:
    """Remove what nobody has used for long, and what was never finished.

    A file of an app that stays, stays with it. So does what a running server needs.

    \b
    atoll cache prune
    atoll cache prune --older-than 7d --dry-run
    """
    from atoll.cache.removing import unused

    _remove(unused(_kinds(cache_dir), older_than / 1000), cache_dir, is_dry=dry_run, as_json=as_json)


@command.command("clean")
@click.argument("names", metavar="[KIND]...", nargs=-1, type=click.Choice(_NAMES))
@_CACHE_DIR
@_DRY_RUN
@_JSON
def clean(names: tuple[str, ...], cache_dir: str | None, dry_run: bool, as_json: bool) -> None:
    """Remove everything of some kinds, or of all.

    A KIND is apps, blobs, signatures, composed, code, packages or toolchains. Of toolchains only what belongs to none
    goes; `atoll toolchain remove` removes those.

    \b
    atoll cache clean code composed
    atoll cache clean --dry-run
    """
    from atoll.cache.removing import everything

    wanted = names or _NAMES
    _remove(everything(_kinds(cache_dir), wanted), cache_dir, is_dry=dry_run, as_json=as_json)


def _kinds(cache_dir: str | None) -> "list[Kind]":
    from atoll.cache import cache_folders, cache_home
    from atoll.cache.contents import kinds
    from atoll.toolchain.leftovers import kind

    root = cache_folders(cache_dir).root
    found = [*kinds(root), kind()]
    return found if root == cache_home() else [one for one in found if one.name not in _ELSEWHERE]


def _remove(chosen: "list[Chosen]", cache_dir: str | None, *, is_dry: bool, as_json: bool) -> None:
    from atoll.cache.removing import remove

    if not is_dry:
        remove(chosen)
    rows = [_row(one.kind, len(one.going), one.size, in_use=one.in_use) for one in chosen]
    if as_json:
        click.echo(json.dumps({**_whole(cache_dir, rows), "dry_run": is_dry}))
        return
    for row in rows:
        if row["items"] or row["in_use"]:
            click.echo(_line(row) + (f"; {row['in_use']} in use stay" if row["in_use"] else ""))
    sums = _sums(rows)
    what = "would be removed" if is_dry else "removed"
    path = _whole(cache_dir, rows)["path"]
    told = (
        f"{what}: {_size(sums['bytes'])} in {sums['items']} things" if sums["items"] else "there is nothing to remove"
    )
    click.echo(f"{told}; the cache is {path}")


def _row(kind: "Kind", items: int, size: int, **more: Any) -> dict[str, Any]:
    return {"kind": kind.name, "about": kind.about, "items": items, "bytes": size, **more}


def _whole(cache_dir: str | None, rows: list[dict[str, Any]]) -> dict[str, Any]:
    from atoll.cache import cache_folders

    return {"path": str(cache_folders(cache_dir).root), "kinds": rows, **_sums(rows)}


def _sums(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: sum(row[name] for row in rows) for name in ("items", "bytes")}


def _line(row: dict[str, Any]) -> str:
    return f"{row['kind']:<11} {row['items']:>7,}  {_size(row['bytes']):>9}  {row['about']}".rstrip()


def _size(count: int) -> str:
    from rich.filesize import decimal

    return decimal(count)
