"""The order in which providers are asked, and what becomes of what they raise."""

import asyncio
import time

import pytest

from atoll.capabilities.provider import Place
from atoll.capabilities.registry import Named
from atoll.capabilities.variables import PROVIDERS, BackendFailed, Chain, InvalidName
from atoll.capabilities.variables.chain import NamedChain, NamedConfig
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


async def test_the_first_provider_that_has_a_variable_wins() -> None:
    chain = Chain([static(a="first"), static(a="second", b="second")])
    assert [await chain.get(name) for name in ("a", "b", "c")] == ["first", "second", None]


async def test_a_chain_is_told_to_another_process_without_its_values_in_any_text(place: Place) -> None:
    values = [{"name": CANARY}, {"name": "later", "other": "later"}]
    named = [
        Named(provider=PROVIDERS["static"], config={"values": each}, label="", folder="", state="") for each in values
    ]
    chain = NamedChain(NamedConfig(providers=named), place)
    assert [await chain.get("name"), await chain.get("other")] == [CANARY, "later"]
    assert CANARY not in repr(named) + repr(NamedConfig(providers=named))


async def test_a_name_that_is_none_is_refused_before_anyone_is_asked() -> None:
    with pytest.raises(InvalidName) as raised:
        await Chain([Raising()]).get("../name")
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
