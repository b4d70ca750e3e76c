"""Instances that are made before their calls: a call finds in them what it brings itself, and nothing else."""

import re
import time
from pathlib import Path

import httpx

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.support import answering


def has_made_some(served: Up) -> bool:
    """Whether the thread that makes instances in advance has begun to."""
    tasks = Path(f"/proc/{served.process.pid}/task").iterdir()
    return any((task / "comm").read_text().strip() == "atoll-ready" for task in tasks)


def test_short_calls_one_at_a_time_find_an_instance_made_for_them(make_app: MakeApp) -> None:
    with up(make_app(answering("c-http")), "--workers", "1", "-L", "") as served, httpx.Client(timeout=30) as client:
        assert not has_made_some(served)
        assert {client.get(served.url).text for _ in range(50)} == {"Hello from C\n"}
        assert has_made_some(served)


def test_what_such_a_call_says_stands_under_its_own_number(make_app: MakeApp) -> None:
    with (
        up(make_app(answering("rust-kitchen")), "--workers", "1", "-L", "") as served,
        httpx.Client(timeout=30) as client,
    ):
        for turn in range(30):
            assert client.get(f"{served.url}/log?text=turn{turn}").status_code == 200
        served.wait_for("to stdout: turn29")
    numbers = [re.search(rf"\[([0-9a-f]+)\]: to stdout: turn{turn}\b", served.stdout) for turn in range(30)]
    assert len({found[1] for found in numbers if found}) == 30


def test_a_guest_that_asks_for_its_environment_at_its_start_has_it(make_app: MakeApp) -> None:
    keys = 'environment = { DIGIT = "3" }\n'
    app = make_app(answering("wat-started-for") + keys)
    with up(app, "--workers", "1", "-L", "") as served, httpx.Client(timeout=30) as client:
        assert {client.get(served.url).status_code for _ in range(30)} == {203}


def test_the_deadline_of_such_a_call_begins_with_the_call(make_app: MakeApp) -> None:
    app = make_app(answering("rust-kitchen") + "tool.atoll.limits.deadline = '300ms'\n")
    with up(app, "--workers", "1", "-L", "") as served, httpx.Client(timeout=30) as client:
        for _ in range(10):
            assert client.get(served.url).status_code == 200
        time.sleep(0.5)
        assert client.get(f"{served.url}/sleep?ms=100").text == "slept"
        assert client.get(f"{served.url}/sleep?ms=1000").status_code == 504


def test_such_a_call_ends_at_its_memory_as_any(make_app: MakeApp) -> None:
    app = make_app(answering("rust-kitchen") + "tool.atoll.limits.memory = '32MiB'\n")
    with up(app, "--workers", "1", "-L", "") as served, httpx.Client(timeout=30) as client:
        for _ in range(10):
            assert client.get(served.url).status_code == 200
            assert client.get(f"{served.url}/memory").status_code == 500
        served.wait_for("limit-memory", times=10)
