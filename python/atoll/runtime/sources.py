"""Where a run's variables come from: what the providers know at its start, and who is asked while it runs."""

from collections.abc import Collection
from typing import Any

from atoll.capabilities import registry
from atoll.capabilities.provider import Failed, close
from atoll.capabilities.registry import Named
from atoll.errors import UserError
from atoll.manifest.variables import Layer, Settled
from atoll.runtime.backends import Chosen, Folders, named

_CHAIN = "atoll.capabilities.variables.chain:NamedChain"
_STATIC = "atoll.capabilities.variables.providers.static:Static"


class Sources:
    """The providers of the runtime config, in its order."""

    def __init__(self, chosen: list[Chosen], folders: Folders) -> None:
        self._named = [named(one.reference or "", one.config, "", folders) for one in chosen]
        self._folders = folders

    def layers(self, names: Collection[str]) -> list[Layer]:
        """What each provider has of these variables; None for one that is to be asked while the app runs.

        Raises UserError for one that cannot be made, or cannot be read.
        """
        return [self._layer(one, names) for one in self._named]

    def asked(self, settled: Settled) -> Named | None:
        """The chain that is asked for what is not known at the start; None where everything is."""
        if not settled.asked:
            return None
        later = iter(one for one in self._named if not _is_settled(one))
        chain = [next(later) if layer is None else self._static(layer) for layer in settled.beside() if layer != {}]
        return self._chain(chain)

    def _layer(self, one: Named, names: Collection[str]) -> Layer:
        if not _is_settled(one):
            return None
        return read_now(self._chain([one]), names) if names else {}

    def _chain(self, providers: list[Named]) -> Named:
        return self._own(_CHAIN, {"providers": providers})

    def _static(self, values: dict[str, str]) -> Named:
        return self._own(_STATIC, {"values": values})

    def _own(self, provider: str, config: dict[str, Any]) -> Named:
        folders = self._folders
        return Named(provider=provider, config=config, label="", folder=str(folders.config), state=str(folders.state))


def read_now(chain: Named | None, names: Collection[str], needed: str = "") -> dict[str, str]:
    """The values of variables that have to be known at the start; those that nobody has are left out.

    Raises UserError: `runtime-config-invalid` if the chain cannot be made, `provider-failed` for a value that cannot be
    read, with the words of who `needed` it.
    """
    if chain is None:
        return {}
    # Most apps have no variables, and start the sooner without it.
    import asyncio

    return asyncio.run(_read(_made(chain), sorted(names), needed))


async def _read(chain: Any, names: list[str], needed: str) -> dict[str, str]:
    try:
        found = {name: await _value(chain, name, needed) for name in names}
    finally:
        await close(chain)
    return {name: value for name, value in found.items() if value is not None}


async def _value(chain: Any, name: str, needed: str) -> str | None:
    try:
        value: str | None = await chain.get(name)
    except Failed as error:
        raise UserError("provider-failed", f"the variable `{name}`{needed} cannot be read: {error}") from None
    return value


def _is_settled(one: Named) -> bool:
    return bool(getattr(registry.find(one.provider), "settled", False))


def _made(chain: Named) -> Any:
    try:
        return registry.make(chain)
    except (ImportError, ValueError) as error:
        raise UserError("runtime-config-invalid", f"the provider of variables cannot be made: {error}") from None
