"""One call of a hook on its way: whom it goes to, what came of it, whether it goes on."""

import logging
from time import monotonic
from typing import Any, Literal, NamedTuple, TypedDict

from atoll.embed.plugins.live import Version
from atoll.embed.plugins.outcomes import Outcome, Results
from atoll.errors import UserError

_LOG = logging.getLogger("atoll.plugins")

Mode = Literal["all", "first", "pipeline"]


class HookSettings(TypedDict, total=False):
    """How a hook is called.

    errors: what a plugin's error does. `raise`, unless it is said, raises it and calls nobody else; `skip` keeps it in
    the results and goes on; `stop` keeps it and calls nobody else.
    deadline: seconds that all plugins have together. each: seconds that each of them has. Both end a call that runs.
    concurrency: how many plugins are called at the same time, where they are awaited and all get the same (1).
    """

    errors: Literal["raise", "skip", "stop"]
    deadline: float
    each: float
    concurrency: int


class HookDeadline(UserError):
    """The time of a hook is over. Its calls that ran were ended."""


class Callee(NamedTuple):
    """A plugin that is called, in the version that it had when the hook was."""

    plugin: str
    version: Version


class Chain:
    """One call of a hook."""

    def __init__(self, export: str, mode: Mode, settings: HookSettings, callees: list[Callee]) -> None:
        self.callees = callees
        self.is_done = False
        self.value: Any = None
        self.export = export
        self._mode = mode
        self._settings = settings
        self._outcomes: dict[str, Outcome] = {}
        self._each = settings.get("each")
        self._deadline = settings.get("deadline")
        self._end = None if self._deadline is None else monotonic() + self._deadline

    def given(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """What the next plugin is called with."""
        return (self.value, *arguments[1:]) if self._mode == "pipeline" else arguments

    def patience(self) -> float | None:
        """Seconds that the next plugin has; None for as many as it takes."""
        left = None if self._end is None else self._end - monotonic()
        return min((one for one in (left, self._each) if one is not None), default=None)

    def is_late(self) -> bool:
        """Whether there is no time left for another plugin. Raises HookDeadline where errors are raised."""
        if self._end is None or monotonic() < self._end:
            return False
        self.is_done = True
        if self._settings.get("errors", "raise") == "raise":
            raise self._over(f"hook `{self.export}`")
        return True

    def took_too_long(self, plugin: str) -> HookDeadline:
        """The error of a plugin whose call was ended."""
        return self._over(f"hook `{self.export}` of plugin `{plugin}`")

    def settle(self, outcome: Outcome) -> None:
        """A plugin has ended. Raises its error where errors are raised."""
        self._outcomes[outcome.plugin] = outcome
        if outcome.error is not None:
            self._failed(outcome.plugin, outcome.error)
        elif self._mode == "pipeline":
            self.value = outcome.value
        elif self._mode == "first" and outcome.value is not None:
            self.value = outcome.value
            self.is_done = True

    def results(self) -> Results:
        """What it came to."""
        called = [self._outcomes[one.plugin] for one in self.callees if one.plugin in self._outcomes]
        left = [one.plugin for one in self.callees if one.plugin not in self._outcomes]
        return Results(tuple(called), self.value, tuple(left))

    def _failed(self, plugin: str, error: Exception) -> None:
        policy = self._settings.get("errors", "raise")
        if policy == "raise":
            error.add_note(f"raised by plugin `{plugin}` in hook `{self.export}`")
            raise error
        _LOG.warning("hook `%s`: plugin `%s` failed: %r", self.export, plugin, error)
        self.is_done = policy == "stop"

    def _over(self, what: str) -> HookDeadline:
        parts = {"deadline": self._deadline, "each": self._each}
        allowed = " and ".join(f"{name}={seconds:g} s" for name, seconds in parts.items() if seconds is not None)
        return HookDeadline("hook-deadline", f"{what} was ended: its time was over ({allowed})")
