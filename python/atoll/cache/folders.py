"""The folders of the cache. This is the one place that names them."""

import os
from dataclasses import dataclass
from pathlib import Path


def cache_home() -> Path:
    """`$XDG_CACHE_HOME/atoll`, or `~/.cache/atoll`."""
    # A relative folder is to be ignored, says the XDG specification.
    chosen = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (chosen if chosen.is_absolute() else Path.home() / ".cache") / "atoll"


@dataclass(frozen=True, slots=True)
class CacheFolders:
    """What lies where below one cache directory. None of the folders need be there."""

    root: Path

    @property
    def apps(self) -> Path:
        """Apps that were pulled from registries, each in a folder with its digest for a name."""
        return self.root / "registry" / "apps"

    @property
    def wasm(self) -> Path:
        """Wasm files of registries and addresses, under their digests."""
        return self.root / "registry" / "wasm"

    @property
    def data(self) -> Path:
        """All other blobs of registries, under their digests."""
        return self.root / "registry" / "data"

    @property
    def signatures(self) -> Path:
        """Signatures of artifacts that were good, under the artifacts' digests."""
        return self.root / "registry" / "signatures"

    @property
    def code(self) -> Path:
        """Machine code, sealed with a key of the folder."""
        return self.root / "code"

    @property
    def composed(self) -> Path:
        """Components that were composed of others, under the digest of all that they were made of."""
        return self.root / "composed"

    @property
    def python_component(self) -> Path:
        """Packages that Python projects require, a folder for each list of requirements.

        `python-component` runs without the rest of atoll, and knows this place by itself.
        """
        return self.root / "python-component"


def cache_folders(root: str | os.PathLike[str] | None = None) -> CacheFolders:
    """Those of the directory that somebody chose, or else of the user's own."""
    return CacheFolders(Path(root).absolute() if root else cache_home())
