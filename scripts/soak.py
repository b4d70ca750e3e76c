"""Soaks a server: for half an hour (`--minutes`) all guests at once, over every protocol, with faults.

Each request is accounted for: answered right, ended as its fault asked for, broken off by the client itself, lost with
a worker that was killed in that moment, or late: a machine that is too busy ends some by their deadline. At the end the
server must hold what it held after the warm-up, and must have said nothing that a fault does not explain. Prints a
table; exit code 1 on any violation.
"""

import argparse
import os
import random
import re
import signal
import socket
import ssl
import struct
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import trustme

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.hostile.harm import Holdings, holdings  # noqa: E402
from tests.support import address, built, write_app  # noqa: E402

from atoll.testing import Up, up  # noqa: E402

HELLO = {
    "c": ("c-http", "Hello from C\n"),
    "go": ("go-http", None),
    "python": ("python-http", None),
    "js": ("js-http", None),
    "p3": ("rust-http-p3", "Hello from Rust 0.3\n"),
}
KITCHEN = """\
[[trigger.http]]
route = "/..."
component = "kitchen"
[component.kitchen]
source = "<rust-kitchen>"
tool.atoll.limits = { deadline = "5s", cpu_time = "500ms", memory = "32MiB" }
"""
GUEST = '[[trigger.http]]\nroute = "/{name}"\ncomponent = "{name}"\n[component.{name}]\nsource = "<{guest}>"\n'
# Times in seconds.
PATIENCE = 30.0
DEADLINE = 5.0
MOST_LATE = 0.01
AROUND_A_KILL = (-0.2, 4.0)
QUIET = 8.0
RSS_GROWTH = 64 << 20
EXPECTED = re.compile(
    r"worker \d+ \(pid \d+\) was killed by SIGKILL; a new one starts in [\d.]+ s$|worker \d+ serves again \(pid \d+\)$"
    r"|atoll: \d+ log lines were dropped"
)


