"""Values by metric and labels, which can be added."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from atoll.observe.families import BY_NAME, Family


@dataclass(frozen=True, slots=True)
class Buckets:
    """A histogram: counts by bucket (not cumulative; one more than bounds) and the sum of all values."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    sum: float

    def __add__(self, other: "Buckets") -> "Buckets":
        counts = tuple(one + another for one, another in zip(self.counts, other.counts, strict=True))
        return Buckets(self.bounds, counts, self.sum + other.sum)


Value = float | Buckets


@dataclass(slots=True)
class Samples:
    """The values of some metrics: by name, then by the values of the labels in the family's order."""

    values: dict[str, dict[tuple[str, ...], Value]] = field(default_factory=lambda: defaultdict(dict))

    def put(self, name: str, value: Value, *labels: str) -> None:
        """Add to what is there."""
        known = self.values[name].get(labels)
        self.values[name][labels] = value if known is None else _sum(known, value)

    def add(self, other: "Samples", keep: Callable[[Family], bool] = lambda family: True) -> None:
        """Add all values of the families that `keep` names."""
        for name, values in other.values.items():
            if keep(BY_NAME[name]):
                for labels, value in values.items():
                    self.put(name, value, *labels)


def grows(family: Family) -> bool:
    """Whether the metric only ever grows, so that what a process counted stays true when it is gone."""
    return family.kind != "gauge"


def _sum(one: Value, another: Value) -> Value:
    if isinstance(one, Buckets) and isinstance(another, Buckets):
        return one + another
    assert not isinstance(one, Buckets) and not isinstance(another, Buckets)
    return one + another
