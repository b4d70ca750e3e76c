"""What answers a guest's imports is checked when the plugin is loaded, everything at once."""

from typing import Any

import pytest

import atoll
from atoll.errors import AtollError, Problems, UserError
from tests.embed import wat
from tests.embed.plugins import Directory, Session, rust
from tests.support import built


def refused(**imports: object) -> AtollError:
    """How `rust-plugin` is refused with these answers."""
    names = {name.replace("_", ":", 1).replace("_", "/"): answer for name, answer in imports.items()}
    with pytest.raises(AtollError) as raised:
        atoll.load(built("rust-plugin"), imports=names)
    return raised.value


@pytest.mark.parametrize("name", ["acme:plugin/directory", "acme:plugin/directory@0.1.0"])
def test_an_import_may_be_named_with_its_version_or_without(name: str) -> None:
    plugin = atoll.load(built("rust-plugin"), imports={name: Directory()})
    assert plugin.crm.find("anna") == "Anna: 1234"


def test_an_import_that_nobody_answers_is_refused() -> None:
    assert refused().code == "guest-import-unknown"


@pytest.mark.parametrize("name", ["acme:plugin/directory@0.2.0", "acme:plugin/other", "directory", ""])
def test_an_answer_of_another_name_is_none(name: str) -> None:
    with pytest.raises(UserError) as raised:
        atoll.load(built("rust-plugin"), imports={name: Directory()})
    assert raised.value.code == "guest-import-unknown"


class Amiss:
    """Lacks a class, a method and a parameter, and has a parameter and something else too much."""

    def lookup(self) -> None:
        """Takes no name."""

    log_it = "a text"

    def apply(self, n: int, more: int) -> int:
        return n + more


def test_everything_that_does_not_fit_is_said_at_once() -> None:
    problems = refused(acme_plugin_directory=Amiss())
    assert isinstance(problems, Problems)
    assert {problem.code for problem in problems.problems} == {"import-mismatched"}
    said = problems.message
    for part in (
        "`lookup(name)` cannot be called as `Amiss.lookup() -> None`",
        "`log-it(line)` has no `log_it` in the object of `Amiss`",
        "`apply(n)` cannot be called as `Amiss.apply(n: int, more: int) -> int`",
        "`open-session(user)` has no `open_session` in the object of `Amiss`",
        "`[constructor]session(user)` has no `Session`",
        "`[method]session.user(self)` has no `Session`",
        "`[method]session.touch(self)` has no `Session`",
    ):
        assert part in said


class WithoutTouch(Directory):
    class Session:
        def __init__(self, user: str) -> None:
            """Has a user."""

        def user(self) -> str:
            return ""


def test_a_method_that_a_class_lacks_is_named() -> None:
    error = refused(acme_plugin_directory=WithoutTouch())
    assert isinstance(error, UserError)
    assert "`[method]session.touch(self)` has no `touch` in `Session`" in error.message


def test_the_hint_says_what_to_do_in_python() -> None:
    error = refused(acme_plugin_directory=WithoutTouch())
    assert "tool.atoll" not in (error.hint or "")


class Loose:
    """Takes anything."""

    Session = Session

    def lookup(self, *given: Any, **named: Any) -> Any:
        return {"name": given[0], "phone": None}

    def log_it(self, line: str = "", more: int = 3) -> None:
        """Has more, which need not be given."""

    apply = staticmethod(lambda n: n + 1)
    open_session = Session


class Counting:
    """Can be called, and is no function."""

    def __call__(self, n: int) -> int:
        return n + 10


def test_methods_need_no_more_than_to_be_callable_so() -> None:
    plugin = rust(Loose())
    assert plugin.crm.find("x") == "x: no phone"
    assert plugin.crm.visit("x") == "x 1, x 1"
    host = Directory()
    host.apply = Counting()  # type: ignore[method-assign]
    assert rust(host).crm.fold(2) == 20


def test_a_class_or_a_module_can_answer_too() -> None:
    class Static:
        @staticmethod
        def ring() -> None:
            rung.append("class")

    rung: list[str] = []
    atoll.load(wat.ringing(""), imports={wat.BELL: Static}).run()
    assert rung == ["class"]


def test_a_function_of_the_world_is_answered_by_a_function() -> None:
    plugin = atoll.load(built("c-plugin-calling"), imports={"apply": lambda n: n + 2})
    assert plugin.fold(5) == 10


def test_a_function_of_the_world_that_nobody_answers_is_refused() -> None:
    with pytest.raises(UserError) as raised:
        atoll.load(built("c-plugin-calling"))
    assert raised.value.code == "guest-import-unknown"
    assert "`apply`" in raised.value.message


@pytest.mark.parametrize("imports", [3, ["acme:plugin/directory"], {"acme:plugin/directory": None}, {3: Directory()}])
def test_imports_that_are_none_are_refused(imports: Any) -> None:
    with pytest.raises((TypeError, ValueError, AtollError)):
        atoll.load(built("rust-plugin"), imports=imports)


def test_a_plugin_that_was_refused_can_be_loaded_with_the_right_answers() -> None:
    refused(acme_plugin_directory=Amiss())
    assert rust().crm.fold(3) == 3
