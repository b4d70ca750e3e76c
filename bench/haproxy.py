"""HAProxy, the native server and reverse proxy: one process with a thread a core, as it comes."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.claim import Unmeasured
from bench.process import HOST, Process, free_port
from bench.servers import Target, environment, serving

_CONFIG = """\
defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 10s
frontend front
  bind {address}
  {rule}
"""
_BACK = """default_backend back
backend back
  server only {upstream}
"""


@contextmanager
def answering(body: bytes) -> Iterator[Target]:
    """It answers by itself."""
    words = body.decode().replace("\n", "\\n")
    with _running(f'http-request return status 200 content-type text/plain string "{words}"') as process:
        yield Target(process, body)


@contextmanager
def before(upstream: str) -> Iterator[Process]:
    """It passes everything on to `upstream` (host and port)."""
    with _running(_BACK.format(upstream=upstream)) as process:
        yield process


@contextmanager
def _running(rule: str) -> Iterator[Process]:
    binary = shutil.which("haproxy")
    if binary is None:
        raise Unmeasured("haproxy is not installed: apt-get install haproxy")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="atoll-bench-") as name:
        file = Path(name) / "haproxy.cfg"
        file.write_text(_CONFIG.format(address=f"{HOST}:{port}", rule=rule))
        with serving([binary, "-f", str(file)], port, Path(name), environment()) as process:
            yield process
