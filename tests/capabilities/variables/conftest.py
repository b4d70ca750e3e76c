"""A real OpenBao, an Azure Key Vault by its documented API, and a place for providers."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from atoll.capabilities.provider import Place
from tests.capabilities.variables.values import KNOWN, fill
from tests.servers.azure import KeyVault, key_vault
from tests.servers.vault import Bao, bao


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(label="", config=tmp_path, state=tmp_path / ".spin")


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    with bao(tmp_path_factory.mktemp("bao")) as server:
        fill(server)
        yield server


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[KeyVault]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with key_vault(authority) as server:
        server.secrets = {name.replace("_", "-"): value for name, value in KNOWN.items()}
        yield server


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """All that is logged, down to the libraries' last detail."""
    caplog.set_level(logging.DEBUG)
    return caplog
