"""The benchmarks' own instruments see what is there."""

from pathlib import Path

import pytest
from bench.answer import check
from bench.claim import Unmeasured
from bench.guests import NOTHING, STREAMER, C
from bench.manifest import app
from bench.stream import send, sink, watching
from bench.variants import variants

from bench import sandbox, servers
from tests.support import built


def test_variants_of_a_guest_are_different_files_that_answer_alike(tmp_path: Path) -> None:
    built("c-http")
    first, second = variants(C, 2, tmp_path)
    assert first.file.read_bytes() != second.file.read_bytes()
    with servers.up(app({"/one": first, "/two": second}), 1, ("--log-dir", "", "--disable-cache")) as process:
        check(f"http://127.0.0.1:{process.port}/one", C.body)
        check(f"http://127.0.0.1:{process.port}/two", C.body)
        assert 1_000_000 < process.own_bytes() < process.resident_bytes()


def test_a_stream_counts_what_comes_back_and_refuses_what_does_not() -> None:
    built("rust-http-p3")
    with servers.up(app({"/...": STREAMER}), 1, ("--log-dir", "")) as process, sink() as swallowing:
        assert send(process.port, "/echo", 1_000_000, echoed=True) > 0
        assert send(swallowing, "/", 1_000_000, echoed=False) > 0
        with pytest.raises(Unmeasured, match="wrong answer"):
            send(process.port, "/hello", 1_000_000, echoed=True)


def test_watching_sees_the_last_value_at_least() -> None:
    values = [7]
    with watching(lambda: values[0]) as seen:
        values[0] = 9
    assert seen[-1] == 9


def test_a_command_that_does_nothing_is_called_thousands_of_times() -> None:
    built("wat-run-empty")
    cost = sandbox.call(NOTHING, 1)
    assert cost.calls > 1000
    assert 0 < cost.median_us < 1000
    assert sandbox.live(C, 100).instances == 100
