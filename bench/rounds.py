"""Interleaved rounds: each side is measured in each round, so that what the machine does meanwhile hits all of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from bench.answer import check
from bench.claim import Plan, Row, Unmeasured
from bench.guests import Guest
from bench.load import CONNECTIONS
from bench.servers import Target

Sample = Callable[[Target, int], float]
OURS = "atoll"


def compare(
    plan: Plan, guest: Guest, ours: Target, others: Mapping[str, Target | Unmeasured], sample: Sample
) -> list[Row]:
    """A row for each of the others. `sample` measures a target for so many seconds.

    Raises Unmeasured when a server answers wrongly.
    """
    targets = {OURS: ours, **{title: other for title, other in others.items() if isinstance(other, Target)}}
    for title, target in targets.items():
        with _naming(title):
            check(target.url, target.body, times=2 * CONNECTIONS)
            sample(target, plan.warm_up)
    figures: dict[str, list[float]] = {title: [] for title in targets}
    for turn in range(plan.rounds):
        for title in _order(list(targets), turn):
            with _naming(title):
                figures[title].append(sample(targets[title], plan.seconds))
    return [_row(guest, title, other, figures) for title, other in others.items()]


@contextmanager
def _naming(title: str) -> Iterator[None]:
    """Trouble in the block says which server it was."""
    try:
        yield
    except Unmeasured as trouble:
        raise Unmeasured(f"{title}: {trouble}") from None


def _order(titles: Sequence[str], turn: int) -> Sequence[str]:
    """Every second round goes backwards: no side is always the one after the same other."""
    return titles if turn % 2 == 0 else titles[::-1]


def _row(guest: Guest, title: str, other: Target | Unmeasured, figures: Mapping[str, list[float]]) -> Row:
    if isinstance(other, Unmeasured):
        return Row(guest.title, title, tuple(figures[OURS]), trouble=str(other))
    return Row(guest.title, title, tuple(figures[OURS]), tuple(figures[title]))
