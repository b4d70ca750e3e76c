"""Objects that end with the run: files in a folder that is removed with it, so that all workers see the same ones."""

from pathlib import Path
from typing import ClassVar

from msgspec import Struct

from atoll.capabilities.blobstore.memory import MemoryConfig
from atoll.capabilities.blobstore.providers.local import Files
from atoll.capabilities.provider import Place


class Memory(Files):
    """A container for tests and for what may be lost."""

    Config: ClassVar[type[Struct]] = MemoryConfig

    def __init__(self, config: MemoryConfig, place: Place) -> None:
        super().__init__(Path(config.folder) / place.label, lasting=False)
