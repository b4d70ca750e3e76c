"""`--compress`: answers in the coding that the client likes best, as whole and as quick as without."""

import gzip
import json
import socket
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import brotli  # type: ignore[import-untyped]
import httpx
import pytest
import zstandard

from atoll.testing import Up, up
from tests.support import address, answering, until_closed, write_app

WORDS = "words of a text that repeats itself. " * 200
CODINGS = pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])


def fixed(route: str, body: str, **headers: str) -> str:
    """A part of a manifest: what this route answers."""
    pairs = ", ".join(f'"{name.replace("_", "-")}" = {json.dumps(value)}' for name, value in headers.items())
    response = f"static_response = {{ headers = {{ {pairs} }}, body = {json.dumps(body)} }}"
    return f'[[trigger.http]]\nroute = "{route}"\n{response}\n'


APP = (
    answering("rust-kitchen")
    + fixed("/text", WORDS, content_type="text/plain; charset=utf-8", etag='"abc"', accept_ranges="bytes")
    + fixed("/long", WORDS * 40, content_type="application/json", etag='W/"abc"', vary="origin")
    + fixed("/short", "short", content_type="text/plain")
    + fixed("/image", WORDS, content_type="image/png")
    + fixed("/nameless", WORDS)
    + fixed("/fixed", WORDS, content_type="text/plain", cache_control="public, no-transform")
    + fixed("/part", WORDS, content_type="text/plain", content_range="bytes 0-7399/9000")
    + fixed("/coded", WORDS, content_type="text/plain", content_encoding="identity")
    + fixed("/digest", WORDS, content_type="text/plain", content_digest="sha-256=:x:")
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    manifest = write_app(tmp_path_factory.mktemp("compressed"), APP)
    with up(manifest, "--workers", "1", "--log-dir", "", "--compress") as app:
        yield app


@contextmanager
def asking(coding: str, *, http2: bool = False) -> Iterator[httpx.Client]:
    headers = {"accept-encoding": coding}
    with httpx.Client(http1=not http2, http2=http2, headers=headers, timeout=30) as client:
        yield client


@CODINGS
@pytest.mark.parametrize("http2", [False, True])
def test_an_answer_is_compressed_and_reads_as_before(served: Up, coding: str, http2: bool) -> None:
    with asking(coding, http2=http2) as client:
        text = client.get(f"{served.url}/text")
        assert text.text == WORDS
        assert text.headers["content-encoding"] == coding
        assert text.headers["vary"] == "accept-encoding"
        assert text.headers["etag"] == 'W/"abc"'
        assert "accept-ranges" not in text.headers
        # It is here at once, so its length is known.
        assert int(text.headers["content-length"]) == text.num_bytes_downloaded < len(WORDS) / 10
        long = client.get(f"{served.url}/long")
        assert long.text == WORDS * 40
        assert (long.headers["content-encoding"], long.headers["etag"]) == (coding, 'W/"abc"')
        assert long.headers.get_list("vary") == ["origin", "accept-encoding"]
        assert "content-length" not in long.headers
        streamed = client.get(f"{served.url}/stream?chunks=40&size=70000")
        assert streamed.headers["content-encoding"] == coding
        assert streamed.content == b"x" * 2_800_000
        assert streamed.num_bytes_downloaded < 100_000


def test_the_weights_of_the_client_decide(served: Up) -> None:
    for asked, given in [
        ("gzip;q=0.5, br;q=0.6", "br"),
        ("gzip, zstd;q=0", "gzip"),
        ("*", "zstd"),
        ("gzip;q=0", None),
        ("identity, gzip;q=0.9", None),
        ("deflate", None),
        ("", None),
    ]:
        with asking(asked) as client:
            answer = client.get(f"{served.url}/text")
            assert (answer.headers.get("content-encoding"), answer.text) == (given, WORDS)
            # A cache must know of the other answers, whichever it has.
            assert answer.headers["vary"] == "accept-encoding"
            assert answer.headers["etag"] == ('W/"abc"' if given else '"abc"')


@pytest.mark.parametrize("path", ["short", "image", "nameless", "fixed", "part", "coded", "digest"])
def test_what_gains_nothing_or_must_not_change_is_sent_as_it_is(served: Up, path: str) -> None:
    with asking("gzip, br, zstd") as client:
        answer = client.get(f"{served.url}/{path}")
        assert answer.headers.get("content-encoding", "identity") == "identity"
        assert answer.text == ("short" if path == "short" else WORDS)
        assert ("vary" in answer.headers) == (path == "short")


def test_without_the_option_nothing_is_compressed(kitchen: Up) -> None:
    with asking("gzip, br, zstd") as client:
        answer = client.get(f"{kitchen.url}/stream?chunks=2")
        assert "content-encoding" not in answer.headers and "vary" not in answer.headers


def test_the_head_alone_reads_as_that_of_the_whole(served: Up) -> None:
    with asking("gzip") as client:
        for path in ("text", "long", "image", "short"):
            head, whole = client.head(f"{served.url}/{path}"), client.get(f"{served.url}/{path}")
            assert head.content == b""
            assert {
                name: head.headers.get(name) for name in ("content-encoding", "vary", "etag", "content-length")
            } == {name: whole.headers.get(name) for name in ("content-encoding", "vary", "etag", "content-length")}


@CODINGS
@pytest.mark.parametrize("http2", [False, True])
def test_what_a_guest_has_written_arrives_before_it_writes_on(served: Up, coding: str, http2: bool) -> None:
    begun = time.monotonic()
    url = f"{served.url}/stream?chunks=5&size=50&pause=300"
    with asking(coding, http2=http2) as client, client.stream("GET", url) as streamed:
        assert streamed.headers["content-encoding"] == coding
        arrived = [(time.monotonic() - begun, len(part)) for part in streamed.iter_bytes()]
    assert sum(length for _, length in arrived) == 250
    times = [moment for moment, length in arrived if length]
    assert len(times) >= 5
    assert times[-1] - times[0] > 0.6


def chunked(sent: bytes) -> tuple[bytes, bool]:
    """The data of a chunked body, and whether the body has ended."""
    data, rest = b"", sent
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        if not rest or not (length := int(size, 16)):
            return data, size == b"0"
        data, rest = data + rest[:length], rest[length + 2 :]
    return data, False


def decoded(coding: str, data: bytes) -> tuple[bytes, bool]:
    """What the data decodes to so far, and whether the coding has ended."""
    if coding == "gzip":
        unzip = zlib.decompressobj(16 + zlib.MAX_WBITS)
        return unzip.decompress(data), unzip.eof
    if coding == "br":
        decompressor = brotli.Decompressor()
        return decompressor.process(data), decompressor.is_finished()
    unpack = zstandard.ZstdDecompressor().decompressobj()
    return unpack.decompress(data), unpack.eof


@pytest.fixture(scope="module")
def breaking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A guest whose endless answer is ended by its limit."""
    limited = answering("rust-kitchen") + 'tool.atoll.limits = { response_bytes = "256KiB" }\n'
    manifest = write_app(tmp_path_factory.mktemp("breaking"), limited)
    with up(manifest, "--workers", "1", "--log-dir", "", "--compress") as app:
        yield app


@CODINGS
def test_an_answer_that_breaks_off_never_ends_as_if_it_were_whole(breaking: Up, coding: str) -> None:
    with socket.create_connection(address(breaking.url), timeout=20) as connection:
        connection.sendall(f"GET /endless HTTP/1.1\r\nhost: x\r\naccept-encoding: {coding}\r\n\r\n".encode())
        head, _, body = until_closed(connection).partition(b"\r\n\r\n")
    assert f"content-encoding: {coding}".encode() in head
    data, ended = chunked(body)
    assert not ended
    text, whole = decoded(coding, data)
    assert not whole
    # What the guest wrote before is not lost.
    assert text == b"x" * len(text) and len(text) > 200_000
    with asking(coding, http2=True) as client, pytest.raises(httpx.RemoteProtocolError):
        client.get(f"{breaking.url}/endless")


@CODINGS
def test_the_decoders_of_these_tests_know_a_whole_from_a_part(served: Up, coding: str) -> None:
    with socket.create_connection(address(served.url), timeout=20) as connection:
        sent = f"GET /stream?chunks=2 HTTP/1.1\r\nhost: x\r\naccept-encoding: {coding}\r\nconnection: close\r\n\r\n"
        connection.sendall(sent.encode())
        body = until_closed(connection).partition(b"\r\n\r\n")[2]
    data, ended = chunked(body)
    assert ended
    assert decoded(coding, data) == (b"x" * 131_072, True)


def test_trailers_follow_the_compressed_body(served: Up) -> None:
    with socket.create_connection(address(served.url), timeout=20) as connection:
        head = "POST /trailers?announce=1 HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\nte: trailers\r\n"
        connection.sendall(f"{head}connection: close\r\ncontent-length: 3\r\n\r\nabc".encode())
        answer = until_closed(connection)
    assert answer.endswith(b"x-length: 3\r\n\r\n")


def test_a_client_of_http_1_0_gets_only_what_has_a_length(served: Up) -> None:
    def ask(path: str) -> tuple[bytes, bytes]:
        with socket.create_connection(address(served.url), timeout=20) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\nhost: x\r\naccept-encoding: gzip\r\n\r\n".encode())
            head, _, body = until_closed(connection).partition(b"\r\n\r\n")
            return head, body

    head, body = ask("/text")
    assert b"content-encoding: gzip" in head and b"content-length: " in head
    assert gzip.decompress(body).decode() == WORDS
    head, body = ask("/stream?chunks=20&pause=10")
    assert b"content-encoding" not in head and len(body) == 20 * 65_536


def test_many_compressed_streams_leave_others_their_turn(served: Up) -> None:
    with asking("br") as slow, asking("gzip") as quick, slow.stream("GET", f"{served.url}/stream?chunks=2000") as it:
        next(it.iter_raw())
        begun = time.monotonic()
        assert quick.get(f"{served.url}/short").text == "short"
        assert time.monotonic() - begun < 5
