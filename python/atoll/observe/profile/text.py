"""A profile as plain text: collapsed stacks, which most tools read, and a table of host calls."""

from collections import Counter
from collections.abc import Iterable, Iterator

from atoll.observe.profile.merged import Component
from atoll.observe.profile.summary import host_figures


def folded(components: Iterable[Component]) -> str:
    """A line for each stack: component and functions, outermost first, and milliseconds."""
    counted: Counter[str] = Counter()
    for component in components:
        names = [_step(frame.function) for frame in component.frames]
        for stack in component.stacks:
            counted[";".join([_step(component.name), *(names[frame] for frame in stack.frames)])] += stack.samples
    return "".join(f"{stack} {samples}\n" for stack, samples in sorted(counted.items()) if samples)


def _step(name: str) -> str:
    """The format has no way to quote what ends a step."""
    return name.replace(";", ",")


def host_calls(components: Iterable[Component]) -> str:
    """A table, empty where nothing was asked of the host."""
    lines = list(_table(components))
    head = f"{'total ms':>12} {'share':>6} {'calls':>10} {'mean ms':>10} {'longest ms':>10}  component: function\n"
    return head + "".join(lines) if lines else ""


def _table(components: Iterable[Component]) -> Iterator[str]:
    for component in components:
        for one in host_figures(component):
            times = f"{one.mean / 1e6:>10.3f} {one.longest / 1e6:>10.3f}"
            asked = f"{component.name}: {one.interface} {one.function}"
            yield f"{one.total / 1e6:>12.3f} {one.share:>6.1%} {one.calls:>10,} {times}  {asked}\n"
