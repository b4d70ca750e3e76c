"""A bar: what is promised of a figure of the table."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Bar:
    """The least or the most that may be measured: of the ratio, or of atoll's own figure in the unit of its row."""

    sense: Literal["at least", "at most"]
    limit: float
    on: Literal["ratio", "figure"] = "ratio"

    def met_by(self, value: float) -> bool:
        return value >= self.limit if self.sense == "at least" else value <= self.limit

    def told(self, unit: str) -> str:
        """`at least 0.55`, `at most 12 us`."""
        return f"{self.sense} {self.limit:g}" + (f" {unit}" if self.on == "figure" else "")


def at_least(ratio: float) -> Bar:
    return Bar("at least", ratio)


def at_most(ratio: float) -> Bar:
    return Bar("at most", ratio)


def figure_at_most(figure: float) -> Bar:
    return Bar("at most", figure, on="figure")
