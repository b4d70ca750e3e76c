"""Reload: an app that is exchanged goes on counting, and a component that leaves takes nothing with it."""

import signal

import pytest

from tests.conftest import MakeApp
from tests.observe.collector import Collector
from tests.observe.conftest import Export
from tests.observe.scrapes import observed
from tests.support import get

TWO = """
[[trigger.http]]
route = "/one"
component = "one"
[component.one]
source = "<c-http>"
[[trigger.http]]
route = "/two"
component = "two"
[component.two]
source = "<c-http>"
"""
ONE = TWO.partition('[[trigger.http]]\nroute = "/two"')[0]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_reload_resets_no_counter(make_app: MakeApp, workers: int) -> None:
    with observed(make_app(TWO), workers=workers) as served:
        for path in ("/one", "/two"):
            assert get(served.app.url + path).status_code == 200
        for times, app in enumerate((TWO, ONE, TWO), start=1):
            make_app(app)
            served.app.signal(signal.SIGHUP)
            served.app.wait_for("the app was reloaded", times=times)
            assert served.get("/readyz").status_code == 200
            assert get(served.app.url + "/one").status_code == 200
            told = served.scrape()
            assert told.value("atoll_requests_total", component="one") == times + 1
            assert told.value("atoll_requests_total", component="two") == 1
            assert told.value("atoll_instances_started_total", component="one") == times + 1
        loaded = served.scrape().value("atoll_components_loaded_total", component="one")
        assert loaded == 4 * workers
        assert served.scrape().value("atoll_worker_restarts_total") == 0


def test_traces_go_on_after_a_reload(make_app: MakeApp, export: Export, collector: Collector) -> None:
    with export(TWO) as served:
        served.signal(signal.SIGHUP)
        served.wait_for("the app was reloaded")
        get(served.url + "/one")
        assert [span.name for span in collector.trace(3)] == ["instantiate", "call one", "GET /one"]
