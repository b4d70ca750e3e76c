"""A local model's process, seen from the one that asks it."""

import asyncio
import contextlib
import logging
import secrets
import sys
import tempfile
from typing import IO, Any

import httpx
import msgspec

from atoll.capabilities.llm import engine
from atoll.capabilities.llm.endpoint import Endpoint
from atoll.capabilities.llm.provider import RuntimeFailed

_LOG = logging.getLogger("atoll.llm")
_SECONDS_TO_END = 5
_MOST_LOG = 4000


class ModelProcess:
    """A loaded model. `start` gives one that answers; it ends by `stop`, by its own fault, or with this process."""

    def __init__(self, process: asyncio.subprocess.Process, endpoint: Endpoint) -> None:
        self._process = process
        self.endpoint = endpoint

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.returncode is None

    @classmethod
    async def start(cls, job: dict[str, Any], timeout: float, load_timeout: float) -> "ModelProcess":
        """Load a model as the job says (see `engine.py`). Raises RuntimeFailed."""
        # Whoever reaches the port, a guest even, does not have the key; it stands in no list of processes.
        key = secrets.token_hex(32)
        with tempfile.TemporaryFile() as log:
            process = await _process(log)
            try:
                async with asyncio.timeout(load_timeout):
                    url = await _loaded(process, job | {"key": key}, log)
            except TimeoutError:
                await _end(process)
                raise RuntimeFailed(f"the model was not loaded within {load_timeout:g} s") from None
            except BaseException:
                await _end(process)
                raise
        # The server may close a connection at the moment in which it is used again; a new one costs nothing here.
        limits = httpx.Limits(max_connections=job["calls"], max_keepalive_connections=0)
        headers = {"authorization": f"Bearer {key}"}
        client = httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout, limits=limits, trust_env=False)
        return cls(process, Endpoint(client, timeout, key, job["calls"]))

    async def stop(self) -> None:
        """End the process."""
        await self.endpoint.close()
        await _end(self._process)


async def _process(log: IO[bytes]) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", engine.__file__),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            # A ^C at the terminal is for the supervisor, which lets calls end first.
            start_new_session=True,
        )
    except OSError as error:
        raise RuntimeFailed(f"no process could be started for the model: {error.strerror}") from None


async def _loaded(process: asyncio.subprocess.Process, job: dict[str, Any], log: IO[bytes]) -> str:
    """Where the model can be asked."""
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(msgspec.json.encode(job) + b"\n")
    line = await process.stdout.readline()
    report = msgspec.json.decode(line) if line else {}
    if "serving" in report:
        return str(report["serving"])
    log.seek(0)
    written = log.read()[-_MOST_LOG:].decode("utf-8", "replace")
    _LOG.warning("a model could not be loaded: %s\n%s", report.get("failed", "its process ended"), written)
    raise RuntimeFailed("the model could not be loaded; the log says why")


async def _end(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(_SECONDS_TO_END):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
