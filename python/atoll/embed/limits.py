"""What one call of a plugin may use."""

from dataclasses import dataclass, fields, replace

from atoll.errors import UserError
from atoll.manifest.limits import LIMITS, QUOTAS, Key
from atoll.manifest.units import Unit

NAMES = {"deadline": "time", "cpu_time": "cpu"}
"""What `Limits` calls a limit of the manifest, where the names differ."""

_MANIFEST = {NAMES.get(key.name, key.name): key for key in LIMITS}
_QUOTAS = {key.name: key for key in QUOTAS if key.name != "connections"}
_FUEL = Key("fuel", "fuel", Unit.COUNT, 0, "Units of execution.")
_UNBOUNDED = (1 << 32) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one call may use. What is left out has the default of the manifest's limit of that name.

    Times are seconds, or texts such as "200ms"; sizes are bytes, or texts such as "32MiB".

    time: wall time of a call, with its wait for a turn at its instance (30 s).
    cpu: CPU time of a call (10 s).
    memory: bytes of all linear memories of an instance together (256 MiB).
    table_elements: elements of all tables of an instance together (200,000).
    handles: resources of the host that an instance holds at the same time (10,000).
    host_call_bytes: bytes that the guest hands over at once: in one host call, or as a result (128 MiB).
    log_bytes: bytes that a call may log (1 MiB).
    calls: how often a call may ask stores and databases (100,000).
    key_bytes: bytes of one key of a store (64 KiB). value_bytes: bytes of one value, or of a batch (16 MiB).
    fuel: units of execution, about one an instruction; the same call always takes the same. To count costs time, so by
    default nothing does.

    Raises UserError `limit-invalid` for a value that is none.
    """

    time: float | str | None = None
    cpu: float | str | None = None
    memory: int | str | None = None
    table_elements: int | None = None
    handles: int | None = None
    host_call_bytes: int | str | None = None
    log_bytes: int | str | None = None
    calls: int | None = None
    key_bytes: int | str | None = None
    value_bytes: int | str | None = None
    fuel: int | None = None

    def __post_init__(self) -> None:
        locked(self)
        quotas(self)
        if self.fuel is not None:
            _read(_FUEL, self.fuel)


KEYS = tuple(replace(_MANIFEST[field.name], name=field.name) for field in fields(Limits) if field.name in _MANIFEST)
"""The limits that the manifest has as well, by the names of `Limits`."""


def locked(limits: Limits) -> dict[str, int]:
    """As the data plane reads them: milliseconds and bytes. Calls of a plugin are not counted: the caller can."""
    given = {key: getattr(limits, key.name) for key in KEYS}
    read = {key.locked: _read(key, value) for key, value in given.items() if value is not None}
    return {"concurrency": _UNBOUNDED, "queue": _UNBOUNDED} | read


def quotas(limits: Limits) -> dict[str, int | str]:
    """What one call may ask of stores, as the data plane reads it."""
    given = {key: getattr(limits, name) for name, key in _QUOTAS.items()}
    read = {key.locked: _read(key, value) for key, value in given.items() if value is not None}
    return {"keywords_of": "atoll.Limits"} | read


def _read(key: Key, given: object) -> int:
    value = given
    try:
        if key.unit is Unit.TIME and isinstance(value, int | float) and not isinstance(value, bool):
            if not value > 0:
                raise ValueError("expected seconds, more than 0")
            # However short it is, it is longer than nothing.
            value = f"{max(1, round(value * 1000))}ms"
        return key.read(value)
    except (ValueError, OverflowError) as error:
        raise UserError("limit-invalid", f"Limits({key.name}={given!r}): {error}") from None
