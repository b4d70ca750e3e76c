"""A plug-in's modules, compiled and linked once for any number of plug-ins."""

import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from atoll import embed
from atoll.errors import AtollError
from atoll.extism.environment import Environment
from atoll.extism.errors import Error
from atoll.extism.front import FRONT, RESULTS, front
from atoll.extism.functions import HOST_FN_REGISTRY, Function
from atoll.extism.kernel import ENV, KERNEL, kernel
from atoll.extism.manifest import MAIN, Manifest, manifest
from atoll.extism.modules import WASI, check, described, in_order

PAGE = 1 << 16
DEFAULT_SECONDS = 30.0
"""What a call may take where the manifest does not say: `atoll.Limits` has the same."""
_OWN = (ENV, FRONT, KERNEL)
_HALF_A_DAY_MS = 12 * 3600 * 1000


class CompiledPlugin:
    """A plug-in that was compiled, to be handed to `Plugin` any number of times; those share nothing.

    Takes what `Plugin` takes, see there. Raises Error.
    """

    def __init__(
        self,
        plugin: str | bytes | dict[str, Any],
        wasi: bool = False,
        functions: list[Function] | None = HOST_FN_REGISTRY,
    ) -> None:
        try:
            self.manifest = manifest(plugin)
            self._modules = self.manifest.modules()
            taken = [name for name in self._modules if name in (*_OWN, "")]
            if taken:
                raise Error(f"no module can be called `{taken[0]}`")
            for wasm in self._modules.values():
                described(wasm)
        except (Error, AtollError) as error:
            raise Error(f"Unable to compile Extism plugin: {sentence(error)}") from error
        self._wasi = wasi
        # What is decorated later is not meant.
        self._functions = list(functions or [])
        self._library: embed.Plugin | None = None
        self.environment = Environment()

    @cached_property
    def seconds(self) -> float:
        """What a call may take. A timeout of 0 is none, and so what it is by default."""
        timeout = self.manifest.timeout_ms
        return timeout / 1000 if timeout else DEFAULT_SECONDS

    def library(self) -> embed.Plugin:
        """Linked with the kernel and everything that answers. Raises Error for an import that nobody answers."""
        if self._library is None:
            self._library = self._linked()
        return self._library

    @cached_property
    def results(self) -> dict[str, str]:
        """The functions that can be called, and the types of their results, empty for none."""
        found = {}
        for name, (kind, text) in described(self._modules[MAIN]).exports.items():
            params, results = _types(text)
            result = " ".join(results)
            if kind == "function" and not params and result in RESULTS:
                found[name] = result
        return found

    def refusal(self, name: str) -> Error:
        """Why the function of that name cannot be called."""
        kind, text = described(self._modules[MAIN]).exports.get(name, ("", ""))
        if kind != "function":
            return Error(f"Function not found: {name}")
        params, results = _types(text)
        if len(results) > 1:
            return Error(f"Function {name} has {len(results)} results, expected 0 or 1")
        return Error(f"expected {len(params)} arguments, got 0")

    def starts(self) -> list[tuple[str, str, tuple[int, ...]]]:
        """What is called once an instance has started: module, function and arguments.

        The data plane has called each `_initialize` by then.
        """
        found: list[tuple[str, str, tuple[int, ...]]] = []
        for name in in_order(self._modules):
            exports = described(self._modules[name]).exports
            if "hs_init" in exports:
                found.append((name, "hs_init", (0, 0)))
            elif "_initialize" not in exports and "__wasm_call_ctors" in exports:
                found.append((name, "__wasm_call_ctors", ()))
        return found

    def _linked(self) -> embed.Plugin:
        modules = self._modules
        order = in_order(modules)
        check(modules, order, self._functions, self._wasi)
        for name in order:
            kind = described(modules[name]).exports.get("_initialize", ("function", "(func)"))[1]
            if kind != "(func)":
                raise Error(f"`_initialize` of `{name}` takes or gives something: {kind}")
        return embed.load(
            front(self.results),
            name="extism",
            imports=self._imports(order),
            modules={ENV: kernel()} | {name: modules[name] for name in order},
            limits=self._limits(order),
            grants=_grants(self.manifest) if self._wasi else embed.Grants(),
        )

    def _imports(self, order: Sequence[str]) -> dict[str, dict[str, Callable[..., Any]]]:
        found: dict[str, dict[str, Callable[..., Any]]] = defaultdict(dict)
        found[ENV] = self.environment.functions()
        found[WASI] = {"proc_exit": self.environment.proc_exit}
        found[FRONT] = {"ends": self.environment.ends}
        found[KERNEL] = self.environment.of_kernel()
        for function in self._functions:
            # A module of that name answers in its place.
            if function.namespace not in order and function.namespace not in (*_OWN, WASI):
                found[function.namespace][function.name] = self.environment.hosted(function)
        return dict(found)

    def _limits(self, order: Sequence[str]) -> embed.Limits:
        most, timeout = self.manifest.memory.max_pages, self.manifest.timeout_ms
        memory = None
        if most is not None:
            pages = sum(described(self._modules[name]).pages for name in order)
            memory = (1 + pages + most) * PAGE
        if not timeout:
            return embed.Limits(memory=memory)
        seconds = min(timeout, _HALF_A_DAY_MS) / 1000
        return embed.Limits(memory=memory, time=seconds, cpu=seconds)

    @cached_property
    def fits(self) -> bool:
        """Whether the memories that modules begin with are within `max_pages`."""
        most = self.manifest.memory.max_pages
        return most is None or all(described(self._modules[name]).pages <= most for name in in_order(self._modules))


def _types(text: str) -> tuple[list[str], list[str]]:
    """Of a function's type in text form: its parameters and its results."""
    takes, _, gives = text.removeprefix("(func").partition("(result")
    return takes.strip(" ()").split()[1:], gives.strip(" ()").split()


def _grants(manifest: Manifest) -> embed.Grants:
    read, write = {}, {}
    for host, guest in (manifest.allowed_paths or {}).items():
        if host.startswith("ro:"):
            read[guest] = host.removeprefix("ro:")
        else:
            write[guest] = host
    return embed.Grants(dirs=read, writable_dirs=write, log=_shows_output())


def _shows_output() -> bool:
    return bool(os.environ.get("EXTISM_ENABLE_WASI_OUTPUT"))


def sentence(error: BaseException) -> str:
    """What an error says, in one text."""
    return error.message if isinstance(error, AtollError) else str(error)
