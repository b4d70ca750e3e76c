"""What one call of a plugin may use."""

from dataclasses import dataclass, fields

from atoll.errors import UserError
from atoll.manifest.limits import LIMITS
from atoll.manifest.units import Unit

_KEYS = {key.name: key for key in LIMITS}
_UNBOUNDED = (1 << 32) - 1

NAMES = {"deadline": "time", "cpu_time": "cpu"}
"""What `Limits` calls a limit of the manifest, where the names differ."""


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
    fuel: int | None = None

    def __post_init__(self) -> None:
        self.locked()

    def locked(self) -> dict[str, int]:
        """As the data plane reads them: milliseconds and bytes. Calls of a plugin are not counted: the caller can."""
        if self.fuel is not None and self.fuel < 1:
            raise UserError("limit-invalid", f"Limits(fuel={self.fuel!r}): it must be at least 1")
        given = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "fuel"}
        found = {"concurrency": _UNBOUNDED, "queue": _UNBOUNDED}
        for name, value in given.items():
            if value is not None:
                key = _KEYS[_KEY_OF.get(name, name)]
                found[key.locked] = _read(name, key.unit, value)
        return found


_KEY_OF = {name: key for key, name in NAMES.items()}


def _read(name: str, unit: Unit, given: object) -> int:
    key, value = _KEYS[_KEY_OF.get(name, name)], given
    try:
        if unit is Unit.TIME and isinstance(value, int | float) and not isinstance(value, bool):
            # A time is longer than nothing, however short it is.
            value = f"{max(int(value > 0), round(value * 1000))}ms"
        return key.read(value)
    except (ValueError, OverflowError) as error:
        why = str(error).replace(f"`{key.name}`", f"`{name}`")
        raise UserError("limit-invalid", f"Limits({name}={given!r}): {why}") from None
