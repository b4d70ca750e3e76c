"""Serving an app: what `atoll up` prints, what a client and a guest see."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.support import address, get, refused, write_app

SHOP = """\
application.version = "1.2"
[[trigger.http]]
route = "/static"
static_response = { status_code = 418, headers = { x-kind = "static" }, body = "short and stout" }
[[trigger.http]]
route = "/headers"
component = "shown"
[[trigger.http]]
route = "/one"
component = "hello"
[[trigger.http]]
route = "/many/:thing_id/..."
component = "hello"
[[trigger.http]]
route = { private = true }
component = "hidden"
[component.shown]
source = "<rust-kitchen>"
[component.hello]
source = "<c-http>"
description = "says hello"
[component.hidden]
source = "<c-http>"
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with up(write_app(tmp_path_factory.mktemp("shop"), SHOP), "--workers", "1", "--log-dir", "") as app:
        yield app


def test_a_bare_component_answers_every_path(hello: Up, client: httpx.Client) -> None:
    for path in ("/", "/a", "/a/b?c=d", "/%20", "/a//b/"):
        answer = client.get(hello.url + path)
        assert (answer.status_code, answer.text) == (200, "Hello from C\n")


def test_the_address_and_the_routes_are_printed_as_spin_prints_them(shop: Up) -> None:
    trigger = shop.stdout.splitlines()[2].split(":")[0].strip()
    assert shop.stdout == (
        f"Serving {shop.url}\n"
        "Available Routes:\n"
        f"  {trigger}: {shop.url}/static\n"
        f"  shown: {shop.url}/headers\n"
        f"  hello: {shop.url}/one\n    says hello\n"
        f"  hello: {shop.url}/many/:thing_id (wildcard)\n    says hello\n"
    )


def test_the_json_format_says_the_same(make_app: MakeApp) -> None:
    app = make_app('[[trigger.http]]\nroute = "/x/..."\nid = "x"\nstatic_response = { body = "x" }\n')
    served = Up(["-f", str(app), "--listen", "127.0.0.1:0", "--format", "json", "--log-dir", "", "--workers", "1"])
    try:
        served.wait_for(r"(?m)^}$")
        told = json.loads(served.stdout)
        assert told["routes"] == [{"id": "x", "route": "/x", "wildcard": True, "description": None}]
        assert get(told["base_url"] + "/x/y").text == "x"
    finally:
        served.stop()


def test_a_static_response_is_given_as_written(shop: Up, client: httpx.Client) -> None:
    answer = client.get(shop.url + "/static")
    assert (answer.status_code, answer.text, answer.headers["x-kind"]) == (418, "short and stout", "static")


def test_an_unknown_path_is_an_empty_404(shop: Up, client: httpx.Client) -> None:
    for path in ("/", "/one/more", "/hidden", "/statics"):
        answer = client.get(shop.url + path)
        assert (answer.status_code, answer.content) == (404, b"")


def test_health_and_info_are_the_hosts_own(shop: Up, client: httpx.Client) -> None:
    assert client.get(shop.url + "/.well-known/spin/health").text == "OK"
    info = client.get(shop.url + "/.well-known/spin/info")
    assert info.headers["content-type"] == "application/json"
    assert info.json() == {"name": "test", "version": "1.2"}
    assert client.get(shop.url + "/.well-known/spin/other").status_code == 404


def test_the_guest_sees_the_hosts_spin_headers_and_never_the_clients(shop: Up, client: httpx.Client) -> None:
    sent = {
        "Host": "example.com",
        "spin-full-url": "http://evil/",
        "spin-client-addr": "6.6.6.6:6",
        "spin-made-up": "x",
    }
    text = client.get(shop.url + "/headers?key=value", headers=sent).text
    seen = [line.partition(": ")[::2] for line in text.splitlines() if line.startswith("spin-")]
    addresses = [value for name, value in seen if name == "spin-client-addr"]
    assert [value.rpartition(":")[0] for value in addresses] == ["127.0.0.1"]
    assert sorted(pair for pair in seen if pair[0] != "spin-client-addr") == [
        ("spin-base-path", "/"),
        ("spin-component-route", "/headers"),
        ("spin-full-url", "http://example.com/headers?key=value"),
        ("spin-matched-route", "/headers"),
        ("spin-path-info", ""),
        ("spin-raw-component-route", "/headers"),
    ]


def test_a_taken_port_is_refused_and_find_free_port_takes_another(make_app: MakeApp) -> None:
    app = make_app('[[trigger.http]]\nroute = "/"\nstatic_response = { body = "x" }\n')
    for workers in ("1", "2"):
        with closing(socket.create_server(("127.0.0.1", 0))) as other:
            taken = f"127.0.0.1:{other.getsockname()[1]}"
            common = ["-f", str(app), "--listen", taken, "--log-dir", "", "--workers", workers]
            told = refused(*common).stderr
            assert f"cannot listen on {taken}" in told
            assert "--find-free-port" in told
            found = Up([*common, "--find-free-port"])
            try:
                found.wait_until_serving()
                assert address(found.url)[1] in range(other.getsockname()[1] + 1, other.getsockname()[1] + 10)
                assert get(found.url).text == "x"
            finally:
                found.stop()


def test_two_apps_never_share_a_port_by_accident(hello: Up, make_app: MakeApp) -> None:
    app = make_app('[[trigger.http]]\nroute = "/"\nstatic_response = { body = "x" }\n')
    second = refused("-f", str(app), "--listen", hello.url.removeprefix("http://"), "--log-dir", "", "--workers", "2")
    assert "cannot listen on" in second.stderr


def test_only_the_selected_components_run(make_app: MakeApp) -> None:
    app = make_app(SHOP)
    with up(app, "-c", "hello", "--workers", "1", "--log-dir", "") as served:
        assert get(served.url + "/one").status_code == 200
        assert get(served.url + "/headers").status_code == 404


def test_environment_of_the_command_line_reaches_the_guest(make_app: MakeApp) -> None:
    app = make_app(
        '[[trigger.http]]\nroute = "/env"\ncomponent = "k"\n'
        '[component.k]\nsource = "<rust-kitchen>"\nenvironment = { A = "manifest", B = "manifest" }\n'
    )
    with up(app, "-e", "A=line", "--workers", "1", "--log-dir", "", env={"SECRET": "of the host"}) as served:
        assert sorted(get(served.url + "/env").text.split()) == ["A=line", "B=manifest"]


def test_a_component_that_nobody_can_call_is_refused_with_its_place(make_app: MakeApp) -> None:
    app = make_app('[[trigger.http]]\nroute = "/"\ncomponent = "cli"\n[component.cli]\nsource = "<c-cli-p2>"\n')
    for workers in ("1", "2"):
        told = refused("-f", str(app), "--listen", "127.0.0.1:0", "--log-dir", "", "--workers", workers)
        assert "exports no HTTP handler" in told.stderr
        assert f"{app}:6:12" in told.stderr
        assert told.stdout == ""
