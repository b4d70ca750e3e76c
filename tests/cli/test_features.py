"""Wasm features that wasmtime calls stable are on; the others are off until an app asks for them."""

import pytest

from tests.cli.conftest import Atoll
from tests.support import built

STABLE = [
    "wat-exceptions",
    "wat-extended-const",
    "wat-function-references",
    "wat-gc",
    "wat-memory64",
    "wat-multi-memory",
    "wat-relaxed-simd",
    "wat-simd",
    "wat-tail-call",
    "wat-threads",
]
UNSTABLE = ["wat-custom-page-sizes", "wat-wide-arithmetic"]


@pytest.mark.parametrize("name", STABLE)
def test_a_stable_feature_works(atoll: Atoll, name: str) -> None:
    said = atoll("run", str(built(name)))
    assert (said.code, said.err) == (0, "")


@pytest.mark.parametrize("name", UNSTABLE)
def test_a_feature_that_is_not_stable_is_refused(atoll: Atoll, name: str) -> None:
    said = atoll("run", str(built(name)))
    assert said.code == 1
    assert said.err.startswith("error: ")


def test_a_command_that_never_ends_reaches_its_limit(atoll: Atoll) -> None:
    assert "CPU time of 100 ms" in atoll("run", "--cpu-time", "100ms", str(built("wat-command-loop"))).err


def test_an_exit_code_comes_through(atoll: Atoll) -> None:
    assert atoll("run", str(built("wat-exit-7"))).code == 7


def test_a_library_is_no_command(atoll: Atoll) -> None:
    assert atoll("run", str(built("wat-library"))).code == 1


def test_an_import_that_nobody_provides_is_named(atoll: Atoll) -> None:
    said = atoll("run", str(built("wat-unknown-import")))
    assert said.code == 1
    assert "example:teleport/beam@1.0.0" in said.err
