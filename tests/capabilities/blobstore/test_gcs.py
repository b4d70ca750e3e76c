"""Google Cloud Storage, as far as its API is that of S3 under other names."""

import asyncio
from collections.abc import Iterator

import pytest

from atoll.capabilities.blobstore import Other
from atoll.capabilities.blobstore.conformance import CHECKS, Check, put, run
from atoll.capabilities.blobstore.providers.gcs import Gcs, GcsConfig
from atoll.capabilities.provider import Place
from tests.servers.gcs import TOKEN, gcs
from tests.servers.gcs import Gcs as Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with gcs(tmp_path_factory.mktemp("gcs")) as server:
        yield server


@pytest.mark.parametrize("prefix", [None, "of/one/app/"])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_bucket_conforms(check: Check, prefix: str | None, server: Server, place: Place) -> None:
    run(check, lambda: Gcs(GcsConfig(bucket="objects", token=TOKEN, endpoint=server.url, prefix=prefix), place))


def test_a_wrong_token_is_said_without_it(server: Server, place: Place) -> None:
    async def checked() -> None:
        container = Gcs(GcsConfig(bucket="objects", token="wrong-token", endpoint=server.url), place)
        with pytest.raises(Other, match="refused the credentials") as raised:
            await put(container, "a", b"1")
        assert "wrong-token" not in str(raised.value)

    asyncio.run(checked())
