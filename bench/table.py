"""The one table, for people: with rich on a terminal, as Markdown elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.claim import Claim, Result, Row

_COLUMNS = ("claim", "guest", "atoll", "against", "its figure", "ratio", "rounds", "bar")
_STYLES = {"met": "green", "missed": "red", "not measured": "yellow", "measured": ""}


def show(results: Sequence[Result], machine: Mapping[str, str], console: Console) -> None:
    """Print the table, what each claim compares, what else was seen, and the machine."""
    if console.is_terminal:
        console.print(_rich(results))
    else:
        print("\n".join(_markdown(results)))
    print()
    for result in results:
        print(f"{result.claim.name} ({result.claim.unit}, {result.claim.better} is better): {result.claim.compares}.")
    print("\n".join(_notes(results)))
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


def _notes(results: Sequence[Result]) -> Iterator[str]:
    for result in results:
        for row in result.rows:
            if row.note is not None:
                yield f"{result.claim.name}, {row.guest}: {row.note}."


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(claim: Claim, row: Row) -> list[str]:
    unit = row.unit or claim.unit
    ratio = "-" if row.ratio is None else _figure(row.ratio)
    spread = f"{_figure(min(row.ratios))} to {_figure(max(row.ratios))}" if len(row.ratios) > 1 else "-"
    figures = [_measured(row.ours, unit), row.against, row.trouble or _measured(row.theirs, unit)]
    return [claim.name, row.guest, *figures, ratio, spread, _bar(row, unit)]


def _bar(row: Row, unit: str) -> str:
    return row.status if row.bar is None else f"{row.bar.told(unit)}: {row.status}"


def _measured(figures: Sequence[float], unit: str) -> str:
    return f"{_figure(median(figures))} {unit}" if figures else "-"


def _figure(value: float) -> str:
    """Two or three digits that matter."""
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 1:
        return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    return f"{value:.2g}"
