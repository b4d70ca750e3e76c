"""One sandbox of a plug-in: its modules and the kernel."""

from collections.abc import Callable
from typing import Any

from atoll import embed
from atoll.extism.cancelling import CancelHandle
from atoll.extism.compiled import CompiledPlugin
from atoll.extism.environment import Running, answer
from atoll.extism.kernel import Blocks


class Instance:
    """Starts when it is made, in a call. Once a call has ended badly it is not called again."""

    def __init__(self, compiled: CompiledPlugin, call: Running) -> None:
        library = compiled.library()
        self._library = library
        environment = compiled.environment
        with environment.start:
            environment.starting = call
            try:
                self._instance: embed.Instance = library.open()
            finally:
                environment.starting = None
        self._core: Any = self._instance._instance
        self.blocks = Blocks(self._core.ask)
        for module, name, arguments in compiled.starts():
            self._core.ask(module, "call", name, *arguments)

    @property
    def is_open(self) -> bool:
        """Whether it can be called."""
        is_open: bool = self._core.is_open
        return is_open

    def give(self, data: bytes) -> None:
        """Begin a call: no block is left but that of its input."""
        offset = self.blocks.call("begin", len(data))
        if not data:
            return
        if not offset:
            raise MemoryError
        self.blocks.write(offset, data)

    def call(self, name: str, handle: CancelHandle | None) -> Any:
        """Call a function of the main module."""
        if handle is None:
            return self._core.ask("", "call", name)
        return handle.run(self._awaited(name))

    def output(self) -> bytes:
        """What the call has answered."""
        return answer(self.blocks)

    def close(self) -> None:
        """End it."""
        self._instance.close()

    def _awaited(self, name: str) -> Callable[[], Any]:
        types: Any = self._library._types
        number = next(at for at, one in enumerate(types.world.description.functions) if one.name == name)
        function: Callable[[], Any] = types.core.function(number, self._core, True)
        return function
