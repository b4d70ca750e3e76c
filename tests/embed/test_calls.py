"""An export is called as a Python function is; its result is a value or an exception."""

import pytest

import atoll
from atoll.capabilities.custom import WitError
from tests.embed.plugins import rust, small
from tests.support import built


def test_arguments_go_by_position_and_by_name() -> None:
    add = rust().add
    assert add(1, 2) == add(1, b=2) == add(a=1, b=2) == add(b=2, a=1) == add(*(1, 2)) == 3


@pytest.mark.parametrize(
    "given, named, words",
    [
        ((), {}, "add() missing 2 required arguments: 'a', 'b'"),
        ((1,), {}, "add() missing 1 required argument: 'b'"),
        ((), {"b": 1}, "add() missing 1 required argument: 'a'"),
        ((1, 2, 3), {}, "add() takes 2 arguments but 3 were given"),
        ((1,), {"a": 2}, "add() got multiple values for argument 'a'"),
        ((1, 2), {"b": 2}, "add() got multiple values for argument 'b'"),
        ((1, 2), {"c": 3}, "add() got an unexpected keyword argument 'c'"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_as_pythons_own(
    given: tuple[int, ...], named: dict[str, int], words: str
) -> None:
    with pytest.raises(TypeError) as raised:
        rust().add(*given, **named)
    assert str(raised.value) == words


def test_a_function_without_parameters_takes_none() -> None:
    plugin = small()
    assert plugin.nop() is None
    with pytest.raises(TypeError, match=r"nop\(\) takes 0 arguments but 1 were given"):
        plugin.nop(1)


def test_options_at_the_end_need_not_be_given() -> None:
    plugin = rust()
    assert plugin.greet() == plugin.greet(None) == plugin.greet(name=None) == "Hello, stranger!"
    assert plugin.greet("Anna") == plugin.greet(name="Anna") == "Hello, Anna!"
    assert plugin.values.echo_nested_option() is None


def test_names_that_python_keeps_for_itself_have_an_underscore_more() -> None:
    values = rust().values
    assert values.keywords("a", 2, True) == "a 2 true"
    assert values.keywords(from_="a", class_=2, is_ok=False) == "a 2 false"
    with pytest.raises(TypeError, match="unexpected keyword argument 'from'"):
        values.keywords("a", class_=2, is_ok=True, **{"from": 3})


def test_what_went_well_is_the_value_and_what_did_not_is_raised() -> None:
    plugin = rust()
    assert plugin.divide(1, 4) == 0.25
    with pytest.raises(atoll.GuestError) as raised:
        plugin.divide(1, 0)
    assert raised.value.payload == "division by zero"
    assert str(raised.value) == "division by zero"
    assert raised.value.__cause__ is None


def test_a_guests_error_is_not_the_users_and_can_be_caught_as_that_of_every_interface() -> None:
    assert issubclass(atoll.GuestError, WitError)
    assert not issubclass(atoll.GuestError, atoll.CallFailed)


def test_an_error_leaves_a_kept_instance_as_it_is() -> None:
    with rust().open() as instance:
        instance.state.bump()
        with pytest.raises(atoll.GuestError):
            instance.divide(1, 0)
        assert instance.is_open
        assert instance.state.bump() == 2


@pytest.mark.slow
def test_guests_in_other_languages_answer_as_well() -> None:
    plugin = atoll.load(built("python-plugin"))
    assert plugin.transform('{"a": [1, {"b": "c"}]}', "a.1.b") == '"c"'
    with pytest.raises(atoll.GuestError) as raised:
        plugin.transform("{", "a")
    assert raised.value.payload.startswith("this is not JSON")
    query = plugin.queries.Query("a.b", "[]", None, False)
    assert plugin.queries.run("{}", query) == "[]"
    slug = atoll.load(built("js-plugin")).slug
    assert slug.slugify("Crème brûlée!") == "creme-brulee"
    assert slug.parse("a=1&b=x+y") == [("a", "1"), ("b", "x y")]


def test_a_trap_names_the_crash_and_has_the_guests_stack() -> None:
    with pytest.raises(atoll.GuestTrap) as raised:
        rust().bad.trap()
    error = raised.value
    assert error.code == "guest-trapped"
    assert "unreachable" in error.message
    assert error.stack
    assert error.__notes__ == ["guest stack:\n" + "\n".join(f"  {n}: {one}" for n, one in enumerate(error.stack))]
    assert error.__cause__ is None


@pytest.mark.parametrize("call", ["trap()", "panic('oh no')", "overflow()", "exit(1)", "exit(0)"])
def test_a_guest_that_crashes_or_exits_does_not_take_its_host_along(call: str) -> None:
    plugin = rust()
    for _ in range(3):
        with pytest.raises(atoll.GuestTrap):
            eval(f"bad.{call}", {"bad": plugin.bad})
        assert plugin.add(1, 2) == 3


def test_failures_are_errors_of_users() -> None:
    from atoll.errors import CODES, UserError

    for failure in (atoll.GuestTrap, atoll.LimitExceeded, atoll.InstanceEnded):
        assert issubclass(failure, atoll.CallFailed)
    assert issubclass(atoll.CallFailed, UserError)
    assert {"guest-trapped", "instance-ended"} <= CODES.keys()


def test_a_function_can_be_kept_passed_on_and_called_later() -> None:
    add = rust().add
    assert [*map(add, [1, 2], [3, 4])] == [4, 6]
    assert {add: 1}[add] == 1
