"""Providers without a server: values in the configuration, the environment, a file that changes."""

import asyncio
import json
import os
import time
from pathlib import Path

import pytest

from atoll.capabilities.provider import Place
from atoll.capabilities.variables import BackendFailed
from atoll.capabilities.variables.conformance import conforms
from atoll.capabilities.variables.providers import file
from atoll.capabilities.variables.providers.env import Env, EnvConfig
from atoll.capabilities.variables.providers.file import File, FileConfig
from atoll.capabilities.variables.providers.static import Static, StaticConfig
from tests.capabilities.variables.values import CANARY, KNOWN

pytestmark = pytest.mark.anyio


def toml(values: dict[str, str]) -> str:
    return "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items())


def write(path: Path, text: str) -> None:
    """Replace the file, as an editor or an orchestrator does."""
    new = path.with_name("new")
    new.write_text(text, "utf-8")
    new.replace(path)


async def test_static_conforms() -> None:
    await conforms(Static(StaticConfig(values=KNOWN)), KNOWN)


async def test_the_configuration_of_static_does_not_show_its_values() -> None:
    assert CANARY not in repr(StaticConfig(values=KNOWN))


async def test_env_conforms(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KNOWN.items():
        monkeypatch.setenv(f"SPIN_VARIABLE_{name.upper()}", value)
    await conforms(Env(EnvConfig()), KNOWN)


async def test_env_reads_its_file_below_the_environment(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    (place.config / "values.env").write_text('APP_ONE=file\nAPP_TWO="file"\n')
    monkeypatch.setenv("APP_ONE", "environment")
    provider = Env(EnvConfig(prefix="APP", dotenv_path="values.env"), place)
    assert (provider.get("one"), provider.get("two"), provider.get("three")) == ("environment", "file", None)


async def test_env_with_an_empty_prefix_reads_names_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREETING", "hi")
    assert Env(EnvConfig(prefix="")).get("greeting") == "hi"


async def test_env_without_its_file_fails(place: Place) -> None:
    with pytest.raises(BackendFailed, match="No such file"):
        Env(EnvConfig(dotenv_path="gone.env"), place).get("one")


@pytest.mark.parametrize("name", ["values.json", "values.toml"])
async def test_file_conforms(place: Place, name: str) -> None:
    text = json.dumps(KNOWN) if name.endswith("json") else toml(KNOWN)
    (place.config / name).write_text(text, "utf-8")
    await conforms(File(FileConfig(path=name), place), KNOWN)


async def test_file_tells_numbers_as_text(place: Place) -> None:
    (place.config / "v.toml").write_text("port = 8080\non = true\nratio = 0.5\n")
    provider = File(FileConfig(path="v.toml"), place)
    assert [provider.get(name) for name in ("port", "on", "ratio")] == ["8080", "true", "0.5"]


async def test_a_changed_file_is_read_again(place: Place) -> None:
    path = place.config / "v.json"
    provider = File(FileConfig(path="v.json"), place)
    for value in ("one", "two", "six"):
        write(path, json.dumps({"name": value}))
        assert provider.get("name") == value
    # In place, with the same length, at once: only the clock tells them apart, and not always.
    for value in ("ten", "won", "too"):
        path.write_text(json.dumps({"name": value}))
        assert provider.get("name") == value


async def test_an_unchanged_file_is_not_read_again(place: Place) -> None:
    path = place.config / "v.json"
    path.write_text('{"name": "one"}')
    os.utime(path, (1_000_000_000, 1_000_000_000))
    provider = File(FileConfig(path="v.json"), place)
    assert provider.get("name") == "one"
    with path.open("r+") as opened:
        opened.write('{"name": "two"}')
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert provider.get("name") == "one"


async def test_a_file_that_breaks_keeps_its_values_for_a_moment_only(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = place.config / "v.json"
    path.write_text('{"name": "one"}')
    provider = File(FileConfig(path="v.json"), place)
    assert provider.get("name") == "one"
    write(path, '{"name": "on')
    assert provider.get("name") == "one"
    monkeypatch.setattr(file, "GRACE_SECONDS", 0.05)
    time.sleep(0.06)
    with pytest.raises(BackendFailed, match="JSONDecodeError"):
        provider.get("name")
    write(path, '{"name": "two"}')
    assert provider.get("name") == "two"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "JSONDecodeError"),
        ("[1]", "names and values"),
        (f'{{"a": ["{CANARY}"]}}', "must be a string"),
        ("[" * 100_000, "RecursionError|JSONDecodeError"),
        (f'"{CANARY}', "JSONDecodeError"),
        ("\udcff", "UnicodeDecodeError"),
    ],
)
async def test_a_file_that_holds_something_else_fails(place: Place, text: str, reason: str) -> None:
    (place.config / "v.json").write_text(text, "utf-8", errors="surrogateescape")
    with pytest.raises(BackendFailed, match=reason) as failed:
        File(FileConfig(path="v.json"), place).get("a")
    assert CANARY not in str(failed.value)


async def test_a_missing_file_fails_and_is_found_when_it_comes(place: Place) -> None:
    provider = File(FileConfig(path="v.toml"), place)
    with pytest.raises(BackendFailed, match="No such file"):
        provider.get("name")
    (place.config / "v.toml").write_text('name = "here"')
    assert provider.get("name") == "here"


async def test_a_file_of_another_kind_is_refused_at_once(place: Place) -> None:
    with pytest.raises(ValueError, match=r"\.json or \.toml"):
        File(FileConfig(path="values.yaml"), place)


async def test_threads_may_ask_a_file_while_it_changes(place: Place) -> None:
    path = place.config / "v.json"
    write(path, json.dumps({"name": "0"}))
    provider = File(FileConfig(path="v.json"), place)

    def ask() -> list[str | None]:
        return [provider.get("name") for _ in range(300)]

    asking = [asyncio.create_task(asyncio.to_thread(ask)) for _ in range(4)]
    for turn in range(50):
        write(path, json.dumps({"name": str(turn)}))
        await asyncio.sleep(0.001)
    for answers in await asyncio.gather(*asking):
        seen = [int(answer) for answer in answers if answer is not None]
        assert len(seen) == 300
        assert seen == sorted(seen)
