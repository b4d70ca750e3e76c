"""The data plane, written in Rust. Private: only `atoll.host` and `atoll.embed` import it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

class CoreError(Exception):
    """One or more problems; `args[0]` is a JSON list of objects with code, message, hint, component, key, value."""

def translate(job: str) -> str:
    """Compile standard input to standard output; the report: {"tasks": name} or {"problem": {...}}, as JSON.

    `job` is JSON: {"engine": {}, "reused": false, "timeout_ms", "memory_bytes", "parent": pid}. The process ends when
    its parent does.
    """

def defaults() -> str:
    """The defaults of a component's limits and reuse, and of the HTTP limits, as a JSON object."""

def error_codes() -> list[str]:
    """Every error code that the data plane can raise, sorted."""

def read_guest(path: str) -> bytes:
    """The bytes of the wasm file at `path`."""

def compiled_ahead(locked: str, settings: str) -> list[tuple[str, str, str, bytes]]:
    """What an app's components are compiled to: component, key in a cache, kind of engine, machine code."""

def adopt_ahead(settings: str, features: list[str], key: str, tasks: str, code: bytes) -> bool:
    """Take code that was compiled ahead into the cache of the settings; whether it was not there."""

def surface(path: str) -> str:
    """What a wasm file imports and exports by name, as a JSON object: see `atoll.host.composing.surface.Surface`."""

def composed(parts: str, folder: Path) -> Path:
    """The file in `folder` with the composition of `parts`: a JSON list, see `atoll.host.composing.plan.Part`."""

def scripted(text: str, folder: Path, given: dict[str, Path]) -> tuple[bytes, str]:
    """The component that a WAC script makes, and its parts (JSON, as of `composed`).

    Packages are those files, or lie in the folder.
    What is wrong has as its value where that is in the text: offset and length in bytes.
    """

def inspect(wasm: bytes) -> str:
    """What `wasm` is, binary or text, as a JSON object: see `atoll.host.inspected`."""

def imports(path: str) -> str:
    """What a wasm file imports, as a JSON list: see `atoll.host.inspected.Import`."""

def wat(wasm: bytes, write: Callable[[str], object]) -> None:
    """Hand the text form of `wasm` to `write`, in pieces. What `write` raises ends it."""

def wit(wasm: bytes) -> str:
    """The world of a component, as JSON: `text`, its WIT, and `docs`, {interface: {function: comment}}.

    The world's own functions stand under an empty name.
    """

def wit_text(path: Path, whole: bool) -> str:
    """The WIT at `path` as text; with `whole` all that it needs behind it. See `atoll.host.wit`."""

def wit_texts(path: Path) -> dict[str, str]:
    """Each of its packages as a text of its own, by name."""

def wit_tree(path: Path) -> str:
    """The same as a JSON object: {"package", "world", "resolve"}."""

def wit_packed(path: Path) -> bytes:
    """The same as wasm."""

def wit_needs(path: Path) -> str:
    """The packages at `path` and those that they need, as JSON: see `atoll.host.wit.Needs`."""

def wit_target(component: Path, wit: Path, world: str | None) -> str:
    """The differences of a component from a world, as JSON: see `atoll.host.wit.Differences`."""

def go_bindings(wit: Path, world: str | None, module: str) -> dict[str, str]:
    """Go's files for a world, by their paths in the package `module`."""

def interfaces() -> str:
    """What a guest may import: {room: [interface@version]}, as JSON; WASI's own stand under an empty name."""

def run(command: str, settings: str, profiled: Callable[[str], object] | None = None) -> int:
    """Run one command-line component to its end and return its exit code. Blocks without the GIL.

    `command` is JSON: {"path", "args", "env": [[k, v]], "dirs": [{"host", "guest", "read_only"}],
    "allowed_outbound_hosts": [], "limits": {}}. `profiled` is called with the profile of the run when it has ended.
    """

def replay(recording: str, wasm: bytes, settings: str, follow: Callable[[str], bool] | None = None) -> str:
    """Run a recorded call again in `wasm`; what came of it, as JSON: see `atoll.host.replay.Replayed`.

    `settings` is JSON: {"engine": {}, "patience_ms", "guest": {}}. `follow` is called with each step as JSON and says
    whether to go on.
    """

