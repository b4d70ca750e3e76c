"""A component that is added to an app: the manifest keeps all that its author wrote."""

from pathlib import Path

import pytest

from atoll.errors import AtollError, UserError
from atoll.manifest.document import Document
from tests.templates.written import ADDS, APP, COMPONENT, added, template

MINE = """\
# My app
spin_manifest_version = 2

[application]
name = "mine"   # the name

[variables]
# Who may come in.
secret = { required = true }

[[trigger.http]]
route = "/..."
component = "one"

[component.one]
source = "one.wasm" # built by hand
"""
SNIPPETS = {"metadata/snippets/component.txt": COMPONENT, "content/app.c": "{{project-name}}"}
VARIABLES = '[add_component.snippets]\nvariables = "variables.txt"\n'


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    file = tmp_path / "mine" / "spin.toml"
    file.parent.mkdir()
    file.write_text(MINE)
    return file


def refusal(*arguments: object, **keywords: object) -> UserError:
    with pytest.raises(UserError) as raised:
        added(*arguments, **keywords)  # type: ignore[arg-type]
    return raised.value


def test_the_snippet_stands_at_the_end_and_the_rest_as_it_was(tmp_path: Path, manifest: Path) -> None:
    added(template(tmp_path, ADDS, SNIPPETS), manifest, "web API")
    assert (
        manifest.read_text()
        == f"""{MINE}
[[trigger.http]]
route = "/web-api"
component = "web-api"

[component.web-api]
source = "web API/app.wasm"
"""
    )
    assert (manifest.parent / "web API/app.c").read_text() == "web API"
    assert set(Document.load(manifest).manifest.component) == {"one", "web-api"}


def test_one_after_the_other(tmp_path: Path, manifest: Path) -> None:
    one = template(tmp_path, ADDS, SNIPPETS)
    for name in ("two", "three"):
        added(one, manifest, name)
    assert list(Document.load(manifest).manifest.component) == ["one", "two", "three"]


def test_a_component_that_is_there_is_refused(tmp_path: Path, manifest: Path) -> None:
    error = refusal(template(tmp_path, ADDS, SNIPPETS), manifest, "One")
    assert (error.code, error.message) == ("id-duplicate", "the app has a component `one` already")
    assert error.location is not None
    assert error.location.source == "[component.one]"
    assert manifest.read_text() == MINE
    assert not (manifest.parent / "One").exists()


def test_a_route_that_is_taken_is_refused(tmp_path: Path, manifest: Path) -> None:
    text = COMPONENT.replace('route = "/{{project-name | kebab_case}}"', 'route = "/..."')
    files = {"metadata/snippets/component.txt": text}
    error = refusal(template(tmp_path, ADDS, files), manifest)
    assert (error.code, error.message) == ("route-taken", "the app answers `/...` already")
    assert error.location is not None
    assert error.location.source == 'route = "/..."'


def test_a_manifest_that_would_be_wrong_is_not_written(tmp_path: Path, manifest: Path) -> None:
    files = {**SNIPPETS, "metadata/snippets/component.txt": COMPONENT + 'sauce = "x"\n'}
    error = refusal(template(tmp_path, ADDS, files), manifest)
    assert (error.code, error.message) == ("manifest-key-unknown", "unknown key `sauce` in `component.api`")
    assert manifest.read_text() == MINE
    assert not (manifest.parent / "api").exists()


def test_a_snippet_that_is_no_toml_is_shown_as_it_was_rendered(tmp_path: Path, manifest: Path) -> None:
    files = {"metadata/snippets/component.txt": "[component.{{project-name}}\n"}
    error = refusal(template(tmp_path, ADDS, files), manifest)
    assert error.location is not None
    assert (error.location.file, error.location.source) == ("small/metadata/snippets/component.txt", "[component.api")


def test_a_template_must_not_bring_a_manifest_to_its_own_place(tmp_path: Path, manifest: Path) -> None:
    rest = 'add_component.copy_into = "root"\n'
    error = refusal(template(tmp_path, rest, {"content/spin.toml": APP}), manifest, overwrite=True)
    assert error.code == "template-broken"
    assert "would replace the app's manifest" in error.message


def test_files_may_go_beside_the_manifest(tmp_path: Path, manifest: Path) -> None:
    rest = 'add_component.copy_into = "root"\n' + ADDS
    files = {**SNIPPETS, "content/crates/{{project-name !! kebab_case}}/a": ""}
    files.pop("content/app.c")
    added(template(tmp_path, rest, files), manifest)
    assert (manifest.parent / "crates/api/a").is_file()


def test_folders_of_the_manifest_and_of_the_component(tmp_path: Path, manifest: Path) -> None:
    rest = """
[outputs]
a = { action = "create_dir", path = "assets", at = "manifest" }
b = { action = "create_dir", path = "own" }
"""
    added(template(tmp_path, ADDS + rest, SNIPPETS), manifest)
    assert (manifest.parent / "assets").is_dir()
    assert (manifest.parent / "api/own").is_dir()


@pytest.mark.parametrize(
    "declared, expected",
    [
        (
            'url = { default = "x" }\n',
            MINE.replace("required = true }\n", 'required = true }\nurl = { default = "x" }\n'),
        ),
        ("secret = { required = true }\n", MINE),
    ],
    ids=["a new one", "the same"],
)
def test_variables_are_put_to_the_others(declared: str, expected: str, tmp_path: Path, manifest: Path) -> None:
    added(template(tmp_path, VARIABLES, {"metadata/snippets/variables.txt": declared}), manifest)
    assert manifest.read_text() == expected


