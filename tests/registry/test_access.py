"""Who may read and write: passwords, tokens of a token service, and what is never sent to whom."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from atoll.errors import UserError
from atoll.registry import blobs, credentials
from atoll.registry.access import check
from atoll.registry.authorization import parse
from atoll.registry.blobs import Blob
from atoll.registry.client import Client
from atoll.registry.credentials import Credentials
from atoll.registry.repository import Repository
from tests.servers.registry import PASSWORD, USER, DockerRegistry, Tokens, with_password
from tests.servers.served import Asked, Said, served

from .conftest import HASTY

ANNA = Credentials(USER, PASSWORD)
BLOB = Blob.of(b"a layer", "text/plain")


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerRegistry]:
    with with_password(tmp_path_factory.mktemp("closed")) as running:
        yield running


class TokenRegistry:
    """A registry with its token service."""

    def __init__(self, running: DockerRegistry, tokens: Tokens) -> None:
        self.host = running.host
        self.scopes = tokens.scopes


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[TokenRegistry]:
    tokens = Tokens(tmp_path)
    (tmp_path / "guarded").mkdir()
    with served(tokens.answer) as service, tokens.registry(tmp_path / "guarded", f"{service.url}/token") as running:
        yield TokenRegistry(running, tokens)


def push(host: str, name: str, given: Credentials | None = None) -> None:
    with Client(host, credentials=given, patience=HASTY) as client:
        blobs.push(Repository(client, name), BLOB, lambda _: None)


def read(host: str, name: str, given: Credentials | None = None) -> bytes:
    with Client(host, credentials=given, patience=HASTY) as client:
        return blobs.content(Repository(client, name), BLOB.descriptor, 100)


def test_a_password_opens_a_registry(closed: DockerRegistry) -> None:
    push(closed.host, "a/b", ANNA)
    assert read(closed.host, "a/b", ANNA) == b"a layer"


def test_credentials_are_found_by_the_registrys_name(closed: DockerRegistry) -> None:
    credentials.save(closed.host, ANNA)
    push(closed.host, "a/c")
    assert read(closed.host, "a/c") == b"a layer"


@pytest.mark.parametrize("given", [None, Credentials(USER, "wrong"), Credentials("nobody", PASSWORD)])
def test_others_are_told_how_to_sign_in(closed: DockerRegistry, given: Credentials | None) -> None:
    with pytest.raises(UserError) as caught:
        push(closed.host, "a/d", given)
    assert caught.value.code == "registry-denied"
    assert f"{closed.host}/a/d" in caught.value.message
    assert f"atoll login {closed.host}" in (caught.value.hint or "")


def test_a_registry_is_asked_whether_it_knows_somebody(closed: DockerRegistry) -> None:
    check(closed.host, ANNA)
    with pytest.raises(UserError, match=f"does not know {USER} by that password"):
        check(closed.host, Credentials(USER, "wrong"))
    with pytest.raises(UserError, match="is not the name of a registry"):
        check("https://example.com", ANNA)


def test_tokens_are_for_what_is_done_and_used_again(guarded: TokenRegistry) -> None:
    push(guarded.host, "public/app", ANNA)
    assert guarded.scopes == [["repository:public/app:pull,push"]]
    assert read(guarded.host, "public/app") == b"a layer"
    assert guarded.scopes[1:] == [["repository:public/app:pull"]]


def test_a_token_service_may_not_know_somebody(guarded: TokenRegistry) -> None:
    with pytest.raises(UserError) as caught:
        push(guarded.host, "private/app", Credentials(USER, "wrong"))
    assert caught.value.code == "registry-denied"
    with pytest.raises(UserError) as caught:
        push(guarded.host, "private/app")
    assert caught.value.code == "registry-denied"


def test_an_identity_token_is_traded(guarded: TokenRegistry) -> None:
    push(guarded.host, "private/app", Credentials("<token>", PASSWORD, identity=True))
    assert guarded.scopes == [["repository:private/app:pull,push"]]


def test_a_mount_asks_for_both_repositories(guarded: TokenRegistry) -> None:
    push(guarded.host, "public/one", ANNA)
    with Client(guarded.host, credentials=ANNA, patience=HASTY) as client:
        assert not blobs.push(Repository(client, "public/two"), BLOB, lambda _: None, mount_from="public/one")
    assert ["repository:public/two:pull,push", "repository:public/one:pull"] in guarded.scopes


@pytest.mark.parametrize(
    ("realm", "why"),
    [
        ("http://tokens.example.com/token", "not an https address"),
        ("file:///etc/passwd", "not an https address"),
        ("", "not an https address"),
    ],
)
def test_a_password_is_not_sent_in_the_clear(realm: str, why: str) -> None:
    def answer(_: Asked) -> Said:
        return Said(401, {}, {"www-authenticate": f'Bearer realm="{realm}",service="x"'})

    with served(answer) as registry, pytest.raises(UserError, match=why) as caught:
        read(registry.url.removeprefix("http://"), "a/b", ANNA)
    assert caught.value.code == "registry-failed"


@pytest.mark.parametrize("body", [{}, {"token": ""}, {"token": 1}, {"token": "a\r\nb"}, b"{", b"[" * 100_000])
def test_a_token_service_that_gives_no_token_is_named(body: object) -> None:
    def answer(asked: Asked) -> Said:
        if asked.path.startswith("/token"):
            return Said(200, body)
        return Said(401, {}, {"www-authenticate": f'Bearer realm="{registry.url}/token"'})

    with served(answer) as registry, pytest.raises(UserError, match="without a token"):
        read(registry.url.removeprefix("http://"), "a/b", ANNA)


def test_other_hosts_are_sent_no_secrets() -> None:
    def store(_: Asked) -> Said:
        return Said(200, b"a layer")

    def answer(asked: Asked) -> Said:
        if "authorization" not in asked.headers:
            return Said(401, {}, {"www-authenticate": 'Basic realm="x"'})
        return Said(307, b"", {"location": f"{elsewhere.url}/blob"})

    with served(store) as elsewhere, served(answer) as registry:
        assert read(registry.url.removeprefix("http://"), "a/b", ANNA) == b"a layer"
        assert elsewhere.asked and all("authorization" not in asked.headers for asked in elsewhere.asked)


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://example.com/x"])
def test_redirects_lead_to_web_addresses_only(location: str) -> None:
    with served(lambda _: Said(307, b"", {"location": location})) as registry, pytest.raises(UserError) as caught:
        read(registry.url.removeprefix("http://"), "a/b")
    assert caught.value.code == "registry-failed"
    assert "redirects to" in caught.value.message


def test_redirects_end() -> None:
    def answer(asked: Asked) -> Said:
        return Said(307, b"", {"location": f"{asked.path}x"})

    with served(answer) as registry, pytest.raises(UserError, match="redirects more than 5 times"):
        read(registry.url.removeprefix("http://"), "a/b")


@pytest.mark.parametrize("header", ["", "Negotiate abc", 'Digest realm="x"', "Bearer", "=,=,=" * 1000])
def test_challenges_of_other_kinds_are_not_met(header: str) -> None:
    assert parse(header) is None


def test_a_challenge_is_read_whatever_its_order() -> None:
    found = parse('bearer service=plain, realm="https://a/b?c=d,e", SCOPE="x y"')
    assert found is not None
    assert found.scheme == "bearer"
    assert found.parameters == {"service": "plain", "realm": "https://a/b?c=d,e", "scope": "x y"}


def test_only_served_registries_of_this_machine_are_spoken_to_in_the_clear() -> None:
    assert Client("example.com").base == "https://example.com"
    assert Client("example.com", plain_http=True).base == "http://example.com"
    assert Client("localhost:5000").base == "http://localhost:5000"
    assert Client("docker.io").base == "https://registry-1.docker.io"
