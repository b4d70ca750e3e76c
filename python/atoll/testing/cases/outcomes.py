"""What becomes of a test. Plain values, for they cross processes."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from atoll.testing.cases.counting import Asked

Status = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that was expected and did not come: what, where that stands (`file:line`), and how it differs."""

    what: str
    place: str
    said: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"what": self.what, "place": self.place, "said": [*self.said]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One test that has ended.

    group: its file, or the component whose own tests it is. sections: what else a report shows, by title.
    """

    name: str
    group: str
    status: Status
    seconds: float
    place: str = ""
    differences: tuple[Difference, ...] = ()
    sections: tuple[tuple[str, str], ...] = ()
    asked: Asked = field(default_factory=Counter)

    def to_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "name": self.name,
            "group": self.group,
            "place": self.place,
            "status": self.status,
            "seconds": round(self.seconds, 6),
            "differences": [difference.to_dict() for difference in self.differences],
            "sections": dict(self.sections),
        }
