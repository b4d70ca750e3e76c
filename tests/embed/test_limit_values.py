"""What a limit may be: seconds or a text with a unit, bytes or a text with a unit, a count."""

import dataclasses
from typing import Any

import pytest

import atoll
from atoll.embed.limits import locked
from atoll.errors import UserError


@pytest.mark.parametrize(
    "given, key, value",
    [
        ({"time": 2}, "deadline_ms", 2_000),
        ({"time": 0.25}, "deadline_ms", 250),
        ({"time": "250ms"}, "deadline_ms", 250),
        ({"time": "1.5s"}, "deadline_ms", 1_500),
        ({"time": "2m"}, "deadline_ms", 120_000),
        ({"cpu": 3}, "cpu_ms", 3_000),
        ({"memory": 65_536}, "memory_bytes", 65_536),
        ({"memory": "32MiB"}, "memory_bytes", 32 << 20),
        ({"memory": "1kB"}, "memory_bytes", 1_000),
        ({"table_elements": 1}, "table_elements", 1),
        ({"handles": 7}, "handles", 7),
        ({"host_call_bytes": "1.5KiB"}, "host_call_bytes", 1_536),
        ({"log_bytes": 0}, "log_bytes", 0),
    ],
)
def test_a_limit_is_read(given: dict[str, Any], key: str, value: int) -> None:
    assert locked(atoll.Limits(**given))[key] == value


@pytest.mark.parametrize("name", ["time", "cpu", "memory", "table_elements", "handles", "host_call_bytes"])
@pytest.mark.parametrize(
    "value", [0, -1, True, "x", "", "-1s", "5 lightyears", [1], float("nan"), float("inf"), 1 << 70]
)
def test_a_value_that_is_none_is_refused(name: str, value: Any) -> None:
    with pytest.raises(UserError) as raised:
        atoll.Limits(**{name: value})
    assert raised.value.code == "limit-invalid"
    assert raised.value.message.startswith(f"Limits({name}={value!r}): ")


@pytest.mark.parametrize(
    "name, value",
    [
        ("time", "32MiB"),
        ("time", "5"),
        ("time", "1.0001ms"),
        ("cpu", "1 sec"),
        ("fuel", 0),
        ("fuel", 1.5),
        ("fuel", True),
        ("fuel", "1k"),
        ("memory", "1s"),
        ("memory", "1.5"),
        ("memory", 1.5),
        ("memory", "0.3B"),
        ("table_elements", "5"),
        ("handles", 2.5),
        ("handles", 1 << 32),
        ("log_bytes", -1),
    ],
)
def test_a_unit_that_it_does_not_have_is_refused(name: str, value: Any) -> None:
    with pytest.raises(UserError) as raised:
        atoll.Limits(**{name: value})
    assert raised.value.code == "limit-invalid"


def test_the_message_speaks_of_the_name_that_was_written() -> None:
    for name in ("time", "cpu"):
        with pytest.raises(UserError) as raised:
            atoll.Limits(**dict[str, Any]({name: "0ms"}))
        assert f"`{name}`" in raised.value.message
        assert "deadline" not in raised.value.message


def test_a_limit_that_there_is_not_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="fuel_of_stars"):
        atoll.Limits(fuel_of_stars=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        atoll.Limits(3)  # type: ignore[call-arg]


def test_values_offer_nothing_that_is_not_theirs() -> None:
    public = {name for cls in (atoll.Limits, atoll.Grants, atoll.Quotas, atoll.Configuration) for name in dir(cls())}
    fields = {
        field.name
        for cls in (atoll.Limits, atoll.Grants, atoll.Quotas, atoll.Configuration)
        for field in dataclasses.fields(cls)
    }
    assert {name for name in public if not name.startswith("_")} == fields


def test_limits_are_values() -> None:
    assert atoll.Limits(time=1) == atoll.Limits(time=1) != atoll.Limits(time=2)
    assert len({atoll.Limits(), atoll.Limits()}) == 1
    with pytest.raises(AttributeError):
        atoll.Limits().time = 3  # type: ignore[misc]
    assert "time=1" in repr(atoll.Limits(time=1))
