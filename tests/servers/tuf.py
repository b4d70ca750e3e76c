"""A repository of TUF: Sigstore's clients have from one what they believe of the public instance."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # is not marked as for all
from tuf.api import metadata
from tuf.api.metadata import Metadata

from tests.servers.served import Asked, Said, Served, served

# The kinds of documents are there for all, but not marked so.
_KINDS: Any = metadata


class Repository:
    """Its files by their paths. Its answers are for `served`."""

    def __init__(self, targets: dict[str, bytes]) -> None:
        signer = CryptoSigner.generate_ed25519()
        expires = datetime.now(UTC) + timedelta(days=1)
        root = _KINDS.Root(expires=expires, consistent_snapshot=False)
        for role in ("root", "timestamp", "snapshot", "targets"):
            root.add_key(signer.public_key, role)
        listed = _KINDS.Targets(expires=expires)
        listed.targets = {name: _KINDS.TargetFile.from_data(name, content) for name, content in targets.items()}
        self.files = {f"targets/{name}": content for name, content in targets.items()}
        for signed in (root, listed, _KINDS.Snapshot(expires=expires), _KINDS.Timestamp(expires=expires)):
            document: Metadata[Any] = Metadata(signed)
            document.sign(signer)
            self.files[f"{signed.type}.json"] = document.to_bytes()

    def answer(self, asked: Asked) -> Said:
        """A file."""
        content = self.files.get(asked.path.lstrip("/"))
        return Said(404, b"") if content is None else Said(200, content)

    def believe(self, url: str, home: Path) -> None:
        """Let Sigstore's clients believe what is there, as they do where they know the root."""
        folder = home / ".local/share/sigstore-python/tuf" / quote(url, safe="")
        folder.mkdir(parents=True)
        (folder / "root.json").write_bytes(self.files["root.json"])


@contextmanager
def tuf(targets: dict[str, bytes], home: Path) -> Iterator[Served]:
    """A running repository that the clients of that home folder believe."""
    repository = Repository(targets)
    with served(repository.answer) as server:
        repository.believe(server.url, home)
        yield server
