"""What all tests share: small apps, a served guest, and the number of tests that were skipped."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from atoll.testing import Up, up
from tests.support import built, write_app

MakeApp = Callable[[str], Path]


def pytest_configure() -> None:
    """Have what tests start hear of Ctrl-C: a background job of a shell ignores it, and hands that on."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def make_app(tmp_path: Path) -> MakeApp:
    """A manifest file, from the part that comes after its first two lines; `<NAME>` becomes the path of that guest."""

    def make(rest: str) -> Path:
        return write_app(tmp_path, rest)

    return make


@pytest.fixture(scope="session")
def hello() -> Iterator[Up]:
    """The small C guest, served by two workers."""
    with up(built("c-http"), "--workers", "2", "--log-dir", "") as app:
        yield app


@pytest.fixture(scope="session")
def kitchen() -> Iterator[Up]:
    """The guest whose path says what it does, in one process, without log files."""
    with up(built("rust-kitchen"), "--workers", "1", "--log-dir", "") as app:
        yield app


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30) as client:
        yield client


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"skipped tests: {len(terminalreporter.stats.get('skipped', []))}")
