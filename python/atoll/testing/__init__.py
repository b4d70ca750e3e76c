"""For tests of apps and plugins. `atoll.testing.plugin` has the fixtures of pytest; the same without pytest is here.

    with load_app("spin.toml", key_value={"default": {"color": b"red"}}) as app:
        assert app.get("/").text == "red"
        assert app.calls.names == ["key_value.get"]

`up` is a real `atoll up` on a free port. Importing this package loads nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from atoll.testing.apps import AppUnderTest, load_app
    from atoll.testing.calls import HostCall, HostCalls
    from atoll.testing.fixtures import LoadApp, LoadPlugin
    from atoll.testing.journal import GuestLog, Line
    from atoll.testing.outbound import OutboundHttp, Unanswered
    from atoll.testing.plugins import PluginUnderTest, load_plugin
    from atoll.testing.serving import Up, up
    from atoll.testing.virtual.clock import Clock

__all__ = [
    "AppUnderTest",
    "Clock",
    "GuestLog",
    "HostCall",
    "HostCalls",
    "Line",
    "LoadApp",
    "LoadPlugin",
    "OutboundHttp",
    "PluginUnderTest",
    "Unanswered",
    "Up",
    "load_app",
    "load_plugin",
    "up",
]

_MODULES = {
    "apps": ("AppUnderTest", "load_app"),
    "calls": ("HostCall", "HostCalls"),
    "fixtures": ("LoadApp", "LoadPlugin"),
    "journal": ("GuestLog", "Line"),
    "outbound": ("OutboundHttp", "Unanswered"),
    "plugins": ("PluginUnderTest", "load_plugin"),
    "serving": ("Up", "up"),
    "virtual.clock": ("Clock",),
}
_FOUND_IN = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _FOUND_IN:
        raise AttributeError(f"module 'atoll.testing' has no attribute {name!r}")
    return getattr(import_module(f"atoll.testing.{_FOUND_IN[name]}"), name)
