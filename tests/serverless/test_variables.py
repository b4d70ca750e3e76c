"""Variables: each source, what stands behind the comma, and what has no value."""

from pathlib import Path
from typing import Any

import pytest

from atoll.errors import UserError
from atoll.serverless.variables import Variables
from atoll.serverless.yaml_text import YamlText

FILE = """\
provider: {stage: "${opt:stage, 'test'}", region: eu-west-1}
params:
  default: {domain: example.test, size: 1}
  live: {domain: example.com}
custom:
  table: "orders-${sls:stage}"
  list: [a, {b: c}]
  names: {test: T, live: L}
  round: ${self:custom.about}
  about: ${self:custom.round}
  huge: "${self:custom.table}${self:custom.table}"
"""


def filled(text: str, folder: Path, **environment: str) -> Any:
    return Variables(YamlText(FILE, "serverless.yml"), folder, environment).resolved(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain $ {x}", "plain $ {x}"),
        ("${env:NAME}", "ada"),
        ("<${env:NAME}>", "<ada>"),
        ("${env:NOBODY, 'ann, bob'}", "ann, bob"),
        ("${env:NOBODY, env:NAME}", "ada"),
        ("${env:NOBODY, ${env:NAME}}", "ada"),
        ("${env:NOBODY, 3}", 3),
        ("${env:NOBODY, true}", True),
        ("${env:NOBODY, ''}", ""),
        ("${env:NOBODY, null}", None),
        ("${opt:stage, self:provider.stage}", "test"),
        ("${sls:stage}", "test"),
        ("${self:custom.table}", "orders-test"),
        ("${self:custom.list.1.b}", "c"),
        ("${self:custom.list}", ["a", {"b": "c"}]),
        ("${self:custom.names.${sls:stage}}", "T"),
        ("${param:domain}/${param:size}", "example.test/1"),
        ("${file(more.yml):deep.${sls:stage}}", "orders-test"),
        ("${file(more.json):x}", 1),
        ("${file(words.txt)}", "two words"),
        ("${file(nothing.yml):a, 'none'}", "none"),
        ("${strToBool(${env:FLAG})}", True),
        ("${ssm:/secret, 'known'}", "known"),
        ("arn:${AWS::Region}:${Name}", "arn:${AWS::Region}:${Name}"),
    ],
)
def test_variables_have_values(text: str, expected: object, tmp_path: Path) -> None:
    (tmp_path / "more.yml").write_text("deep: {test: '${self:custom.table}'}")
    (tmp_path / "more.json").write_text('{"x": 1}')
    (tmp_path / "words.txt").write_text("two words\n")
    assert filled(text, tmp_path, NAME="ada", FLAG="1") == expected


def test_an_environment_variable_gives_an_option(tmp_path: Path) -> None:
    given = {"ATOLL_SERVERLESS_STAGE": "live", "ATOLL_SERVERLESS_DRY_RUN": "y"}
    assert (
        filled("${sls:stage} ${self:custom.table} ${param:domain}", tmp_path, **given) == "live orders-live example.com"
    )
    assert filled("${opt:dry-run}", tmp_path, **given) == "y"


def test_what_a_value_holds_is_not_read_as_a_variable(tmp_path: Path) -> None:
    assert filled("${env:A}", tmp_path, A="${env:SECRET}", SECRET="x") == "${env:SECRET}"


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("${env:NOBODY}", "has no value", "set the environment variable NOBODY"),
        ("${opt:team}", "has no value", "ATOLL_SERVERLESS_TEAM"),
        ("${ssm:/a}", "does not ask", "behind a comma"),
        ("${evn:A}", "no source `evn`", "did you mean `env`?"),
        ("${env:NOBODY, dev}", "`dev` in", "in quotes"),
        ("${self:custom.round}", "stands for itself", "give it a value"),
        ("x-${self:custom.list}", "is a list", "name one of its values"),
        ("${file(../../../../../etc/passwd)}", "outside of the project", "copy it"),
        ("${file(config.js):a}", "is a program", "as YAML or JSON"),
        ("${strToBool(maybe)}", "neither true nor false", "true or false"),
        ("${env:A", "has no end", "end it with"),
        ("${env:" * 30, "nest deeper", None),
    ],
)
def test_variables_without_a_value_say_what_to_do(text: str, words: str, hint: str | None, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=words) as raised:
        filled(text, tmp_path)
    assert raised.value.code == "serverless-variable"
    assert hint is None or hint in (raised.value.hint or "")


def test_a_link_out_of_the_project_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "secret.txt").write_text("x")
    (tmp_path / "app" / "link.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(UserError, match="outside of the project"):
        filled("${file(link.txt)}", tmp_path / "app")


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "large.txt").write_bytes(b"x" * (2 << 20))
    with pytest.raises(UserError) as raised:
        filled("${file(large.txt)}", tmp_path)
    assert raised.value.code == "manifest-too-large"


def test_values_that_multiply_are_bounded(tmp_path: Path) -> None:
    doubled = "".join(f"  l{n + 1}: '${{self:custom.l{n}}}${{self:custom.l{n}}}'\n" for n in range(30))
    yaml = YamlText(f"custom:\n  l0: xxxxxxxxxx\n{doubled}", "f")
    with pytest.raises(UserError, match="stand for more than"):
        Variables(yaml, tmp_path, {}).resolved("${self:custom.l30}")
