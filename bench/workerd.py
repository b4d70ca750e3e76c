"""workerd, the peer for JavaScript: one process with one worker, as its users run it."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import peers
from bench.claim import Unmeasured
from bench.process import HOST, free_port
from bench.servers import Target, environment, serving

_CONFIG = """\
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "worker", esModule = embed "worker.js")],
    compatibilityDate = "2026-11-01",
  ))],
  sockets = [(name = "http", address = "%s", http = (), service = "main")],
);
"""
_WORKER = """\
export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/echo") return new Response(request.body);
    return new Response(%s, { headers: { "content-type": "text/plain" } });
  },
};
"""


@contextmanager
def serve(body: bytes) -> Iterator[Target]:
    """A worker that does what the guest js-http does. Raises Unmeasured where workerd is not installed."""
    binary = peers.workerd()
    if binary is None:
        raise Unmeasured(f"workerd {peers.WORKERD} is not installed: make bench-peers")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="atoll-bench-") as name:
        work = Path(name)
        (work / "config.capnp").write_text(_CONFIG % f"{HOST}:{port}")
        (work / "worker.js").write_text(_WORKER % json.dumps(body.decode()))
        with serving([str(binary), "serve", "config.capnp"], port, work, environment()) as process:
            yield Target(process, body)
