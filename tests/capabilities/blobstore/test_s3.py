"""S3 as moto serves it."""

import asyncio
import os
import sys
from collections.abc import Iterator

import pytest

from atoll.capabilities.blobstore import Other
from atoll.capabilities.blobstore.conformance import CHECKS, Check, get, names, put, run, write
from atoll.capabilities.blobstore.providers.s3 import S3, S3Config
from atoll.capabilities.provider import Place
from atoll.capabilities.registry import find
from tests.servers import s3 as servers
from tests.servers.moto import ACCESS_KEY, REGION, SECRET_KEY


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.S3]:
    with servers.s3(tmp_path_factory.mktemp("s3")) as server:
        server.make_bucket("objects")
        yield server


def config(server: servers.S3, prefix: str | None = None, timeout: str = "30s", bucket: str = "objects") -> S3Config:
    return S3Config(
        bucket=bucket,
        region=REGION,
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
        endpoint=server.url,
        prefix=prefix,
        timeout=timeout,
    )


@pytest.mark.parametrize("prefix", [None, "of/one/app/"])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_bucket_conforms(check: Check, prefix: str | None, server: servers.S3, place: Place) -> None:
    run(check, lambda: S3(config(server, prefix), place))


def test_containers_of_one_bucket_do_not_see_each_other(server: servers.S3, place: Place) -> None:
    async def checked() -> None:
        one, two = S3(config(server, "one"), place), S3(config(server, "two/"), place)
        await put(one, "a", b"1")
        assert await names(two) == []
        assert await get(two, "a") is None
        assert await names(S3(config(server), place)) == ["one/a"]
        await one.delete(["a"])

    asyncio.run(checked())


def test_a_large_upload_that_is_given_up_leaves_no_parts(server: servers.S3, place: Place) -> None:
    async def checked() -> None:
        container = S3(config(server), place)
        upload = await container.write("large")
        await write(upload, os.urandom(30_000_000))
        assert server.uploads("objects") == ["large"]
        await upload.close()
        assert server.uploads("objects") == []
        assert await names(container) == []

    asyncio.run(checked())


def test_what_is_not_there_is_said_without_an_address(server: servers.S3, place: Place) -> None:
    async def checked() -> None:
        with pytest.raises(Other, match="S3 has no such bucket") as raised:
            await put(S3(config(server, bucket="other"), place), "a", b"1")
        assert "127.0.0.1" not in str(raised.value)

    asyncio.run(checked())


def test_a_service_that_is_gone_fails_in_time_and_is_used_again_when_it_is_back(
    tmp_path_factory: pytest.TempPathFactory, place: Place
) -> None:
    async def checked(server: servers.S3) -> None:
        container = S3(config(server, timeout="5s"), place)
        await put(container, "a", b"1")
        upload = await container.write("large")
        await write(upload, bytes(9_000_000))
        server.stop()
        async with asyncio.timeout(8):
            with pytest.raises(Other, match="S3"):
                await get(container, "a")
        async with asyncio.timeout(12):
            with pytest.raises(Other, match="S3"):
                await write(upload, bytes(40_000_000))
            await upload.close()
        server.start()
        server.make_bucket("objects")
        await put(container, "a", b"2")
        assert await get(container, "a") == b"2"

    with servers.s3(tmp_path_factory.mktemp("gone")) as server:
        server.make_bucket("objects")
        asyncio.run(checked(server))


def test_a_configuration_that_cannot_work_is_refused() -> None:
    for wrong in ({"access_key": "a"}, {"endpoint": "ftp://x"}, {"prefix": "../a"}, {"timeout": "0s"}):
        with pytest.raises(ValueError):
            S3Config(bucket="b", **wrong)


def test_a_client_that_is_not_installed_is_said_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    for module in ("atoll.capabilities.blobstore.objects", "atoll.capabilities.blobstore.providers.s3"):
        monkeypatch.delitem(sys.modules, module)
    with pytest.raises(ImportError, match=r"pip install 'atoll\[blobstore\]'"):
        find("atoll.capabilities.blobstore.providers.s3:S3")
