"""The variables that every provider of these tests is given."""

from tests.servers.vault import Bao

CANARY = "canary-Zq7-\u00e9-do-not-tell"
"""A value that must not stand in any text."""
KNOWN = {"greeting": "hello", "password": CANARY, "with_1_digit": "line\nline \U0001f600"}


def fill(server: Bao) -> None:
    for name, value in KNOWN.items():
        server.put(name, {"value": value})
        server.put(f"team/app/{name}", {"value": value})
