"""22: variables that are asked for by names that are none, without end, and whose values look like something else."""

import asyncio
from operator import methodcaller

import pytest

import atoll
from atoll.errors import UserError
from tests.embed import doors
from tests.embed.loops import run
from tests.hostile.embed.harm import harmless
from tests.hostile.embed.ways import ends

SECRET = "of the host, and of no guest"
NAMES = [
    "",
    "../a",
    "a b",
    "UPPER",
    "a\0b",
    "{{ password }}",
    "password",
    "__proto__",
    "a" * (1 << 20),
    "\u00e9" * 1_000,
]
GRANTED = {"a": "{{ password }}", "b": "x" * 1_000_000}


def guest(**limits: object) -> atoll.Plugin:
    return atoll.load(
        doors.VARIABLES,
        grants=atoll.Grants(variables=GRANTED, env={"PASSWORD": SECRET}),
        limits=atoll.Limits(**{"time": 20, "memory": "32MiB", **limits}),  # type: ignore[arg-type]
    )


@pytest.mark.slow
def test_no_name_leads_to_another_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither to one of the environment, nor of this process."""
    monkeypatch.setenv("SPIN_VARIABLE_PASSWORD", SECRET)
    plugin = guest()
    with harmless(), plugin.open() as instance:
        for name in NAMES:
            for asked in (plugin, instance):
                try:
                    assert asked.get(name) is None
                except atoll.GuestError as error:
                    assert SECRET not in str(error)
                    assert len(str(error)) < 1_000
        assert instance.is_open


def test_a_value_is_no_template_and_no_more_than_was_granted() -> None:
    with guest().open() as instance:
        assert instance.get("a") == "{{ password }}"
        assert dict(instance.get_all()) == GRANTED


@pytest.mark.slow
def test_values_are_held_to_the_memory_of_the_guest_that_asks() -> None:
    with harmless():
        with pytest.raises(atoll.CallFailed):
            guest(memory="512KiB").get_all()
        with pytest.raises(atoll.CallFailed):
            guest(memory="512KiB").get("b")


@pytest.mark.slow
def test_a_name_of_any_length_is_held_to_the_limit_of_a_host_call() -> None:
    with harmless():
        ends(
            guest(host_call_bytes="64KiB"),
            methodcaller("get", "a" * 100_000),
            "limit-host-call-bytes",
            "65536 bytes; `atoll.Limits(host_call_bytes=…)` raises it",
        )


@pytest.mark.slow
def test_questions_without_end_hold_up_nobody() -> None:
    plugin = guest()

    async def main() -> None:
        with plugin.open() as instance:
            for _ in range(200):
                assert await instance.aio.get("a") == "{{ password }}"
        asked = [plugin.aio.get("a") for _ in range(500)]
        assert set(await asyncio.gather(*asked)) == {"{{ password }}"}

    with harmless():
        run(main)


@pytest.mark.parametrize("name", ["", "A", "a-b", "_a", "a__b", "\u00e9", "a" * 10 + "\0"])
def test_a_variable_that_nobody_could_ask_for_is_not_granted(name: str) -> None:
    with pytest.raises(UserError) as raised:
        atoll.Grants(variables={name: "x"})
    assert raised.value.code == "grant-invalid"
