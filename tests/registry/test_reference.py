"""References taken apart, and what is none."""

import pytest

from atoll.errors import UserError
from atoll.registry.reference import Reference, is_digest, is_local, is_reference

DIGEST = "sha256:" + "a1" * 32


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("example.com/app", ("example.com", "app", "latest", None)),
        ("example.com/team/app:1.0", ("example.com", "team/app", "1.0", None)),
        ("localhost:5000/a/b-c_d.e/f:V1", ("localhost:5000", "a/b-c_d.e/f", "V1", None)),
        (f"example.com/app@{DIGEST}", ("example.com", "app", None, DIGEST)),
        (f"example.com/app:1@{DIGEST}", ("example.com", "app", "1", DIGEST)),
        ("[::1]:5000/app", ("[::1]:5000", "app", "latest", None)),
        ("docker.io/alpine", ("docker.io", "library/alpine", "latest", None)),
        ("oci://example.com/app:1", ("example.com", "app", "1", None)),
    ],
)
def test_the_parts_of_a_reference(text: str, parts: tuple[str, str, str | None, str | None]) -> None:
    found = Reference.parse(text)
    assert (found.registry, found.repository, found.tag, found.digest) == parts
    assert Reference.parse(str(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "app",
        "app:1",
        "/app",
        "example.com/",
        "example.com/App",
        "example.com/../etc",
        "example.com/a//b",
        "example.com/app:",
        "example.com/app:ü",
        "example.com/app:" + "x" * 129,
        "example.com/app@sha256:12",
        "example.com/app@md5:" + "0" * 32,
        "example.com/app@" + DIGEST.upper(),
        "example.com/" + "a/" * 200 + "a",
        "user@example.com/app",
        "exa mple.com/app",
        "example.com:99999999/app",
    ],
)
def test_what_is_no_reference_is_refused_with_its_shape(text: str) -> None:
    with pytest.raises(UserError) as caught:
        Reference.parse(text)
    assert caught.value.code == "reference-invalid"
    assert "HOST/REPOSITORY:TAG" in (caught.value.hint or "")


def test_a_digest_is_asked_for_rather_than_a_tag() -> None:
    assert Reference.parse(f"example.com/app:1@{DIGEST}").version == DIGEST
    assert Reference.parse("example.com/app:1").at(DIGEST).version == DIGEST
    assert Reference.parse("example.com/app").version == "latest"


@pytest.mark.parametrize("text", ["example.com/app", "localhost/app", "localhost:5000/app", "a:1/b", "oci://a/b"])
def test_what_begins_with_a_host_can_be_a_reference(text: str) -> None:
    assert is_reference(text)


@pytest.mark.parametrize("text", ["app", "folder/app", "./app", "../app.wasm", "/app", ".hidden/app", "app.wasm", "."])
def test_paths_are_none(text: str) -> None:
    assert not is_reference(text)


def test_registries_of_this_machine_are_known_by_their_names() -> None:
    assert all(map(is_local, ["localhost", "localhost:5000", "127.0.0.1:80", "127.8.9.1", "[::1]:5000", "a.localhost"]))
    assert not any(
        map(is_local, ["example.com", "127.0.0.1.example.com", "localhost.example.com", "10.0.0.1", "[::2]"])
    )


def test_digests_that_can_be_verified() -> None:
    assert is_digest(DIGEST)
    assert is_digest("sha512:" + "0" * 128)
    assert not is_digest("sha256:../../../etc/passwd")
