"""What the data plane grants is what providers connect to: both read each address alike, or one of them refuses it."""

import ipaddress
import socket
from collections.abc import Callable, Iterable
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atoll.capabilities.mqtt import addresses as mqtt
from atoll.capabilities.mysql import address as mysql
from atoll.capabilities.postgres import address as postgres
from atoll.capabilities.provider import Failed
from atoll.capabilities.redis import addresses as redis
from atoll.host import probe

Endpoints = Iterable[tuple[str, int]]


class Reading(NamedTuple):
    """How the provider of a room reads an address, and the schemes that its addresses may have."""

    room: str
    schemes: tuple[str, ...]
    endpoints: Callable[[str], Endpoints]


def one(parse: Callable[[str], redis.Address | mqtt.Address | mysql.Address]) -> Callable[[str], Endpoints]:
    def endpoints(text: str) -> Endpoints:
        server = parse(text)
        return [(server.host, server.port)]

    return endpoints


READINGS = (
    Reading("redis", ("redis", "rediss", "REDIS"), one(redis.parse)),
    Reading("mqtt", ("mqtt", "mqtts", "tcp", "ssl"), one(mqtt.parse)),
    Reading("mysql", ("mysql",), one(mysql.parse)),
    Reading("postgres", ("postgres", "postgresql"), lambda text: postgres.parse(text).endpoints),
)
REFUSALS = (Failed, mysql.BadAddress, postgres.BadAddress)

# Names, addresses in disguise, brackets, several hosts, encodings, what looks like another part.
NAMED = r"""
    allowed.example evil.example LOCALHOST allowed.example. . a..b _dns.example -a.example 127.0.0.1.example
    127.0.0.1 127.1 0x7f.1 0177.0.0.1 2130706433 0 0.0.0.0 1.2.3 08.1 1.2.3.4.5 0x 0x7f000001 017700000001
    [::1] [::ffff:127.0.0.1] [::FFFF:7f00:1] [::1%25lo] ::1 [1.2.3.4] [] [v1.a] [::1].evil.example
    a,b.example evil.example,allowed.example a;b a=b host=evil.example xn--nxasmq6b ällowed.example
    %61llowed.example allowed%2eexample allowed.example%00.evil allowed.example%2f.evil
    allowed.example\@evil.example allowed.example@evil.example
"""
LOGINS = r"""
    ann@ ann:secret@ :p@ allowed.example@ ann:p@ss@ ann:p/ss@ ann:p#ss@ ann:p?ss@ ann%40allowed.example:x@ @ a:b:c@
    [::1]@ ann:p\ss@ ann:%2f@
"""
NUMBERED = ": :1 :0 :6379 :65535 :65536 :+1 :-1 :0x10 :\u0967 :1:2 :01"
ENDS = "/ /0 /db /db? ?host=evil.example /db?host=evil.example #evil //evil"

NOTHING = st.just("")
HOSTS = st.one_of(
    st.sampled_from(NAMED.split()),
    st.sampled_from(["", " ", "a b", "a\tb", "\uff11\uff12\uff17.0.0.1"]),
    st.text(alphabet="aA0x1.-_:,%[]@/\\ \t\n;=ä", max_size=12),
    st.from_regex(r"[0-9a-fx]{1,4}(\.[0-9a-fx]{1,4}){0,3}\.?", fullmatch=True),
)
USERS = NOTHING | st.sampled_from(LOGINS.split())
PORTS = NOTHING | st.sampled_from([*NUMBERED.split(), ": 1"]) | st.integers(0, 70_000).map(lambda port: f":{port}")
TAILS = NOTHING | st.sampled_from([*ENDS.split(), "\n"])


@st.composite
def addresses(draw: st.DrawFn, reading: Reading) -> str:
    scheme = draw(st.sampled_from([*reading.schemes, "http", "x"]))
    between = draw(st.sampled_from(["://", "://", "://", "://", ":", "", ":/", ":///", ":\\\\", " ://"]))
    head = scheme + between if between else ""
    return head + draw(USERS) + draw(HOSTS) + draw(PORTS) + draw(TAILS)


def canonical(host: str) -> str:
    """What a resolver makes of a host: an address where it is a number in some disguise, else the name."""
    try:
        found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return host.lower()
    return str(ipaddress.ip_address(found[0][4][0]))


def held(reading: Reading, text: str) -> None:
    granted = probe.address(text, reading.room)
    try:
        endpoints = list(reading.endpoints(text))
    except REFUSALS:
        return
    if granted is None:
        return
    _, host, port = granted
    # A grant is for one host: whoever names several is granted none of them by its whole text.
    assert [canonical(name) for name, _ in endpoints] == [host.strip("[]")], text
    # Without a port of its own, a scheme is granted by `*` alone.
    assert port is None or [number for _, number in endpoints] == [port], text


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.room)
def test_host_and_port_are_read_alike_or_refused(reading: Reading) -> None:
    @settings(max_examples=3000, deadline=None)
    @given(addresses(reading))
    def each(text: str) -> None:
        held(reading, text)

    each()


@pytest.mark.parametrize(
    "text",
    [
        "postgres://evil.example,x.allowed.example/db?user=a",
        "host=evil.example user=x.allowed.example",
        "host=evil.example\tuser=x.allowed.example",
        "host=evil.example\nuser=x.allowed.example",
        "host=evil.example,x.allowed.example user=a",
    ],
)
def test_several_hosts_and_pairs_are_never_granted_by_their_whole_text(text: str) -> None:
    held(READINGS[3], text)
    assert probe.address(text, "postgres") is None


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.room)
def test_the_reading_is_not_that_everything_is_refused(reading: Reading) -> None:
    text = f"{reading.room}://ann:secret@Db.Example:7000"
    assert list(reading.endpoints(text)) in ([("db.example", 7000)], [("Db.Example", 7000)])
    assert probe.address(text, "x") == (reading.room, "db.example", 7000)
