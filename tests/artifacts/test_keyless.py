"""Signatures without keys: made with Sigstore's services, read by cosign and read from it, and held to by policies."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from atoll.errors import UserError
from atoll.packages.oci.copying import copy
from atoll.packages.oci.transfer import Nobody
from atoll.registry.client import Client
from atoll.registry.documents import Descriptor
from atoll.registry.repository import Repository
from atoll.registry.trust import keyless
from atoll.registry.trust.bundles import BUNDLE
from atoll.registry.trust.identities import Identity
from atoll.registry.trust.keys import PrivateKey
from atoll.registry.trust.policy import Policy
from atoll.registry.trust.services import Services
from atoll.registry.trust.signatures import Signature, attach, fetched, made, signature_tag, signers
from tests.cli.conftest import Atoll
from tests.registry.conftest import HASTY
from tests.servers import tuf
from tests.servers.registry import go_registry
from tests.servers.served import served
from tests.servers.sigstore import IDENTITY, Sigstore
from tests.support import tool

from .conftest import Local
from .images import put, spin_app
from .keyless import DIGEST, anna

pytestmark = pytest.mark.usefixtures("nobody")


@pytest.fixture(params=["docker", "go"])
def either(request: pytest.FixtureRequest, local: Local, tmp_path: Path) -> Iterator[Local]:
    """A registry that lists no referrers, and one that does."""
    if request.param == "docker":
        yield local
        return
    with go_registry(tmp_path) as running, Client(running.host, patience=HASTY) as client:
        yield Local(client, local.store)


@pytest.fixture
def forgotten() -> Iterator[None]:
    """What a process has understood of the public instance, which it looks at once."""
    keyless.verifier.cache_clear()
    yield
    keyless.verifier.cache_clear()


def sign(local: Local, name: str, token: str, trust: Services) -> Descriptor:
    """Sign what is in the registry; what was signed."""
    reference = local.reference(name)
    repository = Repository(local.client, reference.repository)
    subject = repository.manifest(reference.version).descriptor
    attach(repository, subject, keyless.made(token, trust, subject.digest, {})[0])
    return subject


def policy(folder: Path, trust: Services, text: str) -> Policy:
    (folder / "trust.json").write_bytes(trust.content)
    (folder / "policy.toml").write_text(f'version = 1\nsigstore = "trust.json"\n{text}')
    return Policy.load(folder / "policy.toml")


def cosign(program: str, *arguments: str, home: Path) -> str:
    environment = {**os.environ, "HOME": str(home), "COSIGN_PASSWORD": ""}
    ended = subprocess.run([tool(program), *arguments], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def python(program: str, *arguments: str) -> str:
    command = [sys.executable, "-P", "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def parts(folder: Path, services: Sigstore) -> tuple[str, str]:
    """The two parts of the configuration as files, as cosign wants them."""
    root, signing = folder / "root.json", folder / "signing.json"
    root.write_text(json.dumps(services.config["trustedRoot"]))
    signing.write_text(json.dumps(services.config["signingConfig"]))
    return str(root), str(signing)


@pytest.mark.slow
@pytest.mark.parametrize("program", ["cosign", "cosign-3"])
def test_cosign_verifies_our_signatures(
    either: Local, services: Sigstore, trust: Services, tmp_path: Path, program: str
) -> None:
    name = put(either, spin_app([]), f"keyless/ours-{program}:1")
    digest = sign(either, name, services.issuer.token(), trust).digest
    repository = Repository(either.client, f"keyless/ours-{program}")
    assert repository.digest(signature_tag(digest)) is None
    assert [one.artifact_type for one in repository.referrers(digest)] == [BUNDLE]
    root, _ = parts(tmp_path, services)
    said = cosign(
        program, "verify", "--new-bundle-format", "--allow-http-registry", "--trusted-root", root,
        "--use-signed-timestamps", "--certificate-identity", IDENTITY,
        "--certificate-oidc-issuer", services.issuer.url, f"{either.client.registry}/keyless/ours-{program}@{digest}",
        home=tmp_path,
    )  # fmt: skip
    assert json.loads(said)[0]["critical"]["image"]["docker-manifest-digest"] == digest


@pytest.mark.slow
def test_we_verify_what_cosign_has_signed(either: Local, services: Sigstore, trust: Services, tmp_path: Path) -> None:
    put(either, spin_app([]), "keyless/theirs:1")
    repository = Repository(either.client, "keyless/theirs")
    digest = repository.manifest("1").digest
    root, signing = parts(tmp_path, services)
    (tmp_path / "token").write_text(services.issuer.token())
    cosign(
        "cosign-3", "sign", "--allow-http-registry", "-y", "-a", "by=ci", "--trusted-root", root,
        "--signing-config", signing, "--identity-token", str(tmp_path / "token"),
        f"{either.client.registry}/keyless/theirs@{digest}", home=tmp_path,
    )  # fmt: skip
    found = fetched(repository, digest)
    assert signers(found, digest, [anna(services, trust)]) == [anna(services, trust)]
    assert found[0].annotations == {"by": "ci"}
    # Ours stands beside it.
    sign(either, "keyless/theirs:1", services.issuer.token("ben@example.com"), trust)
    ben = Identity("ben@example.com", services.issuer.url, trust)
    assert len(signers(fetched(repository, digest), digest, [anna(services, trust), ben])) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        ("identities = [ANNA]", True),
        ("identities = [BEN]", False),
        ("identities = [BEN, ANNA]", True),
        ("identities = [BEN, ANNA]\nthreshold = 2", False),
        ('identities = [ANNA]\nkeys = ["one.pub"]\nthreshold = 2', True),
        ('identities = [BEN]\nkeys = ["one.pub"]\nthreshold = 2', False),
        ('identities = [BEN]\nkeys = ["one.pub"]', True),
        ('identities = [{identity = "anna@example.com", issuer = "https://login.example.com"}]', False),
    ],
)
def test_what_a_policy_takes(
    local: Local, services: Sigstore, trust: Services, tmp_path: Path, rule: str, taken: bool
) -> None:
    name = put(local, spin_app([], metadata={"name": rule}), "keyless/policy:1")
    subject = sign(local, name, services.issuer.token(), trust)
    key = PrivateKey.generate("ecdsa-p256")
    (tmp_path / "one.pub").write_bytes(key.public.pem)
    attach(Repository(local.client, "keyless/policy"), subject, made(key, "x", subject.digest, {}))
    for who in ("anna", "ben"):
        named = f'{{identity = "{who}@example.com", issuer = "{services.issuer.url}"}}'
        rule = rule.replace(who.upper(), named)
    given = policy(tmp_path, trust, f'[[rule]]\nartifacts = ["*"]\n{rule}\n')
    if taken:
        assert local.pull(name, given).is_app
        return
    with pytest.raises(UserError, match="identities have signed it") as caught:
        local.pull(name, given)
    assert caught.value.code == "policy-denied"


@pytest.mark.slow
def test_what_was_kept_is_verified_without_any_network(
    local: Local, services: Sigstore, trust: Services, others: Services, tmp_path: Path
) -> None:
    digest = sign(local, put(local, spin_app([]), "keyless/kept:1"), services.issuer.token(), trust).digest
    rule = (
        f'[[rule]]\nartifacts = ["*"]\nidentities = [{{identity = "{IDENTITY}", issuer = "{services.issuer.url}"}}]\n'
    )
    local.pull(f"keyless/kept@{digest}", policy(tmp_path, trust, rule))
    servers = (services.fulcio, services.rekor, services.timestamps, services.certificate_log)
    with Client("127.0.0.1:1", patience=HASTY) as gone, ExitStack() as stack:
        for server in servers:
            stack.enter_context(server.halted())
        away = Local(gone, local.store)
        assert away.pull(f"keyless/kept@{digest}", policy(tmp_path, trust, rule)).is_app
        # It is held against the policy again: another name or another root does not do.
        for wrong in (policy(tmp_path, trust, rule.replace("anna", "ben")), policy(tmp_path, others, rule)):
            with pytest.raises(UserError) as caught:
                away.pull(f"keyless/kept@{digest}", wrong)
            assert caught.value.code == "registry-unreachable"


@pytest.mark.slow
def test_a_copy_keeps_its_signatures(local: Local, services: Sigstore, trust: Services, tmp_path: Path) -> None:
    name = put(local, spin_app([]), "keyless/copied:1")
    digest = sign(local, name, services.issuer.token(), trust).digest
    with go_registry(tmp_path) as running, Client(running.host, patience=HASTY) as client:
        other = Local(client, local.store)
        copy((local.client, local.reference(name)), (client, other.reference("mirror/copied:2")), Nobody())
        found = fetched(Repository(client, "mirror/copied"), digest)
        assert signers(found, digest, [anna(services, trust)]) != []


@pytest.mark.parametrize(
    ("head", "rule", "why"),
    [
        ("", "{NAMED}", "names no client trust config"),
        ('sigstore = "none.json"', "{NAMED}", "none.json"),
        ('sigstore = "policy.toml"', "{NAMED}", "it is none"),
        ('sigstore = "trust.json"', "{NAMED}\nthreshold = 2", "wants 2 of 1 identities"),
        ('sigstore = "trust.json"', '{NAMED}\ntake = "any"', 'takes "any" all the same'),
        ('sigstore = "trust.json"', 'identities = [{identity = "x", issuer = ""}]', "issuer"),
        ('sigstore = "trust.json"', 'identities = [{identity = "", issuer = "y"}]', "identity"),
        ('sigstore = "trust.json"', 'identities = [{identity = "x"}]', "issuer"),
        ('sigstore = "trust.json"', 'identities = [{identity = "x", issuer = "y", subject = "z"}]', "subject"),
    ],
)
def test_a_policy_that_says_too_little_is_none(tmp_path: Path, trust: Services, head: str, rule: str, why: str) -> None:
    rule = rule.replace("{NAMED}", 'identities = [{identity = "x", issuer = "y"}]')
    (tmp_path / "trust.json").write_bytes(trust.content)
    (tmp_path / "policy.toml").write_text(f'version = 1\n{head}\n[[rule]]\nartifacts = ["*"]\n{rule}\n')
    with pytest.raises(UserError, match=re.escape(why)) as caught:
        Policy.load(tmp_path / "policy.toml")
    assert caught.value.code == "policy-invalid"


@pytest.mark.slow
def test_the_public_instance_is_asked_by_commands_only(
    services: Sigstore, signature: Signature, home: Path, forgotten: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    policies = Services.beside(home / "policy.toml", "public")
    assert anna(services, policies).refusal(signature) != ""
    with pytest.raises(UserError, match="TUF") as caught:
        anna(services, Services.named("public")).refusal(signature)
    assert caught.value.code == "sigstore-unreachable"


@pytest.mark.slow
def test_the_public_instance_is_renewed_by_who_asks_it(
    services: Sigstore, signature: Signature, home: Path, forgotten: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = {"trusted_root.json": "trustedRoot", "signing_config.v0.2.json": "signingConfig"}
    targets = {name: json.dumps(services.config[part]).encode() for name, part in parts.items()}
    with tuf.tuf(targets, home) as repository:
        monkeypatch.setattr("sigstore.models.DEFAULT_TUF_URL", repository.url)
        public = Services.named("public")
        by = keyless.made(services.issuer.token(), public, DIGEST, {})[1]
        assert (by.identity, anna(services, public).refusal(signature)) == (IDENTITY, "")
        assert "/targets/trusted_root.json" in {one.path for one in repository.asked}
    # A policy takes what was fetched then.
    policies = Services.beside(home / "policy.toml", "public")
    assert anna(services, policies).refusal(signature) == ""


@pytest.mark.slow
def test_what_nobody_has_signed_is_not_believed_of_the_public_instance(
    services: Sigstore, home: Path, forgotten: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = tuf.Repository({"trusted_root.json": b"{}", "signing_config.v0.2.json": b"{}"})
    repository.files["targets/trusted_root.json"] = json.dumps(services.config["trustedRoot"]).encode()
    with served(repository.answer) as server:
        repository.believe(server.url, home)
        monkeypatch.setattr("sigstore.models.DEFAULT_TUF_URL", server.url)
        with pytest.raises(UserError, match="cannot be renewed") as caught:
            keyless.made(services.issuer.token(), Services.named("public"), DIGEST, {})
    assert caught.value.code == "sigstore-unreachable"


@pytest.mark.slow
def test_the_commands(
    atoll: Atoll, local: Local, home: Path, services: Sigstore, trust: Services, tmp_path: Path
) -> None:
    name = str(local.reference(put(local, spin_app([], metadata={"name": "commands"}), "keyless/commands:1")))
    (tmp_path / "token").write_text(services.issuer.token())
    env = {"HOME": str(home), "ATOLL_SIGSTORE": ""}
    assert "nothing to sign with" in atoll("sign", name, env=env).err
    assert "a key and --keyless" in atoll("sign", "--keyless", "--key", "x", name, env=env).err
    assert "needs no --identity-token" in atoll("sign", "--key", "x", "--identity-token", "token", name, env=env).err
    unknown = atoll("sign", "--keyless", name, env=env)
    assert (unknown.code, "--sigstore or ATOLL_SIGSTORE" in unknown.err) == (1, True)
    env["ATOLL_SIGSTORE"] = trust.name
    said = atoll("sign", "--keyless", "--identity-token", "token", "--annotation", "by=me", name, "--json", env=env)
    who = {"identity": IDENTITY, "issuer": services.issuer.url}
    assert json.loads(said.out) | {"digest": ""} == {"reference": name, "digest": "", **who}
    verify = ["verify", "--identity", IDENTITY, "--issuer", services.issuer.url, name]
    verified = json.loads(atoll(*verify, "--json", env=env).out)
    assert verified["signatures"] == [{**who, "annotations": {"by": "me"}}]
    assert f"signed by {IDENTITY} ({services.issuer.url})" in atoll(*verify, env=env).out
    wrong = atoll("verify", "--identity", "ben@example.com", "--issuer", services.issuer.url, name, env=env)
    assert (wrong.code, "none of its 1 signatures is theirs; Certificate's SANs" in wrong.err) == (1, True)
    assert "one of the two is missing" in atoll("verify", "--identity", IDENTITY, name, env=env).err
    again = atoll("sign", "--keyless", name, env=env | {"SIGSTORE_ID_TOKEN": services.issuer.token("ben@example.com")})
    assert f"as ben@example.com, whom {services.issuer.url} knows" in again.out


@pytest.mark.slow
def test_without_its_library_there_are_keys_only(services: Sigstore, trust: Services, signature: Signature) -> None:
    program = """
