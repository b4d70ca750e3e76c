"""A plugin reaches what it was granted, and nothing else."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest

import atoll
from atoll.errors import UserError
from tests.embed import doors
from tests.embed.doors_wasi import CONNECT, FILES


def error_of(call: Any) -> str:
    """The name of the error that the interface gives."""
    with pytest.raises(atoll.GuestError) as raised:
        call()
    payload = raised.value.payload
    return str(getattr(payload, "value", type(payload).__name__))


def test_a_guest_sees_the_variables_of_its_environment_that_it_was_granted() -> None:
    grants = atoll.Grants(env={"GREETING": "Hi", "EMPTY": "", "ÜMLAUT": "ü"})
    plugin = atoll.load(doors.ENVIRONMENT, grants=grants)
    assert dict(plugin.get_environment()) == {"GREETING": "Hi", "EMPTY": "", "ÜMLAUT": "ü"}


def test_a_guest_sees_nothing_of_the_hosts_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "of the host's")
    assert atoll.load(doors.ENVIRONMENT).get_environment() == []
    assert "PATH" in os.environ


def test_a_guest_gets_the_variables_that_it_was_granted() -> None:
    plugin = atoll.load(doors.VARIABLES, grants=atoll.Grants(variables={"colour": "red", "size": ""}))
    assert plugin.get("colour") == "red"
    assert plugin.get("size") == ""
    assert plugin.get("other") is None
    assert sorted(plugin.get_all()) == [("colour", "red"), ("size", "")]


def test_a_guest_without_variables_gets_none() -> None:
    plugin = atoll.load(doors.VARIABLES)
    assert plugin.get("colour") is None
    assert plugin.get_all() == []


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("books", "drafts"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page").write_text(name)
    return tmp_path / "books", tmp_path / "drafts"


def test_a_folder_is_read_where_the_guest_finds_it(folders: tuple[Path, Path]) -> None:
    plugin = atoll.load(FILES, grants=atoll.Grants(dirs={"/books": folders[0], "/more": str(folders[1])}))
    assert [path for _, path in plugin.directories()] == ["/books", "/more"]
    assert plugin.read("page", 0) == (b"books", False)
    assert plugin.read("page", 1) == (b"drafts", False)
    assert error_of(lambda: plugin.read("other", 0)) == "no-entry"


def test_a_folder_is_only_read(folders: tuple[Path, Path]) -> None:
    plugin = atoll.load(FILES, grants=atoll.Grants(dirs={"/books": folders[0]}))
    for name in ("page", "new"):
        assert error_of(lambda name=name: plugin.write(name, b"x", 0)) == "not-permitted"
    assert (folders[0] / "page").read_text() == "books"
    assert not (folders[0] / "new").exists()


def test_a_writable_folder_is_written(folders: tuple[Path, Path]) -> None:
    grants = atoll.Grants(dirs={"/books": folders[0]}, writable_dirs={"/drafts": folders[1]})
    plugin = atoll.load(FILES, grants=grants)
    assert plugin.write("new", b"text", 1) == 4
    assert (folders[1] / "new").read_bytes() == b"text"
    assert error_of(lambda: plugin.write("new", b"text", 0)) == "not-permitted"


@pytest.mark.parametrize("path", ["../drafts/page", "/etc/passwd", "a/../../drafts/page", "link/page"])
def test_no_path_leads_out_of_a_folder(folders: tuple[Path, Path], path: str) -> None:
    (folders[0] / "link").symlink_to(folders[1])
    (folders[0] / "a").mkdir()
    plugin = atoll.load(FILES, grants=atoll.Grants(writable_dirs={"/books": folders[0]}))
    assert error_of(lambda: plugin.read(path, 0)) == "not-permitted"
    assert error_of(lambda: plugin.write(path, b"x", 0)) == "not-permitted"


def test_a_guest_without_folders_has_none() -> None:
    assert atoll.load(FILES).directories() == []


@pytest.mark.parametrize("grant", ["dirs", "writable_dirs"])
def test_a_folder_that_is_none_is_refused(grant: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for path in (tmp_path / "missing", file):
        with pytest.raises(UserError, match="cannot be mounted") as raised:
            atoll.load(FILES, grants=atoll.Grants(**dict[str, Any]({grant: {"/x": path}})))
        assert raised.value.code == "files-mount-failed"


def test_one_path_cannot_be_two_folders(folders: tuple[Path, Path]) -> None:
    with pytest.raises(UserError) as raised:
        atoll.Grants(dirs={"/x": folders[0]}, writable_dirs={"/x": folders[1]})
    assert raised.value.code == "grant-invalid"


def test_a_host_is_reached_that_was_granted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        plugin = atoll.load(CONNECT, grants=atoll.Grants(network=[f"*://127.0.0.1:{port}"]))
        assert plugin.connect(port) is None
        server.settimeout(10)
        server.accept()[0].close()


@pytest.mark.parametrize("granted", [(), ("*://127.0.0.1:1",), ("*://10.0.0.1:*",), ("https://*",)], ids=repr)
def test_no_other_is_reached(granted: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        plugin = atoll.load(CONNECT, grants=atoll.Grants(network=granted))
        assert error_of(lambda: plugin.connect(port)) == "access-denied"
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_network_that_is_none_is_refused() -> None:
    with pytest.raises(UserError) as raised:
        atoll.load(CONNECT, grants=atoll.Grants(network=["nonsense"]))
    assert raised.value.code == "allowed-host-invalid"


INVALID: dict[str, dict[str, Any]] = {
    "network as text": {"network": "https://example.com"},
    "network of numbers": {"network": [3]},
    "env of numbers": {"env": {"A": 3}},
    "env that is no mapping": {"env": ["A"]},
    "variables of numbers": {"variables": {"a": 3}},
    "variables that no guest can ask for": {"variables": {"A": "b"}},
    "dirs that are no mapping": {"dirs": ["/x"]},
    "dirs of numbers": {"dirs": {"/x": 3}},
    "a namespace above the folder": {"key_value": "../other"},
    "a namespace with a slash": {"key_value": {"default": "a/b"}},
    "a namespace of nothing": {"key_value": ""},
    "a hidden namespace": {"sqlite": ".hidden"},
    "a very long namespace": {"key_value": "a" * 101},
    "a namespace with a line": {"key_value": "a\nb"},
    "a store that is none": {"key_value": {"default": 3}},
    "a database that is none": {"sqlite": {"default": object()}},
    "stores that are none": {"key_value": 3},
}


@pytest.mark.parametrize("name", INVALID)
def test_what_cannot_be_granted_is_refused(name: str) -> None:
    with pytest.raises((UserError, TypeError)) as raised:
        atoll.load(b"(component)", grants=atoll.Grants(**INVALID[name]))
    if isinstance(raised.value, UserError):
        assert raised.value.code == "grant-invalid"
        assert raised.value.hint
    assert list(Path.cwd().iterdir()) == []


def test_a_grant_that_there_is_not_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="everything"):
        atoll.Grants(everything=True)  # type: ignore[call-arg]
