"""Stores that answer for some keys otherwise than a dict would: late, never, with a fault."""

import asyncio
import sys
import time
from typing import ClassVar

from atoll.capabilities.provider import Failed
from tests.capabilities.key_value.memory import AwaitedMemory, Memory

NAP = 0.01


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


class Refused(Failed):
    """Nobody counts here."""

    case: ClassVar[str] = "access-denied"


class Awaited(AwaitedMemory):
    """Answers with nothing after NAP for `sleep`, never for `forever`, with a fault for `fault`."""

    was_cancelled = False

    async def get(self, key: str) -> bytes | None:
        match key:
            case "sleep":
                await asyncio.sleep(NAP)
                return b""
            case "forever":
                await self._wait()
            case "cancelled":
                return str(self.was_cancelled).encode()
            case "fault":
                raise KeyError("a secret")
        return await super().get(key)

    async def increment(self, key: str, delta: int) -> int:
        raise Refused("no numbers here")

    async def close(self) -> None:
        say("the store was closed")

    async def _wait(self) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise


class Plain(Memory):
    """Answers with nothing after NAP for `sleep`."""

    def get(self, key: str) -> bytes | None:
        if key == "sleep":
            time.sleep(NAP)
            return b""
        return super().get(key)

    def close(self) -> None:
        say("the store was closed")
