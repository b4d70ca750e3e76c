"""Calls across the parts of a composition, as often as the benchmark makes them."""

from pathlib import Path

import atoll
from atoll.host import core
from atoll.host.composing.plan import Part, Wire
from tests.support import built

WORK = "test:calls/work@0.1.0"


def test_both_sides_of_the_border_do_the_same_work(tmp_path: Path) -> None:
    parts = [
        Part("calls", str(built("rust-calls")), wires=[Wire(WORK, WORK, 1)]),
        Part("called", str(built("rust-called"))),
    ]
    with atoll.load(str(core.composed(parts, tmp_path))).open() as instance:
        for text in ("", "é", "x" * 100_000):
            assert instance.calls.across(100, text) == instance.calls.inside(100, text)
