"""`atoll call`: functions of plugins, with arguments and results as text."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Atoll, Said
from tests.support import built

DIRECTORY = """
class Directory:
    class Session:
        pass

    def lookup(self, name): ...
    def log_it(self, line): ...
    def apply(self, n): return n + 1
    def open_session(self, user): ...

Directory.Session.__init__ = lambda self, user: None
Directory.Session.user = Directory.Session.touch = lambda self: None
"""

Call = Callable[..., Said]


@pytest.fixture
def call(atoll: Atoll, tmp_path: Path) -> Call:
    """`atoll call` of the guest `rust-plugin`, with somebody for what it imports."""
    (tmp_path / "answers.py").write_text(DIRECTORY)

    def called(*arguments: str, before: tuple[str, ...] = ()) -> Said:
        options = (*before, "call", "-i", "acme:plugin/directory=answers:Directory", *arguments[:-1])
        return atoll(*options, str(built("rust-plugin")), arguments[-1], env={"PYTHONPATH": str(tmp_path)})

    return called


@pytest.mark.parametrize(
    ("function", "printed"),
    [
        ('render("# hi")', '"<h1>hi</h1>\\n"'),
        ("add(1, 2)", "3"),
        ("add(-1,2)", "1"),
        ("greet()", '"Hello, stranger!"'),
        ('greet(some("you"))', '"Hello, you!"'),
        ('values.echo-person({name: "a", age: 3, tags: ["x"], role: site-admin})', None),
        ("values.echo-shape(circle(1.5))", "circle(1.5)"),
        ("values.echo-rights({can-read, can-execute})", "{can-read, can-execute}"),
        ("values.echo_bytes([1, 2, 255])", "[1, 2, 255]"),
        ("acme:plugin/values@0.1.0#echo-bool(true)", "true"),
        ("acme:plugin/values#echo-char('é')", "'é'"),
        ("state.bump", "1"),
    ],
)
def test_what_a_function_gives_is_printed(call: Call, function: str, printed: str | None) -> None:
    ended = call(function)
    assert (ended.code, ended.err) == (0, "")
    if printed is not None:
        assert ended.out == printed + "\n"


def test_a_text_can_be_printed_as_it_is(call: Call) -> None:
    ended = call("--raw", 'render("# \\"hi\\" ü")')
    assert ended.out == "<h1>&quot;hi&quot; ü</h1>\n"


def test_bytes_can_be_printed_as_they_are(call: Call) -> None:
    assert call("--raw", "values.make-bytes(5)").out == "\0\1\2\3\4"


def test_the_error_of_a_result_is_printed_and_exit_code_1(call: Call) -> None:
    ended = call("divide(1, 0)")
    assert (ended.code, ended.out) == (1, 'err("division by zero")\n')


def test_what_the_guest_prints_goes_to_standard_error(call: Call) -> None:
    ended = call('bad.print("printed")')
    assert (ended.out, ended.err) == ("", "printed\n")


def test_a_core_module_is_called_with_numbers(atoll: Atoll) -> None:
    ended = atoll("call", str(built("core-reactor")), "greeted()")
    assert (ended.code, ended.out) == (0, "0\n")


@pytest.mark.parametrize(
    ("function", "why"),
    [
        ("nothing()", "there is no such function"),
        ("add(1)", "add"),
        ("add(1, 2, 3)", "add"),
        ('add("x", 2)', "add"),
        ("add(1, 2", "it is no call"),
        ("", "it is no call"),
        ("counters.sum([1])", "cannot be written as text"),
    ],
)
def test_a_call_that_cannot_be_made_says_why(call: Call, function: str, why: str) -> None:
    ended = call(function, before=("--json",))
    assert ended.code == 1
    [problem] = json.loads(ended.err)["problems"]
    assert problem["code"] == "call-invalid"
    assert why in problem["message"] + (problem.get("hint") or "")


@pytest.mark.parametrize(
    ("option", "function", "code"),
    [
        ("--deadline=200ms", "bad.spin()", "limit-deadline"),
        ("--cpu-time=200ms", "bad.spin()", "limit-cpu"),
        ("--memory=16MiB", "bad.grow(100000000)", "limit-memory"),
        ("--fuel=100000", "bad.spin-for(1000000)", "limit-fuel"),
    ],
)
def test_limits_hold_for_the_call(call: Call, option: str, function: str, code: str) -> None:
    ended = call(option, function, before=("--json",))
    assert (ended.code, json.loads(ended.err.splitlines()[-1])["problems"][0]["code"]) == (1, code)


def test_a_host_function_is_called(call: Call) -> None:
    assert call("crm.fold(5)").out == "5\n"


def test_an_import_that_nobody_answers_says_how(atoll: Atoll) -> None:
    ended = atoll("call", str(built("rust-plugin")), "add(1, 2)")
    assert ended.code == 1
    assert "imports `acme:plugin/directory@0.1.0`: nobody provides it" in ended.err


@pytest.mark.parametrize("reference", ["nothing:Here", "json:nothing", "json", ":x"])
def test_an_object_that_is_not_there_is_refused(atoll: Atoll, reference: str) -> None:
    ended = atoll("call", "-i", f"a:b/c={reference}", str(built("rust-plugin")), "add(1, 2)")
    assert ended.code == 1
    assert "cannot be imported" in ended.err
