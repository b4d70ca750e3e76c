"""Each problem stands where the user wrote it, and all of them come at once."""

import pytest

from atoll.errors import AtollError, Location, Problems, UserError, render
from atoll.manifest.document import Document
from atoll.manifest.positions import scan

from .conftest import http_app


def problems(text: str, profile: str | None = None) -> list[AtollError]:
    with pytest.raises(AtollError) as caught:
        Document.settled(text.encode(), "spin.toml", profile=profile)
    error = caught.value
    return list(error.problems) if isinstance(error, Problems) else [error]


def marked(problem: AtollError) -> str:
    """The text above the carets."""
    place = problem.location
    assert place is not None
    return place.source[place.column - 1 : place.column - 1 + place.length]


TEXT = '''top = 1
[a.b]
"quoted.key" = 'x' # [not.a.header]
c.d.e = { f = [1, { g = "z" }], "h i" = """two
lines""" }
[[list.of]]
n = [
  1, # one
  [2, 3],
]
[[list.of]]
[list.of.sub]
when = 1979-05-27 07:32:00Z
[[list.of.inner]]
deep = true
[a]
x = 'last'
'''


@pytest.mark.parametrize(
    ("path", "line", "key", "value"),
    [
        (("top",), 1, "top", "1"),
        (("a", "b"), 2, "b", "[a.b]"),
        (("a", "b", "quoted.key"), 3, '"quoted.key"', "'x'"),
        (("a", "b", "c"), 4, "c", "c"),
        (("a", "b", "c", "d", "e", "f"), 4, "f", '[1, { g = "z" }]'),
        (("a", "b", "c", "d", "e", "f", 1, "g"), 4, "g", '"z"'),
        (("a", "b", "c", "d", "e", "h i"), 4, '"h i"', '"""two'),
        (("list", "of", 0), 6, "of", "[[list.of]]"),
        (("list", "of", 0, "n", 1, 1), 9, "3", "3"),
        (("list", "of", 1), 11, "of", "[[list.of]]"),
        (("list", "of", 1, "sub"), 12, "sub", "[list.of.sub]"),
        (("list", "of", 1, "sub", "when"), 13, "when", "1979-05-27 07:32:00Z"),
        (("list", "of", 1, "inner", 0, "deep"), 15, "deep", "true"),
        (("a",), 16, "a", "[a]"),
        (("a", "x"), 17, "x", "'last'"),
    ],
)
def test_a_path_is_found_in_every_form_of_toml(path: tuple[str | int, ...], line: int, key: str, value: str) -> None:
    from atoll.manifest.toml import Toml

    toml = Toml(TEXT, "x.toml")
    here = toml.location(path)
    assert (here.line, here.source[here.column - 1 : here.column - 1 + here.length]) == (line, value)
    name = toml.location(path, key=True)
    start, end = scan(TEXT)[path].key
    assert TEXT[start:end] == key
    assert name.source[name.column - 1 : name.column - 1 + name.length] == key


def test_windows_line_ends_and_a_byte_order_mark_do_not_shift_places() -> None:
    text = "\ufeff" + http_app("bogus = 1").replace("\n", "\r\n")
    [problem] = problems(text)
    assert problem.location == Location("spin.toml", 10, 1, "bogus = 1", 5)


def test_everything_wrong_is_said_at_once_in_the_order_of_the_file() -> None:
    found = problems(
        http_app(
            'key_value_stores = ["b@d", "good"]\nenvironment = { A = 1 }\nallowed_outbound_host = []',
            top='versoin = "1"',
        )
        + "[component.under_score]\n"
    )
    assert [(one.code, marked(one)) for one in found] == [
        ("manifest-key-unknown", "versoin"),
        ("id-invalid", '"b@d"'),
        ("manifest-type-wrong", "1"),
        ("manifest-key-unknown", "allowed_outbound_host"),
        ("manifest-key-missing", "[component.under_score]"),
        ("id-invalid", "under_score"),
    ]


def test_a_misspelt_key_is_refused_together_with_what_its_values_mean() -> None:
    found = problems(
        http_app(
            'descripton = "x"\nvariables = { a = "{{ b }}" }\ntool.atoll.limits.queue = -1',
            top="[variables]\nx = { secret = true }",
        )
    )
    assert [one.code for one in found] == [
        "variable-invalid",
        "manifest-key-unknown",
        "variable-undeclared",
        "limit-invalid",
    ]


def test_the_hint_names_the_key_that_was_meant() -> None:
    [problem] = problems(http_app("allowed_outbound_host = []"))
    assert problem.hint == "did you mean `allowed_outbound_hosts`?"


def test_a_key_that_resembles_nothing_gets_the_list_of_known_keys() -> None:
    [problem] = problems(http_app(top="zzz = 1"))
    assert problem.hint and "`authors`" in problem.hint and "`tool`" in problem.hint


