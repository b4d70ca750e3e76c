"""Guests' HTTP requests are answered by the test, and reach nothing else."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

import atoll
from atoll.testing import OutboundHttp, Unanswered, load_app, load_plugin
from atoll.testing.granted import changed
from atoll.testing.options import AppOptions
from tests.hostile.embed.requests import GUEST
from tests.support import built, write_app
from tests.testing.guests import KITCHEN, kitchen

SITE = "https://api.example.com"


@pytest.fixture
def http() -> Iterator[OutboundHttp]:
    with OutboundHttp() as http:
        yield http


def test_requests_of_guests_are_answered_and_kept(http: OutboundHttp, tmp_path: Path) -> None:
    http.answer(f"{SITE}/now", json={"t": 21}, status=203, headers={"x-own": "1"})
    with load_app(kitchen(tmp_path), http=http) as app:
        answer = app.get("/fetch", params={"url": f"{SITE}/now?unit=c", "header": "x-key:secret"})
    assert (answer.status_code, answer.json()) == (203, {"t": 21})
    [request] = http.requests
    assert (request.method, str(request.url), request.headers["x-key"]) == ("GET", f"{SITE}/now?unit=c", "secret")
    assert request.headers["host"] == "api.example.com"
    assert "forwarded" not in request.headers
    http.check()


@pytest.mark.parametrize(
    "site", ["http://api.example.com", "https://api.example.com:8443", "http://10.1.2.3", "http://[2001:db8::1]:81"]
)
def test_a_site_is_known_by_its_scheme_host_and_port(site: str, http: OutboundHttp, tmp_path: Path) -> None:
    http.answer(site, text="here")
    with load_app(kitchen(tmp_path), variables={"api": site}, http=http) as app:
        assert app.get("/fetch", params={"url": site}).text == "here"
    assert [request.url for request in http.requests] == [httpx.URL(f"{site}/")]


def test_what_has_no_answer_is_refused_and_named(http: OutboundHttp, tmp_path: Path) -> None:
    with load_app(kitchen(tmp_path), http=http) as app:
        answer = app.get("/fetch", params={"url": f"{SITE}/later"})
        assert (answer.status_code, answer.text) == (502, f"the test has no answer for GET {SITE}/later\n")
    with pytest.raises(Unanswered, match=r"GET https://api\.example\.com/later"):
        http.check()


def test_a_site_that_is_not_granted_is_refused_and_asked_nothing(http: OutboundHttp, tmp_path: Path) -> None:
    http.answer(text="anything")
    with load_app(kitchen(tmp_path), http=http) as app:
        for url in ("https://other.example.com/", "http://api.example.com/", f"http://{http.address}/"):
            assert "HttpRequestDenied" in app.get("/fetch", params={"url": url}).text
        assert "https://other.example.com" in app.log.stderr
    assert http.requests == []


@pytest.mark.parametrize(
    "granted, asked, answered",
    [
        ("*://*:*", "http://any.example:99/", True),
        ("*://db.example:5432", "https://db.example:5432/", True),
        ("*://db.example:5432", "https://db.example/", False),
        ("https://*.example.com", "https://a.example.com/", True),
        ("redis://db.example:6379", "http://db.example:6379/", False),
    ],
)
def test_grants_hold_as_they_are_written(
    granted: str, asked: str, answered: bool, http: OutboundHttp, tmp_path: Path
) -> None:
    http.answer(text="here")
    manifest = write_app(tmp_path, KITCHEN.replace('"{{ api }}"', f'"{granted}"'))
    with load_app(manifest, http=http) as app:
        assert (app.get("/fetch", params={"url": asked}).text == "here") is answered
    assert len(http.requests) == answered


def test_what_is_no_http_stays_out_of_reach(http: OutboundHttp) -> None:
    options: AppOptions = {"http": http}
    component = {"metadata": {"allowed_outbound_hosts": ["*://db.example:5432", "postgres://127.0.0.1", "http://a"]}}
    left = changed(component, options, {})["metadata"]["allowed_outbound_hosts"]
    assert left == ["http://db.example:5432", "https://db.example:5432", "http://a"]


def test_a_component_without_a_manifest_asks_whom_it_likes(http: OutboundHttp) -> None:
    http.answer("https://any.example:77/x", text="here")
    with load_app(built("rust-kitchen"), http=http) as app:
        assert app.get("/fetch", params={"url": "https://any.example:77/x"}).text == "here"
    with load_app(built("rust-kitchen")) as app:
        assert "HttpRequestDenied" in app.get("/fetch", params={"url": "https://any.example:77/x"}).text


def test_apps_that_run_at_the_same_time_have_answers_of_their_own(http: OutboundHttp, tmp_path: Path) -> None:
    http.answer(text="one")
    manifest = kitchen(tmp_path)
    with OutboundHttp() as other, load_app(manifest, http=http) as app, load_app(manifest, http=other) as beside:
        other.answer(SITE, lambda request: httpx.Response(200, text="two"))
        with ThreadPoolExecutor(4) as pool:
            apps = [app, beside] * 6
            told = [*pool.map(lambda one: one.get("/fetch", params={"url": f"{SITE}/"}).text, apps)]
    assert told == ["one", "two"] * 6


def test_the_network_itself_is_out_of_reach_and_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        with load_app(kitchen(tmp_path), variables={"api": address}) as app:
            assert "HttpRequestDenied" in app.get("/fetch", params={"url": address}).text
            assert address in app.log.stderr
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_plugin_is_granted_the_addresses_of_sites(http: OutboundHttp) -> None:
    http.answer(f"{SITE}/", text="answered")
    authority = http.at(SITE).removeprefix("http://")
    with load_plugin(GUEST, http=http, grants=atoll.Grants(network=["https://other.example"])) as plugin:
        plugin.ask(authority)
    with load_plugin(GUEST) as plugin:
        plugin.ask(authority)
    assert [str(request.url) for request in http.requests] == [f"{SITE}/"]


@pytest.mark.parametrize("network", [True, "named"])
def test_the_network_is_reached_where_the_test_says_so(network: bool | str, tmp_path: Path, http: OutboundHttp) -> None:
    http.answer(text="reached")
    address = http.at(SITE)
    reached = network is True or [address]
    with load_app(kitchen(tmp_path), variables={"api": address}, network=reached) as app:
        assert app.get("/fetch", params={"url": address}).text == "reached"


def test_a_component_that_is_allowed_nothing_stays_so(http: OutboundHttp, tmp_path: Path) -> None:
    manifest = write_app(tmp_path, KITCHEN.replace('allowed_outbound_hosts = ["{{ api }}"]', ""))
    with load_app(manifest, http=http) as app:
        assert "HttpRequestDenied" in app.get("/fetch", params={"url": SITE}).text
    assert http.requests == []


def test_the_app_itself_is_within_reach(tmp_path: Path) -> None:
    manifest = write_app(tmp_path, KITCHEN.replace('["{{ api }}"]', '["http://self", "http://kitchen.spin.internal"]'))
    with load_app(manifest) as app:
        assert app.get("/fetch?url=http://self.alt/").text == "Hello from the kitchen\n"
        assert app.get("/fetch?url=http://kitchen.spin.internal/").text == "Hello from the kitchen\n"


def test_answers_are_chosen_by_method_and_url_the_latest_first(http: OutboundHttp) -> None:
    http.answer(text="any")
    http.answer(f"{SITE}/a", text="a")
    http.answer(f"{SITE}/a", text="posted", method="post")
    http.answer(f"{SITE}/a?x=1&y=2", text="with a query")
    http.answer(f"{SITE}/up", lambda request: httpx.Response(201, text=request.read().decode().upper()))
    url = http.at(SITE)
    with httpx.Client(base_url=url) as client:
        assert client.get("/b").text == "any"
        assert client.get("/a?x=3").text == "a"
        assert client.post("/a").text == "posted"
        assert client.get("/a?y=2&x=1").text == "with a query"
        answer = client.request("PATCH", "/up", content=iter([b"chun", b"ked"]))
        assert (answer.status_code, answer.text) == (201, "CHUNKED")
        assert client.head("/a").headers["content-length"] == "1"
    assert [request.method for request in http.requests] == ["GET", "GET", "POST", "GET", "PATCH", "HEAD"]


def test_an_answer_that_raises_says_so(http: OutboundHttp) -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise KeyError("token")

    http.answer(SITE, broken)
    answer = httpx.get(http.at(SITE))
    assert (answer.status_code, answer.text) == (500, "the test's answer raised KeyError('token')\n")


@pytest.mark.parametrize("site", ["api.example.com", "ftp://x", "https://", f"{SITE}/path", f"{SITE}?a=1"])
def test_a_site_is_an_origin(site: str, http: OutboundHttp) -> None:
    with pytest.raises(ValueError, match="a site is a scheme and a host"):
        http.at(site)


def test_a_site_has_one_address_until_the_end() -> None:
    with OutboundHttp() as http:
        url = http.at(SITE)
        assert http.at(f"{SITE}/") == url
        assert http.at("http://api.example.com") != url
        assert len(http.granted) == 2
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    assert not [thread for thread in threading.enumerate() if thread.name == "atoll-site"]
