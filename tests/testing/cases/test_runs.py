"""Commands and functions in tests: arguments, input, files, stores, and what they give."""

from pathlib import Path

import pytest

from tests.support import built
from tests.testing.cases.conftest import passes, played, said

pytestmark = pytest.mark.slow

COMMANDS = """
[[test]]
name = "arguments"
run = { args = ["one", "two"], stdout = "one\\ntwo\\n", stderr = "" }
[[test]]
name = "standard input"
run = { args = ["stdin"], stdin = { base64 = "AAEK" }, stdout = { base64 = "AAEK" } }
[[test]]
name = "an exit code"
run = { args = ["exit", "1"], exit-code = 1 }
[[test]]
name = "environment variables"
given.environment = { LEVEL = "debug" }
run = { args = ["env"], stdout = "LEVEL=debug\\n" }
[[test]]
name = "files, over several steps"
given.files = { "in/a.txt" = "text" }
[[test.step]]
run = { args = ["read", "/in/a.txt"], stdout = "text" }
[[test.step]]
run = { args = ["write", "/b.txt", "more"] }
expect.files = { "in/a.txt" = true, "b.txt" = "more" }
[[test.step]]
run = { args = ["list", "/"], stdout = { contains = ["b.txt", "in"] } }
[test.expect]
files = { "*" = true }
log = { contains = "text" }
[[test]]
name = "no files of another test, nor of this machine"
run = { args = ["list", "/"], exit-code = 1, stderr = { lacks = "b.txt" } }
"""


@pytest.mark.parametrize("guest", ["rust-cli-p1", "rust-cli-p2"])
def test_commands_are_run(guest: str, tmp_path: Path) -> None:
    passes(tmp_path, f'source = "{built(guest)}"\n{COMMANDS}')


def test_a_command_finds_the_store_of_its_test_and_the_next_one_another(tmp_path: Path) -> None:
    tests = "".join(
        f"""
[[test]]
name = "{name}"
given.key-value.default = {{ {given} }}
run = {{ args = {args}, exit-code = {code}, stdout = {{ contains = "{stdout}" }} }}
expect.key-value.default = {{ {expected} }}
"""
        for name, given, args, code, stdout, expected in (
            ("first", "", '["test_the_first_one_is_alone"]', 0, "... ok", '"user:ada" = "{}"'),
            ("second", "", '["test_a_user_is_kept"]', 0, "... ok", '"user:bob" = "{}"'),
            ("third", '"user:eve" = "1"', "[]", 1, "FAILED (failures=2)", '"user:*" = true'),
        )
    )
    first, *_ = passes(tmp_path, f'source = "{built("python-tests")}"\n{tests}')
    assert first.asked["python-tests", "key_value", "set", "default"] == 1


@pytest.mark.parametrize(
    ("guest", "more", "why"),
    [
        ("rust-cli-p1", "given.random = 1", "a core module has no part in random of a test: make a component of it"),
        ("rust-cli-p2", "given.random = 1", "a command that uses random has no standard input in a test"),
    ],
)
def test_what_a_command_cannot_be_given_is_said(guest: str, more: str, why: str, tmp_path: Path) -> None:
    text = f'source = "{built(guest)}"\n[[test]]\nname = "a"\nrun = {{ stdin = "text" }}\n{more}\n'
    [outcome] = played(tmp_path, text)
    assert said(outcome) == ["run: run", why]


PLUGIN = """
[[test]]
name = "records, lists, options and variants"
[test.call]
function = "values.echo-people"
args = [[[{ name = "A", age = 4, tags = ["t"], role = "site-admin", email = "a@b.c" }, { circle = 1.5 }]]]
[test.call.result]
json-part = [[{ age = 4, role = "site-admin", email = { matches = "@" } }, { circle = 1.5 }]]
[[test]]
name = "arguments and results as JSON, for what is null in it"
[test.call]
function = "values.echo-option"
args = "[null]"
result.json = "null"
[[test]]
name = "flags"
[test.call]
function = "acme:plugin/values.echo-rights"
args = [["can-read", "can-write"]]
result = ["can-read", "can-write"]
[[test]]
name = "bytes"
call = { function = "values.echo-bytes", args = [{ base64 = "AAE=" }], result = { base64 = "AAE=" } }
[[test]]
name = "a function of the world"
call = { function = "divide", args = [1.0, 4.0], result = 0.25 }
[[test]]
name = "the error of a result"
call = { function = "divide", args = [1.0, 0.0], error = { contains = "zero" } }
[[test]]
name = "a trap"
call = { function = "bad.trap", error = { contains = "trap" } }
"""

ANSWERED = """
[[test]]
name = "an import is answered"
given.imports."acme:plugin/directory" = { lookup = { json = '{"name": "Anna", "phone": null}' } }
call = { function = "crm.find", args = ["anna"], result = { contains = "Anna" } }
[[test]]
name = "or fails"
given.imports."acme:plugin/directory".lookup.error = { denied = "not yours" }
call = { function = "crm.find", args = ["anna"], error = { contains = "not yours" } }
"""


def test_functions_are_called(tmp_path: Path) -> None:
    nothing = '[[test]]\ngiven.imports."acme:plugin/directory" = {}\n'
    text = PLUGIN.replace("[[test]]\n", nothing) + ANSWERED
    passes(tmp_path, f'source = "{built("rust-plugin")}"\n{text}')


def test_a_class_beside_the_test_answers_an_import(tmp_path: Path) -> None:
    (tmp_path / "own_directory.py").write_text(
        "from tests.embed.plugins import Directory\n\n\n"
        'class Ours(Directory):\n    wit_interfaces = ("acme:plugin/directory",)\n'
    )
    passes(
        tmp_path,
        f'source = "{built("rust-plugin")}"\n[[test]]\nname = "a"\n'
        'given.imports."acme:plugin/directory" = "own_directory:Ours"\n'
        'call = { function = "crm.find", args = ["anna"], result = { contains = "Anna" } }\n',
    )
