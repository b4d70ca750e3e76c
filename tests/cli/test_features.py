"""Wasm features that wasmtime calls stable are on; the others are off until an app asks for them."""

import pytest

from atoll.testing import up
from tests.cli.conftest import Atoll, Said
from tests.conftest import MakeApp
from tests.support import built, refused

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
WAGI = """
[[trigger.http]]
route = "/..."
component = "c"
executor = {{ type = "wagi" }}
[component.c]
source = "<{name}>"
"""


@pytest.mark.parametrize("name", STABLE)
def test_a_stable_feature_works(atoll: Atoll, name: str) -> None:
    said = atoll("run", str(built(name)))
    assert (said.code, said.err) == (0, "")


@pytest.mark.parametrize("name", UNSTABLE)
def test_a_feature_that_is_not_stable_is_refused(atoll: Atoll, name: str) -> None:
    said = atoll("run", str(built(name)))
    assert said.code == 1
    assert said.err.startswith("error: ")


@pytest.mark.parametrize("name", UNSTABLE)
def test_a_command_may_be_given_a_feature(atoll: Atoll, name: str) -> None:
    assert atoll("run", "--feature", name.removeprefix("wat-"), str(built(name))) == Said(0, "", "")


@pytest.mark.parametrize("name", UNSTABLE)
def test_an_app_switches_a_feature_on(make_app: MakeApp, name: str) -> None:
    app, feature = WAGI.format(name=name), name.removeprefix("wat-")
    assert "is not valid WebAssembly" in refused("-f", str(make_app(app)), "--workers", "1", "-L", "").stderr
    with up(make_app(f'application.tool.atoll.features = ["{feature}"]\n{app}'), "--workers", "1", "-L", "") as served:
        served.wait_for("Serving")


def test_a_feature_that_does_not_exist_is_refused_with_the_known_names(atoll: Atoll) -> None:
    said = atoll("run", "--feature", "teleport", str(built("wat-simd")))
    assert said.code == 1
    assert "custom-page-sizes" in said.err


def test_a_command_that_never_ends_reaches_its_limit(atoll: Atoll) -> None:
    assert "CPU time of 100 ms" in atoll("run", "--cpu-time", "100ms", str(built("wat-command-loop"))).err


def test_an_exit_code_comes_through(atoll: Atoll) -> None:
    assert atoll("run", str(built("wat-exit-7"))).code == 7


def test_a_library_is_no_command(atoll: Atoll) -> None:
    assert atoll("run", str(built("wat-library"))).code == 1


@pytest.mark.parametrize(
    "guest, interface",
    [("wat-unknown-import", "example:teleport/beam@1.0.0"), ("wat-wasi-nn", "wasi:nn/tensor@0.2.0-rc-2024-10-28")],
)
def test_an_import_that_nobody_provides_is_named(atoll: Atoll, guest: str, interface: str) -> None:
    said = atoll("run", str(built(guest)))
    assert said.code == 1
    assert f"imports `{interface}`: nobody provides it" in said.err
