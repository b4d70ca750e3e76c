"""A guest that is mounted in a Python web app costs little beside the framework and the server around it."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench import guests, servers
from bench.bar import at_least
from bench.claim import Claim, Plan, Row
from bench.guests import Guest
from bench.load import rate
from bench.manifest import NATIVE
from bench.process import HOST, free_port
from bench.rounds import compare
from bench.servers import Target

_BARS = {guests.C: at_least(0.5)}
_OUTER = """\
import atoll
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route


async def native(request):
    return PlainTextResponse({body!r})


app = Starlette(routes=[Route({native!r}, native), Mount("/", atoll.asgi({file!r}))])
"""


@contextmanager
def _mounted(guest: Guest) -> Iterator[Target]:
    """One uvicorn, as it is quickest, with the guest and a route of Starlette's own at `NATIVE`."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--http", "httptools", "--loop", "uvloop", "--no-access-log"]
    with tempfile.TemporaryDirectory(prefix="atoll-bench-") as work:
        text = _OUTER.format(body=guest.body.decode(), native=NATIVE, file=str(guest.file))
        (Path(work) / "outer.py").write_text(text)
        path = os.pathsep.join(filter(None, (str(servers.SOURCES), os.environ.get("PYTHONPATH"))))
        variables = {**servers.environment(), "PYTHONPATH": path}
        command += ["--host", HOST, "--port", str(port), "outer:app"]
        with servers.serving(command, port, Path(work), variables) as process:
            yield Target(process, guest.body)


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    with _mounted(guest) as ours:
        rows = compare(plan, guest, ours, {"Starlette's own route": servers.native(ours)}, rate)
    return [replace(row, bar=_BARS.get(guest)) for row in rows]


CLAIM = Claim(
    name="asgi",
    compares="a guest in a fresh instance a request, mounted in Starlette, against a route of Starlette's own with the "
    "same answer; one process of uvicorn with httptools and uvloop, 16 connections",
    unit="requests/s",
    better="higher",
    guests=(guests.C, guests.RUST, guests.PYTHON),
    measure=_measure,
)
