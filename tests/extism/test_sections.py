"""What is read from a module's binary form is what the data plane says of it."""

import pytest

from atoll import extism
from atoll.extism import Error
from atoll.extism.modules import _inspected
from atoll.extism.sections import HEADER, Unreadable, sections
from tests.support import GUESTS, built

MODULES = [*sorted(file.stem for file in GUESTS.glob("extism-*.wasm")), "core-module", "core-reactor", "c-reactor-p1"]
NEW = [
    "wat-gc",
    "wat-exceptions",
    "wat-threads",
    "wat-memory64",
    "wat-multi-memory",
    "wat-custom-page-sizes",
    "wat-simd",
]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_the_imports_and_exports_that_the_data_plane_finds(name: str) -> None:
    wasm = built(name).read_bytes()
    ours, theirs = sections(wasm), _inspected(wasm)
    assert sorted(one[:3] for one in ours.imports) == sorted(one[:3] for one in theirs.imports)
    assert {one for one in ours.imports if one.kind == "function"} == {
        one for one in theirs.imports if one.kind == "function"
    }
    assert {name: kind for name, (kind, _) in ours.exports.items()} == {
        name: kind for name, (kind, _) in theirs.exports.items()
    }
    functions = {name: type_ for name, (kind, type_) in theirs.exports.items() if kind == "function"}
    assert {name: type_ for name, (kind, type_) in ours.exports.items() if kind == "function"} == functions


@pytest.mark.parametrize("name", NEW)
def test_new_features_are_read_or_left_to_the_data_plane(name: str) -> None:
    wasm = built(name).read_bytes()
    try:
        exports = sections(wasm).exports
    except Unreadable:
        return
    assert exports.keys() == _inspected(wasm).exports.keys()


def test_a_module_that_is_cut_short_is_refused_wherever_that_is() -> None:
    wasm = built("extism-c").read_bytes()
    for end in range(len(HEADER) + 1, len(wasm) - 1, 23):
        with pytest.raises(Error, match="Extism plugin: "):
            extism.Plugin({"wasm": [{"data": wasm[:end]}]}, functions=None)


@pytest.mark.parametrize(
    "section", ["0105", "01ffffffffffffffffffff7f", "010200ff", "07050101610009", "0207010161016100ff", "010401600180"]
)
def test_sections_that_lie_are_refused(section: str) -> None:
    with pytest.raises(Error, match="Extism plugin: "):
        extism.Plugin({"wasm": [{"data": HEADER + bytes.fromhex(section)}]})


def test_a_module_whose_code_is_wrong_is_refused() -> None:
    broken = b'(module (func (export "run_test") (result i32) (i64.const 0)))'
    with pytest.raises(Error, match="Extism plugin: "):
        extism.Plugin({"wasm": [{"data": broken}]})
