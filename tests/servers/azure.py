"""Azure Key Vault's HTTP API, as documented: the challenge, the token endpoint, and secrets in memory, over TLS."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import trustme

from tests.servers.served import Asked, Said, Served, served

TENANT = "00000000-0000-0000-0000-00000000aaaa"
CLIENT = "00000000-0000-0000-0000-00000000bbbb"
SECRET = "client-secret-of-the-test"
_TOKEN = "access-token-of-the-test"


class KeyVault:
    """The vault's secrets, and what it answers."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.status: int | None = None
        """Answer everything with this status."""
        self.server: Served

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def reads(self) -> list[str]:
        """The names of the secrets that were asked for with a token."""
        return [_name(asked) for asked in self.server.asked if "authorization" in asked.headers]

    def answer(self, asked: Asked) -> Said:
        if self.status is not None:
            return _error(self.status, "Broken")
        if asked.method == "POST":
            return self._token(asked)
        if asked.headers.get("authorization") != f"Bearer {_TOKEN}":
            return _error(401, "Unauthorized", {"www-authenticate": self._challenge()})
        name = _name(asked)
        if name not in self.secrets:
            return _error(404, "SecretNotFound")
        return Said(body={"value": self.secrets[name], "id": f"{self.url}/secrets/{name}/1", "attributes": {}})

    def _token(self, asked: Asked) -> Said:
        form = parse_qs(asked.body.decode())
        if not asked.path.startswith(f"/{TENANT}/") or form.get("client_secret") != [SECRET]:
            return Said(401, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret"})
        return Said(body={"token_type": "Bearer", "expires_in": 3600, "access_token": _TOKEN})

    def _challenge(self) -> str:
        # Clients only hear a challenge for a parent of the domain that they asked.
        resource = self.url.replace("//127.", "//")
        return f'Bearer authorization="{self.url}/{TENANT}", resource="{resource}"'


def _name(asked: Asked) -> str:
    return urlsplit(asked.path).path.removeprefix("/secrets/").strip("/")


def _error(status: int, code: str, headers: dict[str, str] | None = None) -> Said:
    return Said(status, {"error": {"code": code, "message": "said by the vault"}}, headers or {})


@contextmanager
def key_vault(authority: trustme.CA) -> Iterator[KeyVault]:
    """A running vault, with a certificate of this authority."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    vault = KeyVault()
    with served(vault.answer, tls) as vault.server:
        yield vault
