"""MQTT, on servers that the manifest grants by `allowed_outbound_hosts = ["mqtt://HOST:PORT"]`.

from atoll_guest import mqtt

with mqtt.open("mqtt://localhost:1883") as connection:
    connection.publish("room/light", b"on")
"""

from __future__ import annotations

from enum import Enum

import wit_world.imports.spin_mqtt as wit

from atoll_guest.errors import translated
from atoll_guest.opened import Opened

__all__ = ("Connection", "Delivery", "MqttError", "open")


class MqttError(Exception):
    """A server could not be reached, or a message not be sent."""


class Delivery(Enum):
    """How often a message arrives: MQTT's quality of service."""

    AT_MOST_ONCE = wit.Qos.AT_MOST_ONCE
    AT_LEAST_ONCE = wit.Qos.AT_LEAST_ONCE
    EXACTLY_ONCE = wit.Qos.EXACTLY_ONCE


class Connection(Opened[wit.Connection]):
    """A connection to a server."""

    def publish(self, topic: str, payload: bytes | str, delivery: Delivery = Delivery.AT_LEAST_ONCE) -> None:
        """Send a message. Raises MqttError."""
        with translated(_error):
            self._resource.publish(topic, payload.encode() if isinstance(payload, str) else payload, delivery.value)


def open(address: str, *, username: str = "", password: str = "", keep_alive: int = 30) -> Connection:
    """Connect to `mqtt://HOST:PORT`; `keep_alive` is in seconds. Raises MqttError, also where the manifest does not allow the host."""
    with translated(_error):
        return Connection(wit.Connection.open(address, username, password, keep_alive))


def _error(error: wit.Error) -> MqttError:
    match error:
        case wit.Error_InvalidAddress():
            return MqttError(
                "the address is wrong or not allowed: `allowed_outbound_hosts` of the component must name it"
            )
        case wit.Error_TooManyConnections():
            return MqttError("too many connections are open: close some, or use `with mqtt.open(…) as connection`")
        case wit.Error_ConnectionFailed(why):
            return MqttError(f"the server could not be reached: {why}")
        case wit.Error_Other(why):
            return MqttError(why)
