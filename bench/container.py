"""A container, the peer for starting: runc with one static program that answers over HTTP, on the host's network."""

import json
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.claim import Unmeasured
from bench.process import free_port
from bench.servers import Target, environment, serving

_PROGRAM = Path(__file__).with_name("hello.c")


@contextmanager
def bundle(body: bytes) -> Iterator[Path]:
    """An OCI bundle whose program answers `body`. Raises Unmeasured where it cannot be made."""
    for tool in ("runc", "gcc"):
        if shutil.which(tool) is None:
            raise Unmeasured(f"{tool} is not installed: apt-get install {tool}")
    if os.geteuid() != 0:
        raise Unmeasured("runc makes its containers as root")
    with tempfile.TemporaryDirectory(prefix="atoll-bench-") as name:
        folder = Path(name)
        (folder / "rootfs").mkdir()
        words = f"-DBODY={json.dumps(body.decode())}"
        _run(["gcc", "-O2", "-static", words, "-o", str(folder / "rootfs" / "hello"), str(_PROGRAM)], folder)
        _run(["runc", "spec"], folder)
        yield folder


@contextmanager
def container(folder: Path, body: bytes) -> Iterator[Target]:
    """`runc run` of the bundle. Raises Unmeasured where the system does not let it."""
    port = free_port()
    _configure(folder / "config.json", ["/hello", str(port)])
    name = f"atoll-bench-{secrets.token_hex(4)}"
    try:
        with serving(["runc", "run", "--bundle", str(folder), name], port, folder, environment()) as process:
            yield Target(process, body)
    finally:
        subprocess.run(["runc", "delete", "--force", name], capture_output=True, check=False)


def _configure(file: Path, arguments: list[str]) -> None:
    config = json.loads(file.read_text())
    config["process"].update(args=arguments, terminal=False)
    # A network of its own would hold nothing but a loopback that nobody else reaches.
    spaces = config["linux"]["namespaces"]
    config["linux"]["namespaces"] = [space for space in spaces if space["type"] != "network"]
    file.write_text(json.dumps(config))


def _run(command: list[str], folder: Path) -> None:
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise Unmeasured(f"{command[0]}: {ended.stderr.strip()[:200]}")
