"""Sigstore's services on loopback: Fulcio, the log of its certificates, Rekor, timestamps, and an OpenID provider."""

import base64
import hashlib
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.servers.running import Running, answering, listening
from tests.servers.served import Asked, Said, Served, served
from tests.support import tool

IDENTITY = "anna@example.com"
AUDIENCE = "sigstore"
_BEGIN = datetime.now(UTC) - timedelta(days=1)
_VALID = {"start": _BEGIN.strftime("%Y-%m-%dT%H:%M:%SZ")}
_PASSWORD = "open sesame"
_LOG = "rekor.test"
_READY = answering(b"GET / HTTP/1.0\r\n\r\n", b"HTTP/1.")

_Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class Issuer:
    """Says who somebody is, as an OpenID provider does. Its answers are for `served`."""

    def __init__(self) -> None:
        self.url = ""
        self._key = ec.generate_private_key(ec.SECP256R1())

    def answer(self, asked: Asked) -> Said:
        """What a service needs to know of it; to a workflow of GitHub, its token."""
        if asked.path == "/keys":
            key = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._key.public_key()))
            return Said(200, {"keys": [{**key, "alg": "ES256", "use": "sig", "kid": "1"}]})
        if asked.path.startswith("/workflow"):
            return Said(200, {"value": self.token()})
        return Said(200, {
            "issuer": self.url, "jwks_uri": f"{self.url}/keys", "id_token_signing_alg_values_supported": ["ES256"],
            "authorization_endpoint": f"{self.url}/auth", "token_endpoint": f"{self.url}/token",
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
        })  # fmt: skip

    def token(self, identity: str = IDENTITY, **claims: object) -> str:
        """An identity token, good for five minutes; claims may say otherwise."""
        now = int(time.time())
        usual = {
            "iss": self.url, "sub": identity, "email": identity, "email_verified": True, "aud": AUDIENCE,
            "iat": now, "exp": now + 300,
        }  # fmt: skip
        return jwt.encode({**usual, **claims}, self._key, "ES256", {"kid": "1"})


