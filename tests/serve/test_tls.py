"""HTTPS: both protocols by negotiation, certificates that change, handshakes that never end."""

import os
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import trustme

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.support import address, answering, get, refused

APP = answering("rust-kitchen")


@dataclass(frozen=True)
class Files:
    """A certificate for `localhost`, its key, and the authority to trust."""

    certificate: Path
    key: Path
    context: ssl.SSLContext

    @property
    def flags(self) -> tuple[str, ...]:
        return ("--tls-cert", str(self.certificate), "--tls-key", str(self.key))


def issue(folder: Path) -> Files:
    """Write a certificate of a new authority to the files in `folder`, each in one step."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    files = Files(folder / "cert.pem", folder / "key.pem", ssl.create_default_context())
    authority.configure_trust(files.context)
    for file, blobs in ((files.key, [issued.private_key_pem]), (files.certificate, issued.cert_chain_pems)):
        fresh = file.with_suffix(".new")
        fresh.write_bytes(b"".join(blob.bytes() for blob in blobs))
        os.replace(fresh, file)
    return files


@pytest.fixture
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return issue(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def served(make_app: MakeApp, files: Files) -> Iterator[Up]:
    with up(make_app(APP), "--workers", "1", "-L", "", *files.flags) as app:
        yield app


@pytest.mark.parametrize(("http2", "version"), [(True, "HTTP/2"), (False, "HTTP/1.1")])
def test_both_protocols_are_negotiated(served: Up, files: Files, http2: bool, version: str) -> None:
    assert served.url.startswith("https://")
    with httpx.Client(verify=files.context, http2=http2, timeout=30) as client:
        answer = client.post(served.url + "/echo", content=b"hi")
        assert (answer.http_version, answer.text) == (version, "hi")
        assert f"spin-full-url: {served.url}/headers" in client.get(served.url + "/headers").text
        assert "Scheme::Https" in client.get(served.url + "/request").text


def test_a_client_without_tls_is_not_served(served: Up, files: Files) -> None:
    with pytest.raises(httpx.TransportError):
        get(served.url.replace("https", "http"))
    assert get(served.url, verify=files.context).status_code == 200


def test_handshakes_that_never_end_hold_nobody_up(served: Up, files: Files) -> None:
    silent = [socket.create_connection(address(served.url.replace("https", "http"))) for _ in range(50)]
    try:
        assert get(served.url, verify=files.context, timeout=10).status_code == 200
    finally:
        for connection in silent:
            connection.close()


def test_a_new_certificate_is_used_without_a_restart(served: Up, files: Files) -> None:
    fresh = issue(files.certificate.parent)
    served.wait_for("the TLS certificate was read again")
    assert get(served.url, verify=fresh.context).status_code == 200
    with pytest.raises(httpx.ConnectError):
        get(served.url, verify=files.context)


def test_every_worker_has_the_new_certificate(make_app: MakeApp, files: Files) -> None:
    with up(make_app(APP), "--workers", "2", "-L", "", *files.flags) as served:
        fresh = issue(files.certificate.parent)
        served.wait_for("the TLS certificate was read again", times=2)
        for _ in range(10):
            assert get(served.url, verify=fresh.context).status_code == 200


def test_a_broken_certificate_leaves_the_old_one(served: Up, files: Files) -> None:
    files.certificate.write_text("no certificate")
    served.wait_for("the TLS certificate stays as it was")
    assert get(served.url, verify=files.context).status_code == 200


def test_a_certificate_and_a_key_that_do_not_belong_together_are_refused(
    make_app: MakeApp, files: Files, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = issue(tmp_path_factory.mktemp("other"))
    said = refused("-f", str(make_app(APP)), "--tls-cert", str(files.certificate), "--tls-key", str(other.key)).stderr
    assert f"`{other.key}` cannot be used for TLS" in said


@pytest.mark.parametrize("flags", [("--tls-cert", "x.pem"), ("--tls-key", "x.pem")])
def test_one_file_alone_is_refused(make_app: MakeApp, flags: tuple[str, str]) -> None:
    assert "go together" in refused("-f", str(make_app(APP)), *flags).stderr


def test_a_file_that_does_not_exist_is_named(make_app: MakeApp) -> None:
    said = refused("-f", str(make_app(APP)), "--tls-cert", "absent.pem", "--tls-key", "absent.pem").stderr
    assert "absent.pem` cannot be used for TLS" in said
