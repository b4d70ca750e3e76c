"""The plugin of pytest: fixtures for tests of apps and plugins, and what these asked and wrote when a test fails.

Nothing of atoll is loaded before a fixture is used.
"""

import sys
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from atoll.testing.fixtures import LoadApp, LoadPlugin
    from atoll.testing.outbound import OutboundHttp


@pytest.fixture
def atoll_app(request: pytest.FixtureRequest) -> "Iterator[LoadApp]":
    """Load an app in this process: `app = atoll_app("spin.toml")`, then `app.get("/")` as with httpx.

    Its stores, databases, containers, brokers and variables are virtual: `atoll_app(key_value={"default": {"k": "v"}})`
    fills them, `app.key_value["default"]["k"]` reads them. Guests reach no network. `app.calls` is what they asked of
    the host, `app.log` what they wrote. All of it ends with the test.
    """
    from atoll.testing.fixtures import load_app

    yield from load_app(request)


@pytest.fixture
def atoll_plugin(request: pytest.FixtureRequest) -> "Iterator[LoadPlugin]":
    """Load a plugin as `atoll.load` does: `plugin = atoll_plugin("crm.wasm", imports={"acme:crm/directory": …})`.

    Its stores and databases are virtual: `key_value={"default": {"k": "v"}}` fills them. `plugin.calls` is what it
    asked of the host, `plugin.log` what it wrote. All of it ends with the test.
    """
    from atoll.testing.fixtures import load_plugin

    yield from load_plugin(request)


@pytest.fixture
def atoll_http() -> "Iterator[OutboundHttp]":
    """Answer outbound HTTP requests of guests: `atoll_http.answer("https://api.example.com/now", json={"t": 21})`.

    With `atoll_app(http=atoll_http)` it is asked in the place of all sites that the app is granted; to a plugin,
    `atoll_http.at("https://api.example.com")` is the address of a site. The test fails if a request has no answer.
    """
    from atoll.testing.outbound import OutboundHttp

    with OutboundHttp() as http:
        yield http
        http.check()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what apps and plugins asked and wrote."""
    report = yield
    fixtures = sys.modules.get("atoll.testing.fixtures")
    if fixtures is not None:
        if report.failed:
            report.sections += fixtures.sections(item)
        if call.when == "teardown":
            fixtures.forget(item)
    return report
