"""`atoll bind`: a typed Python package for a component."""

import json
from pathlib import Path

import click


@click.command("bind")
@click.argument("file")
@click.option(
    "-o", "--output", "folder", metavar="DIR", required=True, help="The package's folder; its name is what is imported."
)
@click.option("--no-copy", is_flag=True, help="Do not put FILE into the package: it is read where it is now.")
@click.option("--check", "is_check", is_flag=True, help="Write nothing; fail if the package does not fit FILE.")
@click.option("--json", "as_json", is_flag=True, help="Print the files that were written as one JSON array.")
def command(file: str, folder: str, no_copy: bool, is_check: bool, as_json: bool) -> None:
    """Write a typed Python package for the component or core module FILE.

    It knows all functions and types of FILE, so that editors and mypy do, too, and its `load` gives the plugin; what
    FILE imports is a Protocol for the object that answers. The same FILE gives the same package. Files that this
    command did not make are never written over.

    \b
    atoll bind plugin.wasm -o shop/plugin
    atoll bind plugin.wasm -o shop/plugin --check    # in CI
    """
    from atoll.embed.bind.files import check, write
    from atoll.embed.bind.making import package
    from atoll.errors import visible

    files = package(Path(file), Path(folder), copied=not no_copy)
    if is_check:
        check(Path(folder), files)
        return
    changed = write(Path(folder), files)
    if as_json:
        click.echo(json.dumps([str(Path(folder, name)) for name in changed], indent=2))
        return
    for name in changed:
        click.echo(visible(str(Path(folder, name))))
    if not changed:
        click.echo(f"{visible(folder)}: nothing to do")
