"""The order in which providers are asked, and what becomes of what they raise."""

import asyncio
import time

import pytest

from atoll.capabilities.variables import PROVIDERS, BackendFailed, Chain, InvalidName, Undefined
from atoll.capabilities.variables.conformance import conforms
from atoll.capabilities.variables.providers.static import Static, StaticConfig
from tests.capabilities.variables.values import CANARY, KNOWN

pytestmark = pytest.mark.anyio


def static(**values: str) -> Static:
    return Static(StaticConfig(values=values))


class Raising:
    """A provider that says its secret when it fails."""

    async def get(self, name: str) -> str | None:
        raise RuntimeError(f"token {CANARY} was refused")


class Slow:
    """A provider without `async`, as somebody may write it."""

    closed = False

    def get(self, name: str) -> str | None:
        time.sleep(0.1)
        return "slow"

    def close(self) -> None:
        self.closed = True


async def test_a_chain_conforms() -> None:
    await conforms(Chain([static(greeting="hello"), static(**KNOWN)]), KNOWN)


async def test_the_command_line_wins_then_providers_in_order_then_the_environment_then_defaults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPIN_VARIABLE_A", "environment")
    layers = [{"e": "given"}, {"d": "first", "e": "first"}, {"c": "second", "d": "second", "e": "second"}]
    monkeypatch.setenv("SPIN_VARIABLE_B", "environment")
    monkeypatch.setenv("SPIN_VARIABLE_C", "environment")
    defaults = {"a0": "default", "a": "default", "e": "default"}
    chain = Chain.layered(layers[0], [static(**layer) for layer in layers[1:]], defaults=defaults)
    answers = [await chain.resolve(name) for name in ("a0", "a", "b", "c", "d", "e")]
    assert answers == ["default", "environment", "environment", "second", "first", "given"]


async def test_what_nobody_has_is_undefined() -> None:
    assert await Chain([]).get("name") is None
    with pytest.raises(Undefined, match="`name`") as raised:
        await Chain([]).resolve("name")
    assert raised.value.case == "undefined"


async def test_a_name_that_is_none_is_refused_before_anyone_is_asked() -> None:
    with pytest.raises(InvalidName) as raised:
        await Chain([Raising()]).resolve("../name")
    assert raised.value.case == "invalid-name"


async def test_an_error_ends_the_chain_and_says_nothing_of_its_text() -> None:
    with pytest.raises(BackendFailed, match="RuntimeError") as raised:
        await Chain([Raising(), static(name="later")]).get("name")
    assert raised.value.case == "provider"
    assert CANARY not in repr(raised.value)


async def test_an_answer_that_is_no_text_is_a_failure() -> None:
    class Numbers:
        async def get(self, name: str) -> str | None:
            return 7  # type: ignore[return-value]

    with pytest.raises(BackendFailed, match="int"):
        await Chain([Numbers()]).get("name")


async def test_a_provider_that_waits_holds_up_nobody() -> None:
    begun = time.monotonic()
    assert await asyncio.gather(*(Chain([Slow()]).get("name") for _ in range(4))) == ["slow"] * 4
    assert time.monotonic() - begun < 0.35


async def test_closing_a_chain_closes_its_providers() -> None:
    slow = Slow()
    await Chain([Static(StaticConfig()), slow]).close()
    assert slow.closed


async def test_every_named_provider_can_be_imported() -> None:
    for path in PROVIDERS.values():
        module, _, name = path.partition(":")
        assert hasattr(getattr(__import__(module, fromlist=[name]), name), "Config")
