"""Addresses are read as the data plane reads them, or not at all."""

import pytest

from atoll.capabilities.mqtt.addresses import Address, parse
from atoll.capabilities.mqtt.provider import InvalidAddress
from tests.capabilities.mqtt.conftest import session


@pytest.mark.parametrize(
    "text, address",
    [
        ("mqtt://localhost", Address("localhost", 1883, False, "", "", "")),
        ("mqtt://127.0.0.1:7000/?client_id=spin%201", Address("127.0.0.1", 7000, False, "", "", "spin 1")),
        ("mqtts://[::1]?client_id=a&keep_alive_secs=5", Address("::1", 8883, True, "", "", "a")),
        ("tcp://ann:p%40ss@Broker", Address("broker", 1883, False, "ann", "p@ss", "")),
        ("ssl://broker:1", Address("broker", 1, True, "", "", "")),
    ],
)
def test_an_address_is_read(text: str, address: Address) -> None:
    assert parse(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost:1883",
        "mqtt:localhost",
        "mqtt://",
        "mqtt://:1883",
        "http://localhost",
        "ws://localhost",
        "mqtt://localhost:0",
        "mqtt://localhost:65536",
        "mqtt://localhost/path",
        "mqtt://localhost#a",
        "mqtt://localhost?client_id",
        "mqtt://localhost?client_id=a&client_id=b",
        "mqtt://localhost?ca=file",
        "mqtt://localhost?client_id=%ff",
        "mqtt://local host",
        "mqtt://localhost\n",
        "mqtt://allowed\\@denied",
        "mqtt://allowed%2fdenied",
        "mqtt://[::1",
        "mqtt://[allowed]",
        "mqtt://ällowed",
    ],
)
def test_what_could_be_read_in_two_ways_is_no_address(text: str) -> None:
    with pytest.raises(InvalidAddress):
        parse(text)


def test_the_text_of_an_address_or_a_session_has_no_credentials() -> None:
    address = parse("mqtt://ann:geheim@[::1]:7000")
    assert str(address) == "[::1]:7000"
    opened = session("mqtt://ann:geheim@broker", "ann", "geheim")
    assert "geheim" not in f"{address!r} {opened} {opened!r}"


def test_sessions_of_the_same_content_are_equal() -> None:
    assert {session("mqtt://broker", "ann", "a"), session("mqtt://broker", "ann", "a")} == {
        session("mqtt://broker", "ann", "a")
    }