def probe_address(address: str, scheme: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port that a grant is looked up by when a guest names this address; None if it is none."""

def probe_calls(path: str, engine: str, seconds: float) -> str:
    """Call a component again and again; `engine` is JSON, the answer too: calls, median_us, p99_us."""

def probe_live(path: str, engine: str, count: int) -> str:
    """Hold so many instances of a component at once; as JSON: instances, bytes_each, pool."""

class Library:
    """A component that was compiled and linked with what it was granted."""

    def __init__(
        self,
        wasm: bytes,
        document: str,
        settings: str,
        providers: dict[str, dict[str, object]],
        types: object,
        modules: list[tuple[str, bytes]],
    ) -> None:
        """`document` and `settings` are JSON. `types` makes the classes of its types, see `atoll.embed.types`.

        `modules` are core modules that a core module imports from.
        """

    cached: bool

    def call_text(self, number: int, arguments: str) -> tuple[bool, str | None]:
        """Call a function with arguments in the notation of WAVE, such as `("hi", {age: 3})`.

        Whether what it gives is no error of a `result`, and that in the same notation; None where it gives nothing.
        Raises ValueError for arguments that do not fit.
        """

    def spent(self) -> tuple[float, int]:
        """Seconds of CPU time of all its calls that have ended, and how many there were."""

    def describe(self) -> str:
        """Its functions and resources, in the order of their numbers, as JSON."""

    def open(self) -> Instance:
        """A sandbox that is kept."""

    def function(
        self, number: int, instance: Instance | None = None, awaited: bool = False, as_bytes: bool = False
    ) -> Function:
        """An export: each call in a sandbox of its own, or in `instance`. `awaited` gives awaitables.

        A core module's gives numbers, or `as_bytes`.
        """

class Instance:
    """A sandbox that is kept."""

    is_open: bool

    def ask(self, module: str, kind: str, name: str, *arguments: object) -> Any:
        """Something of a core module, see `atoll.capabilities.custom.modules`."""

    def close(self) -> None:
        """End it, once its running calls have ended."""

class Caller:
    """The core module that called a host function."""

    def ask(self, module: str | None, kind: str, name: str, *arguments: object) -> Any:
        """As `Instance.ask`; None is the module that called."""

class Function:
    """An export, to be called."""

    def __call__(self, *arguments: object, **named: object) -> object: ...
    def __get__(self, obj: object, cls: type | None = None) -> object: ...

class BlockedNetworks:
    """Networks that the host keeps guests out of."""

    def __init__(self, entries: list[str]) -> None:
        """`entries` as in `block_networks`. Raises ValueError where one is no network."""

    def blocks(self, address: str) -> bool:
        """Whether no guest may reach this IP address; whatever is none is blocked."""

class Server:
    """One locked app, compiled and linked, ready to serve HTTP."""

    def __init__(
        self,
        locked: str,
        settings: str,
        progress: Callable[[str], None] | None = None,
        providers: dict[str, dict[str, object]] | None = None,
        pages: Callable[[str], tuple[str, bytes] | None] | None = None,
    ) -> None:
        """Compile and link every component. `progress` gets JSON events: {"event": "compiling" | "compiled" | "cached",
        "component": id, "done": n, "total": m, "seconds": s}. `providers` are backends by room and label. `pages` draws the
        page about a failure, from JSON: content type and bytes.

        Raises CoreError with all problems at once, AttributeError where a provider lacks a method.
        """

    def report(self) -> str:
        """Pool sizes, allocator, handler kind of each component, as a JSON object."""

    def load(
        self,
        locked: str,
        settings: str,
        progress: Callable[[str], None] | None = None,
        providers: dict[str, dict[str, object]] | None = None,
    ) -> NextApp:
        """Load another app beside the one that is served; settings of listener and logs have no effect.

        Raises CoreError with all problems at once.
        """

    def exchange(self, following: NextApp) -> None:
        """Answer all requests from now on with this app; calls that run end on the app that they began on."""

    def previous(self) -> int:
        """How many earlier apps still have calls. Drops the others."""

    def switch_profiles(self, on: bool) -> None:
        """Gather profiles from now on, or no longer; without effect where the settings allow none."""

    def profiles(self) -> str:
        """What was gathered since the last time, as a JSON object by component."""

    def metrics(self) -> str | None:
        """What was counted so far, as a JSON object; None where the settings measure nothing."""

    def telemetry(self, least: int, timeout: float) -> str | None:
        """A batch of spans and log records as a JSON object; None where fewer than `least` wait after `timeout` seconds."""

    def start(self) -> str:
        """Listen, start to serve on a thread of its own, return `host:port` or `unix:path`."""

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for the listener to end; True when it has."""

    def stop(self) -> None:
        """Stop accepting, let calls in flight end for up to the settings' `drain_ms`, then end them. Returns at once."""

class InProcess:
    """One locked app, compiled and linked, to be asked from this process."""

    def __init__(
        self,
        locked: str,
        settings: str,
        progress: Callable[[str], None] | None = None,
        providers: dict[str, dict[str, object]] | None = None,
        keeps_lines: bool = False,
    ) -> None:
        """As a server, without its listener. With `keeps_lines`, guest output waits in `lines()`."""

    def report(self) -> str:
        """As that of a server."""

    def metrics(self) -> str | None:
        """As that of a server."""

    def telemetry(self, least: int, timeout: float) -> str | None:
        """As that of a server."""

    def lines(self) -> GuestLines | None:
        """Where guest output waits, if it does."""

    def ask(self, scope: dict[str, Any], body: bytes | None) -> list[dict[str, Any]] | Call:
        """Ask the app what a scope of ASGI says, with this body, or one that is given to the call.

        All messages of an answer that is here already, else the call.
        """

    def is_idle(self) -> bool:
        """Whether no call runs."""

    def leave(self) -> None:
        """End the calls whose answers are awaited."""

class Call:
    """A request to an app in this process whose answer is not whole yet."""

    ended: bool

    def messages(self) -> list[dict[str, Any]] | asyncio.Future[None]:
        """ASGI's messages that can be sent now; or what to wait for before asking again, on the running loop.

        Raises CoreError where the answer breaks off.
        """

    def wait(self, feeding: bool) -> list[dict[str, Any]] | None:
        """As `messages`, but this thread waits. Where it is `feeding` the body: None once there is room for a portion."""

    def room(self) -> asyncio.Future[None] | None:
        """None where there is room for a portion of the body; else what to wait for before asking again."""

    def give(self, portion: bytes, more: bool) -> None:
        """A portion of the body, for which there is room."""

    def abandon(self) -> None:
        """Nobody waits for the answer any more: the call ends."""

class GuestLines:
    """Guest output that waits for Python's logging."""

    def wait(self, timeout: float) -> bool:
        """Wait for so many seconds, or until something came; False once nothing will come any more."""

    def take(self) -> tuple[list[tuple[str, str, str, str | None, str, str]], int]:
        """What waits: component, request, stream, level, context and text; and how many lines were dropped."""

class NextApp:
    """An app that is loaded and not served yet. Once exchanged it is empty."""

    def report(self) -> str | None:
        """As that of a server; None once it is exchanged."""
