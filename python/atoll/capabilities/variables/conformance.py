"""What every provider of variables must hold; for the tests of whoever writes one.

    async def test_mine_conforms() -> None:
        await conforms(provider, {"greeting": "hello", "password": "…"})

`known` are variables that the provider has been given, two or more of them, `password` among them.
"""

import asyncio
from collections.abc import Mapping

from atoll.capabilities.conformance import settled
from atoll.capabilities.provider import Failed
from atoll.capabilities.variables.provider import InvalidName, Variables

HOSTILE = (
    "",
    "../password",
    "..",
    "password/",
    "password?version=1",
    "pass\0word",
    "%2e%2e",
    "PASSWORD",
    "pass word",
    "\ud800",
    "é",
    "x" * 100_000,
    "_password",
)
"""Names that no variable can have."""


async def conforms(provider: Variables, known: Mapping[str, str]) -> None:
    """Every check, one after the other. Raises AssertionError at the first that does not hold."""
    await has_what_it_was_given(provider, known)
    await does_not_have_what_it_was_not_given(provider)
    await answers_many_at_once(provider, known)
    await gives_nothing_for_a_hostile_name(provider)
    await says_nothing_of_its_values(provider, known)


async def ask(provider: Variables, name: str) -> str | None:
    """The answer of a provider with or without `async`."""
    return await settled(provider.get(name))


async def has_what_it_was_given(provider: Variables, known: Mapping[str, str]) -> None:
    """Each value comes back as it was given, the second time as well."""
    for name, value in [*known.items(), *known.items()]:
        assert await ask(provider, name) == value, f"`{name}` is not what it was given as"


async def does_not_have_what_it_was_not_given(provider: Variables) -> None:
    """A variable that it does not have is None, so that the next provider is asked."""
    assert await ask(provider, "nobody_has_this") is None
    assert await ask(provider, "nobody_has_this") is None


async def answers_many_at_once(provider: Variables, known: Mapping[str, str]) -> None:
    """Concurrent questions do not get each other's answers."""
    names = [*known, "nobody_has_this"] * 25
    answers = await asyncio.gather(*(ask(provider, name) for name in names))
    assert answers == [known.get(name) for name in names]


async def gives_nothing_for_a_hostile_name(provider: Variables) -> None:
    """A name that is none is refused or unknown; it never reaches another secret."""
    for name in HOSTILE:
        try:
            assert await ask(provider, name) is None, f"a value for {name[:20]!r}"
        except InvalidName as refused:
            assert len(str(refused)) < 1000


async def says_nothing_of_its_values(provider: Variables, known: Mapping[str, str]) -> None:
    """The text of the provider, and of what it raises, holds no value."""
    texts = [repr(provider), str(provider)]
    for name in (*known, "nobody_has_this", *HOSTILE):
        try:
            await ask(provider, name)
        except Failed as failed:
            texts += [str(failed), repr(failed)]
    assert not [name for name, value in known.items() if any(value in text for text in texts)]
