"""Packets as the standard writes them."""

import pytest

from atoll.capabilities.mqtt import packets


def test_connect_says_who_the_client_is() -> None:
    everything = packets.connect(packets.Login("id", "ann", "key", 300))
    assert everything == b"\x10\x18\x00\x04MQTT\x04\xc2\x01\x2c\x00\x02id\x00\x03ann\x00\x03key"
    assert packets.connect(packets.Login("", "", "", 0)) == b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00"
    # A password needs a user name, if only an empty one.
    assert packets.connect(packets.Login("", "", "k", 0))[9:10] == b"\xc2"


@pytest.mark.parametrize(
    "size, length",
    [(0, b"\x03"), (124, b"\x7f"), (125, b"\x80\x01"), (16380, b"\xff\x7f"), (16381, b"\x80\x80\x01")],
)
def test_publish_says_how_long_it_is(size: int, length: bytes) -> None:
    assert packets.publish("a", size, 0, 7) == b"\x30" + length + b"\x00\x01a"


def test_publish_has_a_number_where_it_is_acknowledged() -> None:
    assert packets.publish("a", 0, 1, 7) == b"\x32\x05\x00\x01a\x00\x07"
    assert packets.publish("a", 0, 2, 65535) == b"\x34\x05\x00\x01a\xff\xff"
    assert packets.pubrel(258) == b"\x62\x02\x01\x02"


def test_the_largest_packet_has_four_bytes_of_length() -> None:
    payload = packets.LARGEST - packets.overhead("topic")
    assert packets.publish("topic", payload, 1, 1)[:5] == b"\x32\xff\xff\xff\x7f"
