"""Addresses are read as the data plane reads them, or not at all."""

import pytest

from atoll.capabilities.redis.addresses import Address, parse
from atoll.capabilities.redis.provider import InvalidAddress


@pytest.mark.parametrize(
    "text, address",
    [
        ("redis://localhost", Address("localhost", 6379, False, "", "", 0)),
        ("redis://127.0.0.1:7000/", Address("127.0.0.1", 7000, False, "", "", 0)),
        ("redis://[::1]:7000/15", Address("::1", 7000, False, "", "", 15)),
        ("rediss://db.Example.com", Address("db.example.com", 6379, True, "", "", 0)),
        ("redis://:p%40ss@db/1", Address("db", 6379, False, "", "p@ss", 1)),
        ("redis://ann:p:s@db", Address("db", 6379, False, "ann", "p:s", 0)),
    ],
)
def test_an_address_is_read(text: str, address: Address) -> None:
    assert parse(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost:6379",
        "redis:localhost",
        "redis://",
        "redis://:6379",
        "redis:///1",
        "http://localhost:6379",
        "unix:///run/redis.sock",
        "redis+unix:///run/redis.sock",
        "redis://localhost:0",
        "redis://localhost:65536",
        "redis://localhost:-1",
        "redis://localhost:6379/one",
        "redis://localhost:6379/1/2",
        "redis://localhost:6379/-1",
        "redis://localhost/0?ssl_cert_reqs=none",
        "redis://localhost/0?",
        "rediss://localhost/#insecure",
        "redis://localhost/0\n",
        "redis://local host",
        "redis://local\0host",
        "redis://allowed\\@denied",
        "redis://allowed%2fdenied",
        "redis://[::1",
        "redis://[allowed]",
        "redis://ällowed",
        "redis://u:%ff@localhost",
    ],
)
def test_what_could_be_read_in_two_ways_is_no_address(text: str) -> None:
    with pytest.raises(InvalidAddress):
        parse(text)


def test_the_text_of_an_address_has_no_credentials() -> None:
    address = parse("redis://ann:geheim@[::1]:7000/2")
    assert str(address) == "[::1]:7000"
    assert "geheim" not in f"{address} {address!r}"
