"""What the machine has for `atoll up`: address, mappings, descriptors, memory."""

import os
import re
import resource
from collections.abc import Iterator
from pathlib import Path

from atoll.app import App
from atoll.doctor.diagnosis import Diagnosis, Severity
from atoll.errors import UserError
from atoll.manifest.limits import LIMITS
from atoll.supervisor.address import UNIX
from atoll.supervisor.listening import Listening

# As in `crates/engine/src/pool.rs`, which a law test holds them to.
SPARE_MAPPINGS = 8_192
MAPPINGS_PER_INSTANCE = 8
MOST_INSTANCES = 2_000
INSTANCE_SPACE = 2 * ((4 << 30) + (32 << 20))
# One for each connection of a client, and one for each that its guest makes.
_ENOUGH_DESCRIPTORS = 4_096
_STRICT = 2
_MIB = 1 << 20


def machine(listen: str, app: App | None) -> Iterator[Diagnosis]:
    """The limits of this machine and this user, with what they cost."""
    yield from _address(listen)
    yield from _instances()
    yield from _descriptors()
    if app is not None:
        yield from _memory(app)


def _address(listen: str) -> Iterator[Diagnosis]:
    if listen.startswith(UNIX):
        return  # binding would make its file
    try:
        Listening(listen, 1).close()
    except UserError as error:
        yield Diagnosis(Severity.NOTE, error)  # it may be this very app


def _instances() -> Iterator[Diagnosis]:
    mappings = _number("/proc/sys/vm/max_map_count")
    if mappings is not None:
        room = max(0, mappings - SPARE_MAPPINGS) // MAPPINGS_PER_INSTANCE
        told = f"a worker has room for {room:,} instances instead of {MOST_INSTANCES:,}"
        needed = SPARE_MAPPINGS + MAPPINGS_PER_INSTANCE * MOST_INSTANCES
        if room < MOST_INSTANCES:
            yield _limit(
                f"vm.max_map_count is {mappings:,}: {told}",
                f"sysctl -w vm.max_map_count={max(needed, 65_530)}, as root",
            )
    space, _ = resource.getrlimit(resource.RLIMIT_AS)
    if space != resource.RLIM_INFINITY and space // INSTANCE_SPACE < MOST_INSTANCES:
        yield _limit(
            f"the address space is limited to {space // _MIB:,} MiB: a worker has room for {space // INSTANCE_SPACE:,} "
            f"instances instead of {MOST_INSTANCES:,}",
            "ulimit -v unlimited; what a sandbox reserves costs no memory",
        )
    if _number("/proc/sys/vm/overcommit_memory") == _STRICT:
        yield _limit(
            "vm.overcommit_memory is 2: the kernel counts what sandboxes only reserve, and refuses it",
            "sysctl -w vm.overcommit_memory=0, as root",
        )


def _descriptors() -> Iterator[Diagnosis]:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < _ENOUGH_DESCRIPTORS:
        yield _limit(
            f"a process may open {most:,} files: each connection of a client takes one, and each of a guest",
            "raise the hard limit: ulimit -Hn 65536, or LimitNOFILE of its service",
        )


def _memory(app: App) -> Iterator[Diagnosis]:
    """Whether each worker has memory for one call of the component that may use most."""
    (limit,) = (key for key in LIMITS if key.name == "memory")
    tables = (one.tool.atoll.limits if one.tool.atoll else {} for one in app.manifest.component.values())
    most = max((limit.read(table.get("memory", limit.default)) for table in tables), default=0)
    workers = len(os.sched_getaffinity(0))
    free = available()
    if free is not None and free < workers * most:
        yield Diagnosis(
            Severity.WARNING,
            UserError(
                "memory-low",
                f"{free // _MIB:,} MiB of memory are left; {workers} workers with one call each may use "
                f"{workers * most // _MIB:,} MiB",
                "lower `tool.atoll.limits.memory`, start fewer --workers, or give the machine more",
            ),
        )


def available() -> int | None:
    """Bytes that this process could still use: those of the machine, and of its control group."""
    found = [one for one in (_of_machine(), _of_group()) if one is not None]
    return min(found, default=None)


def _of_machine() -> int | None:
    match = re.search(r"^MemAvailable:\s+(\d+) kB", _text("/proc/meminfo"), re.MULTILINE)
    return int(match[1]) * 1024 if match else None


def _of_group() -> int | None:
    """What is left of the limit of a container."""
    match = re.search(r"^0::(.*)$", _text("/proc/self/cgroup"), re.MULTILINE)
    folder = f"/sys/fs/cgroup{match[1]}" if match else ""
    most, used = _number(f"{folder}/memory.max"), _number(f"{folder}/memory.current")
    return None if most is None or used is None else max(0, most - used)


def _limit(message: str, remedy: str) -> Diagnosis:
    return Diagnosis(Severity.WARNING, UserError("limit-low", message, remedy))


def _number(file: str) -> int | None:
    text = _text(file).strip()
    return int(text) if text.isdigit() else None


def _text(file: str) -> str:
    try:
        return Path(file).read_text("utf-8")
    except OSError:
        return ""
