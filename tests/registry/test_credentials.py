"""Where credentials are found, in which order, in which forms; and how atoll keeps its own."""

import base64
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from atoll.errors import UserError
from atoll.registry import credentials
from atoll.registry.credentials import Credentials

HOST = "registry.example.com"


def encoded(username: str, password: str) -> str:
    return base64.b64encode(f"{username}:{password}".encode()).decode()


def docker(home: Path, content: Any) -> Path:
    return write(home / ".docker" / "config.json", content)


def write(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def helper(folder: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = write(folder / "bin" / f"docker-credential-{name}", f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")


def test_nobody_is_known_at_first() -> None:
    assert credentials.find(HOST) is None


@pytest.mark.parametrize("name", [HOST, f"https://{HOST}", f"https://{HOST}/v1/", f"https://{HOST}/v2/"])
def test_those_of_docker_are_found_under_its_names(home: Path, name: str) -> None:
    docker(home, {"auths": {name: {"auth": encoded("anna", "a:b:c")}}})
    assert credentials.find(HOST) == Credentials("anna", "a:b:c")


def test_the_hub_has_a_name_of_its_own(home: Path) -> None:
    docker(home, {"auths": {"https://index.docker.io/v1/": {"auth": encoded("anna", "x")}}})
    assert credentials.find("docker.io") == Credentials("anna", "x")


def test_plain_names_and_identity_tokens_are_read(home: Path) -> None:
    docker(home, {"auths": {"a.com": {"username": "u", "password": "p"}, "b.com": {"identitytoken": "t"}, "c.com": {}}})
    assert credentials.find("a.com") == Credentials("u", "p")
    token = credentials.find("b.com")
    assert token is not None and token.identity and token.password == "t"
    assert credentials.find("c.com") is None


def test_those_of_spin_and_podman_are_found(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home / ".config/fermyon/registry-auth.json", {"auths": {HOST: encoded("spin", "s")}})
    assert credentials.find(HOST) == Credentials("spin", "s")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    write(tmp_path / "run/containers/auth.json", {"auths": {HOST: {"auth": encoded("podman", "p")}}})
    assert credentials.find(HOST) == Credentials("podman", "p")


def test_ones_own_come_first_and_can_be_forgotten(home: Path) -> None:
    path = docker(home, {"auths": {HOST: {"auth": encoded("docker", "d")}}})
    credentials.save(HOST, Credentials("own", "geheim"))
    assert credentials.find(HOST) == Credentials("own", "geheim")
    assert credentials.elsewhere(HOST) == path
    assert credentials.remove(HOST)
    assert not credentials.remove(HOST)
    assert credentials.find(HOST) == Credentials("docker", "d")


def test_nobody_else_may_read_what_is_kept() -> None:
    path = credentials.save(HOST, Credentials("own", "geheim"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "geheim" not in path.read_text() + repr(credentials.find(HOST))


def test_a_helper_is_asked(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = f'read host; [ "$1 $host" = "get {HOST}" ] || exit 1; echo \'{{"Username": "h", "Secret": "s"}}\''
    helper(tmp_path, "test", script, monkeypatch)
    docker(home, {"credHelpers": {HOST: "test"}})
    assert credentials.find(HOST) == Credentials("h", "s")
    assert credentials.find("other.com") is None


def test_the_helper_for_all_is_asked_last(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper(tmp_path, "all", 'echo \'{"Username": "<token>", "Secret": "s"}\'', monkeypatch)
    docker(home, {"credsStore": "all", "auths": {"a.com": {"auth": encoded("u", "p")}, "b.com": {}}})
    assert credentials.find("a.com") == Credentials("u", "p")
    assert credentials.find("b.com") == Credentials("<token>", "s", identity=True)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a JSON object"),
        ({"auths": {HOST: []}}, None),
        ({"auths": {HOST: 3}}, "not a table"),
        ({"auths": {HOST: {"auth": "ä"}}}, "not base64"),
        ({"auths": {HOST: {"auth": base64.b64encode(b"no colon").decode()}}}, "not base64 of NAME:PASSWORD"),
        ({"credHelpers": {HOST: "missing-helper"}}, "not installed"),
        ({"credHelpers": {HOST: "../../bin/sh"}}, "not the name of a credential helper"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(home: Path, content: Any, why: str | None) -> None:
    path = docker(home, content)
    if why is None:
        assert credentials.find(HOST) is None
        return
    with pytest.raises(UserError) as caught:
        credentials.find(HOST)
    assert caught.value.code == "credentials-invalid"
    assert why in caught.value.message and str(path) in caught.value.message


def test_a_helper_that_talks_nonsense_is_named(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper(tmp_path, "mad", "echo hello", monkeypatch)
    docker(home, {"credHelpers": {HOST: "mad"}})
    with pytest.raises(UserError, match="docker-credential-mad answers what nobody understands"):
        credentials.find(HOST)
