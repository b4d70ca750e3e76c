"""Liquid, as templates write it."""

import time

import pytest

from atoll.errors import UserError
from atoll.templates.rendering import Renderer

RENDERER = Renderer({"project-name": "my app", "route": "/a"}, {"greeting.txt": "Hello {{project-name}}"})


@pytest.mark.parametrize(
    "text, rendered",
    [
        ("{{project-name}}", "my app"),
        ("{{ project-name | kebab_case }}", "my-app"),
        ("{{project-name | snake_case}} {{project-name | pascal_case}}", "my_app MyApp"),
        ('{{"a.b-c" | dotted_pascal_case}}', "A.BC"),
        ("{{route | http_wildcard}}", "/a/..."),
        ('{{"/" | http_wildcard}} {{"/a/" | http_wildcard}} {{"/..." | http_wildcard}}', "/... /a/... /..."),
        ("{% if route == '/a' %}yes{% else %}no{% endif %}", "yes"),
        ("{% if explain %}yes{% endif %}no", "no"),
        ("{%- case route -%}\n{%- when '/a' -%}\na\n{%- else -%}\nb\n{%- endcase %}", "a"),
        ("{% raw %}{{ secret }}{% endraw %}", "{{ secret }}"),
        ("{% include 'greeting.txt' %}!", "Hello my app!"),
        ("{{route}}\r\nb\rc\r\n", "/a\r\nb\rc\r\n"),
        # Other languages have braces, too.
        ("{{ .Go }} {{route}}", "{{ .Go }} {{route}}"),
        ("{% no_such_tag %}", "{% no_such_tag %}"),
        ("", ""),
    ],
)
def test_a_text_is_rendered(text: str, rendered: str) -> None:
    assert RENDERER.content(text.encode(), "a.txt").decode() == rendered


def test_what_is_no_text_stays_as_it_is() -> None:
    assert RENDERER.content(b"\xff{{route}}\x00", "a.bin") == b"\xff{{route}}\x00"


@pytest.mark.parametrize(
    "text, message, line, column",
    [
        ("a\nb {{ nothing }}", "'nothing' is undefined", 2, 6),
        ("{{ route | no_such }}", "unknown filter 'no_such'", 1, 12),
        ("\r\n{% include 'none' %}", "no partial none", 2, 12),
    ],
)
def test_an_error_has_its_place(text: str, message: str, line: int, column: int) -> None:
    with pytest.raises(UserError) as raised:
        RENDERER.content(text.encode(), "small/content/a.txt")
    place = raised.value.location
    assert raised.value.code == "template-broken"
    assert message in raised.value.message
    assert place is not None
    assert (place.file, place.line, place.column) == ("small/content/a.txt", line, column)


def test_a_snippet_has_to_be_liquid() -> None:
    with pytest.raises(UserError, match="unexpected tag"):
        RENDERER.text("{% no_such_tag %}", "snippet")


@pytest.mark.parametrize(
    "text",
    [
        "{% assign x = 'aaaaaaaaaa' %}{% for i in (1..90000) %}{% assign x = x | append: x %}{% endfor %}",
        "{% for i in (1..9000) %}{% for j in (1..9000) %}{{j}}{% endfor %}{% endfor %}",
        "{% capture x %}" + "a" * 100_000 + "{% endcapture %}{% for i in (1..90000) %}{{x}}{% endfor %}",
    ],
    ids=["a value", "time", "output"],
)
@pytest.mark.slow
def test_a_template_cannot_take_the_machine(text: str) -> None:
    began = time.monotonic()
    with pytest.raises(UserError, match="limit reached"):
        RENDERER.content(text.encode(), "bomb")
    assert time.monotonic() - began < 30


def test_a_partial_that_includes_itself_ends() -> None:
    with pytest.raises(UserError, match="cannot be rendered"):
        Renderer({}, {"a": "{% include 'a' %}"}).content(b"{% include 'a' %}", "a.txt")


def test_paths_have_two_exclamation_marks_for_a_bar() -> None:
    assert RENDERER.path("crates/{{project-name !! kebab_case}}/src/lib.rs") == "crates/my-app/src/lib.rs"
    assert RENDERER.path("wow!!.txt") == "wow!!.txt"
    assert RENDERER.path("{{ .Go }}") == "{{ .Go }}"
