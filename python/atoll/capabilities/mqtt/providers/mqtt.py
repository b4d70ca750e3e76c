"""MQTT brokers over the network, through pooled connections that all guests share."""

import asyncio
import secrets
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cached_property
from itertools import count
from typing import Annotated, ClassVar
from weakref import WeakValueDictionary

from msgspec import Struct

from atoll.capabilities.authorities import CaRootsFile, ca_roots
from atoll.capabilities.mqtt import packets
from atoll.capabilities.mqtt.addresses import Address, parse
from atoll.capabilities.mqtt.connection import Connection, connect
from atoll.capabilities.mqtt.provider import ConnectionFailed, Other, Qos, Session, TooManyConnections
from atoll.capabilities.pool import Full, Limits, Pool
from atoll.capabilities.provider import Place
from atoll.manifest.fields import Doc

_LONGEST_KEEP_ALIVE = 0xFFFF


class MqttConfig(Struct, kw_only=True):
    """The keys of `[outbound_mqtt]`."""

    max_payload_size_bytes: Annotated[int | None, Doc("Bytes of the largest payload; without it, MQTT's limit.")] = None
    max_connections: Annotated[int, Doc("Most connections of a process to all brokers together.")] = 64
    connect_timeout: Annotated[float, Doc("Seconds to connect, and to wait for one of the connections.")] = 10
    operation_timeout: Annotated[float, Doc("Seconds until the broker must have acknowledged a message.")] = 30
    idle_timeout: Annotated[float, Doc("Seconds after which a connection that nobody used is closed.")] = 60
    unique_client_ids: Annotated[
        bool, Doc("Append to each client id what makes it unique, as a broker lets one client in under each id.")
    ] = True
    ca_roots_file: CaRootsFile = None


class MqttBrokers:
    """A connection publishes one message at a time, then whoever comes next with an equal session uses it."""

    Config: ClassVar[type[Struct]] = MqttConfig

    def __init__(self, config: MqttConfig, place: Place) -> None:
        self._config = config
        self._roots = ca_roots(config.ca_roots_file, place)
        limits = Limits(config.connect_timeout, total=config.max_connections)
        self._pool: Pool[Session, Connection] = Pool(self._connect, limits)
        self._own = secrets.token_hex(4)
        self._numbers = count(1)
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def open(self, session: Session) -> None:
        """Connect, unless a connection is at hand."""
        address = parse(session.address)
        with _failures(address):
            async with self._lease(address, session):
                pass

    async def publish(self, session: Session, topic: str, payload: bytes, qos: Qos) -> None:
        """Publish on a connection that nobody else uses meanwhile."""
        address = parse(session.address)
        self._check(topic, payload)
        with _failures(address):
            async with self._lease(address, session) as connection:
                try:
                    async with asyncio.timeout(self._config.operation_timeout):
                        await connection.publish(topic, payload, qos)
                except TimeoutError:
                    seconds = self._config.operation_timeout
                    raise ConnectionFailed(f"{address} did not acknowledge within {seconds:g} s") from None

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.close()

    def _check(self, topic: str, payload: bytes) -> None:
        wrong = packets.wrong_topic(topic)
        if wrong is not None:
            raise Other(wrong)
        limit = packets.LARGEST - packets.overhead(topic)
        if self._config.max_payload_size_bytes is not None:
            limit = min(limit, self._config.max_payload_size_bytes)
        if len(payload) > limit:
            raise Other(f"the payload has {len(payload)} bytes; at most {limit} can be published")

    @asynccontextmanager
    async def _lease(self, address: Address, session: Session) -> AsyncIterator[Connection]:
        """A connection; where client ids are as the guests say, one at a time for each, in their order."""
        if self._config.unique_client_ids or not address.client_id:
            async with self._pool.lease(session) as connection:
                yield connection
            return
        turn = self._turns.setdefault((str(address), address.client_id), asyncio.Lock())
        try:
            async with asyncio.timeout(self._config.connect_timeout):
                await turn.acquire()
        except TimeoutError:
            raise Full from None
        try:
            async with self._pool.lease(session) as connection:
                yield connection
        finally:
            turn.release()

    async def _connect(self, session: Session) -> Connection:
        address = parse(session.address)
        keep_alive = min(session.keep_alive, _LONGEST_KEEP_ALIVE)
        login = packets.Login(
            client_id=self._client_id(address),
            username=session.username or address.username,
            password=session.password or address.password,
            keep_alive=keep_alive,
        )
        if any(packets.too_long(text) for text in login[:3]):
            raise Other("a client id, user name or password has more than 65535 bytes")
        # Closed when the broker would want to hear of it, a connection needs nobody who pings.
        may_idle = min(self._config.idle_timeout, keep_alive or self._config.idle_timeout)
        async with asyncio.timeout(self._config.connect_timeout):
            connection = await connect(address, self._trust if address.tls else None, may_idle)
            try:
                await connection.log_in(login)
            except BaseException:
                await connection.close()
                raise
        return connection

    def _client_id(self, address: Address) -> str:
        if address.client_id and not self._config.unique_client_ids:
            return address.client_id
        return f"{address.client_id or 'atoll'}-{self._own}-{next(self._numbers)}"

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """Made when TLS is first used, as reading the system's authorities takes a while."""
        return ssl.create_default_context(cafile=self._roots)


@contextmanager
def _failures(address: Address) -> Iterator[None]:
    """What went wrong, in the room's own errors."""
    try:
        yield
    except Full:
        raise TooManyConnections(f"no connection to {address} came free in time") from None
    except TimeoutError:
        raise ConnectionFailed(f"{address} did not accept the connection in time") from None
    except OSError as error:
        raise ConnectionFailed(f"no connection to {address}: {error.strerror or error}") from None
