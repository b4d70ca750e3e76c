"""What Spin's conformance tests hold a host to: each check succeeds with an empty body, and each refusal has its text.

SQLite and PostgreSQL are with their rooms.
"""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from atoll.testing import up
from tests.servers import loopback
from tests.servers.mosquitto import mosquitto
from tests.servers.redis import redis
from tests.servers.served import Asked, Said, served
from tests.support import write_app

FLAGS = ("--workers", "1", "-L", "")
# Whatever else a response carries is one header too many.
EXPECTED_HEADERS = {"content-length", "date"}


def checked(
    folder: Path,
    check: str,
    keys: str = "",
    *,
    path: str = "/",
    variables: str = "",
    route: str = "/...",
    **headers: str,
) -> httpx.Response:
    """The guest's answer to one request, with the manifest that Spin's test of this name has."""
    manifest = write_app(
        folder,
        f'{variables}[[trigger.http]]\nroute = "{route}"\ncomponent = "test"\n[component.test]\n'
        f'source = "<rust-conformance>"\nenvironment = {{ CHECK = "{check}" }}\n{keys}',
    )
    with up(manifest, *FLAGS) as app:
        return httpx.get(app.url + path, headers={"host": "example.com", **headers}, timeout=60)


def succeeded(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.text) == (200, "")
    assert answer.headers["content-length"] == "0"
    assert set(answer.headers) <= EXPECTED_HEADERS


def failed(answer: httpx.Response, text: str) -> None:
    assert (answer.status_code, answer.text) == (500, text)
    assert set(answer.headers) <= EXPECTED_HEADERS | {"transfer-encoding"}


def allowed(*hosts: str) -> str:
    return f"allowed_outbound_hosts = {list(hosts)!r}\n"


