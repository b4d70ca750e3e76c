"""The JSON Schema agrees with the reader: what one takes the other takes, what one refuses the other refuses."""

import json
import tomllib
from typing import Any

import jsonschema
import pytest

from atoll.errors import AtollError
from atoll.manifest.document import Document
from atoll.manifest.limits import LIMITS, QUOTAS, REUSE
from atoll.manifest.schema import schema

from .conftest import GOLDENS, http_app, table

VALIDATOR = jsonschema.Draft202012Validator(schema())
# HTTP triggers without anything to answer with: structure alone allows them, and Spin finds them when it loads.
V2 = [
    case
    for case in table("manifests")
    if "spin_manifest_version = 2" in case["toml"] and case["name"] != "tool_sections"
]


def valid(text: str) -> bool:
    return bool(VALIDATOR.is_valid(json.loads(json.dumps(tomllib.loads(text), default=str))))


def test_the_schema_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("case", V2, ids=lambda case: case["name"])
def test_schema_and_reader_agree_on_the_golden_manifests(case: dict[str, Any]) -> None:
    text = case["toml"].removeprefix("\ufeff")
    assert valid(text) == ("ok" in case)


def test_the_schema_takes_the_manifest_with_every_key() -> None:
    assert valid((GOLDENS / "manifest-ui" / "maximal.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    "lines",
    [
        '[component.c.tool.atoll.limits]\ndeadline = "30s"\nmemory = 5\nqueue = 0',
        "[component.c.tool.atoll.limits]\ndeadline = 30",
        '[component.c.tool.atoll.limits]\nmemory = "5 MB"',
        '[component.c.tool.atoll.limits]\nmemory = "5 mb"',
        "[component.c.tool.atoll.limits]\nmemory = 0",
        "[component.c.tool.atoll]\nlimit = {}",
        "[component.c.tool.atoll.reuse]\nmax_requests = 3",
        "[component.c.tool.other]\nx = 1",
        '[[trigger.http]]\nroute = { private = true }\ncomponent = "c"',
        '[[trigger.http]]\nroute = { private = false }\ncomponent = "c"',
        '[[trigger.http]]\nroute = "/x"',
        '[[trigger.http]]\nroute = "/x"\nstatic_response = {}',
        '[[trigger.http]]\nroute = "/x"\ncomponent = "c"\nbogus = 1',
        '[[trigger.redis]]\nchannel = "x"\ncomponent = "c"\nbogus = 1',
        '[application.trigger.http]\nbase = "/"',
        '[application.trigger.http]\nbase = "/x"',
    ],
)
def test_schema_and_reader_agree_on_what_is_checked_beyond_structure(lines: str) -> None:
    text = http_app(lines)
    try:
        Document.settled(text.encode(), "spin.toml")
        accepted = True
    except AtollError:
        accepted = False
    assert valid(text) == accepted


def test_every_key_has_a_sentence() -> None:
    for name, definition in schema()["$defs"].items():
        for key, value in definition["properties"].items():
            assert value.get("description", "").endswith("."), f"{name}.{key}"


def test_every_limit_is_described_with_its_default() -> None:
    settings = schema()["$defs"]["ComponentSettings"]["properties"]
    for part, keys in (("limits", LIMITS), ("quotas", QUOTAS), ("reuse", REUSE)):
        assert set(settings[part]["properties"]) == {key.name for key in keys}
        for key in keys:
            assert key.default_text in settings[part]["properties"][key.name]["description"]
