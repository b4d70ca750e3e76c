"""What a run says about locking an app."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from atoll.cache import CacheFolders, cache_home


@dataclass(frozen=True, slots=True, kw_only=True)
class LockSettings:
    """Where files go, and what the command line adds to the manifest.

    `working_directory` gets the copies of the components' files; the caller removes it after the run. Downloads are
    kept below `cache_directory`. `components` selects some of the app's (none: all). `environment` is added to every
    component's. `policy` is a file that says which artifacts of registries are taken, if not the machine's own.
    """

    working_directory: Path
    cache_directory: Path = field(default_factory=cache_home)
    direct_mounts: bool = False
    components: tuple[str, ...] = ()
    policy: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def compositions(self) -> Path:
        """Where components that were composed are kept."""
        return CacheFolders(self.cache_directory).composed
