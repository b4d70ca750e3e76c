"""Manifests of strangers: whatever they hold, the answer is a coded error, soon."""

import random
import time
import tomllib

import pytest

from atoll.errors import AtollError, render
from atoll.manifest.document import Document
from atoll.manifest.text import MAX_BYTES

from .conftest import GOLDENS, http_app

SECONDS = 5.0


def refusal(content: bytes) -> AtollError:
    start = time.monotonic()
    with pytest.raises(AtollError) as caught:
        Document.settled(content, "spin.toml")
    assert time.monotonic() - start < SECONDS
    assert caught.value.exit_code == 1
    assert render(caught.value).startswith("error: ")
    return caught.value


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "manifest-key-missing"),
        (b"\xff\xfe\x00", "manifest-unreadable"),
        (b"a = '\x00'", "manifest-syntax"),
        (b"a = 1\n" * (10 << 20), "manifest-too-large"),
        (b"a = " + b"[" * 100_000, "manifest-too-large"),
        (b"a = " + b"[" * 100_000 + b"]" * 100_000, "manifest-too-large"),
        (b"a = " + b"{a=" * 100_000, "manifest-too-large"),
        (b"a." * 400_000 + b"a = 1", "manifest-too-large"),
        (b"[" + b'"a" . ' * 150_000 + b"a]", "manifest-too-large"),
        (b"a" * MAX_BYTES, "manifest-syntax"),
        (b'"' * MAX_BYTES, "manifest-syntax"),
        (b"a = " + b"9" * 10_000, "manifest-syntax"),
        (b"spin_manifest_version = true", "manifest-version-invalid"),
        (b"spin_manifest_version = 2.0", "manifest-version-invalid"),
        (b"spin_manifest_version = 2\napplication = 3\ntrigger = []", "manifest-type-wrong"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_hostile_text_is_refused(content: bytes, code: str) -> None:
    assert refusal(content).code == code


@pytest.mark.parametrize(
    "text",
    [
        http_app() + "".join(f"k{n} = 1\n" for n in range(90_000)),
        http_app() + "[[trigger.x]]\n" * 60_000,
        http_app() + "".join(f'[[trigger.x]]\ncomponent = "a{n}"\n' for n in range(20_000)),
        http_app('key_value_stores = ["@"' + ', "@"' * 100_000 + "]"),
        http_app("[component.c.dependencies]\n" + "".join(f'"a:b/i{n}" = "1"\n' for n in range(1000))),
        http_app("[component.c.dependencies]\n" + "".join(f'"a:b/i{n}" = "1"\n' for n in range(30_000))),
    ],
    ids=["unknown keys", "triggers", "unknown components", "bad labels", "many dependencies", "too many dependencies"],
)
def test_a_hundred_thousand_mistakes_take_no_longer_than_reading_them(text: str) -> None:
    start = time.monotonic()
    try:
        Document.settled(text[:MAX_BYTES].rpartition("\n")[0].encode() + b"\n", "spin.toml")
    except AtollError as error:
        assert len(render(error)) < 200_000
    assert time.monotonic() - start < 2 * SECONDS


def test_a_large_but_honest_manifest_is_read() -> None:
    many = "".join(
        f'[[trigger.http]]\nroute = "/{n}"\ncomponent = "c{n}"\n[component.c{n}]\nsource = "c.wasm"\n'
        for n in range(1000)
    )
    start = time.monotonic()
    document = Document.settled((http_app() + many).encode(), "spin.toml")
    assert len(document.manifest.component) == 1001
    assert time.monotonic() - start < SECONDS


def test_mutated_manifests_are_read_or_refused_but_never_crash() -> None:
    """A fixed seed: every character class that breaks a parser, at random places of a manifest with every key."""
    source = (GOLDENS / "manifest-ui" / "maximal.toml").read_text("utf-8")
    dice = random.Random(7)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(250):
        text = list(source)
        for _ in range(dice.randint(1, 3)):
            text[dice.randrange(len(text))] = dice.choice(
                ["", '"', "'", "[", "]", "{", "}", "\n", "=", ".", "1", "é", "\\", "#"]
            )
        try:
            Document.parse("".join(text)).normalize()
            outcomes["read"] += 1
        except AtollError as error:
            assert render(error)
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 20


def test_places_agree_with_the_parser_for_mutated_manifests() -> None:
    """Whatever the parser accepts, the scanner finds the same keys."""
    from atoll.manifest.positions import scan

    source = (GOLDENS / "manifest-ui" / "maximal.toml").read_text("utf-8")
    dice = random.Random(11)
    accepted = 0
    for _ in range(250):
        text = list(source)
        text[dice.randrange(len(text))] = dice.choice(["", '"', "'", "[", "]", " ", "\n", ".", "1", "#", ","])
        mutated = "".join(text)
        try:
            data = tomllib.loads(mutated)
        except tomllib.TOMLDecodeError:
            continue
        accepted += 1
        assert set(scan(mutated)) == set(paths(data, ()))
    assert accepted > 100


def paths(value: object, here: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [here] if here else []
    for key, item in items:
        found += paths(item, (*here, key))
    return found
