"""An address is read in one way or not at all."""

import asyncio

import pytest

from atoll.capabilities.postgres.address import Address, BadAddress, parse
from atoll.capabilities.sql import ConnectionFailed
from tests.capabilities.postgres.conftest import provider

LOCAL = (("localhost", 5432),)
READ = {
    "postgres://u@localhost": Address(LOCAL, "u", "", "u", "prefer", {}),
    "postgresql://u:p%40%2F@localhost/d?sslmode=require": Address(LOCAL, "u", "p@/", "d", "require", {}),
    "postgres://u:a:b@h:1,[::1]:2/d": Address((("h", 1), ("::1", 2)), "u", "a:b", "d", "prefer", {}),
    "postgres://localhost/d?user=u&application_name=x": Address(
        LOCAL, "u", "", "d", "prefer", {"application_name": "x"}
    ),
    "host=localhost user=u": Address(LOCAL, "u", "", "u", "prefer", {}),
    r"host=h,i port=7 user='a b' password='it\'s \\' dbname=d": Address(
        (("h", 7), ("i", 7)), "a b", "it's \\", "d", "prefer", {}
    ),
}
REFUSED = [
    "postgres://u:secret@good@evil/d",
    "postgres://u:sec/ret@evil/d",
    "postgres://good#@evil/d",
    "postgres://good?@evil/d",
    "postgres://u@good/d?host=evil",
    "postgres://u@good/d?hostaddr=10.0.0.1",
    "postgres://u@good/d?port=1",
    "postgres://u@good/d?user=v",
    "postgres://u@good/d?x=@evil",
    "postgres://u@%2Fvar%2Frun/d",
    "postgres://u@good\\@evil/d",
    "postgres://u@go od/d",
    "postgres://u@good:5432x/d",
    "postgres://u@good:70000/d",
    "postgres://u%00v@good/d",
    "postgres://u@good/d?sslmode=no",
    "postgres://u@good/d?sslrootcert=/etc/passwd",
    "postgres://u@good/d?passfile=/etc/passwd",
    "postgres://u@good/d?service=x",
    "postgres://u@good\n/d",
    "host=good host=evil user=u",
    "host=good hostaddr=10.0.0.1 user=u",
    "host=/var/run user=u",
    "host=@abstract user=u",
    "host=a,b port=1,2,3 user=u",
    "user=u",
    "host=h",
    "host=h user=u x",
    "mysql://u@h/d",
]


@pytest.mark.parametrize("address", READ)
def test_an_address_has_these_parts(address: str) -> None:
    assert parse(address) == READ[address]


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(BadAddress) as refused:
        parse(address)
    assert "secret" not in str(refused.value) and "evil" not in str(refused.value)


def test_a_refused_address_is_a_failed_connection() -> None:
    async def run() -> None:
        async with provider() as postgres:
            with pytest.raises(ConnectionFailed, match="twice, or beside its host"):
                await postgres.open("postgres://u:secret@good/d?host=evil")

    asyncio.run(run())
