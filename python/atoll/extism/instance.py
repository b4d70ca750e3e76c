"""One sandbox of a plug-in: its modules and the kernel."""

from collections.abc import Callable
from typing import Any

from atoll import embed
from atoll.extism.compiled import CompiledPlugin
from atoll.extism.environment import Running
from atoll.extism.front import exported
from atoll.extism.kernel import Blocks

SMALL = 1 << 15
"""Bytes of input for which the kernel's first page has room."""


class Instance:
    """Starts when it is made, in a call. Once a call has ended badly it is not called again."""

    def __init__(self, compiled: CompiledPlugin, call: Running) -> None:
        library = compiled.library()
        self._library = library
        environment = compiled.environment
        with environment.start:
            environment.starting = call
            try:
                self.kept: embed.Instance = library.open()
            finally:
                environment.starting = None
        self._core: Any = self.kept._instance
        self.blocks = Blocks(self._core.ask)
        self._functions: dict[str, Callable[[bytes], bytes]] = {}
        for module, name, arguments in compiled.starts():
            self._core.ask(module, "call", name, *arguments)

    @property
    def is_open(self) -> bool:
        """Whether it can be called."""
        is_open: bool = self._core.is_open
        return is_open

    def call(self, name: str, data: bytes) -> bytes:
        """Call a function of the main module; what it has answered.

        Raises MemoryError where there is no room for `data`.
        """
        if len(data) > SMALL and not self.blocks.call("reserve", len(data)):
            raise MemoryError
        function = self._functions.get(name)
        if function is None:
            function = self._functions[name] = self._function(name)
        return function(data)

    def close(self) -> None:
        """End it."""
        self.kept.close()

    def _function(self, name: str) -> Callable[[bytes], bytes]:
        types: Any = self._library._types
        wanted = exported(name)
        number = next(at for at, one in enumerate(types.world.description.functions) if one.name == wanted)
        function: Callable[[bytes], bytes] = types.core.function(number, self._core, False, True)
        return function
