"""An app goes to a registry and back about as quickly as its bytes do, and what has not changed is looked at only."""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from tests.servers.registry import docker_registry

from atoll.app import App
from atoll.lock import LockSettings
from atoll.packages.oci.applications import of_app
from atoll.packages.oci.pulling import Puller
from atoll.packages.oci.pushing import push
from atoll.packages.oci.transfer import Nobody
from atoll.registry.client import Client
from atoll.registry.reference import Reference
from atoll.registry.store import Store
from atoll.registry.trust.policy import Policy
from bench import guests
from bench.bar import at_most, figure_at_most
from bench.claim import Claim, Plan, Row
from bench.guests import Guest

_COMPONENTS = 10
_BYTES = 10_000_000  # of each
_MANIFEST = (
    'spin_manifest_version = 2\napplication.name = "large"\ntrigger.http = [{ route = "/", component = "c0" }]\n'
)
_AT_ONCE = "4"


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="atoll-bench-") as name:
        folder = Path(name)
        (folder / "registry").mkdir()
        with docker_registry(folder / "registry") as registry:
            rounds = [_round(folder / str(index), registry.host) for index in range(plan.rounds * 3)]
    ours, plain, again = zip(*rounds, strict=True)
    size = f"{_COMPONENTS} components, {_COMPONENTS * _BYTES // 10**6} MB"
    return [
        Row(f"push and pull of {size}", "the same bytes by curl", ours, plain, at_most(1.3)),
        Row("the command of a second pull", ours=again, bar=figure_at_most(300), unit="ms"),
    ]


def _round(folder: Path, host: str) -> tuple[float, float, float]:
    """Milliseconds: there and back by us, by curl, and the command that finds that nothing has changed."""
    folder.mkdir()
    manifest = _app(folder)
    reference = Reference.parse(f"{host}/bench/app-{folder.name}:1")
    ours = _timed(lambda: _there_and_back(manifest, reference, folder))
    plain = _timed(lambda: _by_curl(folder, host))
    command = [sys.executable, "-P", "-m", "atoll", "pull", str(reference), "--cache-dir", str(folder / "cache")]
    again = _timed(lambda: subprocess.run(command, check=True, capture_output=True))
    return ours, plain, again


def _app(folder: Path) -> Path:
    """An app of bytes that nobody has."""
    text = _MANIFEST
    for index in range(_COMPONENTS):
        # A custom section: its size in five bytes, and a name of one letter.
        size = (_BYTES - 14).to_bytes(4, "little")
        number = int.from_bytes(size, "little")
        leb = bytes([(number >> 7 * part) & 0x7F | (0x80 if part < 4 else 0) for part in range(5)])
        content = b"\0asm\x01\0\0\0\0" + leb + b"\x01x" + os.urandom(_BYTES - 16)
        (folder / f"c{index}.wasm").write_bytes(content)
        text += f'[component.c{index}]\nsource = "c{index}.wasm"\n'
    (folder / "spin.toml").write_text(text)
    return folder / "spin.toml"


def _there_and_back(manifest: Path, reference: Reference, folder: Path) -> None:
    with Client(reference.registry) as client:
        locked = App.load(manifest).lock(LockSettings(working_directory=folder / "run"))
        push(client, of_app(locked, folder, {}), reference, Nobody())
        Puller(client, Store(folder / "cache"), Nobody(), Policy(None, (), otherwise=True)).pull(reference)


def _by_curl(folder: Path, host: str) -> None:
    """The same files, several at a time. Where they go and what they are called is found out as well."""
    files = sorted(folder.glob("*.wasm"))
    base = f"http://{host}/v2/bench/curl-{folder.name}/blobs"
    digests = [f"sha256:{hashlib.file_digest(file.open('rb'), 'sha256').hexdigest()}" for file in files]
    with httpx.Client() as client:
        places = [client.post(f"{base}/uploads/").headers["location"] for _ in files]
    ups = [["-o", os.devnull, "-T", str(file), f"{place}&digest={digest}"]
           for file, place, digest in zip(files, places, digests, strict=True)]  # fmt: skip
    downs = [["-o", str(folder / f"{index}.down"), f"{base}/{digest}"] for index, digest in enumerate(digests)]
    for transfers in (ups, downs):
        arguments = [
            word for index, one in enumerate(transfers) for word in ([] if index == 0 else ["--next"]) + ["-sf", *one]
        ]
        subprocess.run(["curl", "-Z", "--parallel-max", _AT_ONCE, *arguments], check=True, capture_output=True)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


CLAIM = Claim(
    name="registry",
    compares="an app that is pushed to a registry of this machine and pulled from it into an empty cache, locked and "
    "verified, against its files copied there and back by curl, four at a time; and the command that pulls it again",
    unit="ms",
    better="lower",
    guests=(guests.STREAMER,),
    measure=_measure,
)
