"""Counts a plugin's calls, whichever way they come, and holds them to its quotas.

All functions of a plugin are made by its half in the data plane. A `MeteredLibrary` stands in its place and makes the
same ones, counted: those of the plugin itself, of its instances, its resources' methods, and what is awaited.
"""

import asyncio
import threading
from bisect import bisect_left
from collections import Counter
from time import monotonic
from types import MethodType
from typing import Any, NoReturn

from atoll.embed.failures import GuestError
from atoll.embed.plugins.quotas import Bucket, QuotaExceeded, Quotas, seconds_of
from atoll.errors import AtollError

BOUNDS = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0),
)
"""Seconds up to which a call falls into each bucket: those of the server's requests."""


SHOWN = ("__name__", "__qualname__", "__signature__")
"""What Python's tools want to know of a function, beside its documentation."""


class Meter:
    """The calls of one plugin over all of its versions."""

    def __init__(self, plugin: str, quotas: Quotas) -> None:
        self._plugin = plugin
        self._lock = threading.Lock()
        self._in_flight = 0
        self._failed: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._cpu = 0.0
        self._seconds = 0.0
        self._counts = [0] * (len(BOUNDS) + 1)
        now, per = monotonic(), seconds_of(quotas, "per")
        self._concurrent = quotas.concurrent
        self._calls_left = None if quotas.calls is None else Bucket(quotas.calls, per, now)
        self._cpu_left = None if quotas.cpu is None else Bucket(seconds_of(quotas, "cpu"), per, now)
        self._has_quotas = quotas != Quotas(per=quotas.per)

    def admit(self) -> float:
        """A call begins; when. Raises QuotaExceeded."""
        now = monotonic()
        with self._lock:
            if self._has_quotas:
                self._check(now)
            self._in_flight += 1
        return now

    def settle(self, library: "MeteredLibrary", began: float, error: BaseException | None) -> None:
        """It has ended."""
        seconds = monotonic() - began
        with self._lock:
            self._in_flight -= 1
            self._seconds += seconds
            self._counts[bisect_left(BOUNDS, seconds)] += 1
            self._spend(library)
            if error is not None:
                self._failed[code_of(error)] += 1

    def read(self, library: "MeteredLibrary") -> dict[str, Any]:
        """What was counted so far, as plain data; `library` is the version of now."""
        with self._lock:
            self._spend(library)
            return {
                "calls": sum(self._counts),
                "in_flight": self._in_flight,
                "failed": dict(self._failed),
                "refused": dict(self._refused),
                "cpu_seconds": self._cpu,
                "seconds": {"bounds": [*BOUNDS], "counts": [*self._counts], "sum": self._seconds},
            }

    def _spend(self, library: "MeteredLibrary") -> None:
        """What its calls used since somebody asked last. That of an awaited call is told a little after its end."""
        spent: float = library.core.spent()[0]
        used, library.told = spent - library.told, spent
        self._cpu += used
        if self._cpu_left is not None:
            self._cpu_left.take(used)

    def _check(self, now: float) -> None:
        calls, cpu = self._calls_left, self._cpu_left
        if self._concurrent is not None and self._in_flight >= self._concurrent:
            self._refuse("concurrent", f"{self._concurrent} calls at the same time", None)
        if calls is not None and (wait := calls.wait(1, now)):
            self._refuse("calls", f"{calls.size:g} calls in {calls.per:g} s", wait)
        if cpu is not None and (wait := cpu.wait(0, now)):
            self._refuse("cpu", f"{cpu.size:g} s of CPU time in {cpu.per:g} s", wait)
        if calls is not None:
            calls.take(1)

    def _refuse(self, quota: str, used: str, wait: float | None) -> NoReturn:
        self._refused[quota] += 1
        raise QuotaExceeded(self._plugin, quota, used, wait)


def code_of(error: BaseException) -> str:
    """What metrics call it: the error's own code where it has one."""
    if isinstance(error, AtollError):
        return error.code
    if isinstance(error, GuestError):
        return "guest-error"
    if isinstance(error, asyncio.CancelledError):
        return "cancelled"
    return "call-invalid" if isinstance(error, Exception) else "interrupted"


class MeteredLibrary:
    """One version of a plugin in the data plane, whose calls are told to a meter."""

    def __init__(self, core: Any, meter: Meter) -> None:
        self.core = core
        self.told = 0.0
        """CPU seconds of `core` that the meter knows of; the meter's own."""
        self._meter = meter

    def describe(self) -> str:
        """What it exports, as JSON."""
        described: str = self.core.describe()
        return described

    def open(self) -> Any:
        """A sandbox that is kept. Raises QuotaExceeded."""
        return Metered(self.core.open, self, self._meter)()

    def function(self, number: int, instance: Any = None, awaited: bool = False, as_bytes: bool = False) -> Any:
        """An export, as that of the data plane."""
        cls = _Awaited if awaited else Metered
        return cls(self.core.function(number, instance, awaited, as_bytes), self, self._meter)

    def read(self) -> dict[str, Any]:
        """All that the meter knows."""
        return self._meter.read(self)


class Metered:
    """An export, each call of which is counted and may be refused."""

    __slots__ = ("_function", "_library", "_meter")

    def __init__(self, function: Any, library: MeteredLibrary, meter: Meter) -> None:
        self._function = function
        self._library = library
        self._meter = meter

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call it. Raises QuotaExceeded."""
        began = self._meter.admit()
        try:
            value = self._function(*arguments, **named)
        except BaseException as error:
            self._meter.settle(self._library, began, error)
            raise
        self._meter.settle(self._library, began, None)
        return value

    def __get__(self, obj: object, cls: type | None = None) -> Any:
        bound = self._function.__get__(obj, cls)
        return self if bound is self._function else MethodType(self, obj)

    def __getattr__(self, name: str) -> Any:
        if name not in SHOWN:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
        return getattr(self._function, name)

    # What help() shows.
    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        doc: str | None = self._function.__doc__
        return doc

    def __repr__(self) -> str:
        return repr(self._function)


# The same, awaited: the call begins when it is awaited, so that it is settled even if its loop ends before it.
class _Awaited(Metered):
    __slots__ = ()
    __doc__ = Metered.__dict__["__doc__"]

    async def __call__(self, *arguments: Any, **named: Any) -> Any:
        began = self._meter.admit()
        try:
            value = await self._function(*arguments, **named)
        except BaseException as error:
            self._meter.settle(self._library, began, error)
            raise
        self._meter.settle(self._library, began, None)
        return value
