"""The network in the runtime config: what is read, and what is refused before anything starts."""

from pathlib import Path

import pytest
import trustme

from atoll.host.settings import ClientTls, Outbound
from atoll.runtime.config import load
from tests.cli.test_runtime_config import config, problems

ENTRY = '[[client_tls]]\ncomponent_ids = ["a", "b"]\nhosts = ["db.example", "[::1]"]\n'


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with two certificates and their keys, and files that are neither."""
    for name in ("one", "two"):
        issued = trustme.CA().issue_cert(f"{name}.example")
        issued.cert_chain_pems[0].write_to_path(str(tmp_path / f"{name}.pem"))
        issued.private_key_pem.write_to_path(str(tmp_path / f"{name}-key.pem"))
    (tmp_path / "empty.pem").write_bytes(b"")
    (tmp_path / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    (tmp_path / "binary.pem").write_bytes(bytes(range(256)))
    return tmp_path


def outbound(folder: Path, text: str, ca_file: str | None = None, sockets: int | None = None) -> Outbound:
    return config(folder, text).network().settings(folder, ca_file, sockets)


def test_without_a_word_connections_are_kept_and_not_limited(tmp_path: Path) -> None:
    assert outbound(tmp_path, "") == Outbound()
    assert outbound(tmp_path, "[outbound_http]\n", "ca.pem") == Outbound(ca_file="ca.pem")


def test_limits_are_read(tmp_path: Path) -> None:
    text = (
        "[outbound_http]\nconnection_pooling = false\nmax_connections = 3\n"
        "[outbound_networking]\nmax_socket_connections = 4\nmax_total_connections = 5\n"
    )
    assert outbound(tmp_path, text) == Outbound(
        connection_pooling=False, max_http_connections=3, max_socket_connections=4, max_total_connections=5
    )
    assert outbound(tmp_path, text, sockets=100).max_socket_connections == 4
    assert outbound(tmp_path, "", sockets=100).max_socket_connections == 100
    assert outbound(tmp_path, "[outbound_http]\nmax_concurrent_requests = 2\n").max_http_connections == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[outbound_http]\nmax_connections = -1\n", "`max_connections` must not be negative"),
        ("[outbound_http]\nmax_connections = true\n", "must be an integer"),
        ("[outbound_http]\nmax_connections = 1\nmax_concurrent_requests = 1\n", "limit the same: write one of them"),
        ("[outbound_networking]\nmax_total_connections = -1\n", "`max_total_connections` must not be negative"),
        ("[[client_tls]]\ncomponent_ids = []\nhosts = ['a']\n", "`component_ids` must name at least one"),
        ("[[client_tls]]\ncomponent_ids = ['a']\nhosts = []\n", "`hosts` must name at least one"),
        ("[[client_tls]]\ncomponent_ids = ['a']\n", "lacks the key `hosts`"),
        ("[[client_tls]]\ncomponent_ids = ['A b']\nhosts = ['a']\n", "is not a valid name"),
        ("[[client_tls]]\ncomponent_ids = ['a']\nhosts = ['a:443']\n", "without scheme and port"),
        ("[[client_tls]]\ncomponent_ids = ['a']\nhosts = ['https://a']\n", "without scheme and port"),
        ("[[client_tls]]\ncomponent_ids = ['a']\nhosts = ['*.a']\n", "without scheme and port"),
        (ENTRY + "ca_use_webpki_roots = false\n", "no authority is trusted"),
        (ENTRY + "ca_use_platform_roots = false\n", "no authority is trusted"),
        (ENTRY + 'client_cert_file = "one.pem"\n', "go together"),
        (ENTRY + 'client_private_key_file = "one-key.pem"\n', "go together"),
        (ENTRY + 'ca_roots_file = "nowhere.pem"\n', "`ca_roots_file`: nowhere.pem cannot be read: No such file"),
        (ENTRY + 'ca_roots_file = "."\n', "`ca_roots_file`: . cannot be read: Is a directory"),
        (ENTRY + 'ca_roots_file = "empty.pem"\n', "`ca_roots_file`: empty.pem cannot be used"),
        (ENTRY + 'ca_roots_file = "broken.pem"\n', "`ca_roots_file`: broken.pem cannot be used"),
        (ENTRY + 'ca_roots_file = "binary.pem"\n', "`ca_roots_file`: binary.pem cannot be used"),
        (ENTRY + 'ca_roots_file = "one-key.pem"\n', "`ca_roots_file`: one-key.pem cannot be used"),
        (ENTRY + "ca_file = 'one.pem'\n", "unknown key `ca_file`"),
    ],
)
def test_what_could_not_hold_is_refused_by_its_key(files: Path, text: str, said: str) -> None:
    [problem] = problems(files, text)
    assert (problem.code, said in problem.message) == ("runtime-config-invalid", True), problem.message
    assert problem.location is not None


@pytest.mark.parametrize(
    ("cert", "key", "said"),
    [
        ("one", "two-key", "`client_private_key_file`: two-key.pem cannot be used: it does not belong"),
        ("one", "one", "`client_private_key_file`: one.pem cannot be used"),
        ("one", "empty", "`client_private_key_file`: empty.pem cannot be used"),
        ("one", "binary", "`client_private_key_file`: binary.pem cannot be used"),
        ("broken", "one-key", "`client_cert_file`: broken.pem cannot be used"),
        ("empty", "one-key", "`client_cert_file`: empty.pem cannot be used"),
        ("nowhere", "one-key", "`client_cert_file`: nowhere.pem cannot be read"),
        ("one", "nowhere", "`client_private_key_file`: nowhere.pem cannot be read"),
    ],
)
def test_a_certificate_and_its_key_are_tried_at_the_start(files: Path, cert: str, key: str, said: str) -> None:
    text = f'{ENTRY}client_cert_file = "{cert}.pem"\nclient_private_key_file = "{key}.pem"\n'
    [problem] = problems(files, text)
    assert said in problem.message


def test_two_files_that_are_missing_are_both_said(files: Path) -> None:
    text = f'{ENTRY}client_cert_file = "nowhere.pem"\nclient_private_key_file = "nowhere-key.pem"\n'
    assert len(problems(files, text)) == 2


@pytest.mark.parametrize(
    ("said", "platform", "webpki"),
    [
        ("", True, False),
        ('ca_roots_file = "one.pem"\n', False, False),
        ("ca_use_webpki_roots = true\n", False, True),
        ('ca_use_platform_roots = true\nca_roots_file = "one.pem"\n', True, False),
        ("ca_use_platform_roots = true\nca_use_webpki_roots = true\n", True, True),
    ],
)
def test_authorities_are_those_of_the_platform_unless_others_are_named(
    files: Path, said: str, platform: bool, webpki: bool
) -> None:
    [entry] = outbound(files, ENTRY + said).client_tls
    assert (entry.ca_use_platform_roots, entry.ca_use_webpki_roots) == (platform, webpki)


def test_files_lie_beside_the_config(files: Path) -> None:
    (files / "runtime.toml").write_text(
        f'{ENTRY}ca_roots_file = "one.pem"\nclient_cert_file = "two.pem"\nclient_private_key_file = "two-key.pem"\n'
    )
    loaded = load(files / "runtime.toml")
    [entry] = loaded.network().settings(loaded.folder, None, None).client_tls
    assert entry == ClientTls(
        component_ids=["a", "b"],
        hosts=["db.example", "[::1]"],
        ca_roots_file=str(files / "one.pem"),
        client_cert_file=str(files / "two.pem"),
        client_private_key_file=str(files / "two-key.pem"),
    )
