"""Keys for signatures: ECDSA on P-256, and Ed25519, in PEM; private ones encrypted as cosign does it.

The encryption (scrypt, NaCl's secret box) and the names of the PEM blocks are those of `cosign generate-key-pair`.
"""

import base64
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from atoll.errors import UserError
from atoll.files import TooLarge, read_bounded

if TYPE_CHECKING:
    from atoll.registry.trust.signatures import Signature

Algorithm = Literal["ecdsa-p256", "ed25519"]

_MAX_BYTES = 64 << 10
_LABELS = ("ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY")
_BLOCK = re.compile(rb"-----BEGIN ([A-Z ]+)-----\s+([A-Za-z0-9+/=\s]+)-----END \1-----")
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 65536, 8, 1
_MAX_SCRYPT_BYTES = 512 << 20
_KEY_BYTES = 32

_Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
_Public = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


class _Params(msgspec.Struct):
    N: int
    r: int
    p: int


class _Kdf(msgspec.Struct):
    name: Literal["scrypt"]
    params: _Params
    salt: bytes


class _Cipher(msgspec.Struct):
    name: Literal["nacl/secretbox"]
    nonce: bytes


class _Encrypted(msgspec.Struct):
    kdf: _Kdf
    cipher: _Cipher
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that says whether a signature is good. `name` is where it is from, for messages."""

    name: str
    _key: _Public

    @classmethod
    def load(cls, path: Path) -> "PublicKey":
        """Read a PEM file. Raises UserError `key-invalid`."""
        return cls.read(_file(path), str(path))

    @classmethod
    def read(cls, pem: bytes, name: str) -> "PublicKey":
        """Read PEM. Raises UserError `key-invalid`."""
        try:
            key = serialization.load_pem_public_key(pem)
        except (ValueError, TypeError):
            raise _invalid(name, "it is not a public key in PEM") from None
        if not _is_supported(key):
            raise _invalid(name, "it is neither ECDSA on P-256 nor Ed25519")
        return cls(name, key)  # type: ignore[arg-type]  # as was just looked at

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the key's DER form, in hexadecimal."""
        der = self._key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(der).hexdigest()

    @property
    def pem(self) -> bytes:
        """The key as PEM."""
        return self._key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    @property
    def record(self) -> dict[str, str]:
        """For `--json`."""
        return {"key": self.name, "fingerprint": self.fingerprint}

    def has_signed(self, signature: "Signature") -> bool:
        """Whether it is a signature of the private key."""
        return self.verifies(signature.signature, signature.message)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether the private key has signed the message."""
        try:
            if isinstance(self._key, ec.EllipticCurvePublicKey):
                self._key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
            else:
                self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key that signs."""

    _key: _Private

    @classmethod
    def generate(cls, algorithm: Algorithm) -> "PrivateKey":
        """A new one."""
        if algorithm == "ed25519":
            return cls(ed25519.Ed25519PrivateKey.generate())
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def load(cls, path: Path, password: bytes) -> "PrivateKey":
        """Read a PEM file: encrypted by cosign, or PKCS 8. Raises UserError `key-invalid`."""
        pem = _file(path)
        block = _BLOCK.search(pem)
        if block is not None and block[1].decode() in _LABELS:
            content = _decrypted(base64.b64decode(block[2]), password, str(path))
            return cls(_loaded(serialization.load_der_private_key, content, None, str(path)))
        return cls(_loaded(serialization.load_pem_private_key, pem, password or None, str(path)))

    def encrypted(self, password: bytes) -> bytes:
        """The key as PEM, encrypted as cosign does it."""
        from nacl.secret import SecretBox
        from nacl.utils import random

        der = self._key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        params = _Params(_SCRYPT_N, _SCRYPT_R, _SCRYPT_P)
        salt, nonce = os.urandom(_KEY_BYTES), random(SecretBox.NONCE_SIZE)
        sealed = SecretBox(_derived(password, salt, params)).encrypt(der, nonce).ciphertext
        content = msgspec.json.encode(
            _Encrypted(_Kdf("scrypt", params, salt), _Cipher("nacl/secretbox", nonce), sealed)
        )
        text = base64.encodebytes(content).decode().replace("\n", "")
        lines = "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
        return f"-----BEGIN {_LABELS[0]}-----\n{lines}\n-----END {_LABELS[0]}-----\n".encode()

    @property
    def public(self) -> PublicKey:
        """The key that others have."""
        return PublicKey("", self._key.public_key())

    def sign(self, message: bytes) -> bytes:
        """The signature of a message: ASN.1 DER for ECDSA."""
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            return self._key.sign(message, ec.ECDSA(hashes.SHA256()))
        return self._key.sign(message)


def _loaded(load: Any, content: bytes, password: bytes | None, name: str) -> _Private:
    try:
        key = load(content, password)
    except (ValueError, TypeError) as error:
        raise _invalid(name, f"it cannot be read: {error}") from None
    if not _is_supported(key.public_key()):
        raise _invalid(name, "it is neither ECDSA on P-256 nor Ed25519")
    private: _Private = key
    return private


def _is_supported(key: object) -> bool:
    if isinstance(key, ec.EllipticCurvePublicKey):
        return isinstance(key.curve, ec.SECP256R1)
    return isinstance(key, ed25519.Ed25519PublicKey)


def _decrypted(content: bytes, password: bytes, name: str) -> bytes:
    from nacl.exceptions import CryptoError
    from nacl.secret import SecretBox

    try:
        sealed = msgspec.json.decode(content, type=_Encrypted)
        box = SecretBox(_derived(password, sealed.kdf.salt, sealed.kdf.params))
        return box.decrypt(sealed.ciphertext, sealed.cipher.nonce)
    except CryptoError:
        raise _invalid(name, "the password is wrong") from None
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _invalid(name, f"it cannot be read: {error}") from None


def _derived(password: bytes, salt: bytes, params: _Params) -> bytes:
    return hashlib.scrypt(
        password, salt=salt, n=params.N, r=params.r, p=params.p, maxmem=_MAX_SCRYPT_BYTES, dklen=_KEY_BYTES
    )


def _file(path: Path) -> bytes:
    try:
        return read_bounded(path, _MAX_BYTES)
    except OSError as error:
        raise _invalid(str(path), f"it cannot be read: {error.strerror}") from None
    except TooLarge as error:
        raise _invalid(str(path), str(error)) from None


def _invalid(name: str, why: str) -> UserError:
    return UserError("key-invalid", f"the key {name} cannot be used: {why}", "name a key in PEM; `atoll sign --help`")
