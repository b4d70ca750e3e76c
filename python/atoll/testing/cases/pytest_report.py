"""A plugin of pytest for `atoll test`: it chooses tests by name, gives them the app, and writes down how they end.

`ATOLL_TEST` is a JSON object: `report`, a file that gets a line for each test, with `names` and `expression`.
"""

import json
import os
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from atoll.testing.apps import AppUnderTest
    from atoll.testing.fixtures import LoadApp

VARIABLE = "ATOLL_TEST"


@pytest.fixture
def app(atoll_app: "LoadApp") -> "AppUnderTest":
    """The app of the nearest `spin.toml`, with virtual capabilities, and a client for it."""
    return atoll_app()


@pytest.fixture
def client(app: "AppUnderTest") -> "AppUnderTest":
    """The same: `client.get("/")`."""
    return app


def pytest_configure(config: pytest.Config) -> None:
    """The fixtures are there, whether pytest looks for plugins of packages or not."""
    from atoll.testing import plugin

    if not config.pluginmanager.is_registered(plugin):
        config.pluginmanager.register(plugin, "atoll")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that are not chosen."""
    from atoll.testing.cases.choosing import Chosen

    wanted = _wanted()
    chosen = Chosen(tuple(wanted["names"]), wanted["expression"])
    left_out = [item for item in items if not chosen.takes(item.name)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if chosen.takes(item.name)]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write down what has become of a test, or of what it needs."""
    report = yield
    is_told = call.when == "call" or not report.passed
    if is_told:
        file, line, _ = item.location
        _write(
            name=item.name,
            file=file,
            line=(line or 0) + 1,
            status=report.outcome,
            seconds=report.duration,
            text=report.longreprtext if report.failed else "",
            sections=report.sections if report.failed else [],
            asked=[*_asked(item)],
        )
    return report


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A file that cannot be collected is a test that fails."""
    if report.failed:
        _write(name="collection", file=report.nodeid, line=1, status="failed", seconds=0.0, text=report.longreprtext)


def _asked(item: pytest.Item) -> Iterator[list[Any]]:
    from atoll.testing.cases.counting import counted
    from atoll.testing.fixtures import surroundings

    found = sum((counted(around.name, around.calls) for around in surroundings(item)), Counter())
    return ([*what, times] for what, times in found.items())


def _wanted() -> dict[str, Any]:
    wanted: dict[str, Any] = json.loads(os.environ[VARIABLE])
    return wanted


def _write(**record: Any) -> None:
    with Path(_wanted()["report"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")