def test_a_table_of_variables_is_made_where_there_is_none(tmp_path: Path, manifest: Path) -> None:
    text = MINE.replace("[variables]\n# Who may come in.\nsecret = { required = true }\n\n", "")
    manifest.write_text(text)
    rest = '[add_component.snippets]\nvariables = "variables.txt"\ncomponent = "component.txt"\n'
    files = {**SNIPPETS, "metadata/snippets/variables.txt": 'a = { default = "{{project-name}}" }'}
    added(template(tmp_path, rest, files), manifest)
    assert manifest.read_text().startswith(f'{text}\n[variables]\na = {{ default = "api" }}\n\n[[trigger.http]]')


def test_variables_are_added_before_the_next_table(tmp_path: Path, manifest: Path) -> None:
    manifest.write_text(MINE.replace("\n[[trigger", "[variables.other]\ndefault = 'x'\n\n[[trigger", 1))
    added(template(tmp_path, VARIABLES, {"metadata/snippets/variables.txt": "url = { required = true }"}), manifest)
    variables = Document.load(manifest).manifest.variables
    assert set(variables) == {"secret", "other", "url"}
    assert "secret = { required = true }\nurl = { required = true }\n[variables.other]\n" in manifest.read_text()


def test_a_variable_that_is_declared_otherwise_is_replaced_only_if_that_is_asked_for(
    tmp_path: Path, manifest: Path
) -> None:
    one = template(tmp_path, VARIABLES, {"metadata/snippets/variables.txt": 'secret = { default = "x" }'})
    error = refusal(one, manifest)
    assert error.code == "id-duplicate"
    assert 'the template wants `{ default = "x" }`' in error.message
    added(one, manifest, overwrite=True)
    assert manifest.read_text() == MINE.replace("{ required = true }", '{ default = "x" }')


@pytest.mark.parametrize(
    "written", ["variables.secret = { required = true }", "variables = { secret = { required = true } }"]
)
def test_variables_without_a_table_of_their_own_are_left_alone(written: str, tmp_path: Path, manifest: Path) -> None:
    text = MINE.replace("[variables]\n# Who may come in.\nsecret = { required = true }\n", "")
    manifest.write_text(text.replace("\n[application]", f"{written}\n\n[application]", 1))
    one = template(tmp_path, VARIABLES, {"metadata/snippets/variables.txt": "url = { required = true }"})
    assert refusal(one, manifest).code == "template-unsuitable"


def test_line_ends_stay_those_of_the_file(tmp_path: Path, manifest: Path) -> None:
    manifest.write_bytes(MINE.replace("\n", "\r\n").encode())
    added(template(tmp_path, ADDS, SNIPPETS), manifest)
    content = manifest.read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n")


def test_an_app_without_a_trigger_takes_its_first_component(tmp_path: Path, manifest: Path) -> None:
    manifest.write_text('spin_manifest_version = 2\n[application]\nname = "mine"\n')
    added(template(tmp_path, ADDS, SNIPPETS), manifest)
    assert list(Document.load(manifest).manifest.component) == ["api"]


def test_a_manifest_of_version_1_is_to_be_upgraded_first(tmp_path: Path, manifest: Path) -> None:
    manifest.write_text(
        'spin_manifest_version = "1"\nname = "x"\nversion = "1.0.0"\ntrigger = { type = "http", base = "/" }\n'
        '[[component]]\nid = "a"\nsource = "a.wasm"\n[component.trigger]\nroute = "/"\n'
    )
    error = refusal(template(tmp_path, ADDS, SNIPPETS), manifest)
    assert error.code == "template-unsuitable"
    assert "atoll upgrade" in (error.hint or "")


def test_a_manifest_that_is_wrong_already_says_so_first(tmp_path: Path, manifest: Path) -> None:
    manifest.write_text(MINE + "[component.one.nonsense]\n")
    with pytest.raises(AtollError, match="unknown key `nonsense`"):
        added(template(tmp_path, ADDS, SNIPPETS), manifest)


@pytest.mark.parametrize("has_redis", [True, False])
def test_a_condition_looks_into_the_manifest(has_redis: bool, tmp_path: Path, manifest: Path) -> None:
    rest = """
[add_component]
skip_files = ["a"]
[add_component.snippets]
component = "component.txt"
application_trigger = "trigger.txt"
[add_component.conditions.redis-is-there]
condition = { manifest_entry_exists = "application.trigger.redis" }
skip_files = ["b"]
skip_parameters = ["address"]
skip_snippets = ["application_trigger"]
[parameters]
address = { type = "string", prompt = "Address" }
"""
    files = {
        "metadata/snippets/component.txt": '[[trigger.redis]]\nchannel = "x"\ncomponent = "one"\n',
        "metadata/snippets/trigger.txt": '[application.trigger.redis]\naddress = "{{address}}"\n',
        "content/a": "",
        "content/b": "",
        "content/c": "",
    }
    text = MINE + ('[application.trigger.redis]\naddress = "redis://old"\n' if has_redis else "")
    manifest.write_text(text)
    added(template(tmp_path, rest, files), manifest, values={} if has_redis else {"address": "redis://new"})
    trigger = '\n[application.trigger.redis]\naddress = "redis://new"\n'
    assert manifest.read_text() == (
        text + ("" if has_redis else trigger) + '\n[[trigger.redis]]\nchannel = "x"\ncomponent = "one"\n'
    )
    assert {file.name for file in (manifest.parent / "api").iterdir()} == ({"c"} if has_redis else {"b", "c"})
