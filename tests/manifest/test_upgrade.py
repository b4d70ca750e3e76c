"""A manifest of version 1 becomes one of version 2 with all of its comments, where they belong."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atoll.manifest.document import Document
from atoll.manifest.plain import plain
from atoll.manifest.positions import keys, statements
from atoll.manifest.upgrade import upgrade

OLD = '''# An app.

spin_version = "1" # old
name = "x"   # its name
authors = [
  "a", # first
  "b",
]
# what calls it
trigger = { type = "http", base = "/" } # only this

# what answers
[[component]] # here
# its id
id = "My_Comp" # once
source = 'a.wasm'
allowed_http_hosts = [
  # them all
  "example.com", # one
]
[component.config]
# a key
x = """
# no comment
"""
# how it is called
[component.trigger]
route = "/..." # all

[component.build]
command = "make" # quick
# the end
'''
NEW = '''# An app.

spin_manifest_version = 2 # old

[application]
name = "x" # its name
authors = [
  "a", # first
  "b",
]

# what calls it
[application.trigger.http] # only this
base = "/"

# how it is called
[[trigger.http]]
id = "trigger-my-comp"
# its id
component = "my-comp" # once
route = "/..." # all

# what answers
[component.my-comp] # here
source = 'a.wasm'
# them all
# one
allowed_outbound_hosts = ["redis://*:*", "mysql://*:*", "postgres://*:*", "http://example.com", "https://example.com"]

[component.my-comp.variables]
# a key
x = """
# no comment
"""

[component.my-comp.build]
command = "make" # quick
# the end
'''


def test_comments_and_spellings_stay() -> None:
    assert upgrade(OLD) == NEW


def test_both_say_the_same() -> None:
    assert plain(Document.parse(NEW).manifest) == plain(Document.parse(OLD).manifest)


COMMENTS = st.integers(0, 10**6).map(lambda number: f"# comment {number}")


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_no_comment_is_lost_wherever_it_stands(data: st.DataObject) -> None:
    lines = []
    for line in OLD.split("\n"):
        is_text = line.startswith(("# no comment", '"""', "x ="))
        above, beside = data.draw(st.booleans()), data.draw(st.booleans())
        lines += [data.draw(COMMENTS)] if above and not is_text and not line.startswith('"""') else []
        lines.append(f"{line} {data.draw(COMMENTS)}" if beside and line and not is_text and "#" not in line else line)
    text = "\n".join(lines)
    tomllib.loads(text)
    upgraded = upgrade(text)
    assert sorted(_comments(upgraded)) == sorted(_comments(text))
    assert plain(Document.parse(upgraded).manifest) == plain(Document.parse(OLD).manifest)


def _comments(text: str) -> list[str]:
    return [line[line.index("#") :].strip() for line in text.split("\n") if "#" in line]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a = 1\n[t]\nb.c = 2\n", [("a",), ("t",), ("t", "b", "c")]),
        ("# x\n[[l]]\na = { b = 1 }\n[[l]]\n", [("l", 0), ("l", 0, "a"), ("l", 1)]),
    ],
)
def test_statements_are_those_of_the_text(text: str, found: list[tuple[str | int, ...]]) -> None:
    assert [statement.path for statement in statements(text)[0]] == found


def test_every_mention_of_a_key_is_found() -> None:
    text = '[c.old]\nx = 1\n[c."old".build]\ny = 2\n[c]\nold2.z = 1\n'
    places = [text[slice(*place)] for path, place in keys(text) if path == ("c", "old")]
    assert places == ["old", '"old"']
