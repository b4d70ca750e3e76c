"""The profiles of one component, added up.

Names are a guest's own: they may hold anything and be of any length. Here they become text of one line that can be
shown, once for all that draw them.
"""

from collections import Counter, defaultdict
from functools import cached_property
from typing import NamedTuple

from atoll.errors import visible
from atoll.observe.profile.gathered import Frame, Gathered, HostCalls, Place, Stack

_WIDTH = 1000
"""Characters of a name: generic functions have long ones."""
_DEPTH = 512
"""Frames of a stack. Of a deeper one its two ends are kept: where it comes from, and where it is."""
_LEFT_OUT = Frame("(frames left out)")
_NO_STACK = Frame("(no stack)")
_FIRST_MEMORY = Frame("(first memory)")
"""What the data plane says in place of a stack where an instance begins: no function asked for it."""


class Function(NamedTuple):
    """What frames at several lines belong to. `file` is empty where it is not known."""

    name: str
    file: str


class Seen(NamedTuple):
    """A stack of frames by number, outermost first, and how often it was met."""

    frames: tuple[int, ...]
    samples: int
    grown: int


class Component:
    """What all processes gathered of one component.

    Frames, functions and stacks are in an order that does not depend on who was added first. `began` are the bytes
    of linear memory that its instances began with, all together.
    """

    def __init__(self, name: str, frames: list[Frame], stacks: list[Seen], began: int, host: list[HostCalls]) -> None:
        self.name = name
        self.frames = frames
        self.stacks = stacks
        self.began = began
        self.host = host

    @cached_property
    def functions(self) -> list[Function]:
        """All of them, sorted."""
        return sorted({*self._function_by_frame})

    @cached_property
    def function_of(self) -> list[int]:
        """The number of each frame's function."""
        numbers = {function: number for number, function in enumerate(self.functions)}
        return [numbers[function] for function in self._function_by_frame]

    @cached_property
    def _function_by_frame(self) -> list[Function]:
        """Compilers leave some instructions without a place: they belong to the function of that name, if it is one."""
        files: defaultdict[str, set[str]] = defaultdict(set)
        for frame in self.frames:
            if frame.place:
                files[frame.function].add(frame.place.file)
        known = {name: next(iter(found)) for name, found in files.items() if len(found) == 1}
        return [
            Function(frame.function, frame.place.file if frame.place else known.get(frame.function, ""))
            for frame in self.frames
        ]

    @property
    def samples(self) -> int:
        """Milliseconds of CPU time."""
        return sum(stack.samples for stack in self.stacks)

    @property
    def grown(self) -> int:
        """Bytes that linear memories grew by after that."""
        return sum(stack.grown for stack in self.stacks)

    def gathered(self) -> Gathered:
        """The same as one process would tell it."""
        stacks = [Stack([*reversed(stack.frames)], stack.samples, stack.grown) for stack in self.stacks]
        if not self.began:
            return Gathered(self.frames, stacks, self.host)
        began = Stack([len(self.frames)], 0, self.began)
        return Gathered([*self.frames, _FIRST_MEMORY], [*stacks, began], self.host)


class Merging:
    """One component while profiles are added."""

    def __init__(self) -> None:
        self._numbers: dict[Frame, int] = {}
        self._samples: Counter[tuple[int, ...]] = Counter()
        self._grown: Counter[tuple[int, ...]] = Counter()
        self._began = 0
        self._host: dict[tuple[str, str], HostCalls] = {}

    def add(self, gathered: Gathered) -> None:
        """Add what one process gathered."""
        numbers = [self._number(_shown(frame)) for frame in gathered.frames]
        for stack in gathered.stacks:
            if len(stack.frames) == 1 and gathered.frames[stack.frames[0]] == _FIRST_MEMORY:
                self._began += stack.grown
            else:
                self._saw(tuple(numbers[frame] for frame in reversed(stack.frames)), stack)
        for calls in gathered.host:
            self._asked(calls)

    def merged(self, name: str) -> Component:
        """All of it, under the component's name."""
        met = [stack for stack in self._samples if self._samples[stack] or self._grown[stack]]
        used = {number for stack in met for number in stack}
        order = sorted((frame for frame, number in self._numbers.items() if number in used), key=_key)
        new = {self._numbers[frame]: number for number, frame in enumerate(order)}
        stacks = [Seen(tuple(new[frame] for frame in stack), self._samples[stack], self._grown[stack]) for stack in met]
        host = sorted(self._host.values(), key=lambda calls: (-calls.nanos, calls.interface, calls.function))
        return Component(name, order, sorted(stacks), self._began, host)

    def _number(self, frame: Frame) -> int:
        return self._numbers.setdefault(frame, len(self._numbers))

    def _saw(self, frames: tuple[int, ...], stack: Stack) -> None:
        frames = self._bounded(frames or (self._number(_NO_STACK),))
        self._samples[frames] += stack.samples
        self._grown[frames] += stack.grown

    def _bounded(self, frames: tuple[int, ...]) -> tuple[int, ...]:
        if len(frames) <= _DEPTH:
            return frames
        return (*frames[: _DEPTH // 2], self._number(_LEFT_OUT), *frames[1 - _DEPTH // 2 :])

    def _asked(self, calls: HostCalls) -> None:
        key = line(calls.interface), line(calls.function)
        before = self._host.get(key, HostCalls(*key, 0, 0, 0))
        longest = max(before.longest, calls.longest)
        self._host[key] = HostCalls(*key, before.calls + calls.calls, before.nanos + calls.nanos, longest)


def main_line(lines: Counter[int]) -> int:
    """Of lines and their weights the one that stands for them; 0, which is none, only where there is no other."""
    return min(lines, key=lambda line: (line == 0, -lines[line], line))


def line(text: str) -> str:
    """Of a stranger's text what one line can show."""
    shown = visible(" ".join(text[: 2 * _WIDTH].split()))
    return shown if len(shown) <= _WIDTH and len(text) <= 2 * _WIDTH else f"{shown[: _WIDTH - 1]}…"


def _shown(frame: Frame) -> Frame:
    place = frame.place
    shown = Place(line(place.file), place.line, place.column) if place else None
    return Frame(line(frame.function) or "(no name)", shown)


def _key(frame: Frame) -> tuple[str, bool, str, int, int]:
    place = frame.place or Place("", 0)
    return frame.function, frame.place is not None, place.file, place.line, place.column or 0
