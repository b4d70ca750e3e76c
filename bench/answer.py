"""Whether a server answers what it should: nothing is measured that is wrong."""

import http.client
from urllib.parse import urlsplit

from bench.claim import Unmeasured

_TIMEOUT = 60.0


def check(url: str, expected: bytes, times: int = 1) -> None:
    """Ask `times` times, each on a connection of its own. Raises Unmeasured for any answer but 200 and `expected`."""
    for _ in range(times):
        status, body = ask(url)
        if status != 200 or body != expected:
            raise Unmeasured(f"wrong answer: status {status}, body {body[:60]!r}")


def ask(url: str) -> tuple[int, bytes]:
    """Status and body of one answer, on a connection of its own. Raises Unmeasured where there is none."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        raise Unmeasured(f"no answer: {error!r}") from None
    finally:
        connection.close()
