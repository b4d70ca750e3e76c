"""A plug-in's modules, compiled and linked once for any number of plug-ins."""

import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from atoll import embed
from atoll.errors import AtollError
from atoll.extism.environment import ASKING, Environment
from atoll.extism.errors import Error
from atoll.extism.functions import HOST_FN_REGISTRY, Function
from atoll.extism.kernel import ENV, kernel
from atoll.extism.manifest import MAIN, Manifest, manifest
from atoll.extism.modules import WASI, check, described, in_order

PAGE = 1 << 16
DEFAULT_SECONDS = 30.0
"""What a call may take where the manifest does not say: `atoll.Limits` has the same."""
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
            if not self._modules.keys().isdisjoint((ENV, "")):
                raise Error(f"no module can be called `{ENV}`, or nothing")
            for wasm in self._modules.values():
                described(wasm)
        except (Error, AtollError) as error:
            raise Error(f"Unable to compile Extism plugin: {sentence(error)}") from error
        self._wasi = wasi
        # What is decorated later is not meant.
        self._functions = list(functions or [])
        self._library: embed.Plugin | None = None
        self.environment = Environment()

    @property
    def seconds(self) -> float:
        """What a call may take. A timeout of 0 is none, and so what it is by default."""
        timeout = self.manifest.timeout_ms
        return timeout / 1000 if timeout else DEFAULT_SECONDS

    def library(self) -> embed.Plugin:
        """Linked with the kernel and everything that answers. Raises Error for an import that nobody answers."""
        if self._library is None:
            self._library = self._linked()
        return self._library

    def result(self, name: str) -> str | None:
        """The result's type of an exported function, empty for none. Raises Error for what cannot be called."""
        kind, text = described(self._modules[MAIN]).exports.get(name, ("", ""))
        if kind != "function":
            raise Error(f"Function not found: {name}")
        takes, _, gives = text.removeprefix("(func").partition("(result")
        params, results = takes.strip(" ()").split()[1:], gives.strip(" ()").split()
        if len(results) > 1:
            raise Error(f"Function {name} has {len(results)} results, expected 0 or 1")
        if params:
            raise Error(f"expected {len(params)} arguments, got 0")
        return results[0] if results else ""

    def starts(self) -> list[tuple[str, str, tuple[int, ...]]]:
        """What is called once an instance has started: module, function and arguments.

        The data plane has called each `_initialize` by then.
        """
        found: list[tuple[str, str, tuple[int, ...]]] = []
        for name in in_order(self._modules):
            exports = described(self._modules[name]).exports
            module = "" if name == MAIN else name
            if "hs_init" in exports:
                found.append((module, "hs_init", (0, 0)))
            elif "_initialize" not in exports and "__wasm_call_ctors" in exports:
                found.append((module, "__wasm_call_ctors", ()))
        return found

    def asks(self) -> bool:
        """Whether its calls meet host functions that ask the kernel for something, again and again."""
        order = in_order(self._modules)
        wanted = {one[:2] for name in order for one in described(self._modules[name]).imports}
        own = {(ENV, name) for name in ASKING}
        return bool(wanted & own) or any(module not in (ENV, WASI, *order) for module, _ in wanted)

    def _linked(self) -> embed.Plugin:
        modules = self._modules
        order = in_order(modules)
        check(modules, order, self._functions, self._wasi)
        for name in order:
            kind = described(modules[name]).exports.get("_initialize", ("function", "(func)"))[1]
            if kind != "(func)":
                raise Error(f"`_initialize` of `{name}` takes or gives something: {kind}")
        return embed.load(
            modules[MAIN],
            name="extism",
            imports=self._imports(order),
            modules={ENV: kernel()} | {name: modules[name] for name in order if name != MAIN},
            limits=self._limits(order),
            grants=_grants(self.manifest) if self._wasi else embed.Grants(),
        )

    def _imports(self, order: Sequence[str]) -> dict[str, dict[str, Callable[..., Any]]]:
        found: dict[str, dict[str, Callable[..., Any]]] = defaultdict(dict)
        found[ENV] = self.environment.functions()
        found[WASI] = {"proc_exit": self.environment.proc_exit}
        for function in self._functions:
            # A module of that name answers in its place.
            if function.namespace not in order and function.namespace not in (ENV, WASI):
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

    def fits(self) -> bool:
        """Whether the memories that modules begin with are within `max_pages`."""
        most = self.manifest.memory.max_pages
        return most is None or all(described(self._modules[name]).pages <= most for name in in_order(self._modules))


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
