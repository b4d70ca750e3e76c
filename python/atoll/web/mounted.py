"""An app as an ASGI application."""

import asyncio
import os
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from atoll.web.exchange import Exchange, Receive, Scope, Send, beginning, deliver
from atoll.web.loaded import Loaded, Path, Wanted, load
from atoll.web.paths import below

# Seconds between two looks at whether calls run.
_LOOK = 0.02


def asgi(  # noqa: PLR0913 -- each is a keyword that a user may need alone
    app: Path,
    *,
    variables: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    runtime_config: Path | None = None,
    limits: Mapping[str, object] | None = None,
    components: Sequence[str] = (),
    profile: str | None = None,
    state_dir: Path | None = None,
    cache_dir: Path | None = None,
    log_dir: Path | None = None,
    drain: float = 10.0,
) -> "Mounted":
    """Load an app, to be mounted in a web framework or served by any ASGI server: a `spin.toml`, the folder of one, or
    a component with an HTTP handler, which then answers every path.

    variables: values of the app's variables, over those of providers and environment.
    environment: environment variables of every component.
    runtime_config: the runtime config file.
    limits: of a component without a manifest, as `[component.X.tool.atoll.limits]` has them: `{"memory": "64MiB"}`.
    components: answer with these alone, and those that they need.
    profile: the build profile whose sources are taken.
    state_dir: where stores and databases are kept; by default `.spin` beside the manifest.
    cache_dir: where compiled code and downloads are kept; by default `~/.cache/atoll`.
    log_dir: guest output goes to files there, as with `atoll up`. By default it goes to the loggers
    `atoll.guest.<component>`.
    drain: seconds that calls in flight have at the server's end.

    The app is loaded at once: raises UserError, or Problems with everything that is wrong.
    """
    wanted = Wanted(
        source=app,
        variables=dict(variables or {}),
        environment=dict(environment or {}),
        runtime_config=runtime_config,
        limits=dict(limits or {}),
        components=tuple(components),
        profile=profile,
        state_dir=state_dir,
        cache_dir=cache_dir,
        log_dir=log_dir,
        drain=drain,
    )
    return Mounted(wanted)


class Mounted:
    """An app that answers in this process, from any thread and event loop.

    It is an ASGI application for HTTP. Its routes match the path below its mount.
    """

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._loading = threading.Lock()
        self._process = os.getpid()
        self._loaded = load(wanted)

    @property
    def name(self) -> str:
        """The app's name."""
        return self._loaded.name

    @property
    def is_idle(self) -> bool:
        """Whether no call runs, be its answer sent already or not."""
        idle: bool = self._here().host.core.is_idle()
        return idle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one scope. Raises UserError where an answer breaks off, so that the server cuts the connection."""
        kind = scope["type"]
        if kind == "http":
            await self._answer(scope, receive, send)
        elif kind == "lifespan":
            await self._live(receive, send)
        elif kind == "websocket":
            # Before it is accepted, that is the answer 403.
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        else:
            raise ValueError(f"an app of HTTP components answers no scope of the type {kind!r}")

    def ask(self, scope: Scope, body: bytes | None) -> Any:
        """The data plane's answer to a scope with this body, or with one that is fed: for other frameworks than ASGI's.

        A list of messages, or a call that gives them.
        """
        return self._here().host.core.ask(scope, body)

    async def drain(self) -> None:
        """Let calls in flight end, for as long as `drain` says, then end them; all that guests wrote is logged.

        The server's end does this; an app that is mounted in another one does not hear of it unless that one says so.
        """
        until = time.monotonic() + self._wanted.drain
        while not self.is_idle and time.monotonic() < until:
            await asyncio.sleep(_LOOK)
        self._loaded.host.core.leave()
        self._loaded.logs.flush()

    def _here(self) -> Loaded:
        """The app as this process has loaded it: a child of a fork has none of its parent's threads."""
        if self._process != os.getpid():
            with self._loading:
                if self._process != os.getpid():
                    self._loaded = load(self._wanted)
                    self._process = os.getpid()
        return self._loaded

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = await beginning(scope, receive)
        if begun is None:
            return
        answer = self.ask(_prefixed(scope), begun.body)
        if isinstance(answer, list):
            await deliver(answer, send)
        else:
            await Exchange(answer, receive, send).run(begun)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.drain()
                await send({"type": "lifespan.shutdown.complete"})
                return


def _prefixed(scope: Scope) -> Scope:
    """Below a mount of Starlette: the prefix of its server is in `root_path`, but not always in the path."""
    prefix, raw = scope.get("app_root_path"), scope.get("raw_path")
    return {**scope, "raw_path": below(prefix, raw)} if prefix and raw else scope
