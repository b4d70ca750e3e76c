"""A plugin, and an instance of it."""

from functools import partial
from typing import Any, Self

from atoll.capabilities.custom.modules import Global, Memory
from atoll.embed.scope import WorldScope
from atoll.embed.types import Types
from atoll.embed.wasm import Wasm


class Instance(WorldScope):
    """One sandbox that is kept: its calls take turns and see what earlier ones left. `with` closes it.

    What the guest exports are attributes, as with `Plugin`; of a core module its memories (`Memory`) and globals
    (`Global`), too. Raises InstanceEnded for calls after it was closed, or after a call that ended badly.
    """

    def __init__(self, types: Types, core: Any) -> None:
        super().__init__(types, core, False)

    @property
    def aio(self) -> WorldScope:
        """The same instance, whose functions give awaitables.

        To cancel one ends the instance; where the world is asynchronous, the call runs on in it, unheard.
        """
        scope = WorldScope(self._types, self._instance, True)
        self.__dict__["_aio"] = scope
        return scope

    @property
    def is_open(self) -> bool:
        """Whether it can be called: it was not closed, and no call of it ended badly."""
        is_open: bool = self._instance.is_open
        return is_open

    def _found(self, name: str) -> Any:
        described = self._types.world.description
        if name in described.memories:
            return Memory(partial(self._instance.ask, ""), name)
        if name in dict(described.globals):
            return Global(partial(self._instance.ask, ""), name, dict(described.globals)[name])
        return super()._found(name)

    def _names(self) -> list[str]:
        described = self._types.world.description
        return [*super()._names(), *described.memories, *(name for name, _ in described.globals)]

    def interrupt(self) -> bool:
        """End what runs in it, from any thread, and the instance with it; whether something ran.

        Whoever waits for a call of it gets InstanceEnded. A host function that runs on a thread comes to its end first.
        Where nothing runs, nothing happens.
        """
        ran: bool = self._instance.interrupt()
        return ran

    def close(self) -> None:
        """End it. A call that runs comes to its end first. Twice does nothing."""
        self._instance.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Plugin(WorldScope):
    """A component, compiled and linked with what it was granted. Each call has a sandbox of its own.

    What it exports are attributes: functions of its world, classes of its types, and interfaces by their short names.
    Calls take and give Python's values. Any number of threads and event loops can call at once. Raises GuestError for
    the error of a `result`, GuestTrap and LimitExceeded for a call that did not come to its own end, TypeError for
    arguments that do not fit, with the place: `people[3].age`.
    """

    def __init__(self, name: str, wasm: Wasm, types: Types) -> None:
        super().__init__(types, None, False)
        self._name = name
        self._wasm = wasm

    def __repr__(self) -> str:
        return f"<plugin {self._name}>"

    @property
    def aio(self) -> WorldScope:
        """The same plugin, whose functions give awaitables. To cancel one ends its call, and no other."""
        return WorldScope(self._types, None, True)

    @property
    def digest(self) -> str:
        """`sha256:` and the digest of its wasm."""
        return self._wasm.digest

    @property
    def world(self) -> str:
        """Its WIT. Raises UserError where it has none: core modules, and files that have changed since."""
        return self._wasm.wit.text

    def _instead(self, name: str) -> str:
        described = self._types.world.description
        if name in described.memories or name in dict(described.globals):
            return f"each call has its own; `open()` gives an instance that has `{name}`"
        return super()._instead(name)

    def open(self) -> Instance:
        """An instance that is kept until it is closed. Raises CallFailed where its start is ended, or crashes."""
        return Instance(self._types, self._types.core.open())
