"""Calls from Python, measured: one process for each embedder, all of the same interpreter, that take turns."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from bench import peers
from bench.claim import Plan, Row, Unmeasured
from bench.rounds import OURS, Sample, in_turns, paired, present
from bench.servers import SOURCES, environment

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Embedder:
    """A module of `bench.embedders`, more options of its program, and what it does instead of the others' work."""

    module: str
    options: tuple[str, ...] = ()
    work: str | None = None


ATOLL = Embedder("atoll")
EXTISM = Embedder("extism")
WASMTIME = Embedder("wasmtime")
PYTHON = Embedder("python")
_PEERS = (EXTISM.module, WASMTIME.module)


def contrast(plan: Plan, title: str, work: str, others: Mapping[str, Embedder], ours: Embedder = ATOLL) -> list[Row]:
    """How often a second atoll does the work, against each of the others. Raises Unmeasured."""
    with ExitStack() as stack:
        mine = stack.enter_context(program(ours, work))
        samples: dict[str, Sample | Unmeasured] = {}
        for name, other in others.items():
            try:
                samples[name] = stack.enter_context(program(other, work))
            except Unmeasured as trouble:
                samples[name] = trouble
        figures = in_turns(plan, {OURS: mine, **present(samples)})
    return [paired(title, name, sample, figures) for name, sample in samples.items()]


def in_microseconds(row: Row) -> Row:
    """The same figures, as the time of one."""
    return replace(row, ours=tuple(map(_time, row.ours)), theirs=tuple(map(_time, row.theirs)), unit="us")


def _time(rate: float) -> float:
    return 1e6 / rate


@contextmanager
def program(embedder: Embedder, work: str) -> Iterator[Sample]:
    """What measures for so many seconds. Raises Unmeasured where the embedder cannot do the work."""
    if embedder.module in _PEERS and peers.packages() is None:
        raise Unmeasured("it is not installed: make bench-tools")
    with tempfile.TemporaryFile("w+") as said:
        program = _Program(embedder, work, said)
        try:
            program.wait_until_ready()
            yield program.sample
        finally:
            program.stop()


def run(*arguments: str) -> str:
    """What a module of Python prints, in the environment of the embedders. Raises Unmeasured where it fails."""
    command = [sys.executable, "-m", *arguments]
    ended = subprocess.run(command, env=_variables(), cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise Unmeasured(_last(ended.stderr) or f"it ended with code {ended.returncode} and said nothing")
    return ended.stdout


class _Program:
    """An embedder at work. Raises Unmeasured when it ends."""

    def __init__(self, embedder: Embedder, work: str, said: TextIO) -> None:
        command = ["bench.embedders", embedder.module, embedder.work or work, *embedder.options]
        self._said = said
        self._process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=_variables(),
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
        )

    def wait_until_ready(self) -> None:
        self._line()

    def sample(self, seconds: int) -> float:
        """How often a second, measured for so many seconds."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        return float(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._said.seek(0)
            said = _last(self._said.read())
            raise Unmeasured(said or f"it ended with code {self._process.wait()} and said nothing")
        return line

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()


def _variables() -> dict[str, str]:
    """The environment in which atoll, this package and the peers can be imported."""
    path = [SOURCES, ROOT, *filter(None, [peers.packages()])]
    return {**environment(), "PYTHONPATH": os.pathsep.join(map(str, path))}


def _last(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1][:200] if lines else ""
