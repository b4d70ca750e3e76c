"""What a run says about locking an app."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


def default_cache_directory() -> Path:
    """`$XDG_CACHE_HOME/atoll`, or `~/.cache/atoll`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "atoll"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockSettings:
    """Where files go, and what the command line adds to the manifest.

    `working_directory` gets the copies of the components' files; the caller removes it after the run. Downloads are
    kept below `cache_directory`. `components` selects some of the app's (none: all). `environment` is added to every
    component's. `policy` is a file that says which artifacts of registries are taken, if not the machine's own.
    """

    working_directory: Path
    cache_directory: Path = field(default_factory=default_cache_directory)
    direct_mounts: bool = False
    components: tuple[str, ...] = ()
    policy: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def compositions(self) -> Path:
        """Where components that were composed are kept."""
        return self.cache_directory / "composed"
