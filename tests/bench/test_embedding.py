"""What calls from Python are measured with does the work that it says, on every side."""

from pathlib import Path

import msgspec
import pytest
from bench.claim import Plan, Unmeasured
from bench.embedders.loop import Loop, WrongAnswer
from bench.embedders.work import ANSWERS, Statement
from bench.embedding import ATOLL, EXTISM, PYTHON, WASMTIME, Embedder, contrast, in_microseconds, program, run
from bench.guests import CALLING, PLUGIN, Guest
from bench.variants import variants

from bench import peers
from tests.support import built

GUESTS = ("c-plugin", "c-plugin-calling", "extism-c", "extism-c-calling", "extism-rust")
PDK = "echo-pdk"


@pytest.fixture(autouse=True)
def guests() -> None:
    for guest in GUESTS:
        built(guest)


@pytest.mark.slow
@pytest.mark.parametrize("work", sorted(ANSWERS.keys() - {PDK}))
def test_atoll_gives_the_answer_of_each_work(work: str) -> None:
    with program(ATOLL, work):
        pass


@pytest.mark.slow
@pytest.mark.parametrize("work", sorted(ANSWERS.keys() - {"record", "spin"}))
def test_extism_gives_the_same(work: str) -> None:
    _gives(EXTISM, work)


@pytest.mark.slow
@pytest.mark.parametrize("work", sorted(ANSWERS.keys() - {PDK, "spin"}))
def test_wasmtime_py_gives_the_same(work: str) -> None:
    _gives(WASMTIME, work)


def _gives(embedder: Embedder, work: str) -> None:
    if peers.packages() is None:
        pytest.skip("extism and wasmtime-py are not installed: make bench-tools")
    with program(embedder, work):
        pass


def test_what_gives_a_wrong_answer_is_not_measured() -> None:
    with pytest.raises(WrongAnswer, match="`40 - 2` gave 38"):
        Loop("add", Statement("40 - 2", {}))


def test_a_statement_that_does_the_work_several_times_counts_as_often() -> None:
    once, often = (Loop("add", Statement("40 + 2", {}, times=times)) for times in (1, 1000))
    assert often.rate(0.1) > 100 * once.rate(0.1)
    assert once.rate_of_threads(0.1, 2) > 0


@pytest.mark.slow
def test_one_that_cannot_do_the_work_leaves_its_row_without_a_figure() -> None:
    plan = Plan(seconds=1, rounds=1, warm_up=1)
    [row] = contrast(plan, "C", "fold", {"a Python function": PYTHON})
    assert row.ours[0] > 0
    assert row.trouble == "LookupError: fold"
    assert in_microseconds(row).ours[0] == pytest.approx(1e6 / row.ours[0])
    with pytest.raises(Unmeasured, match="fold"), program(PYTHON, "fold"):
        pass


@pytest.mark.slow
def test_threads_are_measured_together() -> None:
    with program(Embedder("atoll", ("--cores", "1", "--threads", "2")), "spin") as sample:
        assert sample(1) > 0


@pytest.mark.slow
@pytest.mark.parametrize("guest", [PLUGIN, CALLING], ids=["exports", "imports"])
def test_plugins_that_are_loaded_together_are_weighed(guest: Guest, tmp_path: Path) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir()
    assert len(list(variants(guest, 3, folder))) == 3
    command = ("bench.embedders.many", str(folder), "--cache", str(tmp_path / "cache"))
    assert run(*command, "--compile") == ""
    assert len(list((tmp_path / "cache").glob("*.cwasm"))) == 3
    told = msgspec.json.decode(run(*command), type=dict[str, float])
    assert told.keys() == {"code", "loaded", "called", "milliseconds"}
    assert told["code"] > guest.file.stat().st_size
    assert told["milliseconds"] > 0
