"""What all plugins of a process share: where compiled code and stores are kept, and what the network never reaches."""

import os
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from atoll.cache import cache_folders
from atoll.errors import UserError
from atoll.host.settings import Compiler, Engine, Outbound, Settings


def _cache_dir() -> Path:
    return cache_folders(os.environ.get("ATOLL_CACHE_DIR")).code


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What all plugins of a process share, from the first one on. `configure` sets it.

    cache_dir: where compiled code is kept (`$ATOLL_CACHE_DIR/code`); None compiles anew in each process.
    state_dir: where stores are kept that grants name by text alone (`.atoll`, in the working directory).
    max_instances: sandboxes that can live at the same time; None takes what is sensible for the machine.
    block_networks: CIDRs, or the word `private`, that no plugin reaches whatever it is granted.
    features: wasm features beyond those that are on by default.
    compile_seconds: wall time that compiling one plugin may take, in a process of its own (120 s).
    compile_bytes: memory that it may take (2 GiB).
    """

    cache_dir: Path | None = field(default_factory=_cache_dir)
    state_dir: Path = Path(".atoll")
    max_instances: int | None = None
    block_networks: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    compile_seconds: float = Compiler().timeout_ms / 1000
    compile_bytes: int = Compiler().memory_bytes


def _settings(shared: Configuration) -> Settings:
    """As the data plane reads them."""
    compiler = Compiler(timeout_ms=round(shared.compile_seconds * 1000), memory_bytes=shared.compile_bytes)
    engine = Engine(
        cache_dir=None if shared.cache_dir is None else str(shared.cache_dir),
        max_instances=shared.max_instances,
        features=list(shared.features),
        compiler=compiler,
    )
    return Settings(engine=engine, outbound=Outbound(block_networks=list(shared.block_networks)))


class _Process:
    """The configuration, and whether it is in use."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.configuration = Configuration()
        self.json: str | None = None


_process = _Process()


def configure(**changes: Any) -> None:
    """Set what all plugins of this process share, before the first of them is loaded.

    changes: fields of `Configuration`; what is left out stays as it is.

    Raises UserError `embed-configured` once a plugin was loaded, TypeError for what is no field.
    """
    with _process.lock:
        if _process.json is not None:
            raise UserError(
                "embed-configured",
                "a plugin was loaded already",
                "call atoll.configure() before the first atoll.load()",
            )
        _process.configuration = replace(_process.configuration, **changes)


def in_use() -> tuple[Configuration, str]:
    """The configuration, from now on as it is, and its settings document."""
    with _process.lock:
        if _process.json is None:
            _process.json = _settings(_process.configuration).to_json()
        return _process.configuration, _process.json
