"""Calls that compute for long have a thread of their component's own, and are guests as ever there."""

import threading
import time
from pathlib import Path

import httpx

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.outbound.conftest import Upstream
from tests.support import answering, get, processor_time

LIMITS = "tool.atoll.limits.cpu_time = '10s'\ntool.atoll.limits.deadline = '{deadline}'\n"


def long_threads(served: Up) -> list[Path]:
    tasks = Path(f"/proc/{served.process.pid}/task").iterdir()
    return [task for task in tasks if (task / "comm").read_text().strip() == "atoll-long"]


def wait_until(holds: object, seconds: float = 10) -> None:
    assert callable(holds)
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_long_call_leaves_the_thread_that_answers_and_ends_at_its_deadline(make_app: MakeApp) -> None:
    app = make_app(answering("rust-kitchen") + LIMITS.format(deadline="2s"))
    with up(app, "--workers", "1", "-L", "") as served:
        assert get(served.url).status_code == 200
        assert long_threads(served) == []
        ended: list[int] = []
        spinning = threading.Thread(target=lambda: ended.append(get(served.url + "/spin").status_code))
        spinning.start()
        wait_until(lambda: len(long_threads(served)) == 1)
        niceness = (long_threads(served)[0] / "stat").read_text().rpartition(")")[2].split()[16]
        assert niceness == "3"
        assert get(served.url).status_code == 200
        spinning.join()
        assert ended == [504]
        served.wait_for("limit-deadline")


def test_a_long_call_whose_client_left_ends(make_app: MakeApp) -> None:
    app = make_app(answering("rust-kitchen") + LIMITS.format(deadline="60s"))
    with up(app, "--workers", "1", "-L", "") as served:
        client = threading.Thread(target=_give_up, args=(served.url + "/spin", 1.0))
        client.start()
        wait_until(lambda: len(long_threads(served)) == 1)
        client.join()
        time.sleep(0.3)
        before = processor_time(served.process.pid)
        time.sleep(1)
        # A hundred ticks a second where it still computed.
        assert processor_time(served.process.pid) - before < 0.3


def _give_up(url: str, seconds: float) -> None:
    try:
        get(url, timeout=seconds)
    except httpx.TimeoutException:
        return
    raise AssertionError("it answered")


def test_short_calls_after_a_long_one_reach_the_network_and_return_to_the_other_thread(
    make_app: MakeApp, upstream: Upstream
) -> None:
    keys = 'allowed_outbound_hosts = ["http://127.0.0.1:*"]\n' + LIMITS.format(deadline="500ms")
    with up(make_app(answering("rust-kitchen") + keys), "--workers", "1", "-L", "") as served:
        with httpx.Client(timeout=30) as client:
            assert client.get(served.url + "/spin").status_code == 504
            answers = [client.get(served.url + "/fetch", params={"url": upstream.url + "/x"}) for _ in range(60)]
        assert {answer.text for answer in answers} == {"upstream /x"}
        # The connections of the first calls, made from the other thread, still served the last.
        assert upstream.connections == 1
