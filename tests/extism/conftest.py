"""Host functions and the log are the process's: each test begins and ends without those of others."""

from collections.abc import Iterator

import pytest

from tests.extism.comparing import fresh


@pytest.fixture(autouse=True)
def nothing_registered() -> Iterator[None]:
    with fresh():
        yield
