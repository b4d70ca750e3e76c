"""Streams and futures of an app's own interface, both ways."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from atoll.testing import Up
from tests.rooms import imports
from tests.rooms.imports import Ask

INVERSE = bytes(255 - byte for byte in range(256))

FEED = """
import asyncio
from atoll.capabilities.custom import WitError

INVERSE = bytes(255 - byte for byte in range(256))

class Gauge:
    def __init__(self, place): self._place = place
    def place(self): return self._place

class Feed:
    wit_interfaces = ("acme:feed/feed",)
    Gauge = Gauge

    async def sums(self, numbers):
        async def totals():
            total = 0
            async for number in numbers:
                total += number
                yield total
            print("all numbers were read", flush=True)
        return totals()

    async def readings(self, count):
        def made():
            try:
                for number in range(count):
                    yield {"place": f"p{number}", "value": number / 2 if number % 2 else None, "tags": ["a"] * number}
            finally:
                print("the readings are closed", flush=True)
        return made() if count > 3 else list(made())

    def longest(self, readings):
        return max(readings, key=lambda reading: len(reading.place), default=None)

    async def first(self, data, count):
        taken = b""
        with data:
            async for portion in data:
                taken += portion
                if len(taken) >= count:
                    return taken[:count]

    async def inverted(self, data):
        async for portion in data:
            yield portion.translate(INVERSE)

    def download(self, size):
        def portions():
            for start in range(0, size, 100_000):
                yield bytes(min(size - start, 100_000))
        async def ended():
            await asyncio.sleep(0.01)
            if size > 1_000_000: raise WitError("too large")
            return size
        return portions(), ended()

    def gauges(self, places): return map(Gauge, places)

    async def greeting(self, name):
        async def greeted(): return f"hello, {await name}"
        return greeted()

    async def ticks(self, signal, count):
        await signal
        return range(count)
"""


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ask, Up]]:
    folder = tmp_path_factory.mktemp("feed")
    with imports.served(imports.manifest(folder, "rust-feed", FEED, {"acme:feed/feed": "answers:Feed"})) as opened:
        yield opened


@pytest.mark.parametrize(
    "path, answer",
    [
        ("/sums?5", "[1, 3, 6, 10, 15]"),
        ("/sums?0", "[]"),
        (
            "/readings?2",
            '[Reading { place: "p0", value: None, tags: [] }, Reading { place: "p1", value: Some(0.5), tags: ["a"] }]',
        ),
        ("/longest?260", f'Some(Reading {{ place: "{"x" * 99}", value: None, tags: ["99"] }})'),
        ("/longest?0", "None"),
        ("/first?25000", "25000"),
        ("/download?1000000", "1000000 Ok(1000000)"),
        ("/download?1000001", '1000001 Err("too large")'),
        ("/download?0", "0 Ok(0)"),
        ("/gauges?40", " ".join(map(str, range(40)))),
        ("/greeting?7", "hello, number 7"),
        ("/ticks?300", "300"),
    ],
)
def test_streams_and_futures_cross_both_ways(feed: tuple[Ask, Up], path: str, answer: str) -> None:
    assert feed[0](path) == answer


def test_many_items_of_a_portion_arrive_in_order(feed: tuple[Ask, Up]) -> None:
    assert feed[0]("/sums?2500").endswith(f", {2500 * 2501 // 2}]")


def test_bytes_flow_through_as_they_come(feed: tuple[Ask, Up]) -> None:
    _, app = feed
    sent = os.urandom(5_000_000)
    answer = httpx.post(app.url + "/inverted", content=iter([sent[:1_000_000], sent[1_000_000:]]), timeout=60)
    assert answer.content == sent.translate(INVERSE)


def test_what_a_guest_no_longer_reads_is_closed(feed: tuple[Ask, Up]) -> None:
    ask, app = feed
    assert ask("/some?2") == '["p0", "p1"]'
    app.wait_for("the readings are closed")


def test_a_guest_that_ends_ends_its_streams_and_harms_no_other(feed: tuple[Ask, Up]) -> None:
    ask, _ = feed
    assert ask("/gone").startswith("500")
    assert ask("/sums?3") == "[1, 3, 6]"


@pytest.mark.parametrize(
    "path, why",
    [
        ("/hostile/write?10", "read pointer out of bounds"),
        ("/hostile/write?200000000", "read pointer out of bounds"),
        ("/hostile/write-between?1", "not aligned"),
        ("/hostile/read?10", "read pointer out of bounds"),
        ("/hostile/read-between?1", "not aligned"),
    ],
)
def test_items_that_lie_nowhere_end_the_call_alone(feed: tuple[Ask, Up], path: str, why: str) -> None:
    ask, app = feed
    try:
        assert ask(path).startswith("500")
    except httpx.RemoteProtocolError:
        """The guest had begun to answer, and its answer was cut off."""
    app.wait_for(why)
    assert ask("/sums?3") == "[1, 3, 6]"


BROKEN = FEED.replace("yield total\n", 'yield "much"\n').replace("return self._place", "raise KeyError('a secret')")


def test_an_item_that_does_not_fit_ends_the_call_and_is_named(tmp_path: Path) -> None:
    file = imports.manifest(tmp_path, "rust-feed", BROKEN, {"acme:feed/feed": "answers:Feed"})
    with imports.served(file) as (ask, app):
        assert ask("/sums?3").startswith("500")
        app.wait_for("an item of the stream: 'str' object cannot be interpreted as an integer")
        assert ask("/greeting?1") == "hello, number 1"
