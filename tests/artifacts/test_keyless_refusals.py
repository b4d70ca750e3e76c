"""What is no signature without a key: of somebody else, by other services, changed; and services that do not sign."""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from atoll.errors import UserError
from atoll.registry.trust import keyless, tokens
from atoll.registry.trust.bundles import opened
from atoll.registry.trust.identities import Identity
from atoll.registry.trust.keys import PrivateKey
from atoll.registry.trust.services import Services
from atoll.registry.trust.signatures import Signature, made, signers
from tests.servers.sigstore import IDENTITY, Issuer, Sigstore, workflow

from .keyless import DIGEST, anna, configured

pytestmark = pytest.mark.usefixtures("nobody")


def test_what_was_signed_can_be_verified(services: Sigstore, trust: Services, signature: Signature) -> None:
    assert anna(services, trust).refusal(signature) == ""
    assert (signature.names(DIGEST), signature.annotations) == (True, {"by": "ci"})
    root = Services.load(Path(trust.name))
    assert root == trust


def test_the_root_alone_does_for_verifying(services: Sigstore, signature: Signature, tmp_path: Path) -> None:
    root = configured(tmp_path, services.config["trustedRoot"])
    assert anna(services, root).has_signed(signature)
    with pytest.raises(UserError, match="no services that sign") as caught:
        keyless.made(services.issuer.token(), root, DIGEST, {})
    assert caught.value.code == "sigstore-invalid"


@pytest.mark.parametrize(
    ("identity", "issuer", "why"),
    [
        ("ben@example.com", None, "do not match ben@example.com"),
        ("anna@example.co", None, "do not match"),
        (IDENTITY, "https://login.example.com", "expected 'https://login.example.com'"),
        (IDENTITY, "", "expected ''"),
        ("", None, "do not match"),
    ],
)
def test_somebody_else_has_not_signed(
    services: Sigstore, trust: Services, signature: Signature, identity: str, issuer: str | None, why: str
) -> None:
    other = Identity(identity, services.issuer.url if issuer is None else issuer, trust)
    assert why in other.refusal(signature)
    assert signers([signature], DIGEST, [other]) == []


def test_other_roots_do_not_know_the_signature(services: Sigstore, others: Services, signature: Signature) -> None:
    assert "certificate" in anna(services, others).refusal(signature) or "time" in anna(services, others).refusal(
        signature
    )
    assert signers([signature], DIGEST, [anna(services, others)]) == []


def test_a_signature_with_a_key_is_nobodys(services: Sigstore, trust: Services) -> None:
    one = made(PrivateKey.generate("ed25519"), "x", DIGEST, {})
    assert anna(services, trust).refusal(one) == "it was made with a key"


def _without_log(bundle: Any) -> None:
    bundle["verificationMaterial"]["tlogEntries"] = []


def _without_time(bundle: Any) -> None:
    bundle["verificationMaterial"]["timestampVerificationData"] = {}


