"""A registry for the tests of this folder, and a home folder of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from atoll.packages.oci.pulling import Pulled, Puller
from atoll.packages.oci.transfer import Nobody
from atoll.registry.client import Client
from atoll.registry.reference import Reference
from atoll.registry.store import Store
from atoll.registry.trust.policy import Policy
from tests.cli.conftest import atoll
from tests.registry.conftest import HASTY, home, registry, store

from .keyless import nobody, others, services, signature, trust

__all__ = ["atoll", "home", "nobody", "others", "registry", "services", "signature", "store", "trust"]


class Local:
    """The registry, with a client and a store."""

    def __init__(self, client: Client, store: Store) -> None:
        self.client = client
        self.store = store

    def reference(self, name: str) -> Reference:
        return Reference.parse(f"{self.client.registry}/{name}")

    def pull(self, name: str, policy: Policy | None = None) -> Pulled:
        return Puller(self.client, self.store, Nobody(), policy or Policy.find()).pull(self.reference(name))


@pytest.fixture
def local(registry: object, store: Store) -> Iterator[Local]:
    host: str = registry.host  # type: ignore[attr-defined]  # of either make
    with Client(host, patience=HASTY) as client:
        yield Local(client, store)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "app"
    path.mkdir()
    return path