def variable(**defaults: str) -> str:
    return "[variables]\n" + "".join(f'{name} = {{ default = "{value}" }}\n' for name, value in defaults.items())


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a TCP server that repeats what it hears."""
    with loopback.tcp(lambda sent: sent) as port:
        yield port


def test_key_value(tmp_path: Path) -> None:
    succeeded(checked(tmp_path, "key-value", 'key_value_stores = ["default"]\n'))


def test_key_value_no_permission(tmp_path: Path) -> None:
    failed(checked(tmp_path, "key-value"), "Error::AccessDenied")


def test_variables(tmp_path: Path) -> None:
    succeeded(checked(tmp_path, "variables", '[component.test.variables]\nvariable = "value"\n'))


def test_request_shape(tmp_path: Path) -> None:
    route = "/base/:path_segment/:path_end/..."
    headers = {"user-agent": "my-agent", "accept": "*/*", "spin-path-info": "forged", "spin-other": "forged"}
    succeeded(
        checked(tmp_path, "request-shape", route=route, path="/base/path/end/rest?key=value", **headers),
    )


def test_outbound_redis(tmp_path: Path) -> None:
    with redis(tmp_path) as server:
        address = f"redis://localhost:{server.port}"
        succeeded(checked(tmp_path, "outbound-redis", allowed(address), redis_address=address))


def test_outbound_redis_no_permission(tmp_path: Path) -> None:
    failed(checked(tmp_path, "outbound-redis", redis_address="redis://localhost:6379"), "Error::InvalidAddress")


def test_outbound_redis_variable_permission(tmp_path: Path) -> None:
    with redis(tmp_path) as server:
        keys = allowed("redis://{{ redis_host }}:{{ redis_port }}")
        variables = variable(redis_host="localhost", redis_port=str(server.port))
        address = f"redis://localhost:{server.port}"
        succeeded(checked(tmp_path, "outbound-redis", keys, variables=variables, redis_address=address))
        elsewhere = variable(redis_host="localhost", redis_port="1")
        refused = checked(tmp_path, "outbound-redis", keys, variables=elsewhere, redis_address=address)
        failed(refused, "Error::InvalidAddress")


def test_outbound_mqtt(tmp_path: Path) -> None:
    with mosquitto(tmp_path) as broker:
        headers = {
            "mqtt_address": f"mqtt://localhost:{broker.guarded_port}?client_id=spintest",
            "mqtt_username": "guest",
            "mqtt_password": "geheim",
        }
        keys = allowed(f"mqtt://localhost:{broker.guarded_port}")
        succeeded(checked(tmp_path, "outbound-mqtt", keys, **headers))
        failed_to_log_in = checked(tmp_path, "outbound-mqtt", keys, **headers | {"mqtt_password": "wrong"})
        assert failed_to_log_in.status_code == 500


def test_outbound_mqtt_no_permission(tmp_path: Path) -> None:
    headers = {"mqtt_address": "mqtt://localhost:1883?client_id=spintest", "mqtt_username": "user"}
    answer = checked(tmp_path, "outbound-mqtt", mqtt_password="password", **headers)
    failed(answer, 'Error::ConnectionFailed("address mqtt://localhost:1883?client_id=spintest is not permitted")')


def test_outbound_wasi_http(tmp_path: Path) -> None:
    def repeated(asked: Asked) -> Said:
        assert asked.method == "POST"
        return Said(body=asked.body)

    with served(repeated) as upstream:
        keys = allowed(f"http://localhost:{upstream.port}")
        answer = checked(tmp_path, "outbound-http", keys, url=f"http://localhost:{upstream.port}")
        assert (answer.status_code, answer.text) == (200, "Hello, world!")


def test_outbound_wasi_http_no_permission(tmp_path: Path) -> None:
    answer = checked(tmp_path, "outbound-http", url="http://localhost:80")
    failed(answer, "incoming-response#get: ErrorCode::HttpRequestDenied")


def test_tcp_sockets(tmp_path: Path, echo: int) -> None:
    succeeded(checked(tmp_path, "tcp-sockets", allowed(f"*://127.0.0.1:{echo}"), address=f"127.0.0.1:{echo}"))


def test_tcp_sockets_ip_range(tmp_path: Path, echo: int) -> None:
    succeeded(checked(tmp_path, "tcp-sockets", allowed(f"*://127.0.0.0/24:{echo}"), address=f"127.0.0.1:{echo}"))


def test_tcp_sockets_ip_range_variable_permission(tmp_path: Path, echo: int) -> None:
    keys = allowed(f"*://{{{{ addr_prefix }}}}/{{{{ prefix_len }}}}:{echo}")
    variables = variable(addr_prefix="127.0.0.0", prefix_len="24")
    succeeded(checked(tmp_path, "tcp-sockets", keys, variables=variables, address=f"127.0.0.1:{echo}"))
    elsewhere = variable(addr_prefix="10.0.0.0", prefix_len="24")
    refused = checked(tmp_path, "tcp-sockets", keys, variables=elsewhere, address=f"127.0.0.1:{echo}")
    failed(refused, "access-denied (error 1)")


@pytest.mark.parametrize("host", ["127.0.0.2:*", "127.0.1.0/24:*", "[::1]:*"])
def test_tcp_sockets_no_ip_permission(tmp_path: Path, echo: int, host: str) -> None:
    answer = checked(tmp_path, "tcp-sockets", allowed(f"*://{host}"), address=f"127.0.0.1:{echo}")
    failed(answer, "access-denied (error 1)")


def test_tcp_sockets_no_port_permission(tmp_path: Path, echo: int) -> None:
    answer = checked(tmp_path, "tcp-sockets", allowed("*://127.0.0.1:1"), address=f"127.0.0.1:{echo}")
    failed(answer, "access-denied (error 1)")


def test_tcp_sockets_without_any_permission(tmp_path: Path, echo: int) -> None:
    failed(checked(tmp_path, "tcp-sockets", address=f"127.0.0.1:{echo}"), "access-denied (error 1)")
