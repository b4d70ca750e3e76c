"""Variables that are asked for when a guest asks: secrets that change, servers that fail, providers of packages."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from atoll.testing import Up
from tests.capabilities.variables.values import CANARY
from tests.rooms.conftest import AskedInVain, Open, Room
from tests.rooms.packages import installed
from tests.servers.azure import CLIENT, SECRET, TENANT, key_vault
from tests.servers.served import Said, served
from tests.servers.vault import TOKEN, Bao, bao
from tests.support import answering, refused, write_app

KEYS = """\
variables = { greeting = "Hello, {{ who }}!", password = "{{ password }}", plain = "as it is" }
[variables]
who = { default = "world" }
password = { required = true, secret = true }
"""
VERSIONS = [("rust-rooms", "v1/"), ("rust-rooms", "wasi/"), ("python-rooms-p2", ""), ("python-rooms-p3", "")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    with bao(tmp_path_factory.mktemp("bao")) as running:
        yield running


@pytest.fixture
def vault(server: Bao) -> Bao:
    server.put("who", {"value": "you"})
    server.put("password", {"value": CANARY})
    return server


def of(vault: Bao, **keys: object) -> str:
    """The runtime config that names the server."""
    named = {"url": vault.url, "token": TOKEN, "mount": "secret", "cache": 0, "stale": 0, "timeout": 2} | keys
    lines = [f"{key} = {json.dumps(value)}" for key, value in named.items()]
    return "\n".join(["[[variables_provider]]", 'type = "vault"', *lines]) + "\n"


def told(room: Room, name: str) -> str:
    """The error that the guest is told."""
    with pytest.raises(AskedInVain) as raised:
        room("variables/v2/get", name=name)
    return str(raised.value)


@pytest.mark.parametrize("guest, version", VERSIONS)
def test_a_secret_that_changes_is_seen_without_a_restart(open_room: Open, vault: Bao, guest: str, version: str) -> None:
    with open_room(guest, KEYS, of(vault)) as room:
        assert room(f"variables/{version}get", name="password").decode() == CANARY
        assert room(f"variables/{version}get", name="greeting") == b"Hello, you!"
        vault.put("password", {"value": "changed"})
        assert room(f"variables/{version}get", name="password") == b"changed"
        assert room(f"variables/{version}get", name="plain") == b"as it is"


def test_what_the_server_does_not_have_is_the_default(open_room: Open, vault: Bao) -> None:
    vault.call("DELETE", "secret/metadata/who")
    with open_room("rust-rooms", KEYS, of(vault)) as room:
        assert room("variables/v2/get", name="greeting") == b"Hello, world!"
        vault.put("who", {"value": "you"})
        assert room("variables/all/get").startswith(b'[("greeting", "Hello, you!"), ("password", "canary')


def test_what_nobody_has_is_told_in_spins_words(open_room: Open, vault: Bao) -> None:
    vault.call("DELETE", "secret/metadata/password")
    with open_room("rust-rooms", KEYS, of(vault)) as room:
        assert told(room, name="password") == (
            'Error::Provider("no provider resolved required variable \\"password\\"")'
        )
        assert told(room, name="nothing") == 'Error::Undefined("no variable for \\"k\\".\\"nothing\\"")'
        with pytest.raises(AskedInVain, match="Error::Upstream"):
            room("variables/all/get")


def test_the_command_line_wins_over_the_server_and_that_over_the_environment(open_room: Open, vault: Bao) -> None:
    flags = ("--variable", "password=given")
    with open_room("rust-rooms", KEYS, of(vault), *flags, SPIN_VARIABLE_WHO="environment") as room:
        assert room("variables/v2/get", name="password") == b"given"
        assert room("variables/v2/get", name="greeting") == b"Hello, you!"
        vault.call("DELETE", "secret/metadata/who")
        assert room("variables/v2/get", name="greeting") == b"Hello, environment!"


def test_an_answer_is_kept_as_long_as_the_config_says(open_room: Open, vault: Bao) -> None:
    with open_room("rust-rooms", KEYS, of(vault, cache=2), "--workers", "1") as room:
        assert room("variables/v2/get", name="greeting") == b"Hello, you!"
        vault.put("who", {"value": "all"})
        assert room("variables/v2/get", name="greeting") == b"Hello, you!"
        time.sleep(2.1)
        assert room("variables/v2/get", name="greeting") == b"Hello, all!"


def test_an_app_starts_while_its_server_is_down_and_finds_it_later(open_room: Open, tmp_path: Path) -> None:
    (tmp_path / "bao").mkdir()
    late = Bao(tmp_path / "bao")
    try:
        with open_room("rust-rooms", KEYS, of(late)) as room:
            assert room("variables/v2/get", name="plain") == b"as it is"
            assert told(room, name="password") == 'Error::Provider("Vault cannot be reached (ConnectError)")'
            late.start()
            late.put("password", {"value": "late"})
            time.sleep(1.1)  # a failure is remembered for a second
            assert room("variables/v2/get", name="password") == b"late"
            with late.halted():
                begun = time.monotonic()
                assert "did not answer within 2 s" in told(room, name="password")
                assert time.monotonic() - begun < 10
            time.sleep(1.1)
            assert room("variables/v2/get", name="password") == b"late"
    finally:
        late.stop()


def test_a_token_that_is_not_permitted_is_told_to_the_guest_and_shown_to_nobody(open_room: Open, vault: Bao) -> None:
    with open_room("rust-rooms", KEYS, of(vault, token=CANARY.replace("\u00e9", "e"))) as room:
        failed = told(room, name="password")
        assert failed == 'Error::Provider("Vault does not permit the token to read this secret")'
        assert "canary" not in room.app.stdout + room.app.stderr


def test_secrets_are_shown_by_no_output_of_a_run(open_room: Open, vault: Bao, tmp_path: Path) -> None:
    vault.put("who", {"value": 7})  # no text: the provider fails
    with open_room("rust-rooms", KEYS, of(vault), "--access-log", "json") as room:
        assert room("variables/v2/get", name="password").decode() == CANARY
        assert "has no text in its field `value`" in told(room, name="greeting")
        room.app.signal(signal.SIGHUP)
        room.app.wait_for("reloaded")
        assert room("variables/v2/get", name="password").decode() == CANARY
    shown = room.app.stdout + room.app.stderr
    logs = "".join(file.read_text("utf-8") for file in (tmp_path / ".spin" / "logs").iterdir())
    assert "canary" not in shown + logs
    assert TOKEN not in shown + logs


def test_a_wrong_provider_is_refused_at_the_start_without_its_secret(tmp_path: Path) -> None:
    manifest = write_app(tmp_path, answering("rust-rooms") + KEYS)
    file = tmp_path / "runtime.toml"
    file.write_text(
        '[[variables_provider]]\ntype = "vault"\nurl = "http://me:canary@x"\ntoken = "canary"\nmount = "m"\n'
    )
    said = ended(manifest, "--runtime-config-file", str(file))
    assert "the `url` of Vault must be `http(s)://host:port`, without a user" in said.stderr
    assert "canary" not in said.stdout + said.stderr


def ended(manifest: Path, *flags: str) -> Up:
    return refused("-f", str(manifest), "--listen", "127.0.0.1:0", *flags)


def test_a_required_variable_without_a_provider_to_ask_is_missing_at_the_start(tmp_path: Path) -> None:
    manifest = write_app(tmp_path, answering("rust-rooms") + KEYS)
    file = tmp_path / "runtime.toml"
    file.write_text('[[variables_provider]]\ntype = "static"\nvalues = { who = "canary" }\n')
    said = ended(manifest, "--runtime-config-file", str(file))
    assert "the required variable `password` has no value" in said.stderr
    assert "canary" not in said.stdout + said.stderr


def test_outbound_hosts_are_read_at_the_start_and_at_a_reload(open_room: Open, vault: Bao) -> None:
    keys = """\
