"""`metadata/spin-template.toml`: what it may hold, and what is said of one that is wrong."""

from pathlib import Path

import pytest

from atoll.errors import AtollError, Problems
from atoll.templates.template import Template
from tests.templates.written import HEAD, template


def problems(folder: Path, text: str) -> list[tuple[str, str, int | None]]:
    """Code, message and line of everything that is wrong."""
    with pytest.raises(AtollError) as raised:
        template(folder, text)
    found = raised.value.problems if isinstance(raised.value, Problems) else (raised.value,)
    return [(one.code, one.message, one.location.line if one.location else None) for one in found]


@pytest.mark.parametrize(
    "text, code, message, line",
    [
        ("[parameters\n", "manifest-syntax", "not valid TOML", 3),
        ('trigger = "http"\n', "manifest-key-unknown", "unknown key `trigger`", 3),
        ('tags = "http"\n', "manifest-type-wrong", "`tags` must be an array", 3),
        ("parameters.x = {}\n", "manifest-key-missing", "`parameters.x` lacks the key `type`", 3),
        (
            '[parameters]\nx = { type = "number", prompt = "X" }\n',
            "manifest-value-invalid",
            "`parameters.x.type` must be string",
            4,
        ),
        (
            '[parameters]\nx = { type = "string", prompt = "X", pattern = "(" }\n',
            "template-broken",
            "the pattern is none: missing )",
            4,
        ),
        (
            '[add_component.snippets]\ncomponent = "none.txt"\n',
            "template-broken",
            "there is no file `metadata/snippets/none.txt`",
            4,
        ),
        ('[add_component.snippets]\nother = "x"\n', "id-invalid", "a snippet is one of", 4),
        (
            '[new_application.snippets]\ncomponent = "x"\n',
            "template-broken",
            "a new app has no manifest yet",
            4,
        ),
        (
            '[[custom_filters]]\nname = "x"\nwasm = "x.wasm"\n',
            "template-broken",
            "none of it runs",
            3,
        ),
        ('outputs.x = { action = "run", path = "x" }\n', "manifest-value-invalid", "must be create_dir", 3),
        ('add_component.copy_into = "parent"\n', "manifest-value-invalid", "must be root or own", 3),
        (
            "[add_component.conditions.x]\ncondition = { never = 1 }\n",
            "manifest-key-unknown",
            "unknown key `never`",
            4,
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, code: str, message: str, line: int, tmp_path: Path) -> None:
    found = problems(tmp_path, HEAD + text)
    assert [(one[0], one[2]) for one in found if message in one[1]] == [(code, line)], found


@pytest.mark.parametrize(
    "text, message",
    [
        ('id = "x"\nmanifest_version = "2"\n', "`manifest_version` must be 1"),
        ('manifest_version = "1"\n', "the manifest lacks the key `id`"),
        ('manifest_version = "1"\nid = "../x"\n', "begins with a letter or digit"),
        ('manifest_version = "1"\nid = ""\n', "begins with a letter or digit"),
    ],
)
def test_the_head_is_held_to_its_rules(text: str, message: str, tmp_path: Path) -> None:
    assert any(message in one[1] for one in problems(tmp_path, text))


def test_everything_is_said_at_once(tmp_path: Path) -> None:
    assert len(problems(tmp_path, HEAD + 'a = 1\nb = 2\n[parameters]\nx = { type = "a" }\n')) == 4


def test_a_folder_without_a_description_is_no_template(tmp_path: Path) -> None:
    with pytest.raises(AtollError, match=r"is no template: its metadata/spin-template.toml cannot be read"):
        Template.load(tmp_path, shown="x")


def test_all_that_spin_knows_is_read(tmp_path: Path) -> None:
    text = """
description = "All"
tags = ["HTTP", "rust"]
trigger_type = "http"

[new_application]
supported = true

[add_component]
copy_into = "root"
skip_files = ["spin.toml"]
skip_parameters = ["x"]
[add_component.snippets]
component = "component.txt"
[add_component.conditions.has-redis]
condition = { manifest_entry_exists = "application.trigger.redis" }
skip_snippets = ["application_trigger"]

[parameters]
x = { type = "string", prompt = "X", default = "a", allowed_values = ["a", "b"], pattern = "." }

[outputs]
assets = { action = "create_dir", path = "assets", at = "manifest" }
"""
    one = template(tmp_path, text, {"metadata/snippets/component.txt": ""})
    assert one.description.parameters["x"].wrong("c") == "`c` is none of `a`, `b`"
    assert one.has_tags(("http",)) and one.has_tags(("Rust", "HTTP")) and not one.has_tags(("http", "go"))
    assert one.makes(component=True) and one.makes(component=False)


def test_a_template_adds_nothing_unless_it_says_so(tmp_path: Path) -> None:
    one = template(tmp_path)
    assert one.makes(component=False) and not one.makes(component=True)
