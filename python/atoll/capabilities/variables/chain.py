"""Providers in their order: the first one that has a variable wins.

Spin's order is: what the command line gives, the providers of the runtime config file, the environment, and last the
defaults of the manifest. `layered` makes that chain.
"""

import asyncio
import inspect
from collections.abc import Iterable, Mapping

from atoll.capabilities.provider import Failed
from atoll.capabilities.variables.provider import BackendFailed, Undefined, Variables, checked
from atoll.capabilities.variables.providers.env import Env, EnvConfig
from atoll.capabilities.variables.providers.static import Static, StaticConfig


class Chain:
    """Asks its providers one after the other. It is a provider itself."""

    def __init__(self, providers: Iterable[Variables]) -> None:
        self._providers = tuple(providers)

    @classmethod
    def layered(
        cls,
        given: Mapping[str, str],
        providers: Iterable[Variables],
        environment: Variables | None = None,
        defaults: Mapping[str, str] | None = None,
    ) -> "Chain":
        """The chain in Spin's order; `environment` is by default the process's own, under `SPIN_VARIABLE_`."""
        last = Env(EnvConfig()) if environment is None else environment
        return cls([Static(StaticConfig(values=dict(given))), *providers, last, _defaults(defaults)])

    async def get(self, name: str) -> str | None:
        """The value of the first provider that has one; None if none has. Raises InvalidName or BackendFailed."""
        checked(name)
        for provider in self._providers:
            value = await _ask(provider, name)
            if value is not None:
                return value
        return None

    async def resolve(self, name: str) -> str:
        """The value. Raises Undefined when no provider has one, InvalidName or BackendFailed."""
        value = await self.get(name)
        if value is None:
            raise Undefined(f"no provider has a value for the variable `{name}`")
        return value

    async def close(self) -> None:
        """Close every provider that can be closed, also when one of them fails to."""
        closing = [close() for provider in self._providers if (close := getattr(provider, "close", None))]
        await asyncio.gather(*filter(inspect.isawaitable, closing), return_exceptions=True)


def _defaults(values: Mapping[str, str] | None) -> Static:
    return Static(StaticConfig(values=dict(values or {})))


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
