"""What every provider of containers must do, to run against a real backend.

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_my_provider_conforms(check):
        run(check, lambda: MyContainer(MyConfig(...), place))

The container is empty before each check, and is emptied afterwards.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from atoll.capabilities.blobstore.provider import Container, NoSuchObject, Other, Upload
from atoll.capabilities.conformance import failure, settled
from atoll.capabilities.provider import Failed, close

Check = Callable[[Container], Awaitable[None]]

WRONG = ("", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a\0b", "a\nb", "x" * 1025)
"""Names that no provider takes."""

RIGHT = ("a", "A", "a.b", "dir/in/dir/file.txt", "a b", "a#1", "a%20b", "a:b", "ä", "a\u0308", "🌊", "...", "a" * 200)
"""Names that every provider takes, and keeps apart."""


async def put(container: Container, name: str, value: bytes, portion: int = 100_000) -> None:
    """Write an object."""
    upload = await settled(container.write(name))
    try:
        for start in range(0, len(value), portion):
            await settled(upload.write(value[start : start + portion]))
        await settled(upload.finish())
    finally:
        await settled(upload.close())


async def get(container: Container, name: str, start: int = 0, end: int = (1 << 64) - 1) -> bytes | None:
    """Read a range of an object; None if there is no such object."""
    found = await settled(container.read(name, start, end))
    if found is None:
        return None
    size, portions = found
    read = b"".join([portion async for portion in each(portions)])
    assert len(read) == size, "as many bytes as were announced"
    return read


async def each(pages: Any) -> Any:
    """The items of a generator, whether it is `async def` or not."""
    if hasattr(pages, "__aiter__"):
        async for page in pages:
            yield page
    else:
        for page in pages:
            yield page


async def names(container: Container) -> list[str]:
    """All names, in order."""
    return sorted([name async for page in each(container.names()) for name in page])


async def what_was_written_is_read(container: Container) -> None:
    """Any bytes, none of them too; a second value takes the place of the first."""
    for value in (b"hello", b"", bytes(range(256)), b"x" * 300_000):
        await put(container, "a", value)
        assert await get(container, "a") == value
        info = await settled(container.info("a"))
        assert info is not None and info.size == len(value)
        assert abs(info.created_at - time.time()) < 3600


async def what_is_not_there_is_none(container: Container) -> None:
    """And can be deleted."""
    assert await get(container, "a") is None
    assert await settled(container.info("a")) is None
    assert await names(container) == []
    await settled(container.delete(["a", "b/c"]))
    await settled(container.delete([]))


async def a_range_has_its_bytes(container: Container) -> None:
    """Up to the object's end, where it may begin too."""
    value = os.urandom(5_000_000)
    await put(container, "a", value)
    for start, end in ((0, 1), (0, 5_000_000), (1, 3), (4_999_999, 5_000_000), (2_000_000, 4_500_001)):
        assert await get(container, "a", start, end) == value[start:end]
    assert await get(container, "a", 4_999_990) == value[-10:]
    assert await get(container, "a", 5_000_000) == b""
    assert isinstance(await failure(lambda: get(container, "a", 5_000_001)), Other)
    await put(container, "empty", b"")
    assert await get(container, "empty", 0, 1) == b""


async def a_large_object_comes_back_whole(container: Container) -> None:
    """In portions of some hundred kB, which are read one by one."""
    value = os.urandom(20_000_003)
    await put(container, "large", value, 256 * 1024)
    found = await settled(container.read("large", 0, 1 << 63))
    assert found is not None and found[0] == len(value)
    read = [portion async for portion in each(found[1])]
    assert b"".join(read) == value
    assert max(map(len, read)) <= 256 * 1024


async def nobody_sees_an_object_before_it_is_finished(container: Container) -> None:
    """What was there stays, and what is given up leaves nothing."""
    for value in (b"new", os.urandom(9_000_000)):
        await put(container, "a", b"old")
        upload = await settled(container.write("a"))
        other = await settled(container.write("b"))
        await write(upload, value)
        await write(other, value)
        assert await get(container, "a") == b"old"
        assert await names(container) == ["a"]
        await settled(other.close())
        await settled(upload.finish())
        await settled(upload.close())
        assert await get(container, "a") == value
        assert await names(container) == ["a"]


