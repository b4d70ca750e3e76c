"""Versions: which is newer, which can stand for which, and which may follow."""

import pytest

from atoll.errors import UserError
from atoll.packages.wit.versions import Wanted, after, parsed


def test_the_order_is_that_of_semantic_versioning() -> None:
    # The example of its specification.
    names = ["alpha", "alpha.1", "alpha.beta", "beta", "beta.2", "beta.11", "rc.1"]
    ordered = [parsed(f"1.0.0-{name}") for name in names] + [parsed("1.0.0"), parsed("1.0.1")]
    shuffled = ordered[3:] + ordered[:3]
    assert sorted(shuffled) == ordered
    assert str(parsed("1.2.3-rc.1+build.5")) == "1.2.3-rc.1+build.5"


@pytest.mark.parametrize("text", ["1", "1.2", "01.2.3", "1.2.3.4", "v1.2.3", "1.2.3-", "", "9" * 300])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="is no version") as refused:
        parsed(text)
    assert refused.value.code == "wit-name-invalid"


@pytest.mark.parametrize(
    "text", ["http", "wasi:", ":http", "wasi:http/types", "wasi:1x", "w asi:http", "a:" + "b" * 300]
)
def test_what_is_no_package_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="is no name of a package"):
        Wanted.parse(text)


@pytest.mark.parametrize(
    ("wanted", "taken", "not_taken"),
    [
        ("a:b@1.2.0", ["1.2.0", "1.2.9", "1.9.0"], ["1.1.9", "2.0.0", "1.3.0-rc.1", None]),
        ("a:b@0.2.3", ["0.2.3", "0.2.12"], ["0.2.2", "0.3.0", "0.1.9"]),
        ("a:b@0.0.3", ["0.0.3"], ["0.0.4", "0.0.2"]),
        ("a:b@1.0.0-rc.1", ["1.0.0-rc.1"], ["1.0.0-rc.2", "1.0.0"]),
        ("a:b", ["0.0.1", "7.0.0", None], ["1.0.0-rc.1"]),
    ],
)
def test_what_can_stand_for_what_is_wanted(wanted: str, taken: list[str | None], not_taken: list[str | None]) -> None:
    for text in (*taken, *not_taken):
        version = parsed(text) if text else None
        assert Wanted.parse(wanted).takes(version) == (text in taken), text


@pytest.mark.parametrize(
    ("version", "breaking", "added"),
    [("1.2.3", "2.0.0", "1.3.0"), ("0.2.3", "0.3.0", "0.2.4"), ("0.0.3", "0.0.4", "0.0.4"), ("2.0.0-rc.1",) * 3],
)
def test_what_may_follow(version: str, breaking: str, added: str) -> None:
    one = parsed(version)
    assert str(after(one, breaking=True, added=True)) == breaking
    assert str(after(one, breaking=False, added=True)) == added
    assert after(one, breaking=False, added=False) == one
