"""What plugins did within a hook."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one plugin did.

    plugin: its name. value: what it gave. error: what it ended with instead. seconds: how long it took.
    """

    plugin: str
    value: Any = None
    error: Exception | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Results(Sequence[Outcome]):
    """What the plugins did, in their order.

    outcomes: one for each plugin that was called.
    value: what it came to. Of `first`, the first value that is not None; of `pipeline`, the last one, or what went in.
    left: plugins that were not called, because one had the answer, or had failed, or time was over.
    """

    outcomes: tuple[Outcome, ...] = ()
    value: Any = None
    left: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, Any]:
        """The values by plugin, without those that failed."""
        return {one.plugin: one.value for one in self.outcomes if one.error is None}

    @property
    def errors(self) -> dict[str, Exception]:
        """The errors by plugin."""
        return {one.plugin: one.error for one in self.outcomes if one.error is not None}

    @overload
    def __getitem__(self, index: int) -> Outcome: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Outcome, ...]: ...
    def __getitem__(self, index: int | slice) -> Outcome | tuple[Outcome, ...]:
        return self.outcomes[index]

    def __len__(self) -> int:
        return len(self.outcomes)
