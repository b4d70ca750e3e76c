"""Shows how toolchains are installed, and what there is of them."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from atoll.toolchain.installing import Report, Stage
from atoll.toolchain.listing import Listed, ListedPart

Tell = Callable[[Report], None]

_COLOURS = {"installed": "green", "failed": "red", "outdated": "yellow", "waiting": "yellow"}


@contextmanager
def showing() -> Iterator[Tell]:
    """A line on standard error for each part at its end; a terminal also shows what is being installed."""
    if not sys.stderr.isatty():
        yield _told
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", start=False, visible=False)

        def tell(report: Report) -> None:
            if report.stage is Stage.INSTALLING:
                progress.reset(task, description=f"{report.what} ({report.number} of {report.count})", visible=True)
            else:
                progress.update(task, visible=False)
                progress.refresh()
                _told(report)

        yield tell


def lines(one: Listed) -> Iterator[str]:
    """A toolchain, and its parts below it."""
    state = click.style(f"{one.state:<9}", fg=_COLOURS.get(one.state))
    yield f"{click.style(f'{one.name:<15}', bold=True)} {state}  {one.about}"
    for part in one.parts:
        yield f"{'':<15} {_FORMS[part.state](part)}"


_FORMS: dict[str, Callable[[ListedPart], str]] = {
    "installed": lambda part: f"{_size(part.size):>9}  {_named(part)}",
    "machine": lambda part: f"{'-':>9}  {_named(part)}, the machine's own",
    "missing": lambda part: f"{'-':>9}  {_named(part)}, to be installed",
}


def _named(part: ListedPart) -> str:
    return f"{part.title} {part.version}".rstrip()


def _told(report: Report) -> None:
    match report.stage:
        case Stage.WAITING:
            what = "for another installation that runs here"
        case Stage.INSTALLED | Stage.FAILED:
            what = f"{report.what}  {report.seconds:.1f} s"
        case _:
            return
    word = click.style(f"{report.stage.value:>9}", fg=_COLOURS.get(report.stage.value), bold=True)
    click.echo(f"{word} {what}", err=True)


def _size(count: int) -> str:
    from rich.filesize import decimal

    return decimal(count)