@dataclass
class Account:
    """What became of every request, by its kind."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    kills: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, outcome: str, what: str = "") -> None:
        """Count one request; `what` says what was wrong with it."""
        with self.lock:
            self.counts[kind, outcome] += 1
            if outcome == "wrong":
                self.wrong.append(f"{kind}: {what}")

    def verdict(self, began: float, ended: float) -> str:
        """Why a request that was under way then may have failed: its worker was killed, its deadline passed; or not."""
        if any(began - AROUND_A_KILL[1] <= kill <= ended - AROUND_A_KILL[0] for kill in self.kills):
            return "lost"
        return "late" if ended - began >= DEADLINE else "wrong"

    def share_of_late(self) -> float:
        """Of all requests, those that took longer than their deadline: the machine was too busy."""
        late = sum(count for (_, outcome), count in self.counts.items() if outcome == "late")
        return late / max(1, self.counts.total())


@dataclass(frozen=True)
class World:
    """The servers under test."""

    plain: Up
    secure: Up
    trust: ssl.SSLContext
    account: Account
    stop: threading.Event


Act = Callable[[World, random.Random], str]


def get(world: World, client: httpx.Client, path: str, expected: Callable[[httpx.Response], bool]) -> str:
    """One request; `right`, or a sentence."""
    answer = client.get(path)
    return "right" if expected(answer) else f"{path}: {answer.status_code} {answer.content[:60]!r}"


def status(*codes: int) -> Callable[[httpx.Response], bool]:
    """Whether an answer has one of these statuses."""
    return lambda answer: answer.status_code in codes


def hello(name: str, text: str | None) -> Act:
    """A guest of each language."""

    def act(world: World, dice: random.Random) -> str:
        with httpx.Client(base_url=world.plain.url, verify=False, timeout=PATIENCE) as client:
            return get(world, client, f"/{name}", lambda a: a.status_code == 200 and text in (None, a.text))

    return act


def fault(path: str, *codes: int) -> Act:
    """A call that must end with one of these statuses."""

    def act(world: World, dice: random.Random) -> str:
        with httpx.Client(base_url=world.plain.url, verify=False, timeout=PATIENCE) as client:
            return get(world, client, path, status(*codes))

    return act


def echo(*, http2: bool, tls: bool) -> Act:
    """Three bodies there and back on one connection."""

    def act(world: World, dice: random.Random) -> str:
        served = world.secure if tls else world.plain
        sent = dice.randbytes(dice.randrange(100_000))
        verify: ssl.SSLContext | bool = world.trust if tls else False
        with httpx.Client(http1=not http2, http2=http2, verify=verify, timeout=PATIENCE) as client:
            for _ in range(3):
                answer = client.post(served.url + "/echo", content=sent)
                if answer.content != sent:
                    return f"echo: {answer.status_code}, {len(answer.content)} of {len(sent)} bytes"
        return "right"

    return act


def raw(act: Callable[[socket.socket, random.Random], str]) -> Act:
    """An act on a bare connection."""

    def acting(world: World, dice: random.Random) -> str:
        with socket.create_connection(address(world.plain.url), timeout=PATIENCE) as connection:
            return act(connection, dice)

    return acting


def reset(connection: socket.socket, dice: random.Random) -> str:
    """Break off in the middle of a body."""
    connection.sendall(
        b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n" + b"x" * dice.randrange(9_999)
    )
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return "broken off"


def leave(connection: socket.socket, dice: random.Random) -> str:
    """Leave in the middle of an answer."""
    connection.sendall(b"GET /endless HTTP/1.1\r\nhost: x\r\n\r\n")
    connection.recv(dice.randrange(1, 100_000))
    return "broken off"


def slow_read(connection: socket.socket, dice: random.Random) -> str:
    """A megabyte in small sips."""
    connection.sendall(b"GET /stream?chunks=16&size=65536 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    received = b""
    while part := connection.recv(1 << 15):
        received += part
        time.sleep(0.02)
    whole = received.count(b"x") >= 16 * 65_536 and received.endswith(b"0\r\n\r\n")
    return "right" if whole else f"a stream cut at {len(received)} bytes"


def slow_write(connection: socket.socket, dice: random.Random) -> str:
    """A head, byte by byte, that never ends."""
    for byte in b"GET / HTTP/1.1\r\nhost: x\r\na: " + b"b" * dice.randrange(20):
        connection.sendall(bytes([byte]))
        time.sleep(0.05)
    return "broken off"


# How often each is done, in a hundred acts or so.
ACTS: dict[str, tuple[int, Act]] = {
    **{f"hello from {name}": (8, hello(name, text)) for name, (_, text) in HELLO.items()},
    "echo, HTTP/1.1": (8, echo(http2=False, tls=False)),
    "echo, HTTP/2": (8, echo(http2=True, tls=False)),
    "echo, TLS": (4, echo(http2=False, tls=True)),
    "echo, TLS and HTTP/2": (4, echo(http2=True, tls=True)),
    "a trap": (3, fault("/panic", 500)),
    "the deadline": (3, fault("/sleep?ms=60000", 504)),
    "the CPU limit": (2, fault("/spin", 500, 504)),
    "the memory limit": (3, fault("/memory", 500)),
    "a client that resets": (6, raw(reset)),
    "a client that leaves": (4, raw(leave)),
    "a slow reader": (4, raw(slow_read)),
    "a slow writer": (4, raw(slow_write)),
}


def act_until_stopped(world: World, seed: int) -> None:
    """One client after the other, chosen by the dice."""
    dice = random.Random(seed)
    kinds, weights = list(ACTS), [weight for weight, _ in ACTS.values()]
    while not world.stop.is_set():
        kind = dice.choices(kinds, weights)[0]
        began = time.monotonic()
        try:
            outcome = ACTS[kind][1](world, dice)
        except (OSError, httpx.HTTPError) as error:
            outcome = f"{type(error).__name__}: {error}"
        if outcome not in ("right", "broken off"):
            ended = time.monotonic()
            verdict = world.account.verdict(began, ended)
            world.account.note(kind, verdict, f"{outcome}, after {ended - began:.1f} s")
        else:
            world.account.note(kind, outcome)


def kill_workers(world: World, every: float) -> None:
    """One worker of either server, again and again."""
    dice = random.Random(0)
    while not world.stop.wait(every):
        served = dice.choice((world.plain, world.secure))
        if len(victims := served.workers()) == 2:
            with world.account.lock:
                world.account.kills.append(time.monotonic())
            os.kill(dice.choice(victims), signal.SIGKILL)


def reload_servers(world: World, every: float) -> None:
    """SIGHUP, which a server without reload does not survive."""
    while not world.stop.wait(every):
        for served in (world.plain, world.secure):
            served.process.send_signal(signal.SIGHUP)


def settled(served: Up) -> Holdings:
    """What it holds when two workers are up and nobody calls."""
    until = time.monotonic() + 30
    while len(served.workers()) != 2 and time.monotonic() < until:
        time.sleep(0.2)
    time.sleep(QUIET)
    return holdings(served)


def violations(name: str, served: Up, before: Holdings, after: Holdings) -> list[str]:
    """What is wrong with a server after all."""
    found = []
    if after.rss > before.rss + RSS_GROWTH:
        found.append(f"{name}: memory grew from {before.rss >> 20} to {after.rss >> 20} MiB")
    if after.descriptors > before.descriptors + 4:
        found.append(f"{name}: descriptors grew from {before.descriptors} to {after.descriptors}")
    if after.threads > before.threads + 6:
        found.append(f"{name}: threads grew from {before.threads} to {after.threads}")
    found += [f"{name} said: {line}" for line in served.stderr.splitlines() if not EXPECTED.search(line)]
    if served.process.poll() is not None:
        found.append(f"{name}: it has ended")
    return found


def soaked(world: World, options: argparse.Namespace) -> list[str]:
    """Warm up, soak, cool down; what was violated."""
    servers = {"plain": world.plain, "TLS": world.secure}
    run(world, options, options.minutes * 6, faults=False)
    before = {name: settled(served) for name, served in servers.items()}
    world.stop.clear()
    run(world, options, options.minutes * 60, faults=True)
    found = [*world.account.wrong]
    if world.account.share_of_late() > MOST_LATE:
        found.append(f"{world.account.share_of_late():.1%} of all requests took longer than their deadline")
    for name, served in servers.items():
        after = settled(served)
        print(f"{name}: after the warm-up {before[name]}, at the end {after}")
        found += violations(name, served, before[name], after)
    return found


def run(world: World, options: argparse.Namespace, seconds: float, *, faults: bool) -> None:
    """All clients for so long; with `faults` workers are killed, too."""
    threads = [threading.Thread(target=act_until_stopped, args=(world, seed)) for seed in range(options.clients)]
    if faults:
        threads.append(threading.Thread(target=kill_workers, args=(world, options.kill_every)))
        if options.reload_every:
            threads.append(threading.Thread(target=reload_servers, args=(world, options.reload_every)))
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    world.stop.set()
    for thread in threads:
        thread.join()


def main() -> int:
    """Start both servers, soak them, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--kill-every", type=float, default=20.0, metavar="SECONDS")
    parser.add_argument("--reload-every", type=float, default=0.0, metavar="SECONDS", help="send SIGHUP; 0 sends none")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="atoll-soak-") as name:
        folder = Path(name)
        flags = ("--workers", "2", "-q", "-L", str(folder / "logs"), "--log-max-size", "1MiB")
        app = write_app(folder, KITCHEN + "".join(GUEST.format(name=k, guest=g) for k, (g, _) in HELLO.items()))
        trust, tls = certificate(folder)
        with up(app, *flags) as plain, up(built("rust-kitchen"), *flags, *tls) as secure:
            world = World(plain, secure, trust, Account(), threading.Event())
            found = soaked(world, options)
        unexpected = [
            file.name for file in (folder / "logs").iterdir() if file.stat().st_size and "kitchen" not in file.name
        ]
    found += [f"guest output in {file}" for file in unexpected]
    show(world.account)
    for violation in found[:50]:
        print(f"VIOLATION {violation}")
    print(f"{len(found)} violations, {len(world.account.kills)} workers killed")
    return 1 if found else 0


def certificate(folder: Path) -> tuple[ssl.SSLContext, tuple[str, ...]]:
    """Who is to be trusted, and the flags of a server with its certificate."""
    authority, trust = trustme.CA(), ssl.create_default_context()
    authority.configure_trust(trust)
    issued = authority.issue_cert("localhost", "127.0.0.1")
    files = folder / "cert.pem", folder / "key.pem"
    files[0].write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    files[1].write_bytes(issued.private_key_pem.bytes())
    return trust, ("--tls-cert", str(files[0]), "--tls-key", str(files[1]))


def show(account: Account) -> None:
    """One line a kind."""
    outcomes = ("right", "broken off", "lost", "late", "wrong")
    print(f"{'request':<24}" + "".join(f"{outcome:>12}" for outcome in outcomes))
    for kind in ACTS:
        print(f"{kind:<24}" + "".join(f"{account.counts[kind, outcome]:>12}" for outcome in outcomes))
    totals = (sum(count for (_, each), count in account.counts.items() if each == outcome) for outcome in outcomes)
    print(f"{'all':<24}" + "".join(f"{total:>12}" for total in totals))


if __name__ == "__main__":
    sys.exit(main())
