"""A function's module is found by the look of its name and of its file."""

import pytest

from atoll.observe.profile.modules import module


@pytest.mark.parametrize(
    ("function", "file", "found"),
    [
        ("app::shop::buy", "", "app"),
        ("<alloc::vec::Vec<T> as core::ops::drop::Drop>::drop", "", "alloc"),
        ("<&mut dyn app::Shop>::buy", "", "app"),
        ("poll<core::pin::Pin<T>>", "/r/futures-util-0.3.31/src/stream/mod.rs", "futures-util"),
        ("sort<u64>", "/usr/lib/rustlib/src/rust/library/core/src/slice/sort.rs", "core"),
        ("handle", "/x/shop/src/lib.rs", "shop"),
        ("handle", "src/lib.rs", "lib.rs"),
        ("handle", "C:\\shop\\src\\main.c", "shop"),
        ("net/http.(*conn).serve", "", "net/http"),
        ("main.handle", "", "main"),
        ("github.com/u/shop/cart.Add", "/go/x/cart.go", "github.com/u/shop/cart"),
        ("crypto/sha256.block.func1", "", "crypto/sha256"),
        ("std::vector<int>::push_back(int const&)", "", "std"),
        ("(anonymous namespace)::run(int)", "x.cpp", "x.cpp"),
        ("_PyEval_EvalFrameDefault", "", ""),
        ("function 12", "", ""),
        ("(no stack)", "", ""),
        ("", "", ""),
    ],
)
def test_a_function_has_a_module(function: str, file: str, found: str) -> None:
    assert module(function, file) == found
