"""A dependency has nothing of what its component was granted, unless it is said so: in no room, and not of WASI."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from atoll.manifest import grants
from tests.composing.apps import behind, served, with_middleware

# What a component needs to reach each room; backends are those that need no server.
KEYS = """key_value_stores = ["default"]
sqlite_databases = ["default"]
allowed_outbound_hosts = ["*://*:*"]
environment = { A = "b" }
files = ["seen.txt"]
variables = { name = "value" }
tool.atoll.blobstores = ["default"]
tool.atoll.messaging = ["events"]
"""
CONFIG = '[messaging.events]\ntype = "memory"\n'

# By room: the guest's path, and a part of what it is told.
ASKED: Mapping[str, list[tuple[str, str]]] = {
    "blobstore": [("blobstore/list?container=default", "was not granted `wasi:blobstore/blobstore")],
    "key_value": [
        ("key-value/v1/get?store=default&key=a", "AccessDenied"),
        ("key-value/v2/get?store=default&key=a", "AccessDenied"),
        ("key-value/wasi/get?store=default&key=a", "AccessDenied"),
    ],
    "llm": [("llm/v1/infer?model=tiny", "was not granted"), ("llm/v2/infer?model=tiny", "was not granted")],
    "messaging": [
        ("messaging/wasi/send?broker=events&topic=a", "was not granted `wasi:messaging/"),
        ("messaging/wasmcloud/send?broker=events&topic=a", "was not granted `wasmcloud:messaging/"),
    ],
    "mqtt": [("mqtt/v2/publish?address=mqtt://127.0.0.1:1&topic=a", "was not granted `fermyon:spin/mqtt")],
    "mysql": [
        ("mysql/v1/query?address=mysql://u@127.0.0.1:1/d", "was not granted `fermyon:spin/mysql`"),
        ("mysql/v2/query?address=mysql://u@127.0.0.1:1/d", "was not granted `fermyon:spin/mysql@2.0.0`"),
    ],
    "postgres": [
        ("postgres/v1/query?address=postgres://u@127.0.0.1:1/d", "was not granted `fermyon:spin/postgres`"),
        ("postgres/v3/query?address=postgres://u@127.0.0.1:1/d", "was not granted `spin:postgres/postgres@3.0.0`"),
        ("postgres/v4/query?address=postgres://u@127.0.0.1:1/d", "was not granted `spin:postgres/postgres@4"),
    ],
    "redis": [
        ("redis/v1/get?address=redis://127.0.0.1:1&key=a", "Error"),
        ("redis/v2/get?address=redis://127.0.0.1:1&key=a", "was not granted `fermyon:spin/redis@2.0.0`"),
    ],
    "sqlite": [
        ("sqlite/v1?db=default", "AccessDenied"),
        ("sqlite/v2?db=default", "AccessDenied"),
        ("sqlite/v3?db=default", "AccessDenied"),
    ],
    "variables": [
        ("variables/v1/get?name=name", "was not granted"),
        ("variables/v2/get?name=name", "was not granted"),
        ("variables/wasi/get?name=name", "was not granted"),
    ],
}


def config(folder: Path) -> tuple[str, str]:
    (folder / "seen.txt").write_text("seen")
    (folder / "runtime.toml").write_text(CONFIG)
    return "--runtime-config-file", str(folder / "runtime.toml")


def test_every_room_that_is_granted_is_asked() -> None:
    assert set(ASKED) == {room for room, key in grants.ROOMS.items() if key is not None}


def test_no_room_answers_a_dependency(tmp_path: Path) -> None:
    asked = [one for room in ASKED.values() for one in room]
    with served(behind(tmp_path, "rust-rooms", KEYS), *config(tmp_path)) as (client, _):
        told = {path: client.post(path, content=b"select 1").text for path, _ in asked}
    assert {path: words for path, words in asked if words not in told[path]} == {}, told


def test_a_room_answers_the_dependency_that_shares_it(tmp_path: Path) -> None:
    manifest = behind(tmp_path, "rust-rooms", KEYS, ', inherit_configuration = ["key_value_stores", "unknown"]')
    with served(manifest, *config(tmp_path)) as (client, _):
        assert client.post("key-value/v2/set?store=default&key=a", content=b"1").status_code == 200
        assert client.post("key-value/wasi/get?store=default&key=a").text == "1"
        assert "AccessDenied" in client.post("sqlite/v2?db=default", content=b"select 1").text
        assert "was not granted" in client.post("variables/v2/get?name=name").text


@pytest.mark.parametrize("said", [", inherit_configuration = true", ""])
def test_whoever_shares_everything_has_everything(tmp_path: Path, said: str) -> None:
    keys = KEYS if said else KEYS + "dependencies_inherit_configuration = true\n"
    with served(behind(tmp_path, "rust-rooms", keys, said), *config(tmp_path)) as (client, _):
        assert client.post("variables/v2/get?name=name").text == "value"
        assert client.post("sqlite/v3?db=default", content=b"select 1").status_code == 200
        assert client.post("blobstore/exists?container=default").text == "true"


def test_own_tables_of_atoll_are_shared_by_their_last_word(tmp_path: Path) -> None:
    manifest = behind(tmp_path, "rust-rooms", KEYS, ', inherit_configuration = ["blobstores", "messaging"]')
    with served(manifest, *config(tmp_path)) as (client, _):
        assert client.post("blobstore/exists?container=default").text == "true"
        assert client.post("messaging/wasi/send?broker=events&topic=a").status_code == 200
        assert "AccessDenied" in client.post("key-value/v2/get?store=default&key=a").text


def test_wasi_itself_gives_a_dependency_nothing(tmp_path: Path) -> None:
    with served(behind(tmp_path, "rust-kitchen", KEYS), *config(tmp_path)) as (client, app):
        assert client.get("env").text == ""
        assert client.get("read?path=/seen.txt").status_code == 403
        assert client.get(f"fetch?url={app.url}/").status_code != 200
        assert "access-denied" in client.get("tcp?address=127.0.0.1:1&text=a").text
        assert "access-denied" in client.get("udp?address=127.0.0.1:1&text=a").text
        assert client.get("echo?x").status_code == 200


def test_wasi_answers_a_dependency_that_shares_it(tmp_path: Path) -> None:
    manifest = behind(tmp_path, "rust-kitchen", KEYS, ', inherit_configuration = ["environment", "files"]')
    with served(manifest, *config(tmp_path)) as (client, app):
        assert "A=b" in client.get("env").text
        assert client.get("read?path=/seen.txt").text == "seen"
        assert client.get(f"fetch?url={app.url}/").status_code != 200


def test_asynchronous_interfaces_are_denied_alike(tmp_path: Path) -> None:
    handler = 'dependencies."wasi:http/handler" = { path = "<python-rooms-p3>" }\n'
    manifest = with_middleware(tmp_path, "rust-middleware", keys=KEYS + handler)
    with served(manifest, *config(tmp_path)) as (client, _):
        assert "AccessDenied" in client.post("key-value/get?store=default&key=a").text
        assert "was not granted" in client.post("variables/get?name=name").text
        assert "was not granted" in client.post("llm/infer?model=tiny").text


def test_a_dependency_of_wasi_0_3_reaches_no_network(tmp_path: Path) -> None:
    handler = 'dependencies."wasi:http/handler" = { path = "<rust-http-p3>" }\n'
    manifest = with_middleware(tmp_path, "rust-middleware", keys=KEYS + handler)
    with served(manifest, *config(tmp_path)) as (client, app):
        assert "AccessDenied" in client.get("sockets").text
        assert client.get(f"fetch/{app.url.removeprefix('http://')}/").status_code != 200
        assert client.get("").text == "Hello from Rust 0.3\n"
