"""Azure Cosmos DB as `cosmos_api.py` serves it: a process of its own, items in memory."""

import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx

from tests.servers.cosmos_api import KEY
from tests.servers.running import Running, listening

__all__ = ["KEY", "Cosmos", "cosmos"]


class Cosmos(Running):
    """A server, empty after each start."""

    def __init__(self, folder: Path) -> None:
        program = Path(__file__).with_name("cosmos_api.py")
        super().__init__(lambda port: [sys.executable, str(program), str(port)], folder, listening)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def items(self) -> Any:
        """What is stored, by id."""
        return httpx.get(f"{self.url}items").raise_for_status().json()

    def put(self, id: str, value: object) -> None:
        """Store an item as it is."""
        httpx.put(f"{self.url}items", json={"id": id, "value": value}).raise_for_status()


def cosmos(folder: Path) -> AbstractContextManager[Cosmos]:
    """A running server."""
    return Cosmos(folder).running()
