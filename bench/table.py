"""The one table, for people: with rich on a terminal, as Markdown elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.claim import Claim, Result, Row

_COLUMNS = ("claim", "guest", "atoll", "against", "its figure", "ratio", "rounds", "bar")
_STYLES = {"met": "green", "missed": "red", "not measured": "yellow", "measured": ""}


def show(results: Sequence[Result], machine: Mapping[str, str], console: Console) -> None:
    """Print the table, what each claim compares, and the machine."""
    if console.is_terminal:
        console.print(_rich(results))
    else:
        print("\n".join(_markdown(results)))
    print()
    for result in results:
        print(f"{result.claim.name} ({result.claim.unit}, {result.claim.better} is better): {result.claim.compares}.")
    print("\n" + ", ".join(f"{name} {value}" for name, value in machine.items()))


def _rich(results: Sequence[Result]) -> Table:
    table = Table(*_COLUMNS)
    for result in results:
        for row in result.rows:
            table.add_row(*_cells(result.claim, row), style=_STYLES[row.status])
        table.add_section()
    return table


def _markdown(results: Sequence[Result]) -> Iterator[str]:
    yield _line(_COLUMNS)
    yield _line(["---"] * len(_COLUMNS))
    for result in results:
        for row in result.rows:
            yield _line(_cells(result.claim, row))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(claim: Claim, row: Row) -> list[str]:
    ratio = "-" if row.ratio is None else _figure(row.ratio)
    spread = f"{_figure(min(row.ratios))} to {_figure(max(row.ratios))}" if len(row.ratios) > 1 else "-"
    figures = [_measured(claim, row.ours), row.against, row.trouble or _measured(claim, row.theirs)]
    return [claim.name, row.guest, *figures, ratio, spread, _bar(row)]


def _bar(row: Row) -> str:
    return row.status if row.bar is None else f"{row.bar:.2f} {row.status}"


def _measured(claim: Claim, figures: Sequence[float]) -> str:
    return f"{_figure(median(figures))} {claim.unit}" if figures else "-"


def _figure(value: float) -> str:
    """Two or three digits that matter."""
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 1:
        return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    return f"{value:.2g}"
