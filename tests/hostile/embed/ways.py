"""The ways into a guest, and how a call must end there: in a fresh sandbox, in one that is kept, and both awaited."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

import atoll

Call = Callable[[Any], Any]
Way = Callable[[atoll.Plugin, Call], None]

LIMITS = atoll.Limits(
    time=20,
    cpu=5,
    memory="32MiB",
    table_elements=50_000,
    handles=1_000,
    host_call_bytes="1MiB",
    log_bytes="4kB",
)
QUICK = replace(LIMITS, cpu=0.03)
"""For guests that compute until they are ended. Others may have a slow machine."""

SAID = {
    "limit-cpu": "the call reached the CPU time of 30 ms; `atoll.Limits(cpu=…)` raises it",
    "limit-memory": "the call reached the memory limit of 33554432 bytes; `atoll.Limits(memory=…)` raises it",
    "limit-tables": "the call reached the table limit of 50000 elements; `atoll.Limits(table_elements=…)` raises it",
    "limit-handles": "the call reached the handle limit of 1000 resources; `atoll.Limits(handles=…)` raises it",
    "limit-host-call-bytes": (
        "the call reached the host-call limit of 1048576 bytes; `atoll.Limits(host_call_bytes=…)` raises it"
    ),
    "guest-trapped": "the guest trapped: ",
}
"""What the error of a call under `LIMITS` or `QUICK` says, by its code."""


def fresh(plugin: atoll.Plugin, call: Call) -> None:
    call(plugin)


def kept(plugin: atoll.Plugin, call: Call) -> None:
    with plugin.open() as instance:
        try:
            call(instance)
        except atoll.CallFailed as error:
            later = _refused(instance, call)
            assert error.message in later.message
            raise


def awaited(plugin: atoll.Plugin, call: Call) -> None:
    async def main() -> None:
        await call(plugin.aio)

    asyncio.run(main())


def awaited_and_kept(plugin: atoll.Plugin, call: Call) -> None:
    async def main() -> None:
        with plugin.open() as instance:
            try:
                await call(instance.aio)
            except atoll.CallFailed as error:
                later = _refused(instance, call)
                assert error.message in later.message
                raise

    asyncio.run(main())


WAYS = (fresh, kept, awaited, awaited_and_kept)
HALVES = ((fresh, awaited_and_kept), (kept, awaited))
"""For guests that come in two forms: each way is taken by one of them."""


def _refused(instance: atoll.Instance, call: Call) -> atoll.InstanceEnded:
    """What a second call is told: an instance that was ended is never called again."""
    until = time.monotonic() + 10
    while instance.is_open and time.monotonic() < until:  # one of an asynchronous world has a task of its own to end
        time.sleep(0.001)
    assert not instance.is_open
    with pytest.raises(atoll.InstanceEnded) as later:
        call(instance)
    assert later.value.code == "instance-ended"
    return later.value


def ends(plugin: atoll.Plugin, call: Call, code: str, said: str | None = None, *, ways: Sequence[Way] = WAYS) -> None:
    """In each way the call ends with this code, and says what `SAID` has of it, or what is `said`."""
    kind = atoll.LimitExceeded if code.startswith("limit-") else atoll.GuestTrap
    for way in ways:
        with pytest.raises(atoll.CallFailed) as raised:
            way(plugin, call)
        error = raised.value
        assert (error.code, type(error)) == (code, kind), f"{way.__name__}: {error!r}"
        assert (said or SAID[code]) in error.message, f"{way.__name__}: {error!r}"


def goes_well(plugin: atoll.Plugin, call: Call) -> None:
    """In each way; what it gives is not looked at."""
    for way in WAYS:
        way(plugin, call)
