"""Registries of artifacts: Debian's docker-registry, and the one of go-containerregistry."""

import base64
import json
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trustme
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.servers.running import Running, answering
from tests.servers.served import Asked, Said
from tests.support import tool

USER, PASSWORD = "anna", "open sesame"
# bcrypt of the password, which is the only form that the server reads.
_HTPASSWD = f"{USER}:$2y$05$abcdefghijklmnopqrstuupx2xBUC4954936wVIjyyPHmUBFu0wCW\n"
_ISSUER = "token service of a test"
_READY = b"GET /v2/ HTTP/1.0\r\n\r\n"


class DockerRegistry(Running):
    """Debian's docker-registry. `auth` is a part of its configuration."""

    def __init__(self, folder: Path, auth: dict[str, Any] | None = None) -> None:
        def command(port: int) -> list[str]:
            config = {
                "version": "0.1",
                "log": {"level": "error", "accesslog": {"disabled": True}},
                "storage": {"filesystem": {"rootdirectory": str(folder / "data")}, "delete": {"enabled": True}},
                "http": {"addr": f"127.0.0.1:{port}"},
                **({"auth": auth} if auth else {}),
            }
            # JSON is YAML.
            (folder / "config.yml").write_text(json.dumps(config))
            return [tool("docker-registry"), "serve", "config.yml"]

        super().__init__(command, folder, answering(_READY, b"HTTP/1."))

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def blobs(self) -> set[str]:
        """The digests of all blobs that it holds."""
        folder = Path(self._folder) / "data/docker/registry/v2/blobs/sha256"
        return {f"sha256:{path.parent.name}" for path in folder.rglob("data")}


class GoRegistry(Running):
    """The registry of go-containerregistry, which knows referrers and keeps all in memory."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            lambda port: [tool("crane"), "registry", "serve", "--address", f"127.0.0.1:{port}"],
            folder,
            answering(_READY, b"HTTP/1."),
        )

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"


def docker_registry(folder: Path) -> AbstractContextManager[DockerRegistry]:
    """A running registry that asks nobody who he is."""
    return DockerRegistry(folder).running()


def with_password(folder: Path) -> AbstractContextManager[DockerRegistry]:
    """A running registry that knows USER by PASSWORD."""
    (folder / "htpasswd").write_text(_HTPASSWD)
    return DockerRegistry(folder, {"htpasswd": {"realm": "test", "path": str(folder / "htpasswd")}}).running()


def go_registry(folder: Path) -> AbstractContextManager[GoRegistry]:
    """A running registry of another make."""
    return GoRegistry(folder).running()


class Tokens:
    """A token service: everybody may read `public/…`, USER may do all. Its answers are for `served`."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
        issued = authority.issue_cert("tokens.test", key_type=trustme.KeyType.ECDSA)
        self._key = load_pem_private_key(issued.private_key_pem.bytes(), None)
        self._chain = [_pem_body(one.bytes()) for one in issued.cert_chain_pems]
        self._roots = folder / "roots.pem"
        authority.cert_pem.write_to_path(self._roots)
        self.scopes: list[list[str]] = []

    def registry(self, folder: Path, realm: str) -> AbstractContextManager[DockerRegistry]:
        """A running registry that sends everybody to the service at that address."""
        token = {"realm": realm, "service": "registry.test", "issuer": _ISSUER, "rootcertbundle": str(self._roots)}
        return DockerRegistry(folder, {"token": token}).running()

    def answer(self, asked: Asked) -> Said:
        """A token for what whoever asks may do."""
        if asked.method == "POST":
            form = parse_qs(asked.body.decode())
            known = form.get("refresh_token") == [PASSWORD]
        else:
            form = parse_qs(urlsplit(asked.path).query)
            basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            given = asked.headers.get("authorization")
            if given not in (None, f"Basic {basic}"):
                return Said(401, {"details": "incorrect username or password"})
            known = given is not None
        scopes = form.get("scope", [])
        self.scopes.append(scopes)
        return Said(200, {"token": self._token([one for scope in scopes if (one := _granted(scope, known=known))])})

    def _token(self, access: list[dict[str, Any]]) -> str:
        now = int(time.time())
        header = {"alg": "ES256", "typ": "JWT", "x5c": self._chain}
        claims = {
            "iss": _ISSUER, "sub": USER, "aud": "registry.test", "exp": now + 300, "nbf": now - 5, "iat": now,
            "jti": str(now), "access": access,
        }  # fmt: skip
        signed = f"{_encoded(json.dumps(header).encode())}.{_encoded(json.dumps(claims).encode())}"
        assert isinstance(self._key, ec.EllipticCurvePrivateKey)
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{_encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _granted(scope: str, *, known: bool) -> dict[str, Any] | None:
    kind, name, actions = scope.split(":")
    allowed = actions.split(",") if known else ["pull"] if name.startswith("public/") else []
    return {"type": kind, "name": name, "actions": [one for one in actions.split(",") if one in allowed]}


def _pem_body(pem: bytes) -> str:
    return "".join(line for line in pem.decode().splitlines() if not line.startswith("-"))


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
