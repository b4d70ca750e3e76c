"""Connections are shared, bounded, closed when idle, and what one message does to its own touches no other."""

import asyncio
import time

import pytest

from atoll.capabilities.mqtt.provider import ConnectionFailed, TooManyConnections
from tests.capabilities.mqtt.conftest import provider, session
from tests.servers.mosquitto import Mosquitto


def test_messages_that_follow_each_other_share_one_connection(broker: Mosquitto) -> None:
    async def run() -> int:
        async with provider() as mqtt:
            await mqtt.open(session(broker.address))
            for number in range(60):
                await mqtt.publish(session(broker.address), "a", b"", number % 3)  # type: ignore[arg-type]
            return broker.connections()

    assert asyncio.run(run()) == 1


def test_messages_at_the_same_time_use_no_more_connections_than_allowed(broker: Mosquitto) -> None:
    async def run() -> int:
        async with provider(max_connections=4) as mqtt, broker.listener("many") as listener:
            await asyncio.gather(*(mqtt.publish(session(broker.address), "many", b"", 1) for _ in range(100)))
            await listener.heard(100)
            return broker.connections()

    # One is the listener's.
    assert 2 <= asyncio.run(run()) <= 5


def test_who_waits_too_long_for_a_connection_is_told_so(broker: Mosquitto) -> None:
    async def run() -> None:
        async with provider(max_connections=1, connect_timeout=0.1) as mqtt:
            await mqtt.open(session(broker.address))
            with broker.halted():
                first = asyncio.create_task(mqtt.publish(session(broker.address), "a", b"", 1))
                await asyncio.sleep(0)
                with pytest.raises(TooManyConnections, match="came free in time"):
                    await mqtt.publish(session(broker.address), "a", b"", 1)
            await first
            await mqtt.publish(session(broker.address), "a", b"", 1)

    asyncio.run(run())


def test_sessions_of_different_content_never_share_a_connection(broker: Mosquitto) -> None:
    guarded = f"mqtt://127.0.0.1:{broker.guarded_port}"

    async def run() -> None:
        async with provider() as mqtt:
            await mqtt.publish(session(guarded, "guest", "geheim"), "a", b"", 1)
            for other in (session(guarded, "guest", "wrong"), session(guarded), session(guarded, "", "geheim")):
                with pytest.raises(ConnectionFailed, match=r"refuses the user name|does not authorize"):
                    await mqtt.publish(other, "a", b"", 1)
            await mqtt.open(session(guarded.replace("//", "//guest:geheim@")))

    asyncio.run(run())


def test_an_idle_connection_makes_room_for_another_session(broker: Mosquitto) -> None:
    async def run() -> int:
        async with provider(max_connections=2) as mqtt:
            for number in range(5):
                await mqtt.open(session(f"{broker.address}?client_id={number}"))
            await asyncio.sleep(0.05)
            return broker.connections()

    assert asyncio.run(run()) == 2


@pytest.mark.slow
@pytest.mark.parametrize("idle, keep_alive", [(0.2, 30), (0.2, 0), (30, 1)])
def test_idle_connections_are_closed_before_the_broker_would(broker: Mosquitto, idle: float, keep_alive: int) -> None:
    async def run() -> list[int]:
        async with provider(idle_timeout=idle) as mqtt:
            opened = session(broker.address, keep_alive=keep_alive)
            await mqtt.publish(opened, "a", b"", 1)
            before = broker.connections()
            await asyncio.sleep(min(idle, keep_alive or idle) + 0.3)
            after = broker.connections()
            await mqtt.publish(opened, "a", b"", 1)
            return [before, after, broker.connections()]

    assert asyncio.run(run()) == [1, 0, 1]


def test_the_longest_keep_alive_is_that_of_mqtt(broker: Mosquitto) -> None:
    async def run() -> None:
        async with provider() as mqtt:
            await mqtt.publish(session(broker.address, keep_alive=2**64 - 1), "a", b"", 1)

    asyncio.run(run())


def test_workers_with_the_same_client_id_do_not_throw_each_other_out(broker: Mosquitto) -> None:
    opened = session(f"{broker.address}?client_id=shared")

    async def run() -> int:
        async with provider() as one, provider() as other:
            for number in range(20):
                await (one, other)[number % 2].publish(opened, "a", b"", 1)
            return broker.connections()

    assert asyncio.run(run()) == 2
    assert "already connected" not in broker.log.read_text()


def test_client_ids_are_the_guests_own_where_the_operator_wants_that(broker: Mosquitto) -> None:
    opened = session(f"{broker.address}?client_id=exactly")

    async def run() -> None:
        async with provider(unique_client_ids=False, connect_timeout=0.2) as mqtt:
            await asyncio.gather(*(mqtt.publish(opened, "a", b"", 2) for _ in range(20)))
            assert broker.connections() == 1
            with broker.halted():
                first = asyncio.create_task(mqtt.publish(opened, "a", b"", 1))
                await asyncio.sleep(0)
                with pytest.raises(TooManyConnections):
                    await mqtt.publish(opened, "a", b"", 1)
            await first

    asyncio.run(run())
    assert " as exactly " in broker.log.read_text()


def test_a_cancelled_message_ends_at_once_and_the_next_goes_through(broker: Mosquitto) -> None:
    async def run() -> None:
        async with provider(max_connections=1) as mqtt:
            await mqtt.open(session(broker.address))
            for qos in (1, 2, 1, 2):
                with broker.halted():
                    stuck = asyncio.create_task(mqtt.publish(session(broker.address), "a", b"", qos))
                    await asyncio.sleep(0.02)
                    stuck.cancel()
                    started = time.monotonic()
                    with pytest.raises(asyncio.CancelledError):
                        await stuck
                    assert time.monotonic() - started < 0.2
                await mqtt.publish(session(broker.address), "a", b"", 2)

    asyncio.run(run())


def test_messages_cancelled_at_any_moment_leave_the_pool_whole(broker: Mosquitto) -> None:
    async def run() -> None:
        async with provider(max_connections=3) as mqtt, broker.listener("after") as listener:
            for delay in range(40):
                calls = [asyncio.create_task(mqtt.publish(session(broker.address), "a", b"x", 2)) for _ in range(6)]
                await asyncio.sleep(delay / 20_000)
                for call in calls:
                    call.cancel()
                await asyncio.gather(*calls, return_exceptions=True)
            await asyncio.gather(*(mqtt.publish(session(broker.address), "after", b"%d" % n, 2) for n in range(9)))
            assert sorted(payload for _, _, payload in await listener.heard(9)) == [b"%d" % n for n in range(9)]
            assert broker.connections() <= 4

    asyncio.run(run())


def test_a_message_for_which_the_broker_ends_the_connection_harms_no_other(own_broker: Mosquitto) -> None:
    opened = session(own_broker.address)

    async def run() -> None:
        async with provider() as mqtt, own_broker.listener("good") as listener:
            large = [mqtt.publish(opened, "large", b"x" * 200_000, 1) for _ in range(5)]
            good = [mqtt.publish(opened, "good", b"", 1) for _ in range(50)]
            results = await asyncio.gather(*large, *good, return_exceptions=True)
            assert [type(result) for result in results[:5]] == [ConnectionFailed] * 5
            assert results[5:] == [None] * 50
            await listener.heard(50)

    asyncio.run(run())
