"""What a profile comes to, for people: where each component's time and memory went, and what it asked of the host.

Names are those of guests. They were made visible when they were read; here they end early, and are taken for no markup.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from atoll.observe.profile.summary import Figures, HostFigures, Part, Summary, bytes_said

if TYPE_CHECKING:
    from rich.console import Console

_MOST = 10
"""Rows of a table; the files have the rest."""
_NAME = 80
"""Characters of a name."""
_PLACE = 60
_BAR = 10
_EIGHTHS = " ▏▎▍▌▋▊▉█"

Said = Callable[[int], str]


def show(summary: Summary, console: "Console") -> None:
    """Print all of it."""
    from rich.text import Text

    for line, style in _lines(summary):
        console.print(Text(line, style), soft_wrap=True)


def _lines(summary: Summary) -> Iterator[tuple[str, str]]:
    for part in summary.components:
        yield from _title(f"{part.component}: {part.samples:,} ms of CPU time")
        yield from _functions("by own time", part.by_own_time, part.samples, _milliseconds, _own)
        yield from _functions(
            "by total time, with what they call", part.by_total_time, part.samples, _milliseconds, _total
        )
        growth = (
            f"by memory growth: {bytes_said(part.grown)}, beside {bytes_said(part.began)} that instances began with"
        )
        yield from _functions(growth, part.by_memory, part.grown, bytes_said, _total)
        yield from _host(part)


def _functions(
    title: str, functions: Sequence[Figures], whole: int, said: Said, of: Callable[[Figures], int]
) -> Iterator[tuple[str, str]]:
    rows = [one for one in functions if of(one)][:_MOST]
    if not rows:
        return
    yield f"  {title}", "dim"
    for one in rows:
        yield f"  {said(of(one)):>12} {of(one) / whole:>6.1%} {_bar(of(one) / whole)} {_name(one)}", ""


def _own(one: Figures) -> int:
    return one.own


def _total(one: Figures) -> int:
    return one.total


def _name(one: Figures) -> str:
    place = f"  {one.file}:{one.line}" if one.line else f"  {one.file}"
    return _short(one.function) + (_end(place) if one.file else "")


def _host(part: Part) -> Iterator[tuple[str, str]]:
    if not part.host:
        return
    yield "  host calls, from the question to its answer", "dim"
    yield f"  {'total':>12} {'share':>6} {'calls':>10} {'mean':>12} {'longest':>12}", "dim"
    for one in part.host[:_MOST]:
        yield f"  {_host_row(one)}", ""


def _host_row(one: HostFigures) -> str:
    times = f"{_time(one.mean):>12} {_time(one.longest):>12}"
    asked = f"{_short(one.interface)} {_short(one.function)}"
    return f"{_time(one.total):>12} {one.share:>6.1%} {one.calls:>10,} {times}  {asked}"


def _title(text: str) -> Iterator[tuple[str, str]]:
    yield "", ""
    yield text, "bold"


def _bar(share: float) -> str:
    eighths = round(share * _BAR * 8)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip().ljust(_BAR)


def _milliseconds(samples: int) -> str:
    return f"{samples:,} ms"


def _time(nanos: float) -> str:
    """Three digits, more or less."""
    for unit, name in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if nanos >= unit:
            return f"{nanos / unit:,.2f} {name}"
    return f"{nanos:,.0f} ns"


def _short(text: str) -> str:
    return text if len(text) <= _NAME else f"{text[: _NAME - 1]}…"


def _end(text: str) -> str:
    """Of a path the end tells more."""
    return text if len(text) <= _PLACE else f"  …{text[3 - _PLACE :]}"
