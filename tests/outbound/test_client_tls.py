"""TLS of some components' requests: whom they trust and who they say they are, by the runtime config."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme

from atoll.testing import up
from tests.conftest import MakeApp
from tests.outbound.test_outbound_http import ALONE, fetched, hosts
from tests.servers.served import Asked, Said, Served, served

TWO = """
[[trigger.http]]
route = "/..."
component = "k"
[[trigger.http]]
route = {{ private = true }}
component = "other"
[component.other]
source = "<rust-kitchen>"
allowed_outbound_hosts = ["{url}"]
[component.k]
source = "<rust-kitchen>"
allowed_outbound_hosts = ["{url}", "http://other.spin.internal"]
"""


@dataclass(frozen=True)
class Guarded:
    """A server that answers only whom its authority knows, and the folder of the PEM files."""

    server: Served
    folder: Path

    @property
    def url(self) -> str:
        return self.server.url.replace("127.0.0.1", "localhost")

    def config(
        self, component: str = "k", host: str = "localhost", identity: str | None = "client", **keys: object
    ) -> str:
        """A runtime config with one entry; files lie beside it."""
        table: dict[str, object] = {"component_ids": [component], "hosts": [host], "ca_roots_file": "roots.pem"} | keys
        if identity is not None:
            table |= {"client_cert_file": f"{identity}.pem", "client_private_key_file": f"{identity}-key.pem"}
        lines = [f"{key} = {_toml(value)}" for key, value in table.items() if value is not None]
        file = self.folder / "runtime.toml"
        file.write_text("\n".join(["[[client_tls]]", *lines, ""]))
        return str(file)


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("tls")
    servers, clients, strangers = trustme.CA(), trustme.CA(), trustme.CA()
    servers.cert_pem.write_to_path(str(folder / "roots.pem"))
    for name, authority in {"client": clients, "stranger": strangers}.items():
        issued = authority.issue_cert("guest.example")
        for pem in issued.cert_chain_pems:
            pem.write_to_path(str(folder / f"{name}.pem"), append=True)
        issued.private_key_pem.write_to_path(str(folder / f"{name}-key.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    servers.issue_cert("localhost").configure_cert(tls)
    clients.configure_trust(tls)
    tls.verify_mode = ssl.CERT_REQUIRED

    def answer(asked: Asked) -> Said:
        return Said(body=b"known", headers={"content-type": "text/plain"})

    with served(answer, tls) as server:
        yield Guarded(server, folder)


def test_a_component_shows_its_certificate(make_app: MakeApp, guarded: Guarded) -> None:
    with up(make_app(hosts(guarded.url)), *ALONE, "--runtime-config-file", guarded.config()) as app:
        assert fetched(app, guarded.url + "/") == (200, "known")


@pytest.mark.parametrize(
    "entry",
    [
        {"identity": None},
        {"identity": "stranger"},
        {"component": "other"},
        {"host": "elsewhere.example"},
        {"host": "127.0.0.1"},
    ],
    ids=lambda entry: " ".join(map(str, entry.values())),
)
def test_without_a_certificate_that_is_known_it_is_refused(
    make_app: MakeApp, guarded: Guarded, entry: dict[str, str | None]
) -> None:
    config = guarded.config(**entry)  # type: ignore[arg-type]
    with up(make_app(hosts(guarded.url)), *ALONE, "--runtime-config-file", config) as app:
        assert fetched(app, guarded.url + "/")[0] == 502


def test_a_connection_that_says_who_it_is_serves_no_other_component(make_app: MakeApp, guarded: Guarded) -> None:
    asks_other = f"http://other.spin.internal/fetch?url={quote(guarded.url + '/', safe='')}"
    with up(make_app(TWO.format(url=guarded.url)), *ALONE, "--runtime-config-file", guarded.config()) as app:
        assert fetched(app, guarded.url + "/") == (200, "known")
        status, text = fetched(app, asks_other)
        assert (status, "Tls" in text) == (502, True)
        assert fetched(app, guarded.url + "/") == (200, "known")


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        ({"ca_roots_file": None}, 502),
        ({"ca_roots_file": None, "ca_use_webpki_roots": True}, 502),
        ({"ca_roots_file": None, "ca_use_platform_roots": True}, 200),
        ({"ca_use_webpki_roots": True, "ca_use_platform_roots": False}, 200),
    ],
)
def test_the_authorities_are_those_that_the_entry_names(
    make_app: MakeApp, guarded: Guarded, keys: dict[str, bool | None], status: int
) -> None:
    """The platform's are in a file that the environment names; without a word about authorities they are not asked
    here, for that file is not set then."""
    platform = {"SSL_CERT_FILE": str(guarded.folder / "roots.pem")} if "ca_use_platform_roots" in keys else {}
    config = guarded.config(**keys)  # type: ignore[arg-type]
    with up(make_app(hosts(guarded.url)), *ALONE, "--runtime-config-file", config, env=platform) as app:
        said = fetched(app, guarded.url + "/")
        assert said[0] == status
        assert status == 200 or said[1] == "ErrorCode::TlsCertificateError"
