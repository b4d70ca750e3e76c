"""Signatures that cosign understands and makes, and policies: what they take, what they refuse, and when."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from atoll.app import App
from atoll.errors import AtollError, UserError
from atoll.lock import LockSettings
from atoll.packages.oci.copying import copy
from atoll.packages.oci.transfer import Nobody
from atoll.registry.client import Client
from atoll.registry.documents import Descriptor
from atoll.registry.repository import Repository
from atoll.registry.store import Store
from atoll.registry.trust.bundles import STATEMENT, enveloped, opened
from atoll.registry.trust.keys import Algorithm, PrivateKey, PublicKey
from atoll.registry.trust.policy import Policy
from atoll.registry.trust.signatures import Signature, attach, fetched, made, signature_tag, signers
from tests.cli.conftest import Atoll
from tests.registry.conftest import HASTY
from tests.servers.registry import go_registry
from tests.support import refused, tool

from .conftest import Local
from .images import put, spin_app
from .test_packages import HEAD, release

PASSWORD = b"correct horse"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pairs of keys: one and two are ECDSA, three is Ed25519."""
    folder = tmp_path_factory.mktemp("keys")
    kinds: dict[str, Algorithm] = {"one": "ecdsa-p256", "two": "ecdsa-p256", "three": "ed25519"}
    for name, algorithm in kinds.items():
        key = PrivateKey.generate(algorithm)
        (folder / f"{name}.key").write_bytes(key.encrypted(PASSWORD))
        (folder / f"{name}.pub").write_bytes(key.public.pem)
    return folder


@pytest.fixture(params=["docker", "go"])
def either(request: pytest.FixtureRequest, local: Local, store: Store, tmp_path: Path) -> Iterator[Local]:
    """A registry that lists referrers, and one that does not."""
    if request.param == "docker":
        yield local
        return
    with go_registry(tmp_path) as running, Client(running.host, patience=HASTY) as client:
        yield Local(client, store)


def sign(local: Local, name: str, key: Path) -> Descriptor:
    """Sign what is in the registry; what was signed."""
    reference = local.reference(name)
    repository = Repository(local.client, reference.repository)
    subject = repository.manifest(reference.version).descriptor
    signed = made(PrivateKey.load(key, PASSWORD), f"{reference.registry}/{reference.repository}", subject.digest, {})
    attach(repository, subject, signed)
    return subject


def policy(folder: Path, text: str) -> Policy:
    (folder / "policy.toml").write_text(f"version = 1\n{text}")
    return Policy.load(folder / "policy.toml")


