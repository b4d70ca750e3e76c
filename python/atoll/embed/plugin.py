"""A plugin, and an instance of it."""

from hashlib import sha256
from typing import Any, Self

from atoll.embed.scope import WorldScope
from atoll.embed.types import Types
from atoll.host.core import calling


class Instance(WorldScope):
    """One sandbox that is kept: its calls take turns and see what earlier ones left. `with` closes it."""

    def __init__(self, types: Types, core: Any) -> None:
        super().__init__(types, core, False)

    @property
    def aio(self) -> WorldScope:
        """The same instance, whose functions give awaitables."""
        scope = WorldScope(self._types, self._instance, True)
        self.__dict__["_aio"] = scope
        return scope

    @property
    def is_open(self) -> bool:
        """Whether it can be called: it was not closed, and no call of it ended badly."""
        is_open: bool = self._instance.is_open
        return is_open

    def close(self) -> None:
        """End it. A call that runs comes to its end first."""
        self._instance.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Plugin(WorldScope):
    """A component, compiled and linked with what it was granted. Each call has a sandbox of its own."""

    def __init__(self, name: str, wasm: bytes, types: Types) -> None:
        super().__init__(types, None, False)
        self._name = name
        self._wasm = wasm

    def __repr__(self) -> str:
        return f"<plugin {self._name}>"

    @property
    def aio(self) -> WorldScope:
        """The same plugin, whose functions give awaitables."""
        return WorldScope(self._types, None, True)

    @property
    def digest(self) -> str:
        """`sha256:` and the digest of its wasm."""
        return f"sha256:{sha256(self._wasm).hexdigest()}"

    @property
    def world(self) -> str:
        """Its WIT."""
        with calling() as module:
            text: str = module.wit(self._wasm)
        return text

    def open(self) -> Instance:
        """An instance that is kept until it is closed. Raises what a call can raise."""
        return Instance(self._types, self._types.core.open())
