"""YAML: what words mean, where they stand, and what strangers may not do with it."""

import pytest

from atoll.errors import UserError
from atoll.manifest.text import MAX_BYTES
from atoll.serverless.yaml_text import MAX_DEPTH, MAX_NODES, YamlText


def test_words_mean_what_they_mean_in_yaml_1_2() -> None:
    text = "a: [on, yes, true, ~, null, 012, 0o17, 0x1f, 1e3, .5, '1', 1:30, 2020-01-01, '']"
    assert YamlText(text, "f").data == {
        "a": ["on", "yes", True, None, None, 12, "0o17", 31, "1e3", 0.5, "1", "1:30", "2020-01-01", ""]
    }


def test_merges_and_tags_of_cloudformation() -> None:
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: !Ref name, z: !GetAtt a.b}\nc: {<<: [*a, {x: 5, w: 6}]}"
    assert YamlText(text, "f").data == {
        "a": {"x": 1, "y": 2},
        "b": {"x": 1, "y": {"Ref": "name"}, "z": {"Fn::GetAtt": "a.b"}},
        "c": {"x": 1, "y": 2, "w": 6},
    }


def test_every_value_has_a_place() -> None:
    text = YamlText("\N{ZERO WIDTH NO-BREAK SPACE}a:\n  - b: 'é'\n    c: 2\n", "f.yml")
    place = text.location(("a", 0, "c"))
    assert (place.file, place.line, place.column, place.source) == ("f.yml", 3, 8, "    c: 2")
    assert text.location(("a", 0, "c"), key=True).column == 5
    assert text.location(("a", 0, "missing")).line == 2
    assert text.holds(("a", 0)) and not text.holds(("a", 1))


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("a: [", "node content", 1),
        ("a: 1\na: 2", "`a` stands twice", 2),
        ("? [1]\n: 2", "a key must be text", 1),
        ("- *nope", "undefined alias", 1),
        ("---\na: 1\n---\nb: 2", "another document", 3),
        ("a:\n\t- b", "cannot start any token", 2),
        ("a: {<<: 1}", "merges mappings only", 1),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(text: str, words: str, line: int) -> None:
    with pytest.raises(UserError, match=words) as raised:
        YamlText(text, "f")
    assert raised.value.code == "serverless-invalid"
    assert raised.value.location is not None and raised.value.location.line == line


def test_control_characters_are_refused() -> None:
    with pytest.raises(UserError, match="not valid YAML") as raised:
        YamlText("a: \x00", "f")
    assert raised.value.code == "serverless-invalid"


def test_a_tag_makes_no_object() -> None:
    assert YamlText("a: !!python/object/apply:os.system [ls]", "f").data == {"a": ["ls"]}


@pytest.mark.parametrize(
    "text",
    [
        "&a [*a]",
        "[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2),
        "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
        + "".join(f"{new}: &{new} [{','.join(['*' + old] * 10)}]\n" for old, new in ("ab", "bc", "cd", "de", "ef")),
        "[" + "1," * (MAX_NODES + 1) + "]",
    ],
    ids=["itself", "deep", "aliases", "long"],
)
def test_what_grows_without_end_is_refused(text: str) -> None:
    with pytest.raises(UserError) as raised:
        YamlText(text, "f")
    assert raised.value.code == "manifest-too-large"


def test_a_large_file_is_refused_and_one_that_is_no_text() -> None:
    with pytest.raises(UserError) as large:
        YamlText.from_bytes(b" " * (MAX_BYTES + 1), "f")
    with pytest.raises(UserError, match="line 2") as latin:
        YamlText.from_bytes(b"a: 1\nb: \xff", "f")
    assert (large.value.code, latin.value.code) == ("manifest-too-large", "manifest-unreadable")
