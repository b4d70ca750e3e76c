"""An app answers the same inside of a program as under `atoll up`: every request goes to both."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import atoll
from atoll.testing import up
from tests.asgi.serving import served, uvicorn_on_a_thread
from tests.asgi.table import APP, COOKIES, REQUESTS, Ask
from tests.support import exchange, write_app

# Headers of the server itself, and the number of a request that failed.
OWN = {"atoll-request", "date", "server", "connection", "keep-alive", "transfer-encoding", "trailer"}

# Where the server in front answers by itself.
NOT_OURS = {
    "uvicorn with httptools": {"a method of somebody's own"},
    "hypercorn": set[str](),
    "granian": set[str](),
    "gunicorn with asgi": {"long uri"},
    "django": set[str](),
    # WSGI has one value for all headers of one name.
    "django under wsgi": {"repeated headers", "long uri"},
}
DJANGO = """\
import atoll, atoll.django, django
from django.conf import settings
settings.configure(ALLOWED_HOSTS=["*"], SECRET_KEY="x", ROOT_URLCONF=__name__, LOGGING_CONFIG=None,
    MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"])
django.setup()
from django.core.{kind} import get_{kind}_application
urlpatterns = [atoll.django.mount("", {app!r})]
app = get_{kind}_application()
"""
MODULES = {
    "django": ("uvicorn", DJANGO.replace("{kind}", "asgi")),
    "django under wsgi": ("gunicorn", DJANGO.replace("{kind}", "wsgi")),
}
# Each request has a connection of its own.
ASKING = httpx.HTTPTransport(verify=False, limits=httpx.Limits(max_keepalive_connections=0))
Answer = tuple[int | str, list[tuple[str, str]], bytes]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app."""
    folder = tmp_path_factory.mktemp("app")
    (folder / "cookies.wat").write_text(COOKIES)
    return write_app(folder, APP)


@pytest.fixture(scope="module")
def theirs(manifest: Path) -> Iterator[str]:
    """The URL of `atoll up`."""
    with up(manifest, "--workers", "1", "--log-dir", "", "--quiet") as running:
        yield running.url


@pytest.fixture(scope="module")
def wanted(theirs: str) -> dict[str, Answer]:
    """What `atoll up` answers each of the requests."""
    return {name: answer(theirs, ask) for name, ask in REQUESTS.items()}


@pytest.fixture(scope="module")
def inside(manifest: Path) -> Iterator[str]:
    """The URL of the same app in uvicorn."""
    with uvicorn_on_a_thread(atoll.asgi(manifest), http="h11", log_config=None) as url:
        yield url


def answer(url: str, ask: Ask) -> Answer:
    """Status, headers and body, without what is the server's own or this moment's."""
    patience = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), 30.0)}
    request = httpx.Request(**{"method": "GET", **ask, "url": url + ask["url"]}, extensions=patience)
    request.headers["host"] = "example.com"
    try:
        answered = ASKING.handle_request(request)
        answered.read()
    except httpx.RemoteProtocolError:
        return "broken off", [], b""
    # Whether the length is known when the head is sent is a matter of moments.
    length = answered.headers.get("content-length") if request.method == "HEAD" else str(len(answered.content))
    headers = [pair for pair in answered.headers.multi_items() if pair != ("content-length", length)]
    lines = [line for line in answered.content.splitlines(keepends=True) if not _is_of_this_moment(line)]
    return answered.status_code, sorted(pair for pair in headers if pair[0] not in OWN), b"".join(lines)


def _is_of_this_moment(line: bytes) -> bool:
    return line.lower().startswith((b"spin-client-addr", b"remote_", b"x_client_addr"))


@pytest.mark.parametrize("name", REQUESTS)
def test_status_headers_and_body_are_those_of_up(wanted: dict[str, Answer], inside: str, name: str) -> None:
    assert answer(inside, REQUESTS[name]) == wanted[name]


@pytest.mark.slow
@pytest.mark.parametrize("door", NOT_OURS)
def test_they_are_so_behind_every_server_and_framework(
    door: str, wanted: dict[str, Answer], manifest: Path, tmp_path: Path
) -> None:
    server, text = MODULES.get(door, (door, "import atoll\napp = atoll.asgi({app!r})\n"))
    with served(tmp_path, text.replace("{app!r}", repr(str(manifest))), server) as running:
        answers = {name: answer(running.url, ask) for name, ask in REQUESTS.items() if name not in NOT_OURS[door]}
    assert {name: (found, wanted[name]) for name, found in answers.items() if found != wanted[name]} == {}


def test_a_body_too_large_is_refused_before_it_comes(theirs: str, inside: str) -> None:
    for url in (inside, theirs):
        head = b"POST /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2147483648\r\n\r\n"
        assert exchange(url, head).startswith(b"HTTP/1.1 413 ")


def test_too_many_headers_are_refused(inside: str) -> None:
    # In `atoll up`, the protocol refuses them before there is anybody to say why.
    status, _, body = answer(inside, {"url": "/", "headers": {f"x-{number}": "1" for number in range(120)}})
    assert (status, body) == (431, b"the request has more than 100 headers\n")
