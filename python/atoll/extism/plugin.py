"""Plug-ins, and how their calls end."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid4

from atoll.embed.failures import CallFailed
from atoll.errors import AtollError
from atoll.extism import logs
from atoll.extism.cancelling import CancelHandle, Cancelled
from atoll.extism.compiled import CompiledPlugin, sentence
from atoll.extism.endings import TRAPPED, ended, told
from atoll.extism.environment import Running, running
from atoll.extism.errors import Error
from atoll.extism.functions import HOST_FN_REGISTRY, Function
from atoll.extism.instance import Instance
from atoll.extism.requests import MOST_BYTES
from atoll.extism.variables import MOST_BYTES as MOST_VARIABLES
from atoll.extism.variables import Variables

_START = "_start"


class Plugin:
    """A plug-in in a sandbox of its own, which is kept from call to call.

    plugin: a manifest (a dict, JSON or TOML), a module (binary or text), a path to either, or a CompiledPlugin, of
    which `wasi` and `functions` then are.
    wasi: whether WASI answers; folders are those of the manifest.
    config: merged over the manifest's; None removes a key. If a value is no text, all of it is left out, as in extism.
    functions: host functions; by default each that was decorated with `host_fn` so far.

    Its calls take turns, from any number of threads. Raises Error for what cannot be loaded, linked or started.
    """

    def __init__(
        self,
        plugin: str | bytes | CompiledPlugin | dict[str, Any],
        wasi: bool = False,
        config: Any = None,
        functions: list[Function] | None = HOST_FN_REGISTRY,
    ) -> None:
        self.id: UUID = uuid4()
        self._compiled = plugin if isinstance(plugin, CompiledPlugin) else CompiledPlugin(plugin, wasi, functions)
        manifest = self._compiled.manifest
        self.config = _merged(manifest.config, config)
        self.variables = Variables(_or(manifest.memory.max_var_bytes, MOST_VARIABLES))
        self.hosts = manifest.allowed_hosts or []
        self.status = 0
        self.most_response = _or(manifest.memory.max_http_response_bytes, MOST_BYTES)
        self._turn = threading.Lock()
        self._handle = CancelHandle()
        self._instance: Instance | None = None
        self._is_closed = False
        self._begin()

    def call(
        self,
        function_name: str,
        data: str | bytes,
        parse: Callable[[bytes], Any] | None = bytes,
        host_context: Any = None,
    ) -> Any:
        """Call an export with these bytes; what `parse` makes of its output.

        `host_context` is what host functions get of `CurrentPlugin.host_context()`. Raises Error: with the guest's own
        text if it set one, `timeout`, `oom`, or what else ended the call. What ends a thread (KeyboardInterrupt,
        SystemExit) goes through.
        """
        given = data.encode() if isinstance(data, str) else data
        if not isinstance(given, bytes):
            raise TypeError(f"data is str or bytes, not {type(data).__name__}")
        outer = running.get(None)
        call = Running(self, host_context, time.monotonic() + self._compiled.seconds, outer)
        while outer is not None:
            if outer.plugin is self:
                raise Error("the plug-in is called by one of its own host functions, for which it waits")
            outer = outer.outer
        with self._turn:
            if self._is_closed:
                raise TypeError("the plug-in was closed")
            output = self._logged(function_name, given, call)
        return output if parse is None else parse(output)

    def function_exists(self, name: str) -> bool:
        """Whether an export of that name takes nothing and gives nothing or an i32."""
        return self._compiled.results.get(name) in ("", "i32")

    def cancel_handle(self) -> CancelHandle:
        """What ends its running call, from any thread."""
        return self._handle

    def close(self) -> None:
        """End it, once its running call has ended. Twice does nothing."""
        with self._turn:
            self._is_closed = True
            self._drop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _begin(self) -> None:
        """Start, if that may be: a plug-in whose memory is too large at first fails in its calls, as in extism."""
        call = Running(self, None, time.monotonic() + self._compiled.seconds, running.get(None))
        token = running.set(call)
        try:
            self._compiled.library()
            if self._compiled.fits:
                self._instance = Instance(self._compiled, call)
        except (Error, AtollError) as error:
            cause = error.__cause__ or error
            raise Error(f"Unable to create Extism plugin: {sentence(error)}", TRAPPED) from cause
        finally:
            running.reset(token)

    def _logged(self, name: str, data: bytes, call: Running) -> bytes:
        token = running.set(call)
        try:
            return self._called(name, data, call)
        except Error as error:
            logs.log(4, "extism::plugin", f"call to {name} encountered an error: {error}", self.id)
            raise
        finally:
            running.reset(token)

    def _called(self, name: str, data: bytes, call: Running) -> bytes:
        if name not in self._compiled.results:
            raise self._compiled.refusal(name)
        if not self._compiled.fits:
            raise Error("oom")
        self._handle.begins(call)
        try:
            instance = self._ready(call)
            self._handle.enters(call, instance.kept)
            output = instance.call(name, data)
            if call.code or call.set_error:
                said = call.error(instance.blocks) if call.set_error else None
                if said is not None or call.code:
                    raise told(said, call.code)
            return output
        except MemoryError as failed:
            raise Error("oom") from failed
        except (CallFailed, Cancelled) as failed:
            self._drop()
            return ended(failed, call)
        except (KeyboardInterrupt, SystemExit):
            self._drop()
            raise
        finally:
            self._handle.ends()
            if name == _START:
                self.variables.clear()
            # One that was cancelled may have come to its end all the same; its sandbox has not heard of that yet.
            if name == _START or call.is_cancelled:
                self._drop()

    def _ready(self, call: Running) -> Instance:
        if self._instance is None or not self._instance.is_open:
            self._instance = Instance(self._compiled, call)
        return self._instance

    def _drop(self) -> None:
        if self._instance is not None:
            self._instance.close()
            self._instance = None


def _merged(config: dict[str, str], over: Any) -> dict[str, str]:
    is_plain = isinstance(over, dict) and all(isinstance(key, str) for key in over)
    if not is_plain or not all(value is None or isinstance(value, str) for value in over.values()):
        return dict(config)
    merged = {**config, **over}
    return {key: value for key, value in merged.items() if value is not None}


def _or(given: int | None, default: int) -> int:
    return default if given is None else given
