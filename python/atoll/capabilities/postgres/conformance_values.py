"""Values that a provider must carry both ways, and values that it must refuse."""

import math
from typing import Any

from atoll.capabilities.sql import Parameter

TRIPS: list[tuple[str, str, list[Any]]] = [
    ("boolean", "boolean", [True, False]),
    ("int16", "int2", [0, -(2**15), 2**15 - 1]),
    ("int32", "int4", [0, -(2**31), 2**31 - 1]),
    ("int64", "int8", [0, -(2**63), 2**63 - 1]),
    ("floating32", "float4", [0.0, -1.5, math.inf, -math.inf]),
    ("floating64", "float8", [0.1, -1e308, 5e-324, math.inf]),
    ("str", "text", ["", "Grüße 🌊", "'; DROP TABLE x; --", 'a\\"b', "x" * 100_000]),
    ("binary", "bytea", [b"", bytes(range(256))]),
    ("date", "date", [(2024, 2, 29), (1, 1, 1), (0, 3, 15), (-43, 3, 15), (9999, 12, 31), (12345, 6, 7)]),
    ("time", "time", [(0, 0, 0, 0), (23, 59, 59, 999_999_000), (24, 0, 0, 0)]),
    ("datetime", "timestamp", [(2024, 2, 29, 1, 2, 3, 4_000), (-43, 3, 15, 0, 0, 0, 0), (12345, 1, 2, 3, 4, 5, 0)]),
    ("datetime", "timestamptz", [(2024, 2, 29, 1, 2, 3, 4_000), (1969, 12, 31, 23, 59, 59, 0)]),
    ("uuid", "uuid", ["00112233-4455-6677-8899-aabbccddeeff"]),
    ("jsonb", "jsonb", [b"null", b'{"a": [1, "\xc3\xa4"]}', b"123456789012345678901234567890"]),
    ("decimal", "numeric", ["0", "-1.50", "1" * 60 + "." + "2" * 60, "NaN", "Infinity", "0.000000000000000000000001"]),
    ("range-int32", "int4range", [((1, "inclusive"), (5, "exclusive")), (None, (5, "exclusive")), (None, None)]),
    ("range-int64", "int8range", [((-(2**40), "inclusive"), (2**40, "exclusive")), ((1, "inclusive"), None)]),
    ("range-decimal", "numrange", [(("1.5", "exclusive"), ("2.50", "inclusive")), (None, ("0", "exclusive"))]),
    ("array-int32", "int4[]", [[], [1, None, -3]]),
    ("array-int64", "int8[]", [[2**40, None]]),
    ("array-decimal", "numeric[]", [["1.50", None, "-2"]]),
    ("array-str", "text[]", [[], ["", "a,b", '"\\{}', None, "NULL", " "]]),
    ("interval", "interval", [(1, 2, 3), (-5, -400, 13), (0, 0, 0)]),
]
"""Kind, type of the server, values that come back as they went."""

REFUSED: list[Parameter] = [
    ("date", (2023, 2, 29)),
    ("date", (2023, 13, 1)),
    ("time", (24, 0, 1, 0)),
    ("time", (1, 60, 0, 0)),
    ("datetime", (2023, 1, 0, 0, 0, 0, 0)),
    ("uuid", "not a uuid"),
    ("jsonb", b"{"),
    ("decimal", "1,5"),
    ("decimal", "1'; --"),
    ("range-decimal", (("x", "inclusive"), None)),
    ("array-decimal", ["1", "x"]),
    ("str", "a\0b"),
    ("array-str", ["a\0b"]),
]