def test_an_error_is_rendered_with_place_caret_and_hint() -> None:
    [problem] = problems(http_app('\tsqlite_database = ["default"]'))
    assert render(problem) == (
        "error: unknown key `sqlite_database` in `component.c`\n"
        "  --> spin.toml:10:2\n"
        "   |\n"
        '10 | \tsqlite_database = ["default"]\n'
        "   | \t^^^^^^^^^^^^^^^\n"
        "hint: did you mean `sqlite_databases`?"
    )


def test_carets_stand_under_wide_characters() -> None:
    problem = UserError("manifest-syntax", "x", location=Location("f", 1, 4, "名前=値", 1))
    assert render(problem).splitlines()[-1] == "  |      ^^"


def test_escape_sequences_of_a_hostile_manifest_do_not_reach_the_terminal() -> None:
    found = problems(http_app('"a\\u001b[31mb" = 1'))
    assert "\x1b" not in render(found[0])


@pytest.mark.parametrize(
    ("component", "code", "text"),
    [
        ('[component.c.dependencies]\nplain = "1"', "dependency-invalid", '"1"'),
        ('variables = { v = "{{ a" }', "template-invalid", '"{{ a"'),
        ('allowed_outbound_hosts = ["http://a", "http://{{ nope }}"]', "variable-undeclared", '"http://{{ nope }}"'),
        ('allowed_http_hosts = ["ftp://x"]', "allowed-host-invalid", '"ftp://x"'),
        ("files = [{ source = 'a' }]", "manifest-key-missing", "{ source = 'a' }"),
        ("[[trigger.http]]\nroute = '/2'\ncomponent = 'd'", "component-unknown", "'d'"),
        ("[[trigger.http]]\nroute = '/2'", "trigger-invalid", "[[trigger.http]]"),
        ("[[trigger.http]]\nstatic_response = {}", "manifest-key-missing", "[[trigger.http]]"),
        ("[[trigger.http]]\nroute = { private = false }\ncomponent = 'c'", "manifest-value-invalid", "false"),
        ("[[trigger.http]]\nroute = '/2'\ncomponent = 'c'\nexecuter = 1", "manifest-key-unknown", "executer"),
        ("[[trigger.http]]\nroute = '/2'\nstatic_response.status_code = 99", "manifest-value-invalid", "99"),
        ("[[trigger.http]]\nroute = '/2'\nstatic_response.headers.x = \"a\\nb\"", "manifest-value-invalid", '"a\\nb"'),
        (
            "[[trigger.http]]\nid = 'c-http-trigger'\nroute = '/2'\ncomponent = 'c'\n[[trigger.http]]\nid = "
            "'c-http-trigger'\nroute = '/3'\ncomponent = 'c'",
            "id-duplicate",
            "'c-http-trigger'",
        ),
        ("[application.trigger.http]\nbase = '/x'", "manifest-value-invalid", "'/x'"),
    ],
)
def test_what_is_wrong_is_marked(component: str, code: str, text: str) -> None:
    found = problems(http_app(component))
    assert (code, text) in [(one.code, marked(one)) for one in found]


def test_a_problem_of_an_inline_component_is_marked_in_its_trigger() -> None:
    text = (
        http_app() + '[[trigger.http]]\nroute = "/i"\ncomponent = { source = "i.wasm", variables = { v = "{{ x }}" } }'
    )
    [problem] = problems(text)
    assert (problem.code, marked(problem)) == ("variable-undeclared", '"{{ x }}"')


def test_a_problem_of_a_version_1_manifest_is_marked_in_its_own_form() -> None:
    found = problems(
        'spin_manifest_version = "1"\nname = "t"\ntrigger = { type = "http", base = "/b" }\n[[component]]\n'
        'id = "A_b"\n'
        'source = "c.wasm"\nallowed_outbound_hosts = ["{{ a }}"]\n[component.config]\n'
        'k = "{{ x }}"\n[component.trigger]\n'
        "route = 1\n"
    )
    assert [(one.location.line, marked(one)) for one in found if one.location] == [
        (3, '"/b"'),
        (7, '"{{ a }}"'),
        (9, '"{{ x }}"'),
        (11, "1"),
    ]


def test_a_problem_of_a_profile_is_marked_in_the_profile() -> None:
    text = http_app('[component.c.profile.dev]\ndependencies = { plain = "1" }')
    Document.settled(text.encode(), "spin.toml")
    [problem] = problems(text, profile="dev")
    assert (problem.code, marked(problem)) == ("dependency-invalid", '"1"')


def test_a_profile_that_no_component_has_is_refused_with_the_one_that_was_meant() -> None:
    [problem] = problems(http_app("[component.c.profile.debug]"), profile="debgu")
    assert (problem.code, problem.hint) == ("profile-unknown", "did you mean `debug`?")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("a = ", 1, 5), ("a = 1\nb = [1,", 2, 8), ("a = 1\na = 2", 2, 6), ("x\n", 1, 2), ('a = "\n"', 1, 6)],
)
def test_a_syntax_error_is_marked(text: str, line: int, column: int) -> None:
    [problem] = problems(text)
    assert problem.code == "manifest-syntax"
    assert problem.location and (problem.location.line, problem.location.column) == (line, column)
