"""What others make of the metrics: Prometheus scrapes them, the dashboard and the guide name those that exist."""

import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from atoll.observe.families import FAMILIES
from tests.observe.scrapes import Observed, observed
from tests.support import ROOT, TEST_TOOLS, answering, get, write_app

DASHBOARD = ROOT / "docs" / "dashboards" / "atoll.json"
GUIDE = ROOT / "docs" / "guides" / "observe.md"
SUFFIXES = ("", "_bucket", "_sum", "_count")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    """A server whose calls went every way."""
    folder = tmp_path_factory.mktemp("app")
    limits = 'tool.atoll.limits = { deadline = "200ms", concurrency = 2, queue = 0 }\n'
    with observed(write_app(folder, answering("rust-kitchen") + limits), workers=2) as served:
        for path in ("/", "/status?code=404", "/panic", "/sleep?ms=5000"):
            get(served.app.url + path)
        yield served


def tool(name: str) -> str:
    """A tool of `make toolchains`."""
    file = TEST_TOOLS / "bin" / name
    assert file.exists(), f"{name} is not there: make toolchains"
    return str(file)


def test_promtool_has_nothing_to_say_about_a_scrape(served: Observed) -> None:
    check = [tool("promtool"), "check", "metrics"]
    said = subprocess.run(check, input=served.scrape().text, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_promtool_would_complain(served: Observed) -> None:
    said = subprocess.run(
        [tool("promtool"), "check", "metrics"], input="# TYPE a counter\na 1\n", text=True, check=False
    )
    assert said.returncode != 0


@contextmanager
def prometheus(folder: Path, target: str) -> Iterator[str]:
    """Debian's Prometheus, scraping the target every second; its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    config = folder / "prometheus.yml"
    job = f"  - job_name: atoll\n    static_configs:\n      - targets: ['{target}']\n"
    config.write_text(f"global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\nscrape_configs:\n{job}")
    command = [
        tool("prometheus"),
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={listen}",
        "--log.level=error",
    ]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL) as process:
        try:
            yield f"http://{listen}"
        finally:
            process.terminate()


def answer(base: str, path: str, **params: str) -> Any:
    """What Prometheus answers; None while it starts."""
    try:
        return get(base + path, params=params).json()
    except (httpx.TransportError, ValueError):
        return None


def dashboard_queries() -> list[str]:
    """The dashboard's queries, its variables filled in as Grafana would."""
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    queries = [target["expr"] for panel in panels for target in panel.get("targets", ())]
    return [re.sub(r"\$(?!__)\w+", ".*", query).replace("$__rate_interval", "1m") for query in queries]


def test_prometheus_scrapes_it_and_answers_every_query_of_the_dashboard(served: Observed, tmp_path: Path) -> None:
    queries = dashboard_queries()
    assert len(queries) > 25
    with prometheus(tmp_path, served.base.removeprefix("http://")) as base:
        until = time.monotonic() + 90

        def unanswered() -> list[str]:
            get(served.app.url + "/panic")
            told = {query: answer(base, "/api/v1/query", query=query) for query in queries}
            return [query for query, said in told.items() if said is None or not said.get("data", {}).get("result")]

        while missing := unanswered():
            assert time.monotonic() < until, missing
            time.sleep(0.2)
        (target,) = answer(base, "/api/v1/targets")["data"]["activeTargets"]
        assert (target["health"], target["lastError"]) == ("up", "")


def test_every_metric_is_on_the_dashboard_and_each_of_its_metrics_exists() -> None:
    text = DASHBOARD.read_text("utf-8")
    queried = set(re.findall(r"\batoll_\w+", text))
    known = {family.full_name + suffix for family in FAMILIES for suffix in SUFFIXES}
    assert queried - known == set()
    assert {family.name for family in FAMILIES if not any(name.startswith(family.name) for name in queried)} == set()


def test_the_dashboard_can_be_imported() -> None:
    dashboard = json.loads(DASHBOARD.read_text("utf-8"))
    assert "id" not in dashboard
    variables = {each["name"]: each["type"] for each in dashboard["templating"]["list"]}
    assert variables["datasource"] == "datasource"
    identities = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(identities)) == len(identities)
    for panel in dashboard["panels"]:
        assert panel["type"] == "row" or panel["datasource"]["uid"] == "${datasource}"
        for used in re.findall(r"\$(\w+)", json.dumps(panel.get("targets", []))):
            assert used in variables or used == "__rate_interval"


def test_the_guide_lists_exactly_the_metrics_that_a_scrape_shows(served: Observed) -> None:
    rows = re.findall(r"^\| `(atoll_\w+)` \| (\w+) \| ([^|]*) \| ([^|]*) \|$", GUIDE.read_text("utf-8"), re.MULTILINE)
    ours = [
        (family.full_name, family.kind, ", ".join(f"`{label}`" for label in family.labels), family.help)
        for family in FAMILIES
    ]
    assert [tuple(cell.strip() for cell in row) for row in rows] == ours
    shown = {name.removesuffix("_bucket") for name in served.scrape().names()}
    assert {family.full_name for family in FAMILIES} - shown == set()
