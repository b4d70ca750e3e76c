"""The suite that every key-value store passes, for the authors of providers.

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_the_store_conforms(check):
        run(check, lambda: MyStore(MyConfig(...), place))

A check calls the store as the data plane does: `async def` on one event loop, `def` on threads. It needs a store that
works, not an empty one: its keys begin with a text of their own, and it leaves none of them behind.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from atoll.capabilities import conformance
from atoll.capabilities.conformance import refused
from atoll.capabilities.key_value.provider import Other, Store

KEYS = ("plain", "with-dash_and.dot", "a:b:c", "Ünïcödé", "日本語", "CASE", "case", "\u00e9", "e\u0301")
"""Ends of keys that every store takes, each for itself."""

HOSTILE = (
    *("\0", "nul\0inside", " ", "a b", "\n", "\r\nDELETE x\r\n", "'; DROP TABLE x; --", '"quoted"', "a/b", "../../x"),
    *("*", ">", "a.>", "..", ".", "=", "=41", "%00", "%2F", "?x=1#y", "\\", "\u202e", "\U0001f600", "k" * 5_000),
)
"""Ends of keys that a store may refuse, with its error."""

NUMBERS = ((b"0", 1, 1), (b"41", 1, 42), (b"-5", 3, -2), (b"5", -8, -3), (b"9007199254740993", 2, 9007199254740995))
NO_NUMBERS = (b"", b"abc", b" 1", b"1 ", b"1.5", b"+1", b"01", b"-0", b"1e3", b"\xff\x00", b"9" * 30)

LARGE = 8 * 1024 * 1024


class Asked(conformance.Asked):
    """A store, and the text that its keys begin with."""

    def __init__(self, store: Store, prefix: str) -> None:
        super().__init__(store)
        self._store = store
        self.prefix = prefix

    async def pages(self) -> list[list[str]]:
        """Of each page of the listing, the keys of this check."""
        pages = self._store.keys()
        if isinstance(pages, AsyncIterator):
            return [self._mine(page) async for page in pages]
        return [self._mine(page) for page in await asyncio.to_thread(_all, pages)]

    async def listed(self) -> list[str]:
        """The keys of this check, sorted."""
        return sorted(key for page in await self.pages() for key in page)

    def _mine(self, page: list[str]) -> list[str]:
        assert isinstance(page, list) and all(isinstance(key, str) for key in page)
        return [key for key in page if key.startswith(self.prefix)]


Check = Callable[[Asked], Awaitable[None]]


def run(check: Check, make: Callable[[], Store]) -> None:
    """The check with a store of its own, which is closed afterwards. AssertionError says what does not conform."""
    asyncio.run(conform(check, make()))


async def conform(check: Check, store: Store) -> None:
    """The check with this store, on the running loop; the store is closed afterwards."""
    asked = Asked(store, f"conformance-{secrets.token_hex(6)}-")
    try:
        await check(asked)
        await asked.delete_many(await asked.listed())
    finally:
        if hasattr(store, "close"):
            await asked.close()


async def an_absent_key_has_no_value(store: Asked) -> None:
    """It can also be removed."""
    key = f"{store.prefix}absent"
    assert await store.get(key) is None
    assert await store.exists(key) is False
    await store.delete(key)
    assert key not in await store.listed()


async def a_value_is_what_was_stored_last(store: Asked) -> None:
    """Until it is removed."""
    key = f"{store.prefix}key"
    for value in (b"one", b"two", b"two"):
        await store.set(key, value)
        assert await store.get(key) == value
        assert await store.exists(key) is True
    await store.delete(key)
    assert await store.get(key) is None
    assert await store.exists(key) is False
    await store.set(key, b"three")
    assert await store.get(key) == b"three"


async def a_value_is_any_bytes(store: Asked) -> None:
    """The empty ones too, which are not absent."""
    key = f"{store.prefix}bytes"
    for value in (b"", b"\0", bytes(range(256)), b"\r\n", "ä".encode(), bytes(range(256)) * 256):
        await store.set(key, value)
        got = await store.get(key)
        assert type(got) is bytes and got == value
        assert await store.exists(key) is True


async def keys_are_told_apart(store: Asked) -> None:
    """By each of their letters."""
    keys = [store.prefix + end for end in KEYS]
    for key in keys:
        await store.set(key, key.encode())
    for key in keys:
        assert await store.get(key) == key.encode()
    assert await store.listed() == sorted(keys)


async def a_strange_key_works_or_is_refused(store: Asked) -> None:
    """And it is never taken for another."""
    taken = {}
    for end in HOSTILE:
        key = store.prefix + end
        try:
            await store.set(key, end.encode())
        except Other as error:
            assert str(error)
        else:
            taken[key] = end.encode()
    for key, value in taken.items():
        assert await store.get(key) == value, f"{key!r} has another's value"
    assert await store.listed() == sorted(taken)
    await store.delete_many(list(taken))
    assert await store.listed() == []


async def the_empty_key_works_or_is_refused(store: Asked) -> None:
    """It has no letters of its own, so what was there is put back."""
    try:
        before = await store.get("")
        await store.set("", b"of the empty key")
        assert await store.get("") == b"of the empty key"
        await store.delete("")
        assert await store.get("") is None
        if before is not None:
            await store.set("", before)
    except Other as error:
        assert str(error)


async def a_large_value_works_or_is_refused(store: Asked) -> None:
    """Afterwards the store answers as before."""
    key = f"{store.prefix}large"
    value = secrets.token_bytes(LARGE)
    try:
        await store.set(key, value)
    except Other as error:
        assert any(character.isdigit() for character in str(error)), f"`{error}` does not name the limit"
        assert await store.get(key) is None
    else:
        assert await store.get(key) == value
    await store.set(key, b"small")
    assert await store.get(key) == b"small"


async def keys_lists_every_key_once(store: Asked) -> None:
    """Over several pages; removed ones are not among them."""
    keys = [f"{store.prefix}{number:04}" for number in range(1050)]
    await store.set_many([(key, b"x") for key in keys])
    assert await store.listed() == keys
    await store.delete_many(keys[50:])
    assert await store.listed() == keys[:50]


async def get_many_answers_in_the_order_asked(store: Asked) -> None:
    """None for absent ones; a key may be asked twice."""
    one, two, absent = (store.prefix + end for end in ("one", "two", "absent"))
    await store.set(one, b"1")
    await store.set(two, b"")
    assert await store.get_many([two, absent, one, two]) == [b"", None, b"1", b""]
    assert await store.get_many([]) == []
    assert await store.get_many([one] * 300) == [b"1"] * 300


async def set_many_stores_the_last_of_a_key(store: Asked) -> None:
    """And all the others."""
    one, two = (store.prefix + end for end in ("one", "two"))
    await store.set(two, b"before")
    await store.set_many([(one, b"first"), (two, b"2"), (one, b"last")])
    assert await store.get_many([one, two]) == [b"last", b"2"]
    await store.set_many([])


async def delete_many_takes_absent_keys(store: Asked) -> None:
    """And a key twice, and none."""
    one, two, absent = (store.prefix + end for end in ("one", "two", "absent"))
    await store.set_many([(one, b"1"), (two, b"2")])
    await store.delete_many([one, absent, one])
    assert await store.get_many([one, two]) == [None, b"2"]
    await store.delete_many([])


async def increment_counts_from_nothing(store: Asked) -> None:
    """In decimal text."""
    key = f"{store.prefix}counter"
    assert await store.increment(key, 5) == 5
    assert await store.get(key) == b"5"
    assert await store.increment(key, -8) == -3
    assert await store.get(key) == b"-3"
    assert await store.increment(key, 0) == -3
    assert await store.increment(f"{store.prefix}zero", 0) == 0
    assert await store.get(f"{store.prefix}zero") == b"0"


async def increment_adds_to_what_set_stored(store: Asked) -> None:
    """If that is a number."""
    for number, (before, delta, after) in enumerate(NUMBERS):
        key = f"{store.prefix}{number}"
        await store.set(key, before)
        assert await store.increment(key, delta) == after
        assert await store.get(key) == b"%d" % after


async def increment_refuses_what_is_no_number(store: Asked) -> None:
    """And leaves it."""
    for number, value in enumerate(NO_NUMBERS):
        key = f"{store.prefix}{number}"
        await store.set(key, value)
        async with refused(Other):
            await store.increment(key, 1)
        assert await store.get(key) == value


async def increment_refuses_a_sum_out_of_range(store: Asked) -> None:
    """Of a signed 64-bit number, and leaves the last one in it."""
    key = f"{store.prefix}edge"
    for edge, delta in (((1 << 63) - 1, 1), (-(1 << 63), -1)):
        await store.set(key, b"%d" % (edge - delta))
        assert await store.increment(key, delta) == edge
        async with refused(Other):
            await store.increment(key, delta)
        assert await store.get(key) == b"%d" % edge


async def increments_at_the_same_time_all_count(store: Asked) -> None:
    """Each gets a sum of its own."""
    key = f"{store.prefix}shared"
    sums = await asyncio.gather(*(store.increment(key, 1) for _ in range(20)))
    assert sorted(sums) == list(range(1, 21))
    assert await store.get(key) == b"20"


async def swap_stores_only_over_what_is_expected(store: Asked) -> None:
    """None expects an absent key; an empty value is not absent."""
    key = f"{store.prefix}swapped"
    assert await store.swap(key, b"something", b"1") is False
    assert await store.swap(key, b"", b"1") is False
    assert await store.get(key) is None
    assert await store.swap(key, None, b"") is True
    assert await store.swap(key, None, b"2") is False
    assert await store.get(key) == b""
    assert await store.swap(key, b"", b"2") is True
    assert await store.swap(key, b"1", b"3") is False
    assert await store.get(key) == b"2"
    await store.delete(key)
    assert await store.swap(key, b"2", b"3") is False
    assert await store.swap(key, None, b"4") is True
    assert await store.get(key) == b"4"


async def of_swaps_at_the_same_time_one_wins(store: Asked) -> None:
    """With an absent key as with a present one."""
    key = f"{store.prefix}contended"
    for expected in (None, b"0"):
        if expected is not None:
            await store.set(key, expected)
        values = [b"%d" % (number + 1) for number in range(20)]
        won = await asyncio.gather(*(store.swap(key, expected, value) for value in values))
        assert won.count(True) == 1
        assert await store.get(key) == values[won.index(True)]


async def calls_at_the_same_time_get_their_own_answers(store: Asked) -> None:
    """However many there are."""
    keys = [f"{store.prefix}{number}" for number in range(100)]
    await asyncio.gather(*(store.set(key, key.encode()) for key in keys))
    assert await asyncio.gather(*(store.get(key) for key in keys)) == [key.encode() for key in keys]


async def a_cancelled_call_harms_no_other(store: Asked) -> None:
    """Wherever it was when it was cancelled."""
    keys = [f"{store.prefix}{number}" for number in range(40)]
    await store.set_many([(key, key.encode() * 100) for key in keys])
    for turns in (0, 1, 2, 3, 5, 8, 13):
        calls = [asyncio.ensure_future(store.get(key)) for key in keys]
        for _ in range(turns):
            await asyncio.sleep(0)
        await asyncio.sleep(turns / 5000)
        for call in calls[::2]:
            call.cancel()
        got = await asyncio.gather(*calls, return_exceptions=True)
        assert got[1::2] == [key.encode() * 100 for key in keys[1::2]]
    assert await store.get_many(keys) == [key.encode() * 100 for key in keys]


CHECKS: tuple[Check, ...] = (
    an_absent_key_has_no_value,
    a_value_is_what_was_stored_last,
    a_value_is_any_bytes,
    keys_are_told_apart,
    a_strange_key_works_or_is_refused,
    the_empty_key_works_or_is_refused,
    a_large_value_works_or_is_refused,
    keys_lists_every_key_once,
    get_many_answers_in_the_order_asked,
    set_many_stores_the_last_of_a_key,
    delete_many_takes_absent_keys,
    increment_counts_from_nothing,
    increment_adds_to_what_set_stored,
    increment_refuses_what_is_no_number,
    increment_refuses_a_sum_out_of_range,
    increments_at_the_same_time_all_count,
    swap_stores_only_over_what_is_expected,
    of_swaps_at_the_same_time_one_wins,
    calls_at_the_same_time_get_their_own_answers,
    a_cancelled_call_harms_no_other,
)
"""All of them, for `pytest.mark.parametrize`; their names say what they check."""


def _all(pages: Iterator[list[str]]) -> list[list[str]]:
    return list(pages)
