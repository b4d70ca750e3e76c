"""Registries that lie, stall, break off, and send without end: an error each, nothing kept, nothing waited for."""

import hashlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from atoll.errors import UserError
from atoll.registry import blobs
from atoll.registry.blobs import Blob
from atoll.registry.client import Client, Patience
from atoll.registry.documents import INDEX, MANIFEST, MAX_MANIFEST_BYTES, Descriptor
from atoll.registry.repository import Repository, fallback_tag
from atoll.registry.store import Store
from tests.servers.served import Asked, Said, served

from .conftest import HASTY

CONTENT = b"what is in the blob " * 10_000
BLOB = Descriptor(
    media_type="application/wasm", digest=f"sha256:{hashlib.sha256(CONTENT).hexdigest()}", size=len(CONTENT)
)
EMPTY = {"schemaVersion": 2, "config": {"mediaType": "a/b", "digest": BLOB.digest, "size": 1}, "layers": []}


@contextmanager
def registry(answer: Callable[[Asked], Said], patience: Patience = HASTY) -> Iterator[Repository]:
    with served(answer) as server, Client(server.url.removeprefix("http://"), patience=patience) as client:
        yield Repository(client, "a/b")


def fetch(repository: Repository, store: Store) -> bytes:
    return blobs.fetch(repository, BLOB, store, wasm=True, arrived=lambda _: None).read_bytes()


def manifest(body: object = None, kind: str = MANIFEST, **headers: str) -> Said:
    content = json.dumps(EMPTY if body is None else body).encode() if not isinstance(body, bytes) else body
    return Said(200, content, {"content-type": kind, **{key.replace("_", "-"): text for key, text in headers.items()}})


def refusal(answer: Callable[[Asked], Said], store: Store) -> UserError:
    """What a fetch says, which leaves nothing behind."""
    with registry(answer) as repository, pytest.raises(UserError) as caught:
        fetch(repository, store)
    assert not store.wasm.exists() or list(store.wasm.iterdir()) == []
    return caught.value


def test_other_bytes_than_were_promised_are_not_kept(store: Store) -> None:
    error = refusal(lambda _: Said(200, CONTENT[::-1]), store)
    assert error.code == "artifact-invalid"
    assert BLOB.digest in error.message


def test_more_bytes_than_were_promised_are_not_read_to_their_end(store: Store) -> None:
    error = refusal(lambda _: Said(200, CONTENT * 100), store)
    assert f"more than the {BLOB.size} bytes" in error.message


def test_less_bytes_than_were_promised_are_not_kept(store: Store) -> None:
    assert refusal(lambda _: Said(200, CONTENT[:100]), store).code == "artifact-invalid"


