"""Where wasm comes from: paths, downloads from a real server, the cache; and what is refused."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from atoll.app import App
from atoll.errors import AtollError, Problems
from atoll.lock import LockSettings

from .conftest import http_app

WASM = b"\0asm" + bytes(5000)
DIGEST = f"sha256:{hashlib.sha256(WASM).hexdigest()}"


class _Server(ThreadingHTTPServer):
    requests: list[str]


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, _Server)
        server.requests.append(self.path)
        match self.path:
            case "/c.wasm":
                self._answer(200, WASM)
            case "/moved":
                self._answer(302, b"", location="/c.wasm")
            case "/cut":
                self._answer(200, WASM[:100], length=len(WASM))
            case "/to-file":
                self._answer(302, b"", location="file:///etc/passwd")
            case _:
                self._answer(404, b"no")

    def _answer(self, status: int, body: bytes, *, length: int | None = None, location: str = "") -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body) if length is None else length))
        if location:
            self.send_header("location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.requests = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def lock(app_folder: Any, source: str, component: str = "") -> tuple[Path, dict[str, Any]]:
    text = http_app(component).replace('source = "c.wasm"', f"source = {source}")
    base: Path = app_folder(text)
    locked = App.load(base).lock(LockSettings(working_directory=base / "w", cache_directory=base.parent / "cache"))
    return Path(locked["components"][0]["source"]["source"].removeprefix("file://")), locked


def url(server: _Server, path: str) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}{path}"


def stored(app_folder: Any) -> list[Path]:
    base: Path = app_folder("")
    return [path for path in (base.parent / "cache").rglob("*") if path.is_file()]


@pytest.mark.parametrize("path", ["/c.wasm", "/moved"])
def test_a_download_is_verified_and_kept_so_that_the_next_run_needs_no_network(
    app_folder: Any, server: _Server, path: str
) -> None:
    source = f'{{ url = "{url(server, path)}", digest = "{DIGEST}" }}'
    file, _ = lock(app_folder, source)
    assert file.read_bytes() == WASM
    seen = list(server.requests)
    again, _ = lock(app_folder, source)
    assert (again, server.requests) == (file, seen)
    assert stored(app_folder) == [file]


def test_bytes_with_another_digest_are_refused_and_not_kept(app_folder: Any, server: _Server) -> None:
    with pytest.raises(AtollError) as caught:
        lock(app_folder, f'{{ url = "{url(server, "/c.wasm")}", digest = "sha256:{"0" * 64}" }}')
    assert caught.value.code == "digest-mismatch"
    assert DIGEST in caught.value.message
    assert caught.value.location and caught.value.location.line == 9
    assert stored(app_folder) == []


@pytest.mark.parametrize(
    ("path", "message"), [("/none", "answers 404"), ("/cut", "could not be downloaded"), ("/to-file", "downloaded")]
)
def test_a_download_that_fails_leaves_nothing_behind(app_folder: Any, server: _Server, path: str, message: str) -> None:
    with pytest.raises(AtollError, match=message) as caught:
        lock(app_folder, f'{{ url = "{url(server, path)}", digest = "{DIGEST}" }}')
    assert caught.value.code == "download-failed"
    assert stored(app_folder) == []


def test_a_server_that_is_not_there_is_a_users_error(app_folder: Any, server: _Server) -> None:
    address = url(server, "/c.wasm")
    server.server_close()
    with pytest.raises(AtollError) as caught:
        lock(app_folder, f'{{ url = "{address}", digest = "{DIGEST}" }}')
    assert (caught.value.code, caught.value.exit_code) == ("download-failed", 1)


@pytest.mark.parametrize(
    ("digest", "message"),
    [("md5:00", "must start with 'sha256:'"), ("sha256:00", "64 lower-case"), ("sha256:../../../x", "64 lower-case")],
)
def test_a_digest_of_another_form_is_refused_before_anything_is_fetched(
    app_folder: Any, server: _Server, digest: str, message: str
) -> None:
    with pytest.raises(AtollError, match=message):
        lock(app_folder, f'{{ url = "{url(server, "/c.wasm")}", digest = "{digest}" }}')
    assert server.requests == []


@pytest.mark.parametrize("address", ["ftp://x/y.wasm", "c.wasm", "http://", "file://host/x", "http://[::1"])
def test_an_address_that_cannot_be_fetched_is_refused(app_folder: Any, address: str) -> None:
    with pytest.raises(AtollError) as caught:
        lock(app_folder, f'{{ url = "{address}", digest = "{DIGEST}" }}')
    assert caught.value.code == "source-invalid"


def test_a_file_address_is_read_with_and_without_a_digest(app_folder: Any, tmp_path: Path) -> None:
    file = tmp_path / "with space.wasm"
    file.write_bytes(WASM)
    assert lock(app_folder, f'{{ url = "{file.as_uri()}", digest = "{DIGEST}" }}')[0].read_bytes() == WASM
    _, locked = lock(app_folder, f'"{file.as_uri()}"')
    assert locked["components"][0]["source"]["source"] == file.as_uri()


def test_a_package_that_no_registry_is_known_for_is_refused_with_the_way_out(
    app_folder: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with pytest.raises(AtollError) as caught:
        lock(app_folder, '{ package = "a:b", version = "1.2.3" }')
    assert caught.value.code == "registry-unknown"
    assert caught.value.hint and "registry =" in caught.value.hint


def test_all_sources_that_cannot_be_had_are_said_at_once(app_folder: Any) -> None:
    with pytest.raises(Problems) as caught:
        lock(
            app_folder,
            '"missing.wasm"',
            '[component.c.dependencies]\n"a:b" = "1.0.0"\n"c:d/e" = { path = "gone.wasm" }\nx = { path = "c.wasm" }',
        )
    assert [(one.code, one.location and one.location.line) for one in caught.value.problems] == [
        ("source-missing", 9),
        ("registry-unknown", 11),
        ("source-missing", 12),
    ]


def test_dependencies_are_carried_with_export_and_inheritance(app_folder: Any) -> None:
    lines = (
        '[component.c.dependencies]\nx = { path = "c.wasm", export = "e", inherit_configuration = true }\n'
        '"c:d/e" = { path = "c.wasm", inherit_configuration = ["files"] }\n"f:g/h" = { component = "d" }\n'
        '[component.d]\nsource = "c.wasm"'
    )
    file, locked = lock(app_folder, '"c.wasm"', lines)
    source = {"content_type": "application/wasm", "source": f"file://{file}"}
    assert locked["components"][0]["dependencies"] == {
        "x": {"source": source, "export": "e", "inherit": "All"},
        "c:d/e": {"source": source, "export": None, "inherit": {"Some": ["files"]}},
        "f:g/h": {"source": source, "export": None},
    }
