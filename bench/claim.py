"""What a claim is, and the rows of the table that its measuring gives."""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

from bench.bar import Bar
from bench.guests import Guest

ALONE = "-"
Status = Literal["met", "missed", "measured", "not measured"]


class Unmeasured(Exception):
    """Something could not be measured; the message says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure: seconds of warm-up, seconds of a round, rounds."""

    seconds: int
    rounds: int
    warm_up: int


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of atoll, against another one or `ALONE`, each measured once a round.

    With `trouble`, a figure is missing. `unit` is the row's own where it is not its claim's; `note` is what else was
    seen, and stands below the table.
    """

    guest: str
    against: str = ALONE
    ours: tuple[float, ...] = ()
    theirs: tuple[float, ...] = ()
    bar: Bar | None = None
    trouble: str | None = None
    unit: str | None = None
    note: str | None = None

    @property
    def ratios(self) -> tuple[float, ...]:
        """atoll's figure over the other one, round by round."""
        return tuple(our / their for our, their in zip(self.ours, self.theirs, strict=False))

    @property
    def ratio(self) -> float | None:
        return median(self.ratios) if self.ratios else None

    @property
    def figure(self) -> float | None:
        """atoll's own."""
        return median(self.ours) if self.ours else None

    @property
    def status(self) -> Status:
        """A bar on atoll's own figure is decided without the other one, too."""
        on_figure = self.against == ALONE if self.bar is None else self.bar.on == "figure"
        value = self.figure if on_figure else self.ratio
        if value is None:
            return "not measured"
        if self.bar is None:
            return "measured"
        return "met" if self.bar.met_by(value) else "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Something that is said about atoll.

    `compares` says what is measured against what. `measure` gives the rows of a guest; it raises Unmeasured
    when nothing could be measured.
    """

    name: str
    compares: str
    unit: str
    better: Literal["higher", "lower"]
    guests: tuple[Guest, ...]
    measure: Callable[[Plan, Guest], list[Row]]


@dataclass(frozen=True, slots=True)
class Result:
    """A claim with its rows."""

    claim: Claim
    rows: list[Row] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether every figure was measured and no bar was missed."""
        return all(row.status in ("met", "measured") and row.trouble is None for row in self.rows)


def examine(claim: Claim, plan: Plan, progress: Callable[[str], None]) -> Result:
    """Measure a claim for each of its guests."""
    result = Result(claim)
    for guest in claim.guests:
        progress(f"{claim.name}: {guest.title}")
        result.rows.extend(_rows(claim, plan, guest))
    return result


def _rows(claim: Claim, plan: Plan, guest: Guest) -> list[Row]:
    if not guest.file.exists():
        return [Row(guest.title, trouble=f"{guest.file.name} is not built")]
    try:
        return claim.measure(plan, guest)
    except Unmeasured as trouble:
        return [Row(guest.title, trouble=str(trouble))]
