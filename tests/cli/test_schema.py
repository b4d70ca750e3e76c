"""The schemas that editors take: every good file is valid, and every bad one is not."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from atoll.errors import AtollError
from atoll.manifest.document import Document
from atoll.manifest.schema import schema as manifest_schema
from atoll.runtime import config
from atoll.runtime.schema import schema as config_schema
from tests.cli.conftest import Atoll
from tests.laws.source import files
from tests.support import ROOT

MANIFEST = jsonschema.Draft202012Validator(manifest_schema())
CONFIG = jsonschema.Draft202012Validator(config_schema())


def _manifests() -> list[Path]:
    found = [file for file in files() if file.suffix == ".toml" and b"spin_manifest_version = 2" in file.read_bytes()]
    return [file for file in found if not {"library", "templates"} & {*file.parts}]


def plain(text: str) -> Any:
    return json.loads(json.dumps(tomllib.loads(text), default=str))


def _accepted(read: Callable[[], object]) -> bool:
    try:
        read()
    except AtollError:
        return False
    return True


@pytest.mark.parametrize("file", _manifests(), ids=lambda file: str(file.relative_to(ROOT)))
def test_every_manifest_of_the_repository_is_as_valid_as_its_reader_finds_it(file: Path) -> None:
    """What only shows in the whole, such as a reference to nothing, is beyond a schema."""
    is_valid = MANIFEST.is_valid(plain(file.read_text("utf-8")))
    if not _accepted(lambda: Document.parse(file.read_bytes(), file.name)):
        assert not is_valid
    if _accepted(lambda: Document.settled(file.read_bytes(), file.name)):
        assert is_valid


@pytest.mark.parametrize(
    "text",
    [
        'state_dir = "x"\nlog_dir = "y"\nmax_instance_memory = 5\n',
        '[key_value_store.a]\ntype = "spin"\npath = "x.db"\n',
        '[key_value_store.a]\ntype = "redis"\nurl = "redis://127.0.0.1"\n',
        '[sqlite_database.a]\ntype = "spin"\n',
        '[messaging.a]\ntype = "nats"\nurl = "nats://127.0.0.1"\n',
        '[messaging.a]\ntype = "memory"\nmax_messages = 5\n',
        '[[variables_provider]]\ntype = "env"\nprefix = "X"\n',
        "[outbound_redis]\n",
        "[outbound_redis]\nmax_connections = 5\n",
        '[outbound_mysql]\ntype = "mysql"\nmax_connections = 5\n',
        '[outbound_networking]\nblock_networks = ["private"]\n',
        '[[client_tls]]\ncomponent_ids = ["a"]\nhosts = ["x.test"]\nca_use_webpki_roots = true\n',
        # What is wrong.
        'bogus = "x"\n',
        "max_instance_memory = true\n",
        '[key_value_store.a]\ntype = "nonsense"\n',
        '[key_value_store.a]\npath = "x.db"\n',
        '[key_value_store.a]\ntype = "spin"\nurl = "x"\n',
        '[key_value_store.a]\ntype = "redis"\n',
        '[key_value_store."no label"]\ntype = "spin"\n',
        '[messaging.a]\ntype = "memory"\nmax_messages = "many"\n',
        '[[variables_provider]]\nprefix = "X"\n',
        '[variables_provider]\ntype = "env"\n',
        '[outbound_redis]\ntype = "mysql"\n',
        "[outbound_redis]\nbogus = 5\n",
        '[[client_tls]]\nhosts = ["x.test"]\n',
    ],
)
def test_schema_and_reader_agree_on_runtime_configs(tmp_path: Path, text: str) -> None:
    file = tmp_path / "runtime.toml"
    file.write_text(text)
    assert CONFIG.is_valid(plain(text)) == _accepted(lambda: config.load(file))


@pytest.mark.parametrize("schema", [manifest_schema(), config_schema()], ids=["manifest", "runtime-config"])
def test_every_table_and_key_has_a_sentence(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    for name, table in schema["$defs"].items():
        assert table["description"].endswith("."), name
        for key, value in table["properties"].items():
            assert value.get("description", "").endswith("."), f"{name}.{key}"


def test_every_kind_of_backend_has_its_own_keys() -> None:
    tables = config_schema()["$defs"]
    assert {"key_value.redis", "messaging.redis", "blobstore.s3", "llm.remote_http", "variables.vault"} <= tables.keys()
    assert tables["messaging.nats"]["properties"].keys() != tables["key_value.nats"]["properties"].keys()


def test_both_are_printed(atoll: Atoll) -> None:
    assert json.loads(atoll("schema").out) == manifest_schema()
    assert json.loads(atoll("schema", "runtime-config").out) == config_schema()
