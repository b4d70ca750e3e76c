"""What a provider of this room does, in the shapes of `spin:mysql@3.0.0`, which are also those of older versions.

What a connection does, its results and its failures are those of `atoll.capabilities.sql`; a result that is too
large is `Other`. The kinds of values:

| kind | value, both ways |
| --- | --- |
| `boolean` | `bool`; only as a parameter: the server's BOOLEAN is `int8` |
| `int8`, `int16`, `int32`, `int64`, `uint8`, `uint16`, `uint32`, `uint64` | `int` |
| `floating32`, `floating64` | `float` |
| `str` | `str` |
| `binary` | `bytes` |
| `db-null` | `None`; only as a parameter |
| `other` | only in rows: `str` as the server writes the value (DECIMAL, DATE, TIME, DATETIME, YEAR), else `bytes` |

Spin fails with `value-conversion-failed` where a value has the kind `other`; here the guest may get it as `str` or
`binary`.
"""

from typing import Protocol

from atoll.capabilities.provider import Provider
from atoll.capabilities.sql import Connection


class Mysql(Provider, Protocol):
    """The servers that guests may name by address, a URL."""

    def endpoints(self, address: str) -> list[tuple[str, int]]:
        """The host and port that `open` connects to, and nowhere else. `ConnectionFailed` for no address."""

    async def open(self, address: str) -> Connection:
        """Find or make a connection, or fail with `ConnectionFailed`.

        The caller has checked the endpoints against what the guest may reach.
        """
