"""An app in this process, with virtual capabilities around it, and a client for it."""

import asyncio
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Unpack

import httpx

from atoll.app import App
from atoll.embed.keywords import only
from atoll.testing.calls import HostCalls
from atoll.testing.client import BASE_URL, AppTransport
from atoll.testing.journal import GuestLog, listening
from atoll.testing.loaded import Tested, loaded
from atoll.testing.options import AppOptions
from atoll.testing.surroundings import Surroundings
from atoll.web import Mounted

# Seconds that calls have to end by themselves at the end of a test.
_DRAIN = 2.0
_LOOK = 0.005


class AppUnderTest(httpx.Client):
    """An app, and a client of httpx for it: `app.get("/users")`. No request leaves the process.

    asgi: the app for an ASGI framework or server.
    calls: what its components asked of `imports`, stores, databases, containers, brokers and variables.
    key_value: what is in its stores, by label: a dict of bytes each.
    sqlite: its databases, by label, which run statements: `app.sqlite["default"].execute("SELECT …")`.
    blobstore: its containers, by label: a mapping of bytes each.
    messaging: its brokers, by label.
    variables: the values of its variables.

    All of these can be read and changed at any time. Where the test gave a provider, it is that.
    """

    asgi: Mounted
    calls: HostCalls
    key_value: dict[str, Any]
    sqlite: dict[str, Any]
    blobstore: dict[str, Any]
    messaging: dict[str, Any]
    variables: dict[str, str]

    def __init__(self, mounted: Mounted, around: Surroundings) -> None:
        super().__init__(transport=AppTransport(mounted), base_url=BASE_URL, trust_env=False)
        self._around = around
        self.asgi = mounted
        self.calls = around.calls
        self.key_value = around.key_value
        self.sqlite = around.sqlite
        self.blobstore = around.blobstore
        self.messaging = around.messaging
        self.variables = around.variables

    @property
    def aio(self) -> httpx.AsyncClient:
        """A client for coroutines: `await app.aio.get("/")`. It shares no cookies with the other one."""
        transport = httpx.ASGITransport(self.asgi)
        return httpx.AsyncClient(transport=transport, base_url=BASE_URL, trust_env=False)

    @property
    def name(self) -> str:
        """The app's name."""
        return self.asgi.name

    @property
    def log(self) -> GuestLog:
        """What the components wrote so far."""
        return self._around.log

    def __repr__(self) -> str:
        return f"<app {self.name}>"


@contextmanager
def load_app(app: str | os.PathLike[str], **options: Unpack[AppOptions]) -> Iterator[AppUnderTest]:
    """Load an app for a test: a `spin.toml`, its folder, or a component with an HTTP handler. It ends with the block.

    The options are those of `atoll.testing.options.AppOptions`. Raises UserError or Problems with everything that is
    wrong with the app, ValueError for contents of stores that no component is granted.
    """
    only(AppOptions, options, "load_app")
    with load_around(Path(app), options) as (under_test, _):
        yield under_test


@contextmanager
def load_around(path: Path, options: AppOptions) -> Iterator[tuple[AppUnderTest, Surroundings]]:
    """The same, with what is around it."""
    with ExitStack() as resources:
        read = App.load(path, profile=options.get("profile"))
        around = Surroundings(read.name, resources)
        mounted = _outside_of_loops(read, options, around)
        components = [one["id"] for one in mounted.locked["components"]]
        resources.enter_context(listening(components, around.log))
        around.log.flush = mounted.flush
        resources.callback(_end, mounted)
        # What it needed to be loaded is none of its guests' calls.
        around.calls.clear()
        yield resources.enter_context(AppUnderTest(mounted, around)), around


def _outside_of_loops(app: App, options: AppOptions, around: Surroundings) -> Tested:
    """Providers are asked on a loop of their own while an app is loaded; a test may have one already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return loaded(app, options, around)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(loaded, app, options, around).result()


def _end(mounted: Tested) -> None:
    until = time.monotonic() + _DRAIN
    while not mounted.is_idle and time.monotonic() < until:
        time.sleep(_LOOK)
    mounted.leave()
