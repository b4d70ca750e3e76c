"""Which import a dependency of some name is meant for, and which export answers it."""

import pytest

from atoll.host.composing.surface import Import, Surface, matches, named
from atoll.manifest.dependencies import parse_name


# The cases of Spin's own test, crates/compose/src/lib.rs.
@pytest.mark.parametrize(
    "name, imports",
    [
        ("foo:bar/baz@0.1.0", ["foo:bar/baz@0.1.0"]),
        ("foo:bar/baz", ["foo:bar/baz@0.1.0", "foo:bar/baz"]),
        ("foo:bar", ["foo:bar/baz@0.1.0", "foo:bar/baz"]),
        ("foo:bar@0.1.0", ["foo:bar/baz@0.1.0"]),
        ("foo-bar", ["foo-bar"]),
    ],
)
def test_names_match_what_spin_matches(name: str, imports: list[str]) -> None:
    assert all(matches(parse_name(name), one) for one in imports)


@pytest.mark.parametrize(
    "name, imports",
    [
        ("foo:bar/baz@0.1.0", ["foo:bar/baz", "foo:bar/baz@0.1.1"]),
        ("foo:bar/baz", ["foo:bar/bub", "foo:bar/bub@0.1.0"]),
        ("foo:bar", ["foo:bub/bib"]),
        ("foo:bar@0.1.0", ["foo:bar/baz"]),
        ("foo:bar/baz", ["foo:bar/baz-bub", "foo-bar"]),
        ("foo-bar", ["foo:bar/baz", "foo"]),
    ],
)
def test_names_match_nothing_else(name: str, imports: list[str]) -> None:
    assert not any(matches(parse_name(name), one) for one in imports)


@pytest.mark.parametrize(
    "wanted, export",
    [
        ("a:b/c@1.2.0", "a:b/c@1.0.5"),
        ("a:b/c@0.2.0", "a:b/c@0.2.6"),
        ("a:b/c@0.0.3", "a:b/c@0.0.3"),
        ("a:b/c", "a:b/c"),
        ("a-b", "a-b"),
    ],
)
def test_a_version_that_is_as_good_answers(wanted: str, export: str) -> None:
    assert Surface([], ["x:y/z@1.0.0", export]).exported(wanted) == export


@pytest.mark.parametrize(
    "wanted, export",
    [
        ("a:b/c@1.2.0", "a:b/c@2.0.0"),
        ("a:b/c@0.2.0", "a:b/c@0.3.0"),
        ("a:b/c@0.0.3", "a:b/c@0.0.4"),
        ("a:b/c@1.0.0", "a:b/c@1.0.0-rc.1"),
        ("a:b/c@1.0.0", "a:b/c"),
        ("a:b/c", "a:b/d"),
    ],
)
def test_any_other_version_does_not(wanted: str, export: str) -> None:
    assert Surface([], [export]).exported(wanted) is None


def test_an_interface_is_found_in_any_version() -> None:
    imports = [Import("wasi:io/poll@0.2.0", None), Import("wasi:http/handler@0.3.0", None)]
    assert named((one.name for one in imports), "wasi:http/handler") == "wasi:http/handler@0.3.0"
    assert named((one.name for one in imports), "wasi:http/types") is None
