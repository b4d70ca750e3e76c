"""Upstreams on the loopback: a plain one that counts its connections, and one that speaks HTTP/2 over TLS (Node's)."""

import http.server
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

SECURE = """
const http2 = require("node:http2"), fs = require("node:fs");
const pem = fs.readFileSync(process.argv[1]);
const server = http2.createSecureServer({ key: pem, cert: pem, allowHTTP1: true });
server.on("request", (request, response) => {
  response.end(`HTTP/${request.httpVersion} ${request.headers[":authority"] ?? ""}`);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
"""


@dataclass
class Upstream:
    """An HTTP server and what reached it."""

    port: int
    connections: int = 0
    hosts: list[str] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Handler(http.server.BaseHTTPRequestHandler):
    """`/moved` redirects, `/never` answers only when the test is over, every other path says its own name."""

    protocol_version = "HTTP/1.1"
    upstream: Upstream

    def setup(self) -> None:
        super().setup()
        self.upstream.connections += 1

    def do_GET(self) -> None:
        self.upstream.hosts.append(self.headers["host"])
        if self.path == "/never":
            self.upstream.release.wait()
        self.send_response(302 if self.path == "/moved" else 200)
        if self.path == "/moved":
            self.send_header("location", "/elsewhere")
        text = f"upstream {self.path}".encode()
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    block_on_close = False


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    class Counting(Handler):
        pass

    server = Server(("127.0.0.1", 0), Counting)
    Counting.upstream = upstream = Upstream(server.server_port)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield upstream
    upstream.release.set()
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass(frozen=True)
class Secure:
    """A server behind TLS, and the authority that signed its certificate for `localhost`."""

    port: int
    authority: Path


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Secure]:
    ca = trustme.CA()
    certificate, authority = tmp_path / "server.pem", tmp_path / "ca.pem"
    ca.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    ca.cert_pem.write_to_path(str(authority))
    with subprocess.Popen(["node", "-e", SECURE, str(certificate)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield Secure(int(server.stdout.readline()), authority)
        server.terminate()