def cosign(*arguments: str) -> str:
    environment = {**os.environ, "COSIGN_PASSWORD": PASSWORD.decode()}
    ended = subprocess.run([tool("cosign"), *arguments], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_several_sign_one_artifact(either: Local, keys: Path) -> None:
    name = put(either, spin_app([]), "trust/several:1")
    for one in ("one", "two", "three"):
        digest = sign(either, name, keys / f"{one}.key").digest
    repository = Repository(either.client, "trust/several")
    found = fetched(repository, digest)
    assert len(found) == 3
    public = [PublicKey.load(keys / f"{one}.pub") for one in ("three", "one", "two")]
    assert signers(found, digest, public) == public
    assert signers(found, "sha256:" + "0" * 64, public) == []
    listed = repository.referrers(digest, "application/vnd.dev.cosign.artifact.sig.v1+json")
    assert repository.digest(signature_tag(digest)) in [one.digest for one in listed]


@pytest.mark.parametrize("name", ["one", "three"])
def test_cosign_verifies_our_signatures(local: Local, keys: Path, name: str) -> None:
    sign(local, put(local, spin_app([]), f"trust/ours-{name}:1"), keys / f"{name}.key")
    reference = str(local.reference(f"trust/ours-{name}:1"))
    verify = ["verify", "--insecure-ignore-tlog=true", "--allow-http-registry", "--key", str(keys / f"{name}.pub")]
    payload = json.loads(cosign(*verify, reference))[0]
    assert payload["critical"]["identity"]["docker-reference"] == reference.rpartition(":")[0]


def test_we_verify_what_cosign_has_signed_with_its_own_key(local: Local, tmp_path: Path) -> None:
    name = put(local, spin_app([]), "trust/theirs:1")
    cosign("generate-key-pair", "--output-key-prefix", str(tmp_path / "theirs"))
    key = str(tmp_path / "theirs.key")
    cosign(
        "sign",
        "--tlog-upload=false",
        "--allow-http-registry",
        "-y",
        "-a",
        "by=ci",
        "--key",
        key,
        str(local.reference(name)),
    )
    digest = Repository(local.client, "trust/theirs").manifest("1").digest
    found = fetched(Repository(local.client, "trust/theirs"), digest)
    assert signers(found, digest, [PublicKey.load(tmp_path / "theirs.pub")]) != []
    assert found[0].annotations == {"by": "ci"}
    # Its key signs for us as well, and both signatures stand.
    sign(local, name, _with_password(tmp_path / "theirs.key"))
    assert len(fetched(Repository(local.client, "trust/theirs"), digest)) == 2


def test_we_verify_the_bundles_that_cosign_makes(either: Local, tmp_path: Path) -> None:
    name = put(either, spin_app([]), "trust/bundles:1")
    repository = Repository(either.client, "trust/bundles")
    digest = repository.manifest("1").digest
    cosign("generate-key-pair", "--output-key-prefix", str(tmp_path / "theirs"))
    arguments = ["--tlog-upload=false", "--allow-http-registry", "-y", "--key", str(tmp_path / "theirs.key")]
    cosign("sign", "--new-bundle-format", *arguments, f"{either.client.registry}/trust/bundles@{digest}")
    assert repository.digest(signature_tag(digest)) is None
    public = PublicKey.load(tmp_path / "theirs.pub")
    assert signers(fetched(repository, digest), digest, [public]) == [public]
    assert signers(fetched(repository, digest), "sha256:" + "0" * 64, [public]) == []
    # Both kinds stand side by side, and are kept for machines that have no registry.
    sign(either, name, tmp_path / "theirs.key")
    assert len(fetched(repository, digest)) == 2
    rules = policy(tmp_path, '[[rule]]\nartifacts = ["*"]\nkeys = ["theirs.pub"]\n')
    either.pull(name, rules)
    with Client("127.0.0.1:1", patience=HASTY) as gone:
        assert Local(gone, either.store).pull(f"trust/bundles@{digest}", rules).is_app


@pytest.mark.parametrize(
    ("statement", "counts"),
    [
        ({"subject": [{"digest": {"sha256": "0" * 64}}], "predicateType": "https://sigstore.dev/cosign/sign/v1"}, True),
        (
            {"subject": [{"digest": {"sha256": "1" * 64}}], "predicateType": "https://sigstore.dev/cosign/sign/v1"},
            False,
        ),
        ({"subject": [{"digest": {"sha256": "0" * 64}}], "predicateType": "https://slsa.dev/provenance/v1"}, False),
        ({"subject": []}, False),
        ([], False),
    ],
)
def test_a_statement_counts_for_what_it_says(keys: Path, statement: object, counts: bool) -> None:
    key = PrivateKey.load(keys / "one.key", PASSWORD)
    payload = json.dumps(statement).encode()
    signature = Signature(payload, key.sign(enveloped(STATEMENT, payload)), STATEMENT)
    assert bool(signers([signature], "sha256:" + "0" * 64, [key.public])) == counts
    bare = Signature(payload, key.sign(payload), STATEMENT)
    assert signers([bare], "sha256:" + "0" * 64, [key.public]) == []


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 100_000, b'{"dsseEnvelope": {"payload": "?"}}'])
def test_what_is_no_bundle_holds_no_signatures(content: bytes) -> None:
    assert opened(content) == []


def _with_password(key: Path) -> Path:
    PrivateKey.load(key, PASSWORD)
    return key


def test_a_copy_keeps_its_signatures(local: Local, keys: Path, tmp_path: Path) -> None:
    name = put(local, spin_app([]), "trust/copied:1")
    digest = sign(local, name, keys / "one.key").digest
    with go_registry(tmp_path) as running, Client(running.host, patience=HASTY) as client:
        other = Local(client, local.store)
        copy((local.client, local.reference(name)), (client, other.reference("mirror/copied:2")), Nobody())
        found = fetched(Repository(client, "mirror/copied"), digest)
        assert signers(found, digest, [PublicKey.load(keys / "one.pub")]) != []


def test_signatures_of_something_else_do_not_count(local: Local, keys: Path) -> None:
    name = put(local, spin_app([], metadata={"name": "good"}), "trust/good:1")
    good = sign(local, name, keys / "one.key")
    put(local, spin_app([], metadata={"name": "evil"}), "trust/good:evil")
    repository = Repository(local.client, "trust/good")
    evil = repository.manifest("evil").descriptor
    # Somebody who can write to the registry attaches the signature of one artifact to another.
    attach(repository, evil, fetched(repository, good.digest)[0])
    assert signers(fetched(repository, evil.digest), evil.digest, [PublicKey.load(keys / "one.pub")]) == []


