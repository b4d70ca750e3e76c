"""Manifests that were changed in every way: read, or refused with codes and places; never a crash."""

import tomllib
from typing import Any

import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atoll.errors import CODES, AtollError, Problems, render
from atoll.manifest.document import Document

from .conftest import GOLDENS, http_app

LIMITED = http_app('tool.atoll.limits = { deadline = "1s", memory = "1MiB" }\ntool.atoll.reuse = { max_requests = 2 }')
SOURCES = [
    *(file.read_text("utf-8") for file in sorted(GOLDENS.rglob("*.toml")) if "invalid" not in str(file)),
    LIMITED,
]
TREES = [tree for tree in (tomllib.loads(source) for source in SOURCES) if tree]
# What stands nowhere in the file has no place in it.
WITHOUT_PLACE = {"manifest-too-large", "manifest-unreadable"}

WORDS = st.sampled_from(
    [
        "",
        "c",
        "a-b",
        "A_B",
        "{{ x }}",
        "{{",
        "*",
        "@",
        "/...",
        "/:a/...",
        "http://*:*",
        "self",
        "1s",
        "1MiB",
        "-1s",
        "2",
        "99999999999999999999s",
        "\0",
        "\x1b[31m",
        "é",
        "x" * 300,
        "../..",
        "sha256:0",
        "wasi:http/types@0.2.0",
    ]
)
SCALARS = WORDS | st.text(max_size=12) | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.floats() | st.datetimes()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every container with each of its keys or indexes."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [place for key, value in items for place in ((tree, key), *places(value))]


@st.composite
def changed_trees(draw: st.DrawFn) -> bytes:
    """A valid manifest in which keys and values were replaced, added, renamed, moved and taken away."""
    tree = tomllib.loads(tomli_w.dumps(draw(st.sampled_from(TREES))))
    for _ in range(draw(st.integers(1, 4))):
        if not (found := places(tree)):
            break
        container, key = draw(st.sampled_from(range(len(found))).map(lambda at: found[at]))
        match draw(st.integers(0, 4)):
            case 0:
                del container[key]
            case 1 if isinstance(container, dict):
                container[draw(WORDS | st.text(max_size=8))] = container.pop(key)
            case 2 if isinstance(container, dict):
                container[draw(WORDS | st.text(max_size=8))] = draw(VALUES)
            case 3:
                other, where = draw(st.sampled_from(range(len(found))).map(lambda at: found[at]))
                container[key] = tomllib.loads(tomli_w.dumps({"x": other[where]}))["x"] if _has(other, where) else 0
            case _:
                container[key] = draw(VALUES)
    return tomli_w.dumps(tree).encode()


def _has(container: Any, key: Any) -> bool:
    return key in container if isinstance(container, dict) else key < len(container)


@st.composite
def changed_texts(draw: st.DrawFn) -> bytes:
    """A valid manifest whose text was cut, doubled or written over."""
    text = draw(st.sampled_from(SOURCES)).encode()
    for _ in range(draw(st.integers(1, 3))):
        start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        middle = draw(st.sampled_from([b"", text[start:end] * 2]) | st.binary(max_size=6) | SYNTAX)
        text = text[:start] + middle + text[end if draw(st.booleans()) else start :]
    return text


SYNTAX = st.sampled_from([b'"', b"'''", b"[[", b"]", b"{", b"}", b"=", b".", b"\n", b"#", b"\\u0000", b"\r", b"\xff"])


@settings(max_examples=300, deadline=5_000, derandomize=True, suppress_health_check=list(HealthCheck))
@given(changed_trees() | changed_texts())
def test_a_changed_manifest_is_read_or_refused_with_codes_and_places(content: bytes) -> None:
    try:
        Document.settled(content, "spin.toml")
    except AtollError as error:
        assert error.exit_code == 1
        assert render(error).startswith("error: ")
        assert "\x1b" not in render(error)
        for problem in error.problems if isinstance(error, Problems) else (error,):
            assert problem.code in CODES
            place = problem.location
            assert place is not None or problem.code in WITHOUT_PLACE, problem.message
            assert place is None or 1 <= place.line <= content.count(b"\n") + content.count(b"\r") + 1


def test_valid_ones_are_read() -> None:
    """Without this the test above could not fail."""
    read = 0
    for tree in TREES:
        try:
            Document.settled(tomli_w.dumps(tree).encode(), "spin.toml")
            read += 1
        except AtollError:
            continue
    assert read > 10
