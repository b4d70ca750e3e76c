"""What the benchmarks' table says of a figure: its bar, whether it is met, and what is missing."""

from dataclasses import replace
from pathlib import Path

import pytest
from bench.bar import Bar, at_least, at_most, figure_at_most
from bench.claim import Claim, Plan, Result, Row, Unmeasured, examine
from bench.guests import GO_SNAPSHOT, PYTHON, STREAMER, C, Guest
from bench.manifest import app, hello
from bench.table import show
from rich.console import Console

PAIR = Row("C", "another", ours=(3.0, 4.0, 5.0), theirs=(2.0, 2.0, 2.0))


def claim(*rows: Row, guest: Guest = C) -> Claim:
    return Claim(
        name="speed",
        compares="one against another",
        unit="us",
        better="lower",
        guests=(guest,),
        measure=lambda _plan, _guest: list(rows),
    )


@pytest.mark.parametrize(
    ("bar", "status"),
    [
        (None, "measured"),
        (at_least(2.0), "met"),
        (at_least(2.1), "missed"),
        (at_most(2.0), "met"),
        (at_most(1.9), "missed"),
        (figure_at_most(4.0), "met"),
        (figure_at_most(3.9), "missed"),
    ],
)
def test_the_median_decides_whether_a_bar_is_met(bar: Bar | None, status: str) -> None:
    assert replace(PAIR, bar=bar).status == status


def test_a_figure_without_another_has_a_bar_of_its_own_or_none() -> None:
    assert Row("C", ours=(12.5,)).status == "measured"
    assert Row("C", ours=(12.5,), bar=figure_at_most(12)).status == "missed"
    assert Row("C", ours=(12.5,), bar=at_most(20)).status == "not measured"


def test_without_the_other_one_a_ratio_is_not_measured_and_the_claim_does_not_hold() -> None:
    alone = Row("C", "another", ours=(3.0,), trouble="it is not installed", bar=figure_at_most(4.0))
    assert Row("C", "another", ours=(3.0,), trouble="it is not installed").status == "not measured"
    assert alone.status == "met"
    assert not Result(claim(), [alone]).holds
    assert Result(claim(), [PAIR]).holds


def test_a_claim_that_cannot_be_measured_says_why(tmp_path: Path) -> None:
    def refuse(plan: Plan, guest: Guest) -> list[Row]:
        raise Unmeasured(f"{guest.title} is tired")

    built = replace(C, folder=tmp_path)
    tired = replace(claim(guest=built), measure=refuse)
    progress: list[str] = []
    [row] = examine(tired, Plan(1, 1, 1), progress.append).rows
    assert row.trouble == "c-http.wasm is not built"
    built.file.touch()
    [row] = examine(tired, Plan(1, 1, 1), progress.append).rows
    assert (row.trouble, row.status) == ("C is tired", "not measured")
    assert progress == ["speed: C"] * 2


def test_the_table_says_each_bar_in_words_and_the_notes_below(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        replace(PAIR, bar=at_least(0.55)),
        Row("C", ours=(12.5,), bar=figure_at_most(12), note="seen once"),
        Row("C, growth", ours=(1.0,), bar=figure_at_most(8), unit="MB"),
        Row("Go", "another", ours=(1.0,), trouble="it is not installed"),
    ]
    show([Result(claim(), rows)], {"cores": "2"}, Console(force_terminal=False))
    printed = capsys.readouterr().out
    assert "| speed | C | 4.00 us | another | 2.00 us | 2.00 | 1.50 to 2.50 | at least 0.55: met |" in printed
    assert "| speed | C | 12.5 us | - | - | - | - | at most 12 us: missed |" in printed
    assert "| speed | C, growth | 1.00 MB | - | - | - | - | at most 8 MB: met |" in printed
    assert "| speed | Go | 1.00 us | another | it is not installed | - | - | not measured |" in printed
    assert "speed, C: seen once." in printed


def test_a_manifest_has_a_component_a_route_with_its_own_keys() -> None:
    text = app({"/...": PYTHON, "/go": GO_SNAPSHOT, "/stream": STREAMER})
    assert text.count("tool.atoll.snapshot = true") == 1
    assert text.count("[component.c") == 3
    assert 'body = "Hello from C\\n"' in hello(C)