@pytest.mark.parametrize("payload", [b"", b"{}", b"[" * 100_000, b'{"critical": {"type": "x"}}'])
def test_payloads_that_say_nothing_count_for_nothing(keys: Path, payload: bytes) -> None:
    key = PrivateKey.load(keys / "one.key", PASSWORD)
    signature = Signature(payload, key.sign(payload))
    assert key.public.verifies(signature.signature, payload)
    assert signers([signature], "sha256:" + "0" * 64, [key.public]) == []


@pytest.mark.parametrize("signature", [b"", b"x", b"0" * 1000])
def test_signatures_that_are_none_are_not_good(keys: Path, signature: bytes) -> None:
    assert not PublicKey.load(keys / "one.pub").verifies(signature, b"x")
    assert not PublicKey.load(keys / "three.pub").verifies(signature, b"x")


@pytest.mark.parametrize(
    ("rule", "signed_by", "taken"),
    [
        ('artifacts = ["*/trust/*"]\nkeys = ["one.pub"]', ["one"], True),
        ('artifacts = ["*/trust/*"]\nkeys = ["one.pub"]', ["two"], False),
        ('artifacts = ["*/trust/*"]\nkeys = ["one.pub"]', [], False),
        ('artifacts = ["*/trust/*"]\nkeys = ["one.pub", "two.pub"]', ["two"], True),
        ('artifacts = ["*/trust/*"]\nkeys = ["one.pub", "two.pub"]\nthreshold = 2', ["two"], False),
        ('artifacts = ["*/trust/*"]\nkeys = ["one.pub", "three.pub"]\nthreshold = 2', ["one", "three"], True),
        ('artifacts = ["*/trust/*"]\ntake = "any"', [], True),
        ('artifacts = ["*/trust/*"]\ntake = "none"', ["one"], False),
        ('artifacts = ["*/other/*"]\ntake = "any"', [], False),
        ('artifacts = ["*/trust/*"]\ndigests = ["DIGEST"]', [], True),
        ('artifacts = ["*/trust/*"]\ndigests = ["sha256:' + "0" * 64 + '"]', ["one"], False),
        ('artifacts = ["*/trust/*"]\nkeys = ["one.pub"]\ndigests = ["DIGEST"]', [], True),
    ],
)
def test_what_a_policy_takes(local: Local, keys: Path, rule: str, signed_by: list[str], taken: bool) -> None:
    # Another app each time, so that nobody else's signatures are there.
    name = put(local, spin_app([], metadata={"name": f"{rule} {signed_by}"}), "trust/policy:1")
    digest = Repository(local.client, "trust/policy").manifest("1").digest
    for one in signed_by:
        sign(local, name, keys / f"{one}.key")
    given = policy(keys, f"[[rule]]\n{rule.replace('DIGEST', digest)}\n")
    if taken:
        assert local.pull(name, given).is_app
        return
    with pytest.raises(UserError) as caught:
        local.pull(name, given)
    assert caught.value.code == "policy-denied"
    assert digest in caught.value.message and str(keys / "policy.toml") in caught.value.message
    assert not local.store.apps.exists() and not local.store.wasm.exists()


def test_the_first_rule_that_matches_counts_and_others_have_their_own(local: Local, keys: Path) -> None:
    rules = '[[rule]]\nartifacts = ["*/trust/first"]\ntake = "any"\n[[rule]]\nartifacts = ["*"]\ntake = "none"\n'
    assert local.pull(put(local, spin_app([]), "trust/first:1"), policy(keys, rules)).is_app
    with pytest.raises(UserError, match="it takes nothing from there"):
        local.pull(put(local, spin_app([]), "trust/second:1"), policy(keys, rules))
    assert local.pull("trust/second:1", policy(keys, 'otherwise = "any"\n')).is_app
    with pytest.raises(UserError, match="takes nothing"):
        local.pull("trust/second:1", policy(keys, ""))


