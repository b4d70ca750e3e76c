"""A container of objects, in a folder that goes with the test."""

from collections.abc import Iterator, MutableMapping
from pathlib import Path

from atoll.capabilities.blobstore.providers.local import Files
from atoll.testing.calls import shown

_ALL = (1 << 63) - 1


class Objects(MutableMapping[str, bytes]):
    """What a container holds, by name: read and changed as a whole. Text becomes bytes."""

    def __init__(self, folder: Path) -> None:
        self.container = Files(folder, lasting=False)

    def __getitem__(self, name: str) -> bytes:
        found = self.container.read(name, 0, _ALL)
        if found is None:
            raise KeyError(name)
        return b"".join(found[1])

    def __setitem__(self, name: str, data: bytes | str) -> None:
        upload = self.container.write(name)
        try:
            upload.write(data.encode() if isinstance(data, str) else bytes(data))
            upload.finish()
        finally:
            upload.close()

    def __delitem__(self, name: str) -> None:
        if self.container.info(name) is None:
            raise KeyError(name)
        self.container.delete([name])

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(name for page in self.container.names() for name in page))

    def __len__(self) -> int:
        return sum(map(len, self.container.names()))

    def __repr__(self) -> str:
        return shown(dict(self))
