"""Flame graphs as SVG: one file, read without anything else, and searched and zoomed where scripts run.

Callers stand above what they call. Names come from guests: all of them are escaped, and none is in the script.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple
from xml.sax.saxutils import escape

from atoll.observe.profile.boxes import Box, Weigh, boxes
from atoll.observe.profile.merged import Component, Function
from atoll.observe.profile.modules import NEUTRAL, color, module
from atoll.observe.profile.summary import bytes_said

_WIDTH = 1200
_ROW = 18
_MARGIN = 10
_HEAD = 64
_CHARACTER = 7.0


class _Kind(NamedTuple):
    """What a picture is of, and how its amounts are said."""

    title: str
    weigh: Weigh
    said: Callable[[int], str]


_TIME = _Kind("CPU time of guests", lambda seen: seen.samples, lambda amount: f"{amount:,} ms")
_MEMORY = _Kind("Memory growth of guests", lambda seen: seen.grown, bytes_said)


def of_time(components: Iterable[Component]) -> str:
    """By milliseconds of CPU time; empty where no guest was sampled."""
    return _drawn([*components], _TIME)


def of_memory(components: Iterable[Component]) -> str:
    """By bytes that linear memories grew by; empty where none did."""
    return _drawn([*components], _MEMORY)


def _drawn(components: list[Component], kind: _Kind) -> str:
    whole = sum(kind.weigh(seen) for component in components for seen in component.stacks)
    if not whole:
        return ""
    laid = [*_laid(components, kind, whole)]
    height = _HEAD + (1 + max(box.depth for box, _ in laid)) * _ROW + _MARGIN
    parts = [_begin(kind, whole, height)]
    parts += (_group(box, fill, whole, kind) for box, fill in laid)
    parts.append(f"</g>\n<script><![CDATA[\n{_file('flamegraph.js')}]]></script>\n</svg>\n")
    return "".join(parts)


def _laid(components: list[Component], kind: _Kind, whole: int) -> Iterator[tuple[Box, str]]:
    """With their colors: everything, below it the components side by side, below each of them its functions."""
    yield Box(Function("all components", ""), 0, 0, 0, whole, 0), NEUTRAL
    start = 0
    for component in components:
        size = sum(kind.weigh(seen) for seen in component.stacks)
        if size:
            yield Box(Function(component.name, ""), 0, 1, start, size, 0), color(component.name, component.name)
            for box in boxes(component, kind.weigh, start, whole):
                fill = color(module(*box.function) or component.name, box.function.name)
                yield box._replace(depth=box.depth + 2), fill
        start += size


def _begin(kind: _Kind, whole: int, height: int) -> str:
    size = f'width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" {size}>\n'
        f"<title>{kind.title}</title>\n<style><![CDATA[\n{_file('flamegraph.css')}]]></style>\n"
        f'<rect class="paper" width="100%" height="100%"/>\n'
        f'<text class="title" x="{_MARGIN}" y="24">{kind.title}: {kind.said(whole)}</text>\n'
        f'<text class="details" x="{_MARGIN}" y="50">Callers stand above what they call.</text>\n<g class="boxes">\n'
    )


def _group(box: Box, fill: str, whole: int, kind: _Kind) -> str:
    scale = (_WIDTH - 2 * _MARGIN) / whole
    x, width = _MARGIN + box.start * scale, box.size * scale
    y = _HEAD + box.depth * _ROW
    place = f'x="{x:.2f}" y="{y}" width="{max(width, 0.1):.2f}" height="{_ROW - 1}"'
    return (
        f'<svg {place} data-start="{box.start}" data-size="{box.size}"><title>{_told(box, whole, kind)}</title>'
        f'<rect width="100%" height="100%" fill="{fill}"/>'
        f'<text x="3" y="12.5">{_cut(box.function.name, width)}</text></svg>\n'
    )


def _told(box: Box, whole: int, kind: _Kind) -> str:
    """Name, place and amounts, line by line."""
    file = box.function.file
    place = f"{file}:{box.line}" if file and box.line else file
    alone = f", {kind.said(box.alone)} in itself" if box.alone else ""
    amount = f"{kind.said(box.size)}, {box.size / whole:.1%}{alone}"
    return escape("\n".join(filter(None, (box.function.name, place, amount))))


def _cut(name: str, width: float) -> str:
    """As much of a name as the box has room for."""
    room = int((width - 6) / _CHARACTER)
    if room < 3:
        return ""
    return escape(name if len(name) <= room else f"{name[: room - 1]}…")


@cache
def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