class Sigstore:
    """All services, which are there as long as `running` is. `config` is what clients are told of them."""

    def __init__(self, folder: Path, issuer: Issuer) -> None:
        self.issuer = issuer
        self.config: dict[str, Any] = {}
        self._folder = folder
        self._log_key = ec.generate_private_key(ec.SECP256R1())
        self._rekor_key = ed25519.Ed25519PrivateKey.generate()
        self._authority, authority_key = _authority()
        (folder / "root.pem").write_bytes(self._authority.public_bytes(Encoding.PEM))
        (folder / "root.key").write_bytes(_pem(authority_key, BestAvailableEncryption(_PASSWORD.encode())))
        (folder / "ct.key").write_bytes(_pem(self._log_key, NoEncryption(), PrivateFormat.TraditionalOpenSSL))
        (folder / "rekor.key").write_bytes(_pem(self._rekor_key))
        known = {"IssuerURL": issuer.url, "ClientID": AUDIENCE, "Type": "email"}
        (folder / "fulcio.json").write_text(json.dumps({"OIDCIssuers": {issuer.url: known}}))
        self.certificate_log = Running(self._tesseract, folder, _READY)
        self.fulcio = Running(self._fulcio, folder, _READY)
        self.rekor = Running(self._rekor, folder, _READY)
        self.timestamps = Running(self._timestamps, folder, listening)

    @contextmanager
    def running(self) -> Iterator["Sigstore"]:
        """All of them started, and stopped afterwards."""
        with ExitStack() as stack:
            for server in (self.certificate_log, self.fulcio, self.rekor, self.timestamps):
                stack.enter_context(server.running())
            self.config = {
                "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
                "trustedRoot": self._trusted_root(),
                "signingConfig": self._signing_config(),
            }
            yield self

    def _tesseract(self, port: int) -> list[str]:
        return [
            tool("tesseract"), f"--http_endpoint=127.0.0.1:{port}", "--origin=ct.test", "--private_key=ct.key",
            "--roots_pem_file=root.pem", "--storage_dir=ct", "--path_prefix=ct", "--checkpoint_interval=200ms",
            "--batch_max_age=50ms",
        ]  # fmt: skip

    def _fulcio(self, port: int) -> list[str]:
        return [
            tool("fulcio"), "serve", "--host=127.0.0.1", f"--port={port}", "--grpc-host=127.0.0.1", "--grpc-port=0",
            "--metrics-port=0", f"--legacy-unix-domain-socket={self._folder}/s", "--ca=fileca",
            "--fileca-cert=root.pem", "--fileca-key=root.key", f"--fileca-key-passwd={_PASSWORD}",
            "--fileca-watch=false", "--config-path=fulcio.json",
            f"--ct-log-url=http://127.0.0.1:{self.certificate_log.port}/ct",
        ]  # fmt: skip

    def _rekor(self, port: int) -> list[str]:
        return [
            tool("rekor-server"), "serve", f"--http-port={port}", f"--grpc-port={_free_port()}",
            "--http-metrics-port=0", f"--hostname={_LOG}", "--storage-dir=rekor", "--signer-filepath=rekor.key",
            "--checkpoint-interval=200ms", "--batch-max-age=50ms",
        ]  # fmt: skip

    def _timestamps(self, port: int) -> list[str]:
        return [tool("timestamp-server"), str(port)]

    def _trusted_root(self) -> dict[str, Any]:
        chain = urlopen(f"http://127.0.0.1:{self.timestamps.port}/api/v1/timestamp/certchain").read()
        raw = self._rekor_key.public_key().public_bytes_raw()
        rekor_id = hashlib.sha256(f"{_LOG}\n\x01".encode() + raw).digest()
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [_log(f"http://{_LOG}", self._rekor_key, "PKIX_ED25519", rekor_id)],
            "certificateAuthorities": [_chain(self.fulcio, [self._authority])],
            "ctlogs": [_log("http://ct.test", self._log_key, "PKIX_ECDSA_P256_SHA_256", None)],
            "timestampAuthorities": [_chain(self.timestamps, x509.load_pem_x509_certificates(chain))],
        }

    def _signing_config(self) -> dict[str, Any]:
        return {
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "caUrls": [_service(self.fulcio, 1)],
            "oidcUrls": [],
            "rekorTlogUrls": [_service(self.rekor, 2)],
            "rekorTlogConfig": {"selector": "ANY"},
            "tsaUrls": [_service(self.timestamps, 1, "/api/v1/timestamp")],
            "tsaConfig": {"selector": "ANY"},
        }


@contextmanager
def sigstore(folder: Path) -> Iterator[Sigstore]:
    """All services, and an issuer that they believe."""
    issuer = Issuer()
    with served(issuer.answer) as server:
        issuer.url = server.url
        with Sigstore(folder, issuer).running() as services:
            yield services


def workflow(server: Served | Issuer) -> dict[str, str]:
    """The environment of a workflow of GitHub that may have a token."""
    return {
        "GITHUB_ACTIONS": "true",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.url}/workflow",
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _authority() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Fulcio of a test")])
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(_BEGIN)
        .not_valid_after(_BEGIN + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256()), key


def _pem(
    key: _Private, encryption: KeySerializationEncryption | None = None, form: PrivateFormat = PrivateFormat.PKCS8
) -> bytes:
    return key.private_bytes(Encoding.PEM, form, encryption or NoEncryption())


def _service(server: Running, version: int, path: str = "") -> dict[str, Any]:
    url = f"http://127.0.0.1:{server.port}{path}"
    return {"url": url, "majorApiVersion": version, "validFor": _VALID, "operator": "test"}


def _log(url: str, key: _Private, details: str, identifier: bytes | None) -> dict[str, Any]:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {"rawBytes": _encoded(der), "keyDetails": details, "validFor": _VALID},
        "logId": {"keyId": _encoded(identifier or hashlib.sha256(der).digest())},
    }


def _chain(server: Running, certificates: list[x509.Certificate]) -> dict[str, Any]:
    return {
        "subject": {"organization": "test", "commonName": "test"},
        "uri": f"http://127.0.0.1:{server.port}",
        "certChain": {"certificates": [{"rawBytes": _encoded(one.public_bytes(Encoding.DER))} for one in certificates]},
        "validFor": _VALID,
    }


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
