"""What the tests of apps in other frameworks share."""

from collections.abc import Iterator

import pytest

import atoll
from atoll.web import Mounted
from tests.asgi.serving import uvicorn_on_a_thread
from tests.support import built


@pytest.fixture(scope="session")
def kitchen_app() -> Mounted:
    """The guest whose path says what it does."""
    return atoll.asgi(built("rust-kitchen"))


@pytest.fixture(scope="session")
def mounted_kitchen(kitchen_app: Mounted) -> Iterator[str]:
    """The same behind uvicorn; its URL."""
    with uvicorn_on_a_thread(kitchen_app) as url:
        yield url
