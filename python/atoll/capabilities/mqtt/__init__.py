"""The room of outbound MQTT: messages that a guest publishes through a broker which it names by address.

Exported are the Protocol, its errors and values, and the built-in providers by their `type`.
"""

from atoll.capabilities.mqtt.provider import (
    ConnectionFailed,
    InvalidAddress,
    Mqtt,
    Other,
    Qos,
    Session,
    TooManyConnections,
)

PROVIDERS: dict[str, str] = {"mqtt": "atoll.capabilities.mqtt.providers.mqtt:MqttBrokers"}
"""Module and class of each type: imported when first used."""

__all__ = [
    "PROVIDERS",
    "ConnectionFailed",
    "InvalidAddress",
    "Mqtt",
    "Other",
    "Qos",
    "Session",
    "TooManyConnections",
]
