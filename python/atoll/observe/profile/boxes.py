"""The boxes of a flame graph: calls of equal functions below equal callers are one, as wide as what they took.

What is too narrow to be seen is put together, and the widest are laid out first, so that the picture of any profile
has a bounded size.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from atoll.observe.profile.merged import Component, Function, Seen, main_line

_NARROWEST = 5000
"""The part of the whole that the narrowest box has; zoomed in, it can be seen."""
_MOST = 10_000

Weigh = Callable[[Seen], int]


class Box(NamedTuple):
    """`line` is 0 where it is not known, else where most of it was; `alone` is what it took without its calls."""

    function: Function
    line: int
    depth: int
    start: int
    size: int
    alone: int


class _Weighed(NamedTuple):
    functions: tuple[int, ...]
    frames: tuple[int, ...]
    weight: int


class _Range(NamedTuple):
    """Stacks that are the same down to `depth`. The widest comes first out of a heap, of those the leftmost."""

    narrowness: int
    start: int
    depth: int
    first: int
    end: int


def boxes(component: Component, weigh: Weigh, start: int, whole: int) -> Iterator[Box]:
    """The component's boxes in a picture of so many samples or bytes, where its own begin at `start`."""
    return _Layout(component, weigh, max(whole // _NARROWEST, 1)).boxes(start)


class _Layout:
    def __init__(self, component: Component, weigh: Weigh, narrowest: int) -> None:
        self._component = component
        self._narrowest = narrowest
        number = component.function_of
        weighed = ((seen.frames, weigh(seen)) for seen in component.stacks)
        stacks = [
            _Weighed(tuple(number[each] for each in frames), frames, weight) for frames, weight in weighed if weight
        ]
        self._stacks = sorted(stacks)

    def boxes(self, start: int) -> Iterator[Box]:
        total = sum(stack.weight for stack in self._stacks)
        waiting = [_Range(-total, start, 0, 0, len(self._stacks))] if total else []
        left = _MOST
        while waiting and left > 0:
            for child, box in self._below(heapq.heappop(waiting)):
                left -= 1
                yield box
                if child:
                    heapq.heappush(waiting, child)

    def _below(self, above: _Range) -> Iterator[tuple[_Range | None, Box]]:
        """The boxes of what the range's last function called; those that are too narrow as one."""
        narrow, at = [], above.start
        for below in self._split(above):
            if below.narrowness <= -self._narrowest:
                yield below._replace(start=at), self._box(below._replace(start=at))
                at -= below.narrowness
            else:
                narrow.append(below)
        size = -sum(below.narrowness for below in narrow)
        if size >= self._narrowest:
            name = f"({len(narrow):,} narrow ones)"
            yield None, Box(Function(name, ""), 0, above.depth, at, size, 0)

    def _split(self, above: _Range) -> Iterator[_Range]:
        """By the next function; stacks that end here come first, and have none."""
        depth, first, size = above.depth, above.first, 0
        for number in range(above.first, above.end):
            stack = self._stacks[number]
            if len(stack.functions) <= depth:
                first = number + 1
                continue
            size += stack.weight
            following = self._stacks[number + 1] if number + 1 < above.end else None
            if following is None or following.functions[depth] != stack.functions[depth]:
                yield _Range(-size, 0, depth + 1, first, number + 1)
                first, size = number + 1, 0

    def _box(self, below: _Range) -> Box:
        depth = below.depth - 1
        stacks = self._stacks[below.first : below.end]
        lines: Counter[int] = Counter()
        for stack in stacks:
            place = self._component.frames[stack.frames[depth]].place
            lines[place.line if place else 0] += stack.weight
        alone = sum(stack.weight for stack in stacks if len(stack.functions) == below.depth)
        function = self._component.functions[stacks[0].functions[depth]]
        return Box(function, main_line(lines), depth, below.start, -below.narrowness, alone)
