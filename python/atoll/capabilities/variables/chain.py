"""Providers in their order: the first one that has a variable wins.

Spin's order is: what the command line gives, the providers of the runtime config file, the environment, and last the
defaults of the manifest. Whatever of it is known when an app starts is filled in then; `Chain` is asked for the rest.
"""

import asyncio
import inspect
from collections.abc import Iterable
from typing import ClassVar

from msgspec import Struct, field

from atoll.capabilities import registry
from atoll.capabilities.provider import Failed, Place
from atoll.capabilities.registry import Named
from atoll.capabilities.variables.discreet import Discreet
from atoll.capabilities.variables.provider import BackendFailed, Variables, checked


class Chain:
    """Asks its providers one after the other. It is a provider itself."""

    def __init__(self, providers: Iterable[Variables]) -> None:
        self._providers = tuple(providers)

    async def get(self, name: str) -> str | None:
        """The value of the first provider that has one; None if none has. Raises InvalidName or BackendFailed."""
        checked(name)
        for provider in self._providers:
            value = await _ask(provider, name)
            if value is not None:
                return value
        return None

    async def close(self) -> None:
        """Close every provider that can be closed, also when one of them fails to."""
        closing = [close() for provider in self._providers if (close := getattr(provider, "close", None))]
        await asyncio.gather(*filter(inspect.isawaitable, closing), return_exceptions=True)


class NamedConfig(Discreet, kw_only=True):
    """The providers in their order."""

    providers: list[Named] = field(default_factory=list)


class NamedChain(Chain):
    """A chain as one process tells it to another."""

    Config: ClassVar[type[Struct]] = NamedConfig

    def __init__(self, config: NamedConfig, place: Place) -> None:
        super().__init__([registry.make(one) for one in config.providers])


async def _ask(provider: Variables, name: str) -> str | None:
    """One provider's answer. Of what it raises beyond the room's errors only the class is told: its text is its own."""
    try:
        waits = not inspect.iscoroutinefunction(provider.get) and not getattr(provider, "quick", False)
        answer = await asyncio.to_thread(provider.get, name) if waits else provider.get(name)
        value = await answer if inspect.isawaitable(answer) else answer
    except Failed:
        raise
    except Exception as error:
        raise BackendFailed(f"the provider of variables failed with {type(error).__name__}") from None
    if value is None or isinstance(value, str):
        return value
    raise BackendFailed(f"the provider of variables answered with {type(value).__name__} instead of a string")
