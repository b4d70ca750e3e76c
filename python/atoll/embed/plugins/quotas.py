"""What a plugin may use over time, beyond the limits of one call."""

from dataclasses import dataclass

from atoll.errors import UserError
from atoll.manifest.units import Unit, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """What one plugin may use. What is left out has no bound.

    A quota fills up again evenly: of 60 calls in 60 seconds, 60 may come at once, and then one a second. Times are
    seconds, or texts such as "5m".

    calls: calls in a period; to open an instance is one as well.
    cpu: CPU time in a period, in seconds. It is known when a call ends: then the plugin waits until what it used too
    much is free.
    per: the period, in seconds (60).
    concurrent: calls that run at the same time.

    Raises UserError `limit-invalid` for a value that is none.
    """

    calls: int | None = None
    cpu: float | str | None = None
    per: float | str = 60.0
    concurrent: int | None = None

    def __post_init__(self) -> None:
        for name in ("calls", "concurrent"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
                raise _invalid(name, value, "expected a whole number from 1 on")
        for name in ("cpu", "per"):
            if getattr(self, name) is not None:
                seconds_of(self, name)


def seconds_of(quotas: Quotas, name: str) -> float:
    """One of the times."""
    value = getattr(quotas, name)
    if isinstance(value, str):
        try:
            value = parse(Unit.TIME, value) / 1000
        except ValueError as error:
            raise _invalid(name, value, str(error)) from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise _invalid(name, value, f"expected seconds, or {Unit.TIME.example}")
    return float(value)


class QuotaExceeded(UserError):
    """A call was refused: its plugin has used up what it may.

    plugin: its name. quota: `calls`, `cpu` or `concurrent`.
    retry_after: seconds until the next call may come; None where another has to end first.
    """

    def __init__(self, plugin: str, quota: str, used: str, retry_after: float | None) -> None:
        when = "when one of them has ended" if retry_after is None else f"in {retry_after:.3g} s"
        message = f"plugin `{plugin}` has used up its quota of {used}; it can be called again {when}"
        super().__init__("quota-exceeded", message, f"`atoll.Quotas({quota}=…)` raises it")
        self.plugin = plugin
        self.quota = quota
        self.retry_after = retry_after


class Bucket:
    """What is left of a quota: full at first, filled up evenly. It can be overdrawn. Times are seconds of one clock."""

    def __init__(self, size: float, per: float, now: float) -> None:
        self.size = size
        self.per = per
        self._rate = size / per
        self._level = size
        self._at = now

    def wait(self, least: float, now: float) -> float:
        """Seconds until there is so much: 0 if it is there."""
        # A clock that is read by several threads may seem to go back.
        if now > self._at:
            self._level = min(self.size, self._level + (now - self._at) * self._rate)
            self._at = now
        return max(0.0, (least - self._level) / self._rate)

    def take(self, amount: float) -> None:
        """Use so much of it."""
        self._level -= amount


def _invalid(name: str, value: object, why: str) -> UserError:
    return UserError("limit-invalid", f"Quotas({name}={value!r}): {why}")
