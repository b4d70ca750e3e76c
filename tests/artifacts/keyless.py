"""Sigstore's services for the tests of this folder, and signatures that were made with them."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from atoll.registry.trust import keyless
from atoll.registry.trust.identities import Identity
from atoll.registry.trust.services import Services
from atoll.registry.trust.signatures import Signature
from tests.servers.sigstore import IDENTITY, Sigstore, sigstore

DIGEST = "sha256:" + "0" * 64


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sigstore]:
    with sigstore(tmp_path_factory.mktemp("sigstore")) as running:
        yield running


@pytest.fixture(scope="session")
def trust(services: Sigstore, tmp_path_factory: pytest.TempPathFactory) -> Services:
    """The services as clients know them."""
    return configured(tmp_path_factory.mktemp("trust"), services.config)


@pytest.fixture(scope="session")
def others(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Other services, who have signed nothing of ours."""
    with sigstore(tmp_path_factory.mktemp("others")) as running:
        yield configured(tmp_path_factory.mktemp("foreign"), running.config)


@pytest.fixture(scope="session")
def signature(services: Sigstore, trust: Services) -> Signature:
    return keyless.made(services.issuer.token(), trust, DIGEST, {"by": "ci"})[0]


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither whoever runs the tests nor the machine says who signs."""
    for name in ("SIGSTORE_ID_TOKEN", "ATOLL_SIGSTORE", "GITHUB_ACTIONS", "BUILDKITE", "GITLAB_CI", "CIRCLECI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("id._internal.oidc.ambient._GCP_PRODUCT_NAME_FILE", os.devnull)


def configured(folder: Path, config: object) -> Services:
    (folder / "trust.json").write_text(json.dumps(config))
    return Services.load(folder / "trust.json")


def anna(services: Sigstore, trust: Services) -> Identity:
    return Identity(IDENTITY, services.issuer.url, trust)
