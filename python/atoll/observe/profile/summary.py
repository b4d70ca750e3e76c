"""What a profile comes to: the functions that take most, with the line where they do, and host calls."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise

from msgspec import Struct

from atoll.observe.profile.merged import Component, main_line

_MOST = 20
"""Functions of a list."""
_NEARLY_ALL = 0.98


class Figures(Struct, frozen=True):
    """A function: milliseconds of CPU time and bytes of growth, in itself (`own`) and with all that it called.

    `line` is where most of what counts was seen, 0 where that is not known.
    """

    function: str
    file: str
    line: int
    own: int
    total: int


class HostFigures(Struct, frozen=True):
    """A function of the host: times in nanoseconds, from the call to its answer; `share` of all host calls' time."""

    interface: str
    function: str
    calls: int
    total: int
    mean: float
    longest: int
    share: float


class Part(Struct, frozen=True):
    """A component. The lists begin with what takes most; of callers that do little but call the next, the lists by
    total time and by memory have the outermost only. `began` are the bytes that its instances began with.
    """

    component: str
    samples: int
    grown: int
    began: int
    by_own_time: list[Figures]
    by_total_time: list[Figures]
    by_memory: list[Figures]
    host: list[HostFigures]


class Summary(Struct, frozen=True):
    """All components that were seen."""

    components: list[Part]


def bytes_said(amount: int) -> str:
    """For people. Linear memory grows by pages of 64 KiB."""
    for bits, unit in ((30, "GiB"), (20, "MiB")):
        if amount >= 1 << bits:
            return f"{amount / (1 << bits):,.1f} {unit}"
    return f"{amount / 1024:,.0f} KiB"


def summary(components: Iterable[Component]) -> Summary:
    """Of all that were seen."""
    return Summary([_part(component) for component in components if component.stacks or component.host])


def _part(component: Component) -> Part:
    time = _Weighed(component, [stack.samples for stack in component.stacks])
    memory = _Weighed(component, [stack.grown for stack in component.stacks])
    return Part(
        component.name,
        component.samples,
        component.grown,
        component.began,
        time.by_own(),
        time.by_total(),
        memory.by_total(),
        host_figures(component),
    )


class _Weighed:
    """The functions of a component, by the weights of the stacks that they are in."""

    def __init__(self, component: Component, weights: list[int]) -> None:
        self._component = component
        self._own: defaultdict[int, int] = defaultdict(int)
        self._total: defaultdict[int, int] = defaultdict(int)
        self._passed: defaultdict[tuple[int, int], int] = defaultdict(int)
        self._lines: defaultdict[int, Counter[int]] = defaultdict(Counter)
        frames: defaultdict[int, int] = defaultdict(int)
        for stack, weight in zip(component.stacks, weights, strict=True):
            if weight:
                self._weigh(stack.frames, weight, frames)
        for frame, weight in frames.items():
            function, place = component.function_of[frame], component.frames[frame].place
            self._total[function] += weight
            self._lines[function][place.line if place else 0] += weight

    def by_own(self) -> list[Figures]:
        """Those that take most themselves."""
        order = sorted(self._own, key=lambda function: (-self._own[function], -self._total[function], function))
        return [self._figures(function) for function in order[:_MOST]]

    def by_total(self) -> list[Figures]:
        """Those that take most with all that they call."""
        seen = self._total.keys() - self._inner()
        order = sorted(seen, key=lambda function: (-self._total[function], -self._own[function], function))
        return [self._figures(function) for function in order[:_MOST]]

    def _weigh(self, stack: tuple[int, ...], weight: int, frames: defaultdict[int, int]) -> None:
        functions = [self._component.function_of[frame] for frame in stack]
        # A function that calls itself takes its time once. Of its frames, the innermost tells where it was.
        for frame in dict(zip(functions, stack, strict=True)).values():
            frames[frame] += weight
        for call in {*pairwise(functions)}:
            self._passed[call] += weight
        self._own[functions[-1]] += weight

    def _inner(self) -> set[int]:
        """Functions that are nearly the same as their caller."""
        return {
            called
            for (caller, called), weight in self._passed.items()
            if caller != called and weight >= _NEARLY_ALL * max(self._total[caller], self._total[called])
        }

    def _figures(self, function: int) -> Figures:
        line = main_line(self._lines[function])
        return Figures(*self._component.functions[function], line, self._own[function], self._total[function])


def host_figures(component: Component) -> list[HostFigures]:
    """All of a component's host calls."""
    total = sum(calls.nanos for calls in component.host)
    return [
        HostFigures(
            calls.interface,
            calls.function,
            calls.calls,
            calls.nanos,
            calls.nanos / max(calls.calls, 1),
            calls.longest,
            calls.nanos / max(total, 1),
        )
        for calls in component.host
    ]