async def write(upload: Upload, value: bytes) -> None:
    """Hand over a value in portions."""
    for start in range(0, len(value), 256 * 1024):
        await settled(upload.write(value[start : start + 256 * 1024]))


async def names_are_kept_as_they_are(container: Container) -> None:
    """However letters may be written, each is a name of its own, and none is changed."""
    for name in RIGHT:
        await put(container, name, name.encode())
    assert await names(container) == sorted(RIGHT)
    for name in RIGHT:
        assert await get(container, name) == name.encode(), name
    await settled(container.delete(list(RIGHT[:3])))
    assert await names(container) == sorted(RIGHT[3:])


async def names_that_lead_elsewhere_are_refused(container: Container) -> None:
    """By every method, with a sentence."""
    await put(container, "a", b"1")
    for wrong in WRONG:
        calls: tuple[Callable[[], Any], ...] = (
            partial(container.info, wrong),
            partial(container.read, wrong, 0, 1),
            partial(container.write, wrong),
            partial(container.delete, ["a", wrong]),
            partial(container.copy, "a", wrong),
            partial(container.copy, wrong, "b"),
            partial(container.rename, "a", wrong),
            partial(container.rename, wrong, "b"),
        )
        for call in calls:
            assert isinstance(await failure(call), Other), wrong
        await put(container, "a", b"1")
    assert await names(container) == ["a"]


async def objects_are_copied_and_moved(container: Container) -> None:
    """Onto others too, and onto themselves."""
    await put(container, "a/b", b"1")
    await put(container, "c", b"2")
    await settled(container.copy("a/b", "d/e/f"))
    assert await get(container, "d/e/f") == b"1"
    await settled(container.copy("a/b", "c"))
    assert await get(container, "c") == b"1"
    await settled(container.copy("c", "c"))
    await settled(container.rename("c", "c"))
    assert await get(container, "c") == b"1"
    await settled(container.rename("a/b", "g"))
    await settled(container.rename("g", "d/e/f"))
    assert await names(container) == ["c", "d/e/f"]
    for call in (container.copy, container.rename):
        assert isinstance(await failure(partial(call, "nothing", "x")), NoSuchObject)
    assert await names(container) == ["c", "d/e/f"]


async def many_objects_are_listed_in_pages(container: Container) -> None:
    """More than a page has."""
    wanted = [f"many/{number:04}" for number in range(1_200)]
    for start in range(0, len(wanted), 20):
        await asyncio.gather(*(put(container, name, b"") for name in wanted[start : start + 20]))
    pages = [page async for page in each(container.names())]
    assert sorted(name for page in pages for name in page) == wanted
    assert len(pages) > 1 and max(map(len, pages)) <= 1_000


async def what_is_being_read_never_becomes_another_object(container: Container) -> None:
    """It goes on as it was, or fails."""
    value, other = b"1" * 6_000_000, b"2" * 6_000_000
    await put(container, "a", value)
    found = await settled(container.read("a", 0, 1 << 63))
    assert found is not None
    portions = each(found[1])
    read = await anext(portions)
    await put(container, "a", other)
    try:
        async for portion in portions:
            read += portion
    except Failed:
        assert value.startswith(read)
    else:
        assert read == value


CHECKS: tuple[Check, ...] = (
    what_was_written_is_read,
    what_is_not_there_is_none,
    a_range_has_its_bytes,
    a_large_object_comes_back_whole,
    nobody_sees_an_object_before_it_is_finished,
    names_are_kept_as_they_are,
    names_that_lead_elsewhere_are_refused,
    objects_are_copied_and_moved,
    many_objects_are_listed_in_pages,
    what_is_being_read_never_becomes_another_object,
)


def run(check: Check, make: Callable[[], Container]) -> None:
    """One check on a container that `make` makes on the check's own event loop."""

    async def checked() -> None:
        container = make()
        try:
            await check(container)
        finally:
            left = await names(container)
            for start in range(0, len(left), 50):
                await settled(container.delete(left[start : start + 50]))
            await close(container)

    asyncio.run(checked())
