"""Outbound HTTP: each grant beside its refusal."""

import pytest

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.outbound.conftest import Secure, Upstream
from tests.support import answering, get

APP = answering("rust-kitchen")


def fetched(served: Up, url: str) -> tuple[int, str]:
    """What the guest got, as it passes it on: a refusal is a 502 with the interface's error."""
    answer = get(served.url + "/fetch", params={"url": url}, timeout=30, follow_redirects=False)
    return answer.status_code, answer.text


def hosts(*entries: str) -> str:
    return APP + f"allowed_outbound_hosts = {list(entries)!r}\n"


ALONE = ("--workers", "1", "-L", "")


def test_a_granted_host_answers(make_app: MakeApp, upstream: Upstream) -> None:
    with up(make_app(hosts(upstream.url)), *ALONE) as served:
        assert fetched(served, upstream.url + "/here") == (200, "upstream /here")
        assert upstream.hosts == [f"127.0.0.1:{upstream.port}"]


def test_a_host_that_was_not_granted_is_denied_and_the_log_says_what_to_write(
    make_app: MakeApp, upstream: Upstream
) -> None:
    with up(make_app(hosts("http://127.0.0.1:1")), *ALONE) as served:
        assert fetched(served, upstream.url + "/") == (502, "ErrorCode::HttpRequestDenied")
        served.wait_for(f"disallowed destination '{upstream.url}'")
        served.wait_for(rf'add .allowed_outbound_hosts = \["{upstream.url}"\].')
    assert upstream.connections == 0


def test_connections_are_kept_for_the_next_instance(make_app: MakeApp, upstream: Upstream) -> None:
    with up(make_app(hosts(upstream.url)), *ALONE) as served:
        for _ in range(10):
            assert fetched(served, upstream.url + "/")[0] == 200
    assert upstream.connections == 1


def test_a_redirect_is_the_guests_business(make_app: MakeApp, upstream: Upstream) -> None:
    with up(make_app(hosts(upstream.url)), *ALONE) as served:
        assert fetched(served, upstream.url + "/moved")[0] == 302
    assert len(upstream.hosts) == 1


def test_a_granted_name_does_not_lead_into_a_blocked_network(
    make_app: MakeApp, upstream: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> None:
    config = tmp_path_factory.mktemp("config") / "runtime.toml"
    config.write_text('[outbound_networking]\nblock_networks = ["private"]\n')
    app = make_app(hosts(f"http://localhost:{upstream.port}"))
    with up(app, *ALONE, "--runtime-config-file", str(config)) as served:
        assert fetched(served, f"http://localhost:{upstream.port}/") == (502, "ErrorCode::DestinationIpProhibited")
    with up(app, *ALONE) as served:
        assert fetched(served, f"http://localhost:{upstream.port}/")[0] == 200


def test_an_upstream_that_never_answers_ends_at_the_deadline(make_app: MakeApp, upstream: Upstream) -> None:
    app = make_app(hosts(upstream.url) + 'tool.atoll.limits = { deadline = "700ms" }\n')
    with up(app, *ALONE) as served:
        assert fetched(served, upstream.url + "/never")[0] == 504


def test_nobody_listening_is_connection_refused(make_app: MakeApp) -> None:
    with up(make_app(hosts("http://127.0.0.1:9")), *ALONE) as served:
        assert fetched(served, "http://127.0.0.1:9/") == (502, "ErrorCode::ConnectionRefused")


def test_tls_with_a_known_authority_negotiates_http_2(make_app: MakeApp, secure: Secure) -> None:
    url = f"https://localhost:{secure.port}"
    with up(make_app(hosts(url)), *ALONE, env={"SSL_CERT_FILE": str(secure.authority)}) as served:
        assert fetched(served, url + "/") == (200, f"HTTP/2.0 localhost:{secure.port}")


def test_tls_with_an_unknown_authority_is_a_certificate_error(make_app: MakeApp, secure: Secure) -> None:
    url = f"https://localhost:{secure.port}"
    with up(make_app(hosts(url)), *ALONE) as served:
        assert fetched(served, url + "/") == (502, "ErrorCode::TlsCertificateError")