allowed_outbound_hosts = ["redis://{{ host }}:6379"]
[variables]
host = { required = true }
"""
    vault.put("host", {"value": "127.0.0.1"})
    with open_room("rust-rooms", keys, of(vault)) as room:
        assert is_allowed(room, "redis://127.0.0.1:6379")
        vault.put("host", {"value": "127.0.0.2"})
        assert not is_allowed(room, "redis://127.0.0.2:6379")
        room.app.signal(signal.SIGHUP)
        room.app.wait_for("reloaded")
        assert is_allowed(room, "redis://127.0.0.2:6379")
        assert not is_allowed(room, "redis://127.0.0.1:6379")
        vault.call("DELETE", "secret/metadata/host")
        room.app.signal(signal.SIGHUP)
        room.app.wait_for("needs the variable `host`, which has no value")
        assert is_allowed(room, "redis://127.0.0.2:6379")


def is_allowed(room: Room, address: str) -> bool:
    """Whether anyone tried to connect; nobody listens there."""
    with pytest.raises(AskedInVain) as raised:
        room("redis/v2/open", address=address)
    return "InvalidAddress" not in str(raised.value)


def test_an_app_whose_outbound_hosts_cannot_be_read_does_not_start(tmp_path: Path) -> None:
    keys = 'allowed_outbound_hosts = ["redis://{{ host }}:6379"]\n[variables]\nhost = { default = "x" }\n'
    manifest = write_app(tmp_path, answering("rust-rooms") + keys)
    file = tmp_path / "runtime.toml"
    with served(lambda asked: Said(403, {"errors": [CANARY]})) as server:
        head = f'[[variables_provider]]\ntype = "vault"\nurl = "{server.url}"\n'
        file.write_text(f'{head}token = "canary"\nmount = "m"\n')
        said = ended(manifest, "--runtime-config-file", str(file))
    assert "the variable `host` of `allowed_outbound_hosts` cannot be read: Vault does not permit" in said.stderr
    assert "canary" not in said.stdout + said.stderr


def test_a_file_of_variables_is_read_again_when_it_changes(open_room: Open, tmp_path: Path) -> None:
    values = tmp_path / "values.json"
    values.write_text('{"who": "file", "password": "first"}', "utf-8")
    config = '[[variables_provider]]\ntype = "file"\npath = "values.json"\n'
    with open_room("rust-rooms", KEYS, config) as room:
        assert room("variables/all/get") == (
            b'[("greeting", "Hello, file!"), ("password", "first"), ("plain", "as it is")]'
        )
        values.write_text('{"password": "second one"}', "utf-8")
        assert room("variables/v2/get", name="password") == b"second one"
        assert room("variables/v2/get", name="greeting") == b"Hello, world!"


def test_azure_is_asked_as_well(open_room: Open, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with key_vault(authority) as server:
        server.secrets = {"password": CANARY}
        named = {"vault_url": server.url, "authority_host": server.url, "ca_file": "ca.pem", "tenant_id": TENANT}
        named |= {"client_id": CLIENT, "client_secret": SECRET}
        lines = [f"{key} = {json.dumps(value)}" for key, value in named.items()]
        config = "\n".join(["[[variables_provider]]", 'type = "azure_key_vault"', *lines])
        with open_room("rust-rooms", KEYS, config) as room:
            assert room("variables/v2/get", name="password").decode() == CANARY
            assert SECRET not in room.app.stdout + room.app.stderr


def test_a_provider_of_another_package_is_asked(open_room: Open, tmp_path: Path) -> None:
    code = """
import msgspec
class Config(msgspec.Struct):
    word: str
class Says:
    Config = Config
    def __init__(self, config, place):
        self.word = config.word
        self.times = 0
    def get(self, name):
        if name == "password":
            raise RuntimeError(f"no {self.word}")
        self.times += 1
        return f"{self.word} {self.times}"
"""
    path = installed(tmp_path / "packages", "variables", code, says="Says")
    config = '[[variables_provider]]\ntype = "says"\nword = "canary"\n'
    with open_room("rust-rooms", KEYS, config, "--workers", "1", PYTHONPATH=path) as room:
        assert room("variables/v2/get", name="greeting") == b"Hello, canary 1!"
        assert room("variables/v2/get", name="greeting") == b"Hello, canary 2!"
        assert told(room, name="password") == 'Error::Provider("the provider of variables failed with RuntimeError")'
        assert "canary" not in room.app.stdout + room.app.stderr
