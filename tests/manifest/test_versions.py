"""Versions in their order, and what requirements of them mean: Cargo's rules."""

from itertools import pairwise

import pytest

from atoll.manifest.versions import Requirement, Version

ORDER = [
    "0.0.9", "0.1.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11",
    "1.0.0-rc.1", "1.0.0", "1.2.0", "1.10.0", "2.0.0",
]  # fmt: skip


def test_versions_have_the_order_of_semver() -> None:
    versions = [Version.parse(text) for text in ORDER]
    assert all(one < other for one, other in pairwise(versions))
    assert [str(one) for one in versions] == ORDER


def test_build_metadata_does_not_count() -> None:
    assert Version.parse("1.0.0+a") == Version.parse("1.0.0+b")
    assert str(Version.parse("1.0.0+a.1")) == "1.0.0+a.1"


@pytest.mark.parametrize(
    "text", ["1", "1.2", "1.2.3.4", "01.2.3", "v1.2.3", "1.2.3-", "1.2.-3", "", "1.2.x", "\u0661.2.3"]
)
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a semantic version"):
        Version.parse(text)


@pytest.mark.parametrize(
    ("requirement", "fits", "fails"),
    [
        ("1.2.3", ["1.2.3", "1.9.0"], ["1.2.2", "2.0.0", "1.3.0-rc.1"]),
        ("^1.2", ["1.2.0", "1.9.9"], ["1.1.9", "2.0.0"]),
        ("^0.2.3", ["0.2.3", "0.2.9"], ["0.2.2", "0.3.0", "1.0.0"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4", "0.1.0"]),
        ("^0", ["0.0.1", "0.9.9"], ["1.0.0"]),
        ("^0.0", ["0.0.1", "0.0.9"], ["0.1.0"]),
        ("~1.2.3", ["1.2.3", "1.2.9"], ["1.3.0", "1.2.2"]),
        ("~1.2", ["1.2.0", "1.2.9"], ["1.3.0"]),
        ("~1", ["1.0.0", "1.9.0"], ["2.0.0"]),
        ("=1.2.3", ["1.2.3"], ["1.2.4", "1.2.3-rc"]),
        ("=1.2", ["1.2.0", "1.2.7"], ["1.3.0"]),
        (">=1.2, <1.5", ["1.2.0", "1.4.9"], ["1.1.0", "1.5.0"]),
        (">1.2.3", ["1.2.4"], ["1.2.3"]),
        (">1.2", ["1.3.0"], ["1.2.9"]),
        ("<=1.2", ["1.2.9", "0.1.0"], ["1.3.0"]),
        ("<2", ["1.9.9"], ["2.0.0"]),
        ("*", ["0.0.1", "9.9.9"], ["1.0.0-rc.1"]),
        ("1.*", ["1.0.0", "1.9.9"], ["2.0.0", "0.9.0"]),
        ("1.2.x", ["1.2.9"], ["1.3.0"]),
        ("1.0.0-rc.1", ["1.0.0-rc.1", "1.0.0-rc.2", "1.0.0", "1.4.0"], ["1.0.0-alpha", "1.1.0-rc.1"]),
        ("=1.0.0-rc.1", ["1.0.0-rc.1"], ["1.0.0", "1.0.0-rc.2"]),
    ],
)
def test_what_a_requirement_takes(requirement: str, fits: list[str], fails: list[str]) -> None:
    parsed = Requirement.parse(requirement)
    assert [text for text in fits + fails if parsed.matches(Version.parse(text))] == fits


@pytest.mark.parametrize(
    "text", ["", ">", "^", "a.b", "1.2.3.4", "1,,2", ">=1 <2", "=>1", "1.2.3 ||", ",".join("1" * 40)]
)
def test_what_is_no_requirement_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="requirement"):
        Requirement.parse(text)


def test_the_newest_that_will_do() -> None:
    versions = [Version.parse(text) for text in ORDER]
    assert str(Requirement.parse("1").best(versions)) == "1.10.0"
    assert Requirement.parse("^3").best(versions) is None
    assert str(Requirement.parse("=1.2.0").exact) == "1.2.0"
    assert Requirement.parse("1.2.0").exact is None
