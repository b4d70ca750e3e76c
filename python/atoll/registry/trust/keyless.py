"""Signs and verifies with Sigstore's own library; Fulcio, Rekor and a timestamp authority are asked for a signature."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from atoll.errors import UserError
from atoll.registry.trust.bundles import opened, statement
from atoll.registry.trust.identities import Identity
from atoll.registry.trust.services import PUBLIC, ROOT, Services, invalid
from atoll.registry.trust.signatures import Signature
from atoll.registry.trust.tokens import token_invalid

try:
    import jwt
    import requests
    from cryptography.x509 import Certificate, OtherName, SubjectAlternativeName, UnrecognizedExtension
    from sigstore.dsse import Statement
    from sigstore.errors import Error, MetadataError, TUFError
    from sigstore.models import Bundle, ClientTrustConfig, TrustedRoot
    from sigstore.oidc import ExpiredIdentity, IdentityError, IdentityToken, detect_credential
    from sigstore.sign import Signer, SigningContext
    from sigstore.verify import Verifier, policy
    from sigstore_models.trustroot.v1 import TrustedRoot as Root
except ImportError as missing:
    raise ImportError("signatures without keys need a library: pip install 'atoll[keyless]'") from missing

# What it has to say is said by our errors; without a handler Python would print its warnings.
logging.getLogger("sigstore").addHandler(logging.NullHandler())

PATIENCE_SECONDS = 60.0
_LONGEST = 500

Result = TypeVar("Result")


def made(
    token: str, services: Services, digest: str, annotations: dict[str, str], patience: float = PATIENCE_SECONDS
) -> tuple[Signature, Identity]:
    """Sign an artifact as whom the token names; the signature, and who that is.

    Raises UserError `token-invalid`, `sigstore-invalid`, `sigstore-unreachable`, `sigstore-failed`; `patience` is how
    many seconds all of the services have.
    """
    try:
        told = IdentityToken(token)
    except IdentityError as error:
        cause = error.__cause__ or error
        raise token_invalid(
            "the token has expired" if isinstance(cause, jwt.ExpiredSignatureError) else str(cause)
        ) from None
    content = Statement(statement(digest, annotations))
    bundle = _in_time(lambda: _signed(told, services, content), services, patience)
    encoded = bundle.to_json().encode()
    [(kind, payload, signature)] = opened(encoded)
    one = Signature(payload, signature, kind, encoded)
    by = Identity(*_named(bundle.signing_certificate), services)
    if reason := by.refusal(one):
        raise _failed(services, f"what they have answered does not fit its trusted root: {reason}")
    return one, by


def offered() -> str | None:
    """The token that the machine has for whoever builds on it. Raises UserError `token-invalid`."""
    try:
        return detect_credential()
    except IdentityError as error:
        raise token_invalid(str(error)) from None


def refusal(identity: Identity, signature: Signature) -> str:
    """Why a bundle is no signature of somebody; empty if it is one. Raises UserError `sigstore-invalid`."""
    known = verifier(identity.services)
    # `policy.Identity` would pass over an issuer that is empty.
    wanted = policy.AllOf([policy.OIDCIssuer(identity.issuer), policy.Identity(identity=identity.identity)])
    try:
        verified = known.verify_dsse(Bundle.from_json(signature.bundle), wanted)
    except MetadataError as error:
        raise invalid(identity.services.name, error) from None
    except Exception as error:  # whatever a stranger's bytes bring about
        return str(error) or type(error).__name__
    # Both have read the bundle, and mean the same.
    return "" if verified == (signature.payload_type, signature.payload) else "its bundle holds another payload"


@cache
def verifier(services: Services) -> Verifier:
    """What verifies by a configuration. Raises UserError `sigstore-invalid`, `sigstore-unreachable`."""
    with _reading(services):
        if services.kind == ROOT:
            return Verifier(trusted_root=TrustedRoot(Root.from_json(services.content)))
        return Verifier(trusted_root=_config(services).trusted_root)


def _context(services: Services) -> SigningContext:
    if services.kind == ROOT:
        raise invalid(services.name, "it holds a trusted root and no services that sign")
    with _reading(services):
        config = _config(services)
        signing = config.signing_config
        stamping = [_Stamping(client) for client in signing.get_tsas()]
        return SigningContext(
            fulcio=signing.get_fulcio(),
            rekor=signing.get_tlogs()[0],
            trusted_root=config.trusted_root,
            tsa_clients=stamping,  # type: ignore[arg-type]  # all that is called of one
        )


def _config(services: Services) -> ClientTrustConfig:
    if services.kind == PUBLIC:
        return ClientTrustConfig.production(offline=not services.fresh)
    return ClientTrustConfig.from_json(services.content.decode())


@contextmanager
def _reading(services: Services) -> Iterator[None]:
    """Says what the library complains of in a configuration."""
    try:
        yield
    except TUFError as error:
        raise _unreachable(services, f"it cannot be renewed: {error}: {error.__cause__}") from None
    except (Error, ValueError, OSError) as error:
        raise invalid(services.name, error) from None


class _Stamping:
    """A timestamp authority whose failures are no warnings: without a time nobody can verify."""

    def __init__(self, client: Any) -> None:
        self.url: str = client.url
        self._client = client

    def request_timestamp(self, signature: bytes) -> Any:
        """Its answer."""
        try:
            return self._client.request_timestamp(signature)
        except Exception as error:
            raise RuntimeError(str(error)) from error


def _signed(token: IdentityToken, services: Services, content: Statement) -> Bundle:
    context = _context(services)
    try:
        return Signer(token, context).sign_dsse(content)
    except ExpiredIdentity:
        raise token_invalid("the token has expired") from None
    except Exception as error:  # of its clients, which are no part of its interface
        raise _explained(services, error) from None


def _explained(services: Services, error: BaseException) -> UserError:
    """What went wrong with the services, by the first cause that says more than the library does."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, (requests.ConnectionError, requests.Timeout)):
            return _unreachable(services, f"no answer of {_address(cause)}")
        if isinstance(cause, requests.HTTPError) and cause.response is not None:
            return _failed(
                services, f"{cause.response.url} answers {cause.response.status_code}: {_body(cause.response)}"
            )
        cause = cause.__cause__ or cause.__context__
    return _failed(services, str(error) or type(error).__name__)