import sys
from contextlib import ExitStack
from pathlib import Path
sys.modules["sigstore"] = None
from atoll.errors import UserError
from atoll.registry.trust.identities import Identity
from atoll.registry.trust.services import Services
from atoll.registry.trust.signatures import Signature
try:
    Identity("x", "y", Services.load(Path(sys.argv[1]))).has_signed(Signature(b"", b"", "", b"{}"))
except UserError as error:
    print(error.code, error.message)
"""
    ended = subprocess.run(
        [sys.executable, "-P", "-c", program, trust.name], capture_output=True, text=True, check=True
    )
    assert ended.stdout == "extra-missing signatures without keys need a library: pip install 'atoll[keyless]'\n"


@pytest.mark.slow
def test_keys_that_are_enough_wait_for_nobody(
    local: Local, services: Sigstore, trust: Services, tmp_path: Path
) -> None:
    name = put(local, spin_app([], metadata={"name": "enough"}), "keyless/enough:1")
    subject = sign(local, name, services.issuer.token(), trust)
    key = PrivateKey.generate("ecdsa-p256")
    (tmp_path / "one.pub").write_bytes(key.public.pem)
    attach(Repository(local.client, "keyless/enough"), subject, made(key, "x", subject.digest, {}))
    policy(
        tmp_path, trust, '[[rule]]\nartifacts = ["*"]\nkeys = ["one.pub"]\nidentities = [{identity="x",issuer="y"}]\n'
    )
    program = """
import sys
from contextlib import ExitStack
from pathlib import Path
from atoll.packages.oci.pulling import Puller
from atoll.packages.oci.transfer import Nobody
from atoll.registry.client import Client
from atoll.registry.reference import Reference
from atoll.registry.store import Store
from atoll.registry.trust.policy import Policy
reference = Reference.parse(sys.argv[1])
with Client(reference.registry) as client:
    Puller(client, Store(Path(sys.argv[2])), Nobody(), Policy.load(Path(sys.argv[3]))).pull(reference)
print("sigstore" in sys.modules)
"""
    arguments = [str(local.reference(name)), str(tmp_path / "cache"), str(tmp_path / "policy.toml")]
    ended = subprocess.run(
        [sys.executable, "-P", "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    assert ended.stdout == "False\n"
