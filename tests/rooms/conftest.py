"""An app whose one guest does in a room what the path says."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from atoll.testing import Up, up
from tests.support import answering, write_app


@dataclass(frozen=True, slots=True)
class Room:
    """The guest's answers, or AskedInVain with the interface's own error."""

    app: Up
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60))

    def __call__(self, path: str, body: bytes = b"", **query: str | int) -> bytes:
        answer = self.maybe(path, body, **query)
        assert answer is not None
        return answer

    def maybe(self, path: str, body: bytes = b"", **query: str | int) -> bytes | None:
        """None where the guest found nothing."""
        answer = self.client.post(f"{self.app.url}/{path}", params=query, content=body)
        if answer.status_code == 500:
            raise AskedInVain(answer.text)
        return answer.content if answer.status_code == 200 else None


class AskedInVain(Exception):
    """What the guest was told instead of an answer."""


Open = Callable[..., AbstractContextManager[Room]]


@pytest.fixture
def open_room(tmp_path: Path) -> Open:
    """Serve a guest with these keys, and a runtime config if there is one; its state lies in the test's folder."""

    @contextmanager
    def opened(guest: str, keys: str, config: str = "", *flags: str, **env: str) -> Iterator[Room]:
        manifest = write_app(tmp_path, answering(guest) + keys)
        file = tmp_path / "runtime.toml"
        file.write_text(config, "utf-8")
        with up(manifest, "--runtime-config-file", str(file), *flags, env=env) as app:
            room = Room(app)
            with room.client:
                yield room

    return opened
