"""The functions of `extism:host/env` that need a host, and the call that they are asked in.

Blocks among a function's arguments are the host's from then on: it frees them. A result has its block before the
arguments are freed, since plug-ins free what they handed over as well, and must not free the result with it.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from atoll.capabilities.custom.modules import Caller
from atoll.extism import logs, requests
from atoll.extism.current import CurrentPlugin
from atoll.extism.errors import Error
from atoll.extism.functions import Function
from atoll.extism.kernel import ENV, Blocks

if TYPE_CHECKING:
    from atoll.extism.plugin import Plugin

ENTRY = 48
"""What a variable counts for beside the bytes of its name and value."""

TYPES = {
    "config_get": "(func (param i64) (result i64))",
    "var_get": "(func (param i64) (result i64))",
    "var_set": "(func (param i64 i64))",
    "http_request": "(func (param i64 i64) (result i64))",
    "http_status_code": "(func (result i32))",
    "http_headers": "(func (result i64))",
    "get_log_level": "(func (result i32))",
    "error_set": "(func (param i64))",
    **{f"log_{level}": "(func (param i64))" for level in logs.LEVELS},
}

ASKING = frozenset(TYPES) - {"http_status_code", "http_headers", "get_log_level", "error_set"}
"""Those that ask the kernel for something; `error_set` does so at most once a call."""


class Exited(Exception):
    """The guest ended itself; not an error where `code` is 0."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the guest exited with {code}")
        self.code = code


@dataclass(slots=True)
class Running:
    """A call, while it runs. `said` is the error that the guest has set, `output` what it had answered at its exit."""

    plugin: "Plugin"
    context: Any
    deadline: float
    outer: "Running | None" = None
    set_error: bool = False
    said: bytes | None = None
    output: bytes = b""

    def error(self, blocks: Blocks) -> bytes | None:
        """The error as it stands in the kernel now: None where none is set, empty where its block is gone."""
        offset = blocks.call("error_get")
        return blocks.read(offset, blocks.length(offset)) if offset else None


running: ContextVar[Running] = ContextVar("running")
"""The call that a host function is asked in."""


def _blocks(caller: Caller) -> Blocks:
    # The way to a module by its name, which `Caller` itself has no method for.
    return Blocks(caller._ask.func)  # type: ignore[attr-defined]


def answer(blocks: Blocks) -> bytes:
    """The output as it stands in the kernel now."""
    found: bytes = blocks.ask(ENV, "call-bytes", "answer")
    return found


class Environment:
    """What answers the imports of one library.

    `starting` is the plug-in that has its modules started now, one at a time: functions that are asked meanwhile are
    not told in which context.
    """

    def __init__(self) -> None:
        self.start = Lock()
        self.starting: Running | None = None

    def call(self) -> Running:
        """The call that asks."""
        found = running.get(None) or self.starting
        if found is None:
            raise RuntimeError("a host function was asked outside of a call")
        return found

    def config_get(self, caller: Caller, key: int) -> int:
        """A new block with what the config has under that name; 0 where it has nothing."""
        blocks = _blocks(caller)
        found = self.call().plugin.config.get(blocks.block(key, "config key").decode())
        made = blocks.new((found or "").encode())
        blocks.call("free", key)
        return made

    def var_get(self, caller: Caller, key: int) -> int:
        """The same for a variable."""
        blocks = _blocks(caller)
        made = blocks.new(self.call().plugin.variables.get(blocks.block(key, "var key").decode(), b""))
        blocks.call("free", key)
        return made

    def var_set(self, caller: Caller, key: int, value: int) -> None:
        """Set a variable, or remove it: value 0. Raises Error where there is no room for it."""
        blocks, plugin = _blocks(caller), self.call().plugin
        most = plugin.most_variables
        if most == 0:
            raise Error("Vars are disabled by this host")
        name = blocks.block(key, "var key").decode()
        if value:
            data = blocks.block(value, "var value")
            if plugin.variable_bytes() + len(name.encode()) + len(data) + ENTRY > most:
                raise Error("Variable store is full")
            plugin.variables[name] = data
            blocks.call("free", value)
        else:
            plugin.variables.pop(name, None)
        blocks.call("free", key)

    def http_request(self, caller: Caller, request: int, body: int) -> int:
        """A new block with what was answered. Raises Error for what is not allowed or fails."""
        blocks, call = _blocks(caller), self.call()
        plugin = call.plugin
        asked = requests.read(blocks.block(request, "http request"))
        sent = blocks.block(body, "http body") if body else None
        remaining = max(0.001, call.deadline - time.monotonic())
        plugin.status = 0
        answer = requests.send(asked, sent, plugin.hosts, plugin.most_response, remaining)
        plugin.status = answer.status
        made = blocks.new(answer.body)
        blocks.call("free", request)
        blocks.call("free", body)
        return made

    def error_set(self, caller: Caller, offset: int) -> None:
        """Remember the error besides: a trap may follow, and nothing can be read after one."""
        blocks, call = _blocks(caller), self.call()
        blocks.call("kernel_error_set", offset)
        call.set_error = True
        call.said = call.error(blocks)

    def proc_exit(self, caller: Caller, code: int) -> None:
        """WASI's: what was answered and said so far is what the call gives."""
        blocks, call = _blocks(caller), self.call()
        call.output = answer(blocks)
        call.said = call.error(blocks) if call.set_error else None
        raise Exited(code)

    def functions(self) -> dict[str, Callable[..., Any]]:
        """Those of `extism:host/env` by name."""
        return {
            "config_get": self.config_get,
            "var_get": self.var_get,
            "var_set": self.var_set,
            "http_request": self.http_request,
            "http_status_code": lambda: self.call().plugin.status,
            # Extism's package for Python gives none either.
            "http_headers": lambda: 0,
            "get_log_level": logs.level,
            "error_set": self.error_set,
            **{f"log_{level}": self._logger(number) for number, level in enumerate(logs.LEVELS)},
        }

    def hosted(self, function: Function) -> Callable[..., Any]:
        """A user's host function, as the data plane calls it."""

        def called(caller: Caller, *arguments: Any) -> Any:
            return function.answer(CurrentPlugin(_blocks(caller), self.call().context), arguments)

        return called

    def _logger(self, number: int) -> Callable[..., None]:
        def log(caller: Caller, message: int) -> None:
            blocks = _blocks(caller)
            if number >= logs.level():
                text = blocks.block(message, "log message").decode()
                logs.log(number, "extism::pdk", text, self.call().plugin.id)
            blocks.call("free", message)

        return log
