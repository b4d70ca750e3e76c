"""What a provider of this room does, in the shapes of `spin:postgres@4.2.0`; older versions are narrower.

What a connection does, its results and its failures are those of `atoll.capabilities.sql`; a result that is too
large is a `QueryFailed`. The kinds of values:

| kind | value, both ways |
| --- | --- |
| `boolean` | `bool` |
| `int8`, `int16`, `int32`, `int64` | `int` |
| `floating32`, `floating64` | `float` |
| `str` | `str` |
| `binary` | `bytes` |
| `date` | `(year, month, day)`; year 0 is 1 BC |
| `time` | `(hour, minute, second, nanosecond)` |
| `datetime` | `(year, month, day, hour, minute, second, nanosecond)`, in UTC |
| `timestamp` | `int`, seconds since 1970; only as a parameter |
| `uuid` | `str`, lower case with hyphens |
| `jsonb` | `bytes`, JSON in UTF-8 |
| `decimal` | `str`, base 10, also `NaN`, `Infinity`, `-Infinity` |
| `range-int32`, `range-int64` | `(lower, upper)`, each `None` or `(int, "inclusive" or "exclusive")` |
| `range-decimal` | the same with `str` for `int` |
| `array-int32`, `array-int64` | `list` of `int` or `None` |
| `array-decimal`, `array-str` | `list` of `str` or `None` |
| `interval` | `(micros, days, months)` |
| `db-null` | `None`; only as a parameter |
| `other` | `bytes` as the server sent them in its binary format (`unsupported`); only in rows |
"""

from typing import Protocol

from atoll.capabilities.provider import Provider
from atoll.capabilities.sql import Connection


class Postgres(Provider, Protocol):
    """The servers that guests may name by address: a URL, or pairs `key=value`."""

    def endpoints(self, address: str) -> list[tuple[str, int]]:
        """Every host and port that `open` may connect to, and nowhere else. `ConnectionFailed` for no address."""

    async def open(self, address: str, ca_root: str | None = None) -> Connection:
        """Find or make a connection; `ca_root` is PEM, trusted instead of the host's authorities.

        Fails with `ConnectionFailed`. The caller has checked the endpoints against what the guest may reach.
        """

    def check_ca_root(self, ca_root: str) -> None:
        """Fail with `Other` unless this is PEM with at least one certificate."""
