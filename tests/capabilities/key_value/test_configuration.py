"""The keys of the configuration: what is refused, and that nothing shows a secret."""

import subprocess
import sys
import traceback
from importlib import import_module
from typing import Any

import msgspec
import pytest

from atoll.capabilities.key_value import PROVIDERS
from atoll.manifest.fields import Doc, hints, take_apart

SECRET = "s3cret-of-someone"
VALID: dict[str, dict[str, object]] = {
    "redis": {"url": f"redis://:{SECRET}@127.0.0.1"},
    "postgres": {"url": f"postgres://someone:{SECRET}@127.0.0.1/x", "table": "store"},
    "nats": {"url": f"nats://someone:{SECRET}@127.0.0.1", "bucket": "store"},
    "aws_dynamo": {
        "region": "eu-central-1",
        "table": "store",
        "access_key": "a",
        "secret_key": SECRET,
        "token": SECRET,
    },
    "azure_cosmos": {"account": "a", "database": "d", "container": "c", "key": SECRET},
}


def config_of(provider: str) -> Any:
    module, _, name = PROVIDERS[provider].partition(":")
    return getattr(import_module(module), name).Config


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_key_is_explained_in_a_sentence(provider: str) -> None:
    for name, hint in hints(config_of(provider)).items():
        doc = take_apart(hint).mark(Doc)
        assert doc is not None and doc.text.endswith("."), name


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_configuration_does_not_show_its_secrets(provider: str) -> None:
    config = msgspec.convert(VALID[provider], config_of(provider))
    assert SECRET not in repr(config) and SECRET not in str(config) and SECRET not in f"{[config]}"


COMMON: list[dict[str, object]] = [
    {"unknown": 1},
    {"timeout": "soon"},
    {"timeout": "0s"},
    {"connect_timeout": 5},
    {"max_connections": 0},
]
WRONG: list[tuple[str, dict[str, object]]] = [
    *((provider, wrong) for provider in PROVIDERS for wrong in COMMON),
    ("redis", {"url": f"gopher://someone:{SECRET}@127.0.0.1"}),
    ("postgres", {"url": f"gopher://someone:{SECRET}@127.0.0.1"}),
    ("nats", {"url": f"gopher://someone:{SECRET}@127.0.0.1"}),
    ("aws_dynamo", {"endpoint": f"gopher://someone:{SECRET}@127.0.0.1"}),
    ("azure_cosmos", {"endpoint": f"https://someone:{SECRET}@127.0.0.1:none"}),
    ("azure_cosmos", {"account": "evil.example/"}),
    ("redis", {"url": f"redis://:{SECRET}@127.0.0.1:none/"}),
    ("redis", {"url": f"redis://:{SECRET}@127.0.0.1/0?socket_timeout=soon"}),
    ("postgres", {"url": f"postgres://someone:{SECRET}@127.0.0.1:none/x"}),
    ("postgres", {"table": "a.b.c"}),
    ("postgres", {"table": ""}),
    ("nats", {"url": f"nats://someone:{SECRET}@127.0.0.1:none"}),
    ("nats", {"bucket": "a.b"}),
    ("aws_dynamo", {"secret_key": None}),
]


@pytest.mark.parametrize("provider, wrong", WRONG, ids=str)
def test_a_wrong_key_is_refused_without_a_secret(provider: str, wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(VALID[provider] | wrong, config_of(provider))
    assert SECRET not in "".join(traceback.format_exception(refused.value))


@pytest.mark.slow
@pytest.mark.parametrize(
    "provider, library, extra",
    [
        ("redis", "redis", "redis"),
        ("postgres", "asyncpg", "postgres"),
        ("nats", "nats", "nats"),
        ("aws_dynamo", "aiobotocore", "aws"),
        ("azure_cosmos", "azure.cosmos", "azure"),
    ],
)
def test_a_provider_without_its_client_says_what_to_install(provider: str, library: str, extra: str) -> None:
    module = PROVIDERS[provider].partition(":")[0]
    program = f"import sys; sys.modules[{library!r}] = None\nimport atoll.capabilities.key_value\nimport {module}"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (
        f"ImportError: the key-value store `{provider}` needs its client: pip install 'atoll[{extra}]'" in ended.stderr
    )


@pytest.mark.slow
def test_the_room_imports_no_client_before_it_is_used() -> None:
    clients = "{'redis', 'asyncpg', 'nats', 'aiobotocore', 'azure'}"
    program = f"import sys, atoll.capabilities.key_value.conformance; assert not {clients} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