def _other_hash(bundle: Any) -> None:
    proof = bundle["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]
    proof["rootHash"] = base64.b64encode(b"0" * 32).decode()


def _other_entry(bundle: Any) -> None:
    entry = bundle["verificationMaterial"]["tlogEntries"][0]
    body = json.loads(base64.b64decode(entry["canonicalizedBody"]))
    body["spec"]["hashedRekordV002"]["data"]["digest"] = base64.b64encode(b"0" * 32).decode()
    entry["canonicalizedBody"] = base64.b64encode(json.dumps(body).encode()).decode()


def _other_time(bundle: Any) -> None:
    stamp = bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"][0]
    raw = bytearray(base64.b64decode(stamp["signedTimestamp"]))
    raw[-1] ^= 1
    stamp["signedTimestamp"] = base64.b64encode(raw).decode()


def _other_certificate(bundle: Any) -> None:
    raw = bytearray(base64.b64decode(bundle["verificationMaterial"]["certificate"]["rawBytes"]))
    raw[-1] ^= 1
    bundle["verificationMaterial"]["certificate"]["rawBytes"] = base64.b64encode(raw).decode()


def _no_certificate(bundle: Any) -> None:
    bundle["verificationMaterial"]["certificate"]["rawBytes"] = ""


def _other_signature(bundle: Any) -> None:
    raw = bytearray(base64.b64decode(bundle["dsseEnvelope"]["signatures"][0]["sig"]))
    raw[-1] ^= 1
    bundle["dsseEnvelope"]["signatures"][0]["sig"] = base64.b64encode(raw).decode()


def _other_payload(bundle: Any) -> None:
    text = base64.b64decode(bundle["dsseEnvelope"]["payload"]).decode()
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(text.replace("ci", "me").encode()).decode()


def _two_signatures(bundle: Any) -> None:
    bundle["dsseEnvelope"]["signatures"] *= 2


def _other_kind(bundle: Any) -> None:
    bundle["mediaType"] = "application/json"


@pytest.mark.parametrize(
    "change",
    [
        _without_log, _without_time, _other_hash, _other_entry, _other_time, _other_certificate, _no_certificate,
        _other_signature, _other_payload, _two_signatures, _other_kind,
    ],
)  # fmt: skip
def test_a_bundle_that_was_changed_is_not_good(
    services: Sigstore, trust: Services, signature: Signature, change: Callable[[Any], None]
) -> None:
    bundle = json.loads(signature.bundle)
    change(bundle)
    content = json.dumps(bundle).encode()
    for kind, payload, raw in opened(content):
        assert signers([Signature(payload, raw, kind, content)], DIGEST, [anna(services, trust)]) == []
    assert anna(services, trust).refusal(Signature(b"", b"", "", content)) != ""


def test_a_payload_counts_only_if_it_is_that_of_the_bundle(
    services: Sigstore, trust: Services, signature: Signature
) -> None:
    other = "sha256:" + "1" * 64
    payload = signature.payload.replace(DIGEST[7:].encode(), other[7:].encode())
    one = Signature(payload, signature.signature, signature.payload_type, signature.bundle)
    assert one.names(other)
    assert anna(services, trust).refusal(one) == "its bundle holds another payload"
    assert signers([one], other, [anna(services, trust)]) == []
    assert signers([signature], other, [anna(services, trust)]) == []


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 100_000, b"\xff", b'{"mediaType": 1}'])
def test_what_is_no_bundle_is_refused(services: Sigstore, trust: Services, content: bytes) -> None:
    assert anna(services, trust).refusal(Signature(b"", b"", "", content or b" ")) != ""


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"exp": 1}, "the token has expired"),
        ({"aud": "somebody else"}, "Audience"),
        ({"sub": None}, "sub"),
    ],
)
def test_a_token_that_is_not_good_any_more_is_refused(
    services: Sigstore, trust: Services, claims: dict[str, Any], why: str
) -> None:
    with pytest.raises(UserError, match=why) as caught:
        keyless.made(services.issuer.token(**claims), trust, DIGEST, {})
    assert caught.value.code == "token-invalid"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_a_token_that_is_none_is_refused(trust: Services, token: str) -> None:
    with pytest.raises(UserError) as caught:
        keyless.made(token, trust, DIGEST, {})
    assert caught.value.code == "token-invalid"


def test_services_refuse_the_tokens_of_others(services: Sigstore, trust: Services) -> None:
    stranger = Issuer()
    for url in (services.issuer.url, "http://127.0.0.1:1"):
        stranger.url = url
        with pytest.raises(UserError, match="400: There was an error processing the identity token") as caught:
            keyless.made(stranger.token(), trust, DIGEST, {})
        assert caught.value.code == "sigstore-failed"