def test_what_breaks_off_is_taken_up_where_it_was(store: Store) -> None:
    starts: list[int] = []

    def answer(asked: Asked) -> Said:
        start = int(re.sub(r"\D", "", asked.headers.get("range", "0")))
        starts.append(start)
        # Two thirds of what is left, under the length of all of it.
        part = CONTENT[start:] if len(starts) == 3 else CONTENT[start : start + (len(CONTENT) - start) * 2 // 3]
        return Said(206 if start else 200, part, {"content-length": str(len(CONTENT) - start)})

    with registry(answer) as repository:
        assert fetch(repository, store) == CONTENT
    assert starts[0] == 0 and 0 < starts[1] < starts[2] < len(CONTENT)


def test_a_registry_that_knows_no_ranges_sends_all_again(store: Store) -> None:
    store.wasm.mkdir(parents=True)
    (store.wasm / f".{BLOB.digest}.partial").write_bytes(CONTENT[:1000])
    with registry(lambda _: Said(200, CONTENT)) as repository:
        assert fetch(repository, store) == CONTENT


def test_what_an_interrupted_fetch_left_may_be_wrong(store: Store) -> None:
    store.wasm.mkdir(parents=True)
    partial = store.wasm / f".{BLOB.digest}.partial"
    for wrong in (b"x" * 1000, b"x" * (len(CONTENT) + 5)):
        partial.write_bytes(wrong)
        with registry(_ranged) as repository:
            assert fetch(repository, store) == CONTENT
        (store.wasm / BLOB.digest).unlink()


def _ranged(asked: Asked) -> Said:
    start = int(re.sub(r"\D", "", asked.headers.get("range", "0")))
    return Said(206 if start else 200, CONTENT[start:])


def test_a_busy_registry_is_asked_again(store: Store) -> None:
    answers = [Said(429, {}, {"retry-after": "0"}), Said(503, {}), Said(200, CONTENT)]
    with registry(lambda _: answers.pop(0)) as repository:
        assert fetch(repository, store) == CONTENT
    assert answers == []


def test_one_that_stays_busy_is_named_with_its_words(store: Store) -> None:
    said = {"errors": [{"code": "TOOMANYREQUESTS", "message": "later\x1b[31m"}]}
    error = refusal(lambda _: Said(429, said), store)
    assert error.code == "registry-failed"
    assert "answers 429 (TOOMANYREQUESTS: later" in error.message
    assert "\x1b" not in error.message


@pytest.mark.parametrize("said", [b"<html>", b"[" * 100_000, {"errors": 3}, b"x" * (1 << 20)])
def test_errors_that_are_none_are_named_by_their_number(store: Store, said: object) -> None:
    assert refusal(lambda _: Said(500, said), store).message.endswith("answers 500")


def test_one_that_stands_still_is_left(store: Store) -> None:
    patience = Patience(connect=5, read=0.2, grace=5, attempts=2, pause=0.01)
    released = threading.Event()

    def answer(_: Asked) -> Said:
        released.wait(10)
        return Said(200, CONTENT)

    try:
        began = time.monotonic()
        with registry(answer, patience) as repository, pytest.raises(UserError) as caught:
            fetch(repository, store)
        assert caught.value.code == "registry-unreachable"
        assert time.monotonic() - began < 5
    finally:
        released.set()


def test_one_that_drips_is_left(store: Store) -> None:
    """Each byte comes in time, and all of them would take years."""
    patience = Patience(connect=5, read=5, grace=0.3, rate=1 << 30, attempts=1, pause=0.01)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(f"HTTP/1.1 200 OK\r\ncontent-length: {BLOB.size}\r\n\r\n".encode())
                try:
                    while True:
                        connection.sendall(b"x")
                        time.sleep(0.02)
                except OSError:
                    pass  # the client has left

        thread = threading.Thread(target=drip)
        thread.start()
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        with Client(host, patience=patience) as client, pytest.raises(UserError, match="less than"):
            fetch(Repository(client, "a/b"), store)
        thread.join(10)
        assert not thread.is_alive()


def test_a_manifest_must_have_its_digest() -> None:
    with registry(lambda _: manifest()) as repository, pytest.raises(UserError, match="its manifest has the digest"):
        repository.manifest(BLOB.digest)
    lie = manifest(docker_content_digest=BLOB.digest)
    with registry(lambda _: lie) as repository, pytest.raises(UserError, match="its manifest has the digest"):
        repository.manifest("1")


def test_a_manifest_without_end_is_not_read_to_its_end() -> None:
    huge = manifest(b" " * (MAX_MANIFEST_BYTES + 1))
    with registry(lambda _: huge) as repository, pytest.raises(UserError, match=f"more than {MAX_MANIFEST_BYTES}"):
        repository.manifest("1")


def test_a_digest_is_asked_for_where_no_header_tells_it() -> None:
    with registry(lambda _: manifest()) as repository:
        assert repository.digest("1") == f"sha256:{hashlib.sha256(json.dumps(EMPTY).encode()).hexdigest()}"


@pytest.mark.parametrize("said", [b"", b"[]", {"tags": {}}, {"tags": [1]}, b"[" * 100_000])
def test_lists_that_are_none_are_refused(said: object) -> None:
    with registry(lambda _: Said(200, said)) as repository, pytest.raises(UserError) as caught:
        repository.tags()
    assert caught.value.code == "registry-failed"


def test_pages_without_end_are_left_and_lead_nowhere_else() -> None:
    def answer(asked: Asked) -> Said:
        return Said(200, {"tags": ["a"]}, {"link": '<http://192.0.2.1/elsewhere?last=a>; rel="next"'})

    with registry(answer) as repository:
        assert repository.tags() == ["a"]


def test_referrers_are_taken_from_the_tag_where_a_registry_has_no_list() -> None:
    entry = {"mediaType": MANIFEST, "digest": BLOB.digest, "size": 3, "artifactType": "x/y"}
    index = {"schemaVersion": 2, "manifests": [entry]}

    def answer(asked: Asked) -> Said:
        if asked.path.endswith(fallback_tag(BLOB.digest)):
            return manifest(index, INDEX)
        return Said(404, {})

    with registry(answer) as repository:
        assert [one.digest for one in repository.referrers(BLOB.digest)] == [BLOB.digest]
        assert repository.referrers(BLOB.digest, "other/type") == []


def test_an_upload_without_a_place_is_named() -> None:
    def answer(asked: Asked) -> Said:
        return Said(404) if asked.method == "HEAD" else Said(202, b"")

    with registry(answer) as repository, pytest.raises(UserError, match="does not say where to send a blob"):
        blobs.push(repository, Blob.of(b"x", "a/b"), lambda _: None)


def test_an_upload_that_breaks_goes_on_where_the_registry_has_it() -> None:
    content = bytes(range(256)) * (80_000)  # two parts would be larger; what breaks is the first one
    received = bytearray()
    broken = threading.Event()

    def answer(asked: Asked) -> Said:
        if asked.method == "HEAD":
            return Said(404)
        if asked.method == "POST":
            return Said(202, b"", {"location": "/upload"})
        if asked.method == "PATCH" and not broken.is_set():
            broken.set()
            received.extend(asked.body[: len(content) // 2])
            raise ConnectionError("the registry was restarted")
        if asked.method == "GET":
            return Said(204, b"", {"location": "/upload", "range": f"0-{len(received) - 1}"})
        if asked.method == "PATCH":
            assert asked.headers["content-range"] == f"{len(received)}-{len(content) - 1}"
            received.extend(asked.body)
            return Said(202, b"", {"location": "/upload"})
        return Said(201, b"")

    with registry(answer) as repository:
        assert blobs.push(repository, Blob.of(content, "a/b"), lambda _: None)
    assert bytes(received) == content
