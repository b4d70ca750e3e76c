"""`atoll test`: the tests of an app, in the sandbox."""

import sys
from pathlib import Path
from typing import Any

import click

from atoll.cli.nearest import with_manifest


@click.command("test")
@click.argument("wanted", metavar="[PATH|NAME]...", nargs=-1)
@with_manifest("The app: a spin.toml, or a folder that holds one. By default the nearest spin.toml above.")
@click.option("-k", "expression", metavar="EXPR", default="", help="Run tests whose name fits: 'user and not found'.")
@click.option("--profile", help="Use this build profile.")
@click.option("--build/--no-build", default=True, help="Build what is not current first, or do not.")
@click.option("-x", "--exit-first", is_flag=True, help="End with the first test that fails.")
@click.option(
    "-j", "--jobs", type=click.IntRange(1, 256), help="Processes; by default one, and one a core where that takes long."
)
@click.option("--junit", metavar="FILE", help="Write the results as JUnit XML.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as one JSON object.")
@click.option("--coverage", is_flag=True, help="Say which imports were called, and which grants were never used.")
@click.pass_obj
def command(failures: Any, /, **given: Any) -> None:
    """Run the tests of an app, each with virtual capabilities of its own: in memory, without a network.

    Tests are in files *.test.toml, in test_*.py for pytest, and in components that test themselves
    ([component.X.tool.atoll.test]). A PATH is a file or folder, a NAME that of a test, where * stands for any
    characters, or FILE::NAME. The exit code is 1 if a test fails.

    \b
    atoll test
    atoll test users.test.toml -k "user and not found"
    atoll test "a user is kept"
    atoll test --junit report.xml --coverage
    """
    from atoll.cli.tested import run_tests

    if given["as_json"]:
        failures.choose(True)
    if not run_tests(**given):
        sys.exit(1)


def split(wanted: tuple[str, ...]) -> tuple[list[Path], list[str]]:
    """The paths, and the names of tests. `FILE::NAME` is both."""
    paths, names = [], []
    for one in wanted:
        path, separator, name = one.partition("::")
        if separator and Path(path).exists():
            paths.append(Path(path))
            names.append(name)
        elif Path(one).exists():
            paths.append(Path(one))
        else:
            names.append(one)
    return paths, names
