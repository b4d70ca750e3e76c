"""What toolchains are made of: when a part is there in the version that is pinned."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from atoll.toolchain.place import Place


class Part(ABC):
    """One part. `name` is its link's; `title` and `version` are for people."""

    name: str
    title: str

    @property
    def version(self) -> str:
        """The one that is pinned; empty where it is the machine's."""
        return ""

    @property
    def what(self) -> str:
        """The part, for people."""
        return f"{self.title} {self.version}".rstrip()

    @abstractmethod
    def is_there(self, place: Place) -> bool:
        """Whether nothing needs to be done."""

    @abstractmethod
    def install(self, place: Place) -> None:
        """Have it. Raises UserError."""


class Folder(Part):
    """A part that is a folder of the place."""

    @abstractmethod
    def pinned(self) -> Iterator[bytes]:
        """What it is made from."""

    @abstractmethod
    def make(self, folder: Path, place: Place) -> None:
        """Fill the folder. Raises UserError."""

    def is_spared(self) -> bool:
        """Whether the machine has what it would bring."""
        return False

    def is_whole(self, folder: Path) -> bool:
        """Whether what was made still works."""
        return folder.is_dir()

    @cached_property
    def digest(self) -> str:
        """Another one for other contents."""
        return hashlib.sha256(b"\0".join(self.pinned())).hexdigest()[:12]

    def is_there(self, place: Place) -> bool:
        """It was made of what it would be made of now, or is not needed."""
        found = place.part(self.name)
        if found is None:
            return self.is_spared()
        return found.name.startswith(f"{self.name}-{self.digest}-") and self.is_whole(found)

    def install(self, place: Place) -> None:
        """Make it anew."""
        place.put(self.name, self.digest, lambda folder: self.make(folder, place))