def test_what_is_here_already_is_held_against_the_policy_again(local: Local, keys: Path) -> None:
    name = put(local, spin_app([], metadata={"name": "again"}), "trust/again:1")
    digest = sign(local, name, keys / "one.key").digest
    mine = policy(keys, '[[rule]]\nartifacts = ["*"]\nkeys = ["one.pub"]\n')
    exact = f"trust/again@{digest}"
    local.pull(name, mine)
    with pytest.raises(UserError, match="0 of its 1 keys"):
        local.pull(exact, policy(keys, '[[rule]]\nartifacts = ["*"]\nkeys = ["two.pub"]\n'))
    # Signatures that were good are kept: the registry is not needed any more.
    with Client("127.0.0.1:1", patience=HASTY) as gone:
        away = Local(gone, local.store)
        assert away.pull(exact, policy(keys, '[[rule]]\nartifacts = ["*"]\nkeys = ["one.pub"]\n')).is_app
        with pytest.raises(UserError) as caught:
            away.pull(exact, policy(keys, '[[rule]]\nartifacts = ["*"]\nkeys = ["two.pub"]\n'))
        assert caught.value.code == "registry-unreachable"


def test_sources_from_registries_are_held_against_it(local: Local, keys: Path, folder: Path, tmp_path: Path) -> None:
    release(local, "trust/source", "1.0.0", folder=folder)
    text = f'source = {{ registry = "{local.client.registry}", package = "trust:source", version = "1.0.0" }}\n'
    (folder / "spin.toml").write_text(HEAD + text)
    policy(keys, '[[rule]]\nartifacts = ["*"]\nkeys = ["one.pub"]\n')
    settings = LockSettings(
        working_directory=tmp_path / "run", cache_directory=tmp_path / "c", policy=str(keys / "policy.toml")
    )
    with pytest.raises(AtollError) as caught:
        App.load(folder).lock(settings)
    assert (caught.value.code, caught.value.location and caught.value.location.line) == ("policy-denied", 5)
    sign(local, "trust/source:1.0.0", keys / "one.key")
    for _ in range(2):
        App.load(folder).lock(settings)
    policy(keys, '[[rule]]\nartifacts = ["*"]\nkeys = ["two.pub"]\n')
    with pytest.raises(AtollError, match="0 of its 1 keys"):
        App.load(folder).lock(settings)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "version"),
        ("version = 2", "version"),
        ("version = 1\n[[rule]]", "artifacts"),
        ("version = 1\n[[rule]]\nartifacts = []", "names no `artifacts`"),
        ('version = 1\n[[rule]]\nartifacts = ["*"]', "neither keys, identities nor digests"),
        ('version = 1\n[[rule]]\nartifacts = ["*"]\nkey = "x"', "key"),
        ('version = 1\n[[rule]]\nartifacts = ["*"]\nkeys = ["missing.pub"]', "missing.pub"),
        ('version = 1\n[[rule]]\nartifacts = ["*"]\nkeys = ["one.key"]', "not a public key"),
        ('version = 1\n[[rule]]\nartifacts = ["*"]\nkeys = ["one.pub"]\nthreshold = 2', "wants 2 of 1 keys"),
        ('version = 1\n[[rule]]\nartifacts = ["*"]\nkeys = ["one.pub", "one.pub"]\nthreshold = 2', "2 of 1 keys"),
        ('version = 1\n[[rule]]\nartifacts = ["*"]\ndigests = ["latest"]', '"latest" is not a digest'),
        ('version = 1\n[[rule]]\nartifacts = ["*"]\nkeys = ["one.pub"]\ntake = "any"', 'takes "any" all the same'),
        ("version = 1\nrule = 3\n[", "line 3"),
        ("\0", "policy.toml"),
    ],
)
def test_a_policy_that_cannot_be_read_takes_nothing(local: Local, keys: Path, text: str, why: str) -> None:
    (keys / "policy.toml").write_text(text)
    with pytest.raises(UserError) as caught:
        Policy.load(keys / "policy.toml")
    assert caught.value.code == "policy-invalid"
    assert why in caught.value.message


def test_where_a_policy_is_found(home: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Policy.find().file is None
    own = home / ".config/atoll/policy.toml"
    own.parent.mkdir(parents=True)
    own.write_text("version = 1\n")
    assert Policy.find().file == own
    policy(keys, "")
    monkeypatch.setenv("ATOLL_POLICY", str(keys / "policy.toml"))
    assert Policy.find().file == keys / "policy.toml"
    assert Policy.find(str(own)).file == own
    with pytest.raises(UserError, match="cannot be read"):
        Policy.find(str(keys / "none.toml"))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda pem: pem.replace(b"ENCRYPTED SIGSTORE", b"OTHER"), "cannot be read"),
        (lambda pem: pem[:200] + pem[-40:], "cannot be read"),
        (lambda _: b"", "cannot be read"),
        (
            lambda _: (
                b"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nW10=\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----"
            ),
            "cannot be read",
        ),
    ],
)
def test_keys_that_are_none_are_named(keys: Path, change: Callable[[bytes], bytes], why: str) -> None:
    file = keys / "changed.key"
    file.write_bytes(change((keys / "one.key").read_bytes()))
    with pytest.raises(UserError, match=why) as caught:
        PrivateKey.load(file, PASSWORD)
    assert caught.value.code == "key-invalid" and str(file) in caught.value.message


