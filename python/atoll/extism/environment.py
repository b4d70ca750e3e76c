"""The functions of `extism:host/env` that need a host, and the call that they are asked in.

Blocks among a function's arguments are the host's from then on: it frees them. A result has its block before the
arguments are freed, since plug-ins free what they handed over as well, and must not free the result with it.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass
from inspect import Signature, signature
from threading import Lock
from types import CodeType
from typing import TYPE_CHECKING, Any

from atoll.capabilities.custom.modules import Caller
from atoll.extism import few, logs, requests
from atoll.extism.current import CurrentPlugin
from atoll.extism.functions import Function
from atoll.extism.kernel import ENV, Blocks

if TYPE_CHECKING:
    from atoll.extism.plugin import Plugin

TYPES = {
    "http_request": "(func (param i64 i64) (result i64))",
    "http_status_code": "(func (result i32))",
    "http_headers": "(func (result i64))",
    "get_log_level": "(func (result i32))",
    "error_set": "(func (param i64))",
    **{f"log_{level}": "(func (param i64))" for level in logs.LEVELS},
}


class Exited(Exception):
    """The guest ended itself; not an error where `code` is 0."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the guest exited with {code}")
        self.code = code


@dataclass(slots=True)
class Running:
    """A call, while it runs.

    `code` is what the guest's function gave, `said` the error that it has set, `output` what it had answered when it
    ended itself. `exchange` is the HTTP request that it waits for.
    """

    plugin: "Plugin"
    context: Any
    deadline: float
    outer: "Running | None" = None
    code: int = 0
    set_error: bool = False
    said: bytes | None = None
    output: bytes = b""
    is_cancelled: bool = False
    exchange: Future[requests.Response] | None = None

    def cancel(self) -> None:
        """Somebody wishes its end."""
        self.is_cancelled = True
        if self.exchange is not None:
            self.exchange.cancel()

    def waits_for(self, exchange: Future[requests.Response]) -> requests.Response:
        """What is answered. Raises Error, TimeoutError, and CancelledError for a call that is cancelled."""
        self.exchange = exchange
        try:
            if self.is_cancelled:
                exchange.cancel()
            return exchange.result()
        finally:
            # Of whoever was interrupted nobody waits for the answer.
            exchange.cancel()
            self.exchange = None

    def error(self, blocks: Blocks) -> bytes | None:
        """The error as it stands in the kernel now: None where none is set, empty where its block is gone."""
        offset = blocks.call("error_get")
        return blocks.found(offset) if offset else None


running: ContextVar[Running] = ContextVar("running")
"""The call that a host function is asked in."""


def _blocks(caller: Caller) -> Blocks:
    """The blocks, for a host function."""
    # The way to a module by its name, which `Caller` itself has no method for.
    return Blocks(caller._ask.func)  # type: ignore[attr-defined]


_SIGNATURES: dict[CodeType, Signature] = {}


