"""The keys of `[component.X.tool.atoll]`: names, units, defaults and meanings, in one table.

The reference page, the JSON Schema and the reader are all made from it. The data plane holds the defaults
(`crates/engine/src/limits.rs`); a law test keeps the two equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from atoll.manifest.units import Unit, parse, text

_U32 = (1 << 32) - 1
_I64 = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its names in manifest and locked app, unit, default and range (milliseconds, bytes, counts)."""

    name: str
    locked: str
    unit: Unit
    default: int
    doc: str
    minimum: int = 1
    maximum: int = _I64

    @property
    def default_text(self) -> str:
        """The default as one would write it in the manifest."""
        return text(self.unit, self.default)

    def read(self, value: object) -> int:
        """The value as an integer. Raises ValueError with a sentence for the user."""
        amount = parse(self.unit, value)
        if not self.minimum <= amount <= self.maximum:
            raise ValueError(f"`{self.name}` must be at least {self.minimum} and at most {self.maximum}; got {amount}")
        return amount


LIMITS: tuple[Key, ...] = (
    Key("deadline", "deadline_ms", Unit.TIME, 30_000, "Wall time of one call, counted from its admission."),
    Key("cpu_time", "cpu_ms", Unit.TIME, 10_000, "CPU time that one call may use."),
    Key("memory", "memory_bytes", Unit.SIZE, 256 << 20, "Bytes of all linear memories of one call together."),
    Key("table_elements", "table_elements", Unit.COUNT, 200_000, "Elements of all tables of one call together."),
    Key("handles", "handles", Unit.COUNT, 10_000, "Files, sockets, streams and alike of one call.", 1, _U32),
    Key(
        "host_call_bytes",
        "host_call_bytes",
        Unit.SIZE,
        128 << 20,
        "Bytes that the guest may hand over in one host call.",
    ),
    Key("response_bytes", "response_bytes", Unit.SIZE, 1 << 30, "Bytes of one response body."),
    Key(
        "log_bytes",
        "log_bytes",
        Unit.SIZE,
        1 << 20,
        "Bytes of one call that are logged, of each: standard output, standard error, wasi:logging; and of wasi:otel.",
        0,
    ),
    Key("concurrency", "concurrency", Unit.COUNT, 256, "Calls of the component that run at the same time.", 1, _U32),
    Key(
        "queue", "queue", Unit.COUNT, 512, "Calls that may wait for their turn; beyond that the answer is 503.", 0, _U32
    ),
)

QUOTAS: tuple[Key, ...] = (
    Key("key_bytes", "key_bytes", Unit.SIZE, 64 << 10, "Bytes of one key of a store, or of one object's name."),
    Key(
        "value_bytes", "value_bytes", Unit.SIZE, 16 << 20, "Bytes of one value that crosses as a whole, or of a batch."
    ),
    Key(
        "calls",
        "calls",
        Unit.COUNT,
        100_000,
        "Calls of stores, databases and servers in one request; each key of a batch is one.",
    ),
    Key(
        "connections",
        "connections",
        Unit.COUNT,
        256,
        "Connections of one kind that a request has open at the same time.",
        1,
        256,
    ),
)

REUSE: tuple[Key, ...] = (
    Key(
        "max_requests",
        "max_requests",
        Unit.COUNT,
        1,
        "Requests that one instance serves before it is dropped.",
        1,
        _U32,
    ),
    Key(
        "concurrency",
        "concurrency",
        Unit.COUNT,
        1,
        "Requests that one instance serves at once (WASI 0.3 only).",
        1,
        _U32,
    ),
    Key("idle", "idle_ms", Unit.TIME, 1_000, "How long an instance is kept while nobody calls it.", 0),
)


def locked(keys: tuple[Key, ...], table: Mapping[str, object]) -> dict[str, int]:
    """A table as the locked app carries it: normalised names, integers.

    The table must have been read without problems.
    """
    return {key.locked: key.read(table[key.name]) for key in keys if key.name in table}
