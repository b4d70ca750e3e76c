"""One connection to a broker, that publishes one message at a time.

Clients for Python block a thread while they connect, or do not notice that the connection of a message under way has
ended; what publishing needs of MQTT 3.1.1 is little, and here nothing but the event loop waits.
"""

import asyncio
import select
import ssl
from typing import TYPE_CHECKING

from atoll.capabilities.mqtt import packets
from atoll.capabilities.mqtt.addresses import Address
from atoll.capabilities.mqtt.provider import ConnectionFailed, Qos


class Connection:
    """Whatever ends a message early, error or cancellation, leaves a connection that is not fresh any more."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, may_idle: float) -> None:
        self._reader = reader
        self._writer = writer
        self._number = 0
        self._busy = False
        self.may_idle = may_idle

    async def log_in(self, login: packets.Login) -> None:
        """Introduce the client. Raises ConnectionFailed if the broker does not take it, and OSError."""
        self._writer.write(packets.connect(login))
        answer = await self._answer(packets.CONNACK)
        if answer[1]:
            raise ConnectionFailed(packets.REFUSALS.get(answer[1], f"the broker refuses with code {answer[1]}"))

    async def publish(self, topic: str, payload: bytes, qos: Qos) -> None:
        """Send a message and wait until the broker has it for good. Raises ConnectionFailed and OSError."""
        self._busy = True
        self._number = self._number % 0xFFFF + 1
        self._writer.writelines((packets.publish(topic, len(payload), qos, self._number), payload))
        await self._writer.drain()
        if qos == 1:
            await self._acknowledged(packets.PUBACK)
        elif qos == 2:
            await self._acknowledged(packets.PUBREC)
            self._writer.write(packets.pubrel(self._number))
            await self._acknowledged(packets.PUBCOMP)
        self._busy = False

    async def alive(self) -> bool:
        """Whether it is open, with no goodbye of the broker waiting that the loop has not seen yet."""
        if self._busy or self._reader.at_eof() or self._writer.is_closing():
            return False
        arrived = select.poll()
        arrived.register(self._writer.get_extra_info("socket"), select.POLLIN)
        return not arrived.poll(0)

    async def reset(self) -> bool:
        """A call leaves nothing behind on a connection that is alive."""
        return await self.alive()

    async def close(self) -> None:
        """Say goodbye if nothing is under way, and close without waiting for the broker, as TLS would do."""
        if not self._busy and not self._writer.is_closing():
            self._writer.write(packets.DISCONNECT)
        self._writer.transport.abort()

    async def _acknowledged(self, kind: int) -> None:
        answer = await self._answer(kind)
        if int.from_bytes(answer) != self._number:
            raise ConnectionFailed("the broker acknowledged another message")

    async def _answer(self, kind: int) -> bytes:
        """The two bytes of the broker's next packet, which must be of this kind."""
        try:
            head = await self._reader.readexactly(4)
        except asyncio.IncompleteReadError:
            raise ConnectionFailed("the broker closed the connection") from None
        if head[0] != kind or head[1] != 2:
            raise ConnectionFailed("the broker does not speak MQTT 3.1.1")
        return head[2:]


async def connect(address: Address, trust: ssl.SSLContext | None, may_idle: float) -> Connection:
    """Connect, with TLS where there is trust. Raises OSError."""
    reader, writer = await asyncio.open_connection(address.host, address.port, ssl=trust)
    return Connection(reader, writer, may_idle)


if TYPE_CHECKING:
    from atoll.capabilities import pool

    def _is_pooled(connection: Connection) -> pool.Connection:
        return connection