def _signed(methods: dict[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """As functions that say their signatures: to find them out for each plug-in is half of what loading one takes."""
    return {name: _with_signature(method) for name, method in methods.items()}


def _with_signature(method: Callable[..., Any]) -> Callable[..., Any]:
    code: CodeType = method.__code__
    if code not in _SIGNATURES:
        _SIGNATURES[code] = signature(method)

    def called(*arguments: Any) -> Any:
        return method(*arguments)

    called.__signature__ = _SIGNATURES[code]  # type: ignore[attr-defined]
    return called


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
        call = self.call()
        blocks = _blocks(caller)
        found = call.plugin.config.get(blocks.block(key, "config key").decode())
        return blocks.new((found or "").encode(), key)

    def var_get(self, caller: Caller, key: int) -> int:
        """The same for a variable."""
        call = self.call()
        blocks = _blocks(caller)
        found = call.plugin.variables.get(blocks.block(key, "var key").decode(), b"")
        return blocks.new(found, key)

    def var_set(self, caller: Caller, key: int, value: int) -> None:
        """Set a variable, or remove it: value 0. Raises Error where there is no room for it."""
        call = self.call()
        blocks, variables = _blocks(caller), call.plugin.variables
        variables.check()
        # One block may be both.
        name = (blocks.block if key == value else blocks.take)(key, "var key").decode()
        if value:
            variables.put(name, blocks.take(value, "var value"))
        else:
            variables.pop(name, None)

    def config_get_few(self, length: int, a: int, b: int, c: int, d: int) -> tuple[int, ...]:
        """The same as `config_get` in numbers."""
        return few.packed(self.call().plugin.config.get(few.unpacked(length, (a, b, c, d)).decode(), "").encode())

    def var_get_few(self, length: int, a: int, b: int, c: int, d: int) -> tuple[int, ...]:
        """The same as `var_get`."""
        return few.packed(self.call().plugin.variables.get(few.unpacked(length, (a, b, c, d)).decode(), b""))

    def var_set_few(self, *numbers: int) -> None:
        """The same as `var_set`: numbers of the name, and of the value."""
        variables = self.call().plugin.variables
        variables.check()
        name = few.unpacked(numbers[0], numbers[1:5]).decode()
        if numbers[5] == few.NONE:
            variables.pop(name, None)
        else:
            variables.put(name, few.unpacked(numbers[5], numbers[6:]))

    def http_request(self, caller: Caller, request: int, body: int) -> int:
        """A new block with what was answered. Raises Error for what is not allowed or fails."""
        call = self.call()
        blocks = _blocks(caller)
        plugin = call.plugin
        asked = requests.read(blocks.block(request, "http request"))
        sent = blocks.block(body, "http body") if body else None
        remaining = max(0.001, call.deadline - time.monotonic())
        plugin.status = 0
        answer = call.waits_for(
            requests.send(asked, sent, requests.Rules(plugin.hosts, plugin.most_response, remaining))
        )
        plugin.status = answer.status
        return blocks.new(answer.body, request, body)

    def error_set(self, caller: Caller, offset: int) -> None:
        """Remember the error besides: a trap may follow, and nothing can be read after one."""
        call = self.call()
        blocks = _blocks(caller)
        length = blocks.call("fail", offset)
        call.set_error = True
        call.said = blocks.read(offset % 2**64, length) if length else call.error(blocks)

    def ends(self, code: int) -> None:
        """What the guest's function gave, where that is not 0."""
        self.call().code = code

    def proc_exit(self, caller: Caller, code: int) -> None:
        """WASI's: what was answered and said so far is what the call gives."""
        call = self.call()
        blocks = _blocks(caller)
        call.output = answer(blocks)
        call.said = call.error(blocks) if call.set_error else None
        raise Exited(code)

    def functions(self) -> dict[str, Callable[..., Any]]:
        """Those of `extism:host/env` by name."""
        return _signed(
            {
                "http_request": self.http_request,
                "http_status_code": lambda: self.call().plugin.status,
                # Extism's package for Python gives none either.
                "http_headers": lambda: 0,
                "get_log_level": logs.level,
                "error_set": self.error_set,
                **{f"log_{level}": self._logger(number) for number, level in enumerate(logs.LEVELS)},
            }
        )

    def of_kernel(self) -> dict[str, Callable[..., Any]]:
        """Those that the kernel asks, for the guest."""
        return _signed(
            {
                "config_get": self.config_get,
                "var_get": self.var_get,
                "var_set": self.var_set,
                "config_get_few": self.config_get_few,
                "var_get_few": self.var_get_few,
                "var_set_few": self.var_set_few,
            }
        )

    def hosted(self, function: Function) -> Callable[..., Any]:
        """A user's host function, as the data plane calls it."""

        def called(caller: Caller, *arguments: Any) -> Any:
            call = self.call()
            return function.answer(CurrentPlugin(_blocks(caller), call.context), arguments)

        return called

    def _logger(self, number: int) -> Callable[..., None]:
        def log(caller: Caller, message: int) -> None:
            call = self.call()
            blocks = _blocks(caller)
            if number < logs.level():
                blocks.call("free", message)
                return
            text = blocks.take(message, "log message").decode()
            logs.log(number, "extism::pdk", text, call.plugin.id)

        return log
