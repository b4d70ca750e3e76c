"""A server that nobody calls costs nothing."""

import time
from pathlib import Path

from atoll.testing import up
from tests.support import built, get


def switches(pid: int) -> int:
    """How often all threads of the process went to sleep."""
    text = [file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/status")]
    lines = [line for status in text for line in status.splitlines() if line.startswith("voluntary_ctxt_switches")]
    return sum(int(line.split()[1]) for line in lines)


def test_an_idle_server_sleeps_and_a_call_wakes_it() -> None:
    with up(built("rust-kitchen"), "--workers", "1", "-L", "", "--request-timeout", "1s") as served:
        assert get(served.url).status_code == 200
        time.sleep(0.5)
        before = switches(served.process.pid)
        time.sleep(2)
        assert switches(served.process.pid) - before < 200
        # A guest that loops is found out all the same.
        assert get(served.url + "/spin").status_code == 504