def test_where_a_token_is_found(services: Sigstore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="nobody says who signs") as caught:
        tokens.found(None)
    assert caught.value.code == "token-invalid"
    with monkeypatch.context() as github:
        for name, value in workflow(services.issuer).items():
            github.setenv(name, value)
        assert tokens.found(None).count(".") == 2
        github.delenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
        with pytest.raises(UserError, match="ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
            tokens.found(None)
    monkeypatch.setenv("SIGSTORE_ID_TOKEN", "x.y.z\n")
    assert tokens.found(None) == "x.y.z"
    (tmp_path / "token").write_text("  a.b.c\n")
    assert tokens.found(tmp_path / "token") == "a.b.c"
    monkeypatch.setenv("SIGSTORE_ID_TOKEN", "")
    with pytest.raises(UserError, match="SIGSTORE_ID_TOKEN is empty"):
        tokens.found(None)


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "is empty"), (b" \n", "is empty"), (b"x" * 65_537, "holds no token"), (b"\xff", "holds")]
)
def test_files_that_hold_no_token_are_named(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(UserError, match=why) as caught:
        tokens.found(tmp_path / "token")
    assert (caught.value.code, "token" in caught.value.message) == ("token-invalid", True)
    with pytest.raises(UserError, match="No such file"):
        tokens.found(tmp_path / "none")


@pytest.mark.slow
@pytest.mark.parametrize(("part", "path"), [("caUrls", ""), ("rekorTlogUrls", ""), ("tsaUrls", "/api/v1/timestamp")])
def test_services_that_are_gone_are_named(services: Sigstore, tmp_path: Path, part: str, path: str) -> None:
    config = json.loads(json.dumps(services.config))
    config["signingConfig"][part][0]["url"] = f"http://127.0.0.1:1{path}"
    with pytest.raises(UserError, match=re.escape("http://127.0.0.1:1/")) as caught:
        keyless.made(services.issuer.token(), configured(tmp_path, config), DIGEST, {})
    assert caught.value.code == "sigstore-unreachable"


@pytest.mark.slow
def test_services_that_do_not_answer_are_waited_for_a_while_only(services: Sigstore, trust: Services) -> None:
    with services.rekor.halted(), pytest.raises(UserError, match="not answered within 1 s") as caught:
        keyless.made(services.issuer.token(), trust, DIGEST, {}, 1)
    assert caught.value.code == "sigstore-unreachable"


@pytest.mark.slow
@pytest.mark.parametrize("part", ["ctlogs", "certificateAuthorities", "tlogs", "timestampAuthorities"])
def test_nothing_is_signed_that_the_roots_do_not_know(
    services: Sigstore, others: Services, tmp_path: Path, part: str
) -> None:
    config = json.loads(json.dumps(services.config))
    config["trustedRoot"][part] = json.loads(others.content)["trustedRoot"][part]
    with pytest.raises(UserError, match="do not sign") as caught:
        keyless.made(services.issuer.token(), configured(tmp_path, config), DIGEST, {})
    assert caught.value.code == "sigstore-failed"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is none"),
        (b"\xff", "it is none"),
        (b"[" * 100_000, "it is none"),
        (b"{}", "mediaType"),
        (b'{"mediaType": "text/plain"}', "it is a `text/plain`"),
        (b" " * ((1 << 20) + 1), "more than 1048576 bytes"),
    ],
)
def test_a_configuration_that_is_none_is_named(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "trust.json").write_bytes(content)
    with pytest.raises(UserError, match=why) as caught:
        Services.load(tmp_path / "trust.json")
    assert (caught.value.code, "trust.json" in caught.value.message) == ("sigstore-invalid", True)
    with pytest.raises(UserError, match="No such file"):
        Services.load(tmp_path / "none.json")


@pytest.mark.slow
@pytest.mark.parametrize("part", ["tlogs", "ctlogs", "certificateAuthorities"])
def test_roots_without_what_they_need_are_named(
    services: Sigstore, signature: Signature, tmp_path: Path, part: str
) -> None:
    config = json.loads(json.dumps(services.config))
    for text in ("[]", "null", "[{}]"):
        config["trustedRoot"][part] = json.loads(text)
        trust = configured(tmp_path, config)
        with pytest.raises(UserError) as caught:
            anna(services, trust).refusal(signature)
        assert caught.value.code == "sigstore-invalid"
        with pytest.raises(UserError) as caught:
            keyless.made(services.issuer.token(), trust, DIGEST, {})
        assert caught.value.code in ("sigstore-invalid", "sigstore-failed")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "code", "why"),
    [
        ("caUrls", "sigstore-invalid", "Fulcio"),
        ("rekorTlogUrls", "sigstore-invalid", "Rekor"),
        ("tsaUrls", "sigstore-failed", "signed timestamp"),
    ],
)
def test_services_without_what_they_need_are_named(
    services: Sigstore, tmp_path: Path, part: str, code: str, why: str
) -> None:
    config = json.loads(json.dumps(services.config))
    config["signingConfig"][part] = []
    with pytest.raises(UserError, match=why) as caught:
        keyless.made(services.issuer.token(), configured(tmp_path, config), DIGEST, {})
    assert caught.value.code == code