def _address(error: requests.RequestException) -> object:
    return error.request.url if error.request else error


def _body(response: requests.Response) -> str:
    text = response.text[:_LONGEST]
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text


def _in_time(work: Callable[[], Result], services: Services, patience: float) -> Result:
    """The library waits for its services for ever."""
    results: SimpleQueue[tuple[Result, None] | tuple[None, BaseException]] = SimpleQueue()

    def run() -> None:
        try:
            results.put((work(), None))
        except BaseException as error:
            results.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        result, error = results.get(timeout=patience)
    except Empty:
        raise _unreachable(services, f"they have not answered within {patience:.0f} s") from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]  # of the two one is there


def _named(certificate: Certificate) -> tuple[str, str]:
    """Whom a certificate names, and who has vouched for it."""
    names = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    [name] = names
    identity = name.value.decode() if isinstance(name, OtherName) else str(name.value)
    issuer = certificate.extensions.get_extension_for_oid(policy.OIDCIssuer.oid).value
    assert isinstance(issuer, UnrecognizedExtension)
    return identity, issuer.value.decode()


def _unreachable(services: Services, why: str) -> UserError:
    return UserError(
        "sigstore-unreachable",
        f"the Sigstore services of {services.name} cannot be reached: {why}",
        "try it again later",
    )


def _failed(services: Services, why: str) -> UserError:
    return UserError("sigstore-failed", f"the Sigstore services of {services.name} do not sign: {why}")
