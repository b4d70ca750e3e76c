"""Google Cloud Storage's XML API, served from moto's S3: the two differ in the names of headers and in who may.

Google's API is that of S3 with `x-goog-` for `x-amz-`, and a bearer token in the place of a signature.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx

from tests.servers.moto import ACCESS_KEY, REGION
from tests.servers.s3 import S3, s3

TOKEN = "token-of-the-test"

_NOT_FORWARDED = {"host", "authorization", "content-length", "connection", "transfer-encoding", "content-encoding"}


class Gcs(ThreadingHTTPServer):
    """Translates each request, and refuses what has not the token."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, behind: S3) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = behind
        self.client = httpx.Client(timeout=60)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _translate(self) -> None:
        server = self.server
        assert isinstance(server, Gcs)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.headers.get("authorization") != f"Bearer {TOKEN}":
            self._answer(401, {}, b"")
            return
        headers = {
            name.lower().replace("x-goog-", "x-amz-"): value
            for name, value in self.headers.items()
            if name.lower() not in _NOT_FORWARDED
        }
        headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20260101/{REGION}/s3/aws4_request"
        found = server.client.request(self.command, server.behind.url + self.path, headers=headers, content=body)
        kept = {name: value for name, value in found.headers.items() if name.lower() not in _NOT_FORWARDED}
        if self.command == "HEAD":
            kept["content-length"] = found.headers.get("content-length", "0")
        self._answer(found.status_code, kept, found.content)

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "content-length" not in headers:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _translate  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def gcs(folder: Path) -> Iterator[Gcs]:
    """A running server with the bucket `objects`."""
    with s3(folder) as behind:
        behind.make_bucket("objects")
        with Gcs(behind) as server, server.client:
            thread = Thread(target=server.serve_forever, daemon=True)
            thread.start()
            yield server
            server.shutdown()
            thread.join()
