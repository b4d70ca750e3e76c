"""The data plane, loaded when it is first needed, and its problems as the exceptions of `atoll.errors`."""

import importlib
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from atoll.errors import CODES, AtollError, InternalError, Location, UserError, raise_all

if TYPE_CHECKING:
    from atoll.host.composing.plan import Part
    from atoll.host.composing.surface import Surface
    from atoll.host.inspected import Import, Inspected
    from atoll.host.settings import Settings

# Faults of this machine or of atoll itself; every other problem is the user's to mend.
_OURS = frozenset({"locked-invalid", "engine-failed", "compiler-failed"})

Locate = Callable[[str | None, str | None, str | None], Location | None]


class Problem(msgspec.Struct, frozen=True):
    """One problem as the data plane tells it, and as one process tells it to another."""

    code: str
    message: str
    hint: str | None = None
    component: str | None = None
    key: str | None = None
    value: str | None = None


Refuse = Callable[[list[Problem]], NoReturn]


def nowhere(component: str | None, key: str | None, value: str | None) -> Location | None:
    """For problems of something that has no manifest."""
    return None


def core() -> Any:
    """The module `atoll._core`. Raises InternalError `engine-failed` where this installation lacks it."""
    # Errors are part of an ordinary call inside the engine; a host stack for each would cost a tenth of its time.
    os.environ.setdefault("RUST_LIB_BACKTRACE", "0")
    # Huge pages under the data plane's small heap would make each process 12 MB larger.
    os.environ.setdefault("MIMALLOC_ALLOW_THP", "0")
    try:
        return _load()
    except ImportError as error:
        raise InternalError(
            "engine-failed",
            f"the data plane of atoll cannot be loaded: {error}",
            "install atoll again, or run `make setup`",
        ) from None


def _load() -> Any:
    """The data plane's allocator takes the thread that loads it for one that lasts: so such a one does."""
    if "atoll._core" in sys.modules or threading.current_thread() is threading.main_thread():
        return importlib.import_module("atoll._core")
    loaded: Future[Any] = Future()

    def load() -> None:
        try:
            loaded.set_result(importlib.import_module("atoll._core"))
        except BaseException as error:
            loaded.set_exception(error)
        threading.Event().wait()

    threading.Thread(target=load, name="atoll-core", daemon=True).start()
    return loaded.result()


def raise_problems(problems: list[Problem], locate: Locate = nowhere) -> NoReturn:
    """Raise the problems, each with its place in the manifest: one alone as itself, several as `Problems`."""
    raise_all([_error(problem, locate) for problem in problems])
    raise InternalError("engine-failed", "the data plane stopped without saying why")


@contextmanager
def calling(refuse: Refuse = raise_problems) -> Iterator[Any]:
    """Gives the data plane; the problems that it raises inside of the block are handed to `refuse`, which raises."""
    module = core()
    try:
        yield module
    except module.CoreError as error:
        try:
            refuse(msgspec.json.decode(error.args[0], type=list[Problem]))
        except AtollError as told:
            raise told from None


def imports(path: str) -> "list[Import]":
    """What a wasm file imports. No function is looked at, which saves most of the time. Raises as `inspect` does."""
    from atoll.host.inspected import Import, granted

    with calling() as module:
        found = msgspec.json.decode(module.imports(path), type=list[Import])
    for each in found:
        each.grant = granted(each)
    return found


def surface(path: str) -> "Surface":
    """The names of what a wasm file imports and exports. Raises UserError where it is none, or cannot be composed."""
    from atoll.host.composing.surface import Surface

    with calling() as module:
        return msgspec.json.decode(module.surface(path), type=Surface)


def composed(parts: "list[Part]", folder: Path, locate: Locate = nowhere) -> Path:
    """The file in `folder` with the composition of these parts. Raises UserError `composition-invalid`."""
    with calling(lambda problems: raise_problems(problems, locate)) as module:
        return Path(module.composed(msgspec.json.encode(parts).decode(), folder))


def compiled_ahead(locked: dict[str, Any], settings: "Settings") -> list[tuple[str, str, str, bytes]]:
    """What the components of a locked app are compiled to: component, name in a cache, kind of engine, machine code.

    Raises UserError `guest-invalid`, `target-unknown` and whatever else compiling raises.
    """
    with calling() as module:
        made: list[tuple[str, str, str, bytes]] = module.compiled_ahead(
            msgspec.json.encode(locked).decode(), msgspec.json.encode(settings).decode()
        )
    return made


def adopt_ahead(settings: "Settings", features: list[str], one: tuple[str, str, bytes]) -> bool:
    """Take machine code (name in a cache, kind of engine, code) into the cache of the settings; whether it was new.

    It is run as it is: the caller knows who made it. Raises UserError `code-unfit`, `cache-unusable`.
    """
    with calling() as module:
        new: bool = module.adopt_ahead(msgspec.json.encode(settings).decode(), features, *one)
    return new


def scripted(text: str, folder: Path, given: Mapping[str, Path], locate: Locate) -> "tuple[bytes, list[Part]]":
    """The component that a WAC script makes, and its parts. Raises UserError `composition-invalid`."""
    from atoll.host.composing.plan import Part

    with calling(lambda problems: raise_problems(problems, locate)) as module:
        wasm, parts = module.scripted(text, folder, dict(given))
    return wasm, msgspec.json.decode(parts, type=list[Part])


def inspect(path: str) -> "Inspected":
    """What a wasm file is: parsed and validated, neither compiled nor run. Raises UserError if it is none."""
    from atoll.host.inspected import Inspected, granted

    with calling() as module:
        wasm: bytes = module.read_guest(path)
        described = msgspec.json.decode(module.inspect(wasm), type=Inspected)
    described.digest = f"sha256:{sha256(wasm).hexdigest()}"
    for each in described.imports:
        each.grant = granted(each)
    return described


def wat(path: str, write: Callable[[str], object]) -> None:
    """Hand the text form of a wasm file to `write`, in pieces. It is ASCII. Raises as `inspect` does."""
    with calling() as module:
        module.wat(module.read_guest(path), write)


def default_values() -> dict[str, dict[str, int]]:
    """The defaults that the data plane applies, by group: limits, reuse, http."""
    with calling() as module:
        values: dict[str, dict[str, int]] = json.loads(module.defaults())
    return values


def interfaces() -> dict[str, list[str]]:
    """What a guest may import: by room, each interface with its version. WASI's own stand under an empty name."""
    with calling() as module:
        found: dict[str, list[str]] = json.loads(module.interfaces())
    return found


def error_codes() -> list[str]:
    """Every code that the data plane can raise, sorted."""
    with calling() as module:
        codes: list[str] = module.error_codes()
    return codes


def _error(problem: Problem, locate: Locate) -> AtollError:
    ours = problem.code in _OURS or problem.code not in CODES
    location = locate(problem.component, problem.key, problem.value)
    message = problem.message
    if problem.component is not None and location is None:
        message = f"component `{problem.component}`: {message}"
    return (InternalError if ours else UserError)(problem.code, message, problem.hint, location=location)