def test_a_file_that_is_too_long_for_a_key_is_refused(keys: Path) -> None:
    file = keys / "long"
    for name, load in (("one.key", lambda: PrivateKey.load(file, PASSWORD)), ("one.pub", lambda: PublicKey.load(file))):
        file.write_bytes((keys / name).read_bytes().ljust(64 << 10, b"\n"))
        load()
        file.write_bytes((keys / name).read_bytes().ljust((64 << 10) + 1, b"\n"))
        with pytest.raises(UserError, match="it has more than 65536 bytes") as caught:
            load()
        assert caught.value.code == "key-invalid"


def test_keys_of_other_kinds_are_refused(tmp_path: Path) -> None:
    private, public = tmp_path / "rsa.pem", tmp_path / "rsa.pub"
    subprocess.run(["openssl", "genrsa", "-out", str(private), "2048"], check=True, capture_output=True)
    subprocess.run(
        ["openssl", "rsa", "-in", str(private), "-pubout", "-out", str(public)], check=True, capture_output=True
    )
    for load in (lambda: PrivateKey.load(private, b""), lambda: PublicKey.load(public)):
        with pytest.raises(UserError, match="neither ECDSA on P-256 nor Ed25519"):
            load()


def test_plain_keys_of_openssl_sign(tmp_path: Path) -> None:
    file = tmp_path / "plain.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(file)], check=True, capture_output=True)
    key = PrivateKey.load(file, b"")
    assert key.public.verifies(key.sign(b"x"), b"x")


def test_the_commands(atoll: Atoll, local: Local, home: Path, tmp_path: Path) -> None:
    name = str(local.reference(put(local, spin_app([], metadata={"name": "commands"}), "trust/commands:1")))
    env = {"HOME": str(home), "COSIGN_PASSWORD": "x y", "XDG_CONFIG_HOME": ""}
    made_key = json.loads(atoll("key", "mine", "--json", env=env).out)
    assert (made_key["private"], (tmp_path / "mine.key").stat().st_mode & 0o777) == ("mine.key", 0o600)
    assert "keys are not replaced" in atoll("key", "mine", env=env).err
    unsigned = atoll("verify", "--key", "mine.pub", name, env=env)
    assert (unsigned.code, "it has no signature" in unsigned.err) == (1, True)
    assert "neither a key nor a policy" in atoll("verify", name, env=env).err
    wrong = atoll("sign", "--key", "mine.key", name, env=env | {"COSIGN_PASSWORD": "z"})
    assert (wrong.code, "the password is wrong" in wrong.err) == (1, True)
    signed = json.loads(atoll("sign", "--key", "mine.key", name, "--annotation", "by=me", "--json", env=env).out)
    assert signed["fingerprint"] == made_key["fingerprint"]
    verified = json.loads(atoll("verify", "--key", "mine.pub", name, "--json", env=env).out)
    assert verified["signatures"] == [
        {"key": "mine.pub", "fingerprint": made_key["fingerprint"], "annotations": {"by": "me"}}
    ]
    (tmp_path / "policy.toml").write_text('version = 1\n[[rule]]\nartifacts = ["127.0.0.1:*/*"]\nkeys = ["mine.pub"]\n')
    assert "the policy takes it" in atoll("verify", "--policy", "policy.toml", name, env=env).out
    assert atoll("pull", "--policy", "policy.toml", name, env=env).code == 0
    other = str(local.reference(put(local, spin_app([], metadata={"name": "other"}), "trust/commands:2")))
    denied = atoll("pull", other, env=env | {"ATOLL_POLICY": str(tmp_path / "policy.toml")})
    assert (denied.code, "0 of its 1 keys have signed it" in denied.err) == (1, True)
    ended = refused("-f", other, "--policy", str(tmp_path / "policy.toml"), env=env)
    assert "0 of its 1 keys have signed it" in ended.stderr
