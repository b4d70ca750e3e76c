"""Interleaved rounds: each side is measured in each round, so that what the machine does meanwhile hits all of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from bench.answer import check
from bench.claim import Plan, Row, Unmeasured
from bench.guests import Guest
from bench.load import CONNECTIONS
from bench.servers import Target

Sample = Callable[[int], float]
"""Measures one side for so many seconds."""
OURS = "atoll"

_Side = TypeVar("_Side")


def compare(
    plan: Plan,
    guest: Guest,
    ours: Target,
    others: Mapping[str, Target | Unmeasured],
    sample: Callable[[Target, int], float],
) -> list[Row]:
    """A row for each of the others. `sample` measures a target for so many seconds.

    Raises Unmeasured when a server answers wrongly.
    """
    targets = {OURS: ours, **present(others)}
    for title, target in targets.items():
        with _naming(title):
            check(target.url, target.body, times=2 * CONNECTIONS)
    figures = in_turns(plan, {title: partial(sample, target) for title, target in targets.items()})
    return [paired(guest.title, title, other, figures) for title, other in others.items()]


def present(others: Mapping[str, _Side | Unmeasured]) -> dict[str, _Side]:
    """Those that can be measured."""
    return {title: other for title, other in others.items() if not isinstance(other, Unmeasured)}


def in_turns(plan: Plan, samples: Mapping[str, Sample]) -> dict[str, tuple[float, ...]]:
    """The figures of each, by its title: one a round, after a warm-up. Raises Unmeasured."""
    for title, sample in samples.items():
        with _naming(title):
            sample(plan.warm_up)
    figures: dict[str, list[float]] = {title: [] for title in samples}
    for turn in range(plan.rounds):
        for title in _order(list(samples), turn):
            with _naming(title):
                figures[title].append(samples[title](plan.seconds))
    return {title: tuple(measured) for title, measured in figures.items()}


def paired(guest: str, title: str, other: object, figures: Mapping[str, tuple[float, ...]]) -> Row:
    """atoll's figures against those of the other of that title, or why there are none."""
    if isinstance(other, Unmeasured):
        return Row(guest, title, figures[OURS], trouble=str(other))
    return Row(guest, title, figures[OURS], figures[title])


@contextmanager
def _naming(title: str) -> Iterator[None]:
    """Trouble in the block says which side it was."""
    try:
        yield
    except Unmeasured as trouble:
        raise Unmeasured(f"{title}: {trouble}") from None


def _order(titles: Sequence[str], turn: int) -> Sequence[str]:
    """Every second round goes backwards: no side is always the one after the same other."""
    return titles if turn % 2 == 0 else titles[::-1]
