"""What Extism answered, `atoll.extism` answers as well, but for the differences that are listed with their reasons."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.extism.comparing import CASES, DIFFERENCES, asking, differing, ours
from tests.support import built

GUESTS = {
    "extism-c",
    "extism-go",
    "extism-go-command",
    "extism-rust",
    "extism-rust-command",
    "extism-rust-hosted",
    "extism-rust-reflect",
    "extism-rust-upper",
    "extism-rust-wasi",
    "extism-original-alloc",
    "extism-original-config",
    "extism-original-count-vowels",
    "extism-original-count-vowels-std",
    "extism-original-exit",
    "extism-original-fail",
    "extism-original-fs",
    "extism-original-fs-std",
    "extism-original-hello",
    "extism-original-hello-haskell",
    "extism-original-host",
    "extism-original-host-memory",
    "extism-original-host-multiple",
    "extism-original-http",
    "extism-original-http-headers",
    "extism-original-input-offset",
    "extism-original-lib",
    "extism-original-log",
    "extism-original-main",
    "extism-original-noop",
    "extism-original-println",
    "extism-original-read-write",
    "extism-original-replace",
    "extism-original-sleep",
    "extism-original-std-command",
    "extism-original-var",
}


@pytest.fixture(scope="module")
def places() -> Iterator[dict[str, str]]:
    with asking.servers() as found:
        yield found


def guests(case: dict[str, Any]) -> set[str]:
    return {one["guest"] for one in case["manifest"]["wasm"] if "guest" in one}


def name(case: dict[str, Any]) -> str:
    return str(case["name"])


@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_plug_in_is_answered_as_by_extism(case: dict[str, Any], places: dict[str, str]) -> None:
    for guest in guests(case):
        built(guest)
    expected = DIFFERENCES.get(case["name"], {})
    assert differing(case, ours(case, places)) == {key: each for key, each in expected.items() if key != "why"}


def test_each_guest_of_extism_has_its_cases() -> None:
    assert set[str]().union(*map(guests, CASES)) == GUESTS


def test_each_difference_has_its_reason_and_is_one() -> None:
    known = {case["name"] for case in CASES}
    for case, difference in DIFFERENCES.items():
        assert case in known
        assert difference["why"]
        assert len(difference) > 1, f"{case} does not differ any more"
