"""What a test says about an app or a plugin."""

import os
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, TypedDict

from atoll.embed.grants import Grants
from atoll.embed.limits import Limits
from atoll.embed.types import Types
from atoll.embed.wasm import Source
from atoll.testing.outbound import OutboundHttp
from atoll.testing.virtual.clock import Clock

ROOMS = ("key_value", "sqlite", "blobstore", "messaging")
"""The rooms with labels, each of which has an option of its name."""


class AppOptions(TypedDict, total=False):
    """All of it optional.

    variables: values of the app's variables, over those of environment and manifest.
    environment: environment variables of every component.
    key_value: contents of stores by label: bytes or text by key. Those that the manifest grants are there, empty,
    without a word. An object with a store's methods is a provider.
    sqlite: statements that fill databases, by label; a Path is a file of them. An object with `open` is a provider.
    blobstore: contents of containers by label: bytes or text by name; or a provider.
    messaging: brokers by label; by default they are in memory: `app.messaging["default"].sent`.
    imports: objects that answer the app's own interfaces, in the place of those that the manifest names.
    network: True lets guests reach what the manifest allows; a list, these of its entries; by default nothing but
    `http`, the app itself, and its components.
    http: who answers the HTTP requests to hosts that the manifest allows, all of them, whatever `network` says.
    clock: what tells guests the time of day; by default the machine's clock does.
    random: a seed, or what gives guests their random numbers; by default the machine does.
    limits: of every component, as in `[component.X.tool.atoll.limits]`: `{"deadline": "200ms"}`.
    components: answer with these alone. profile: the build profile.
    runtime_config: the runtime config file; stores that it names are the real ones.
    cache_dir: where compiled code is kept; by default `~/.cache/atoll`.

    A component without a manifest is granted what is given here.
    """

    variables: Mapping[str, str]
    environment: Mapping[str, str]
    key_value: Mapping[str, Any]
    sqlite: Mapping[str, Any]
    blobstore: Mapping[str, Any]
    messaging: Mapping[str, Any]
    imports: Mapping[str, object]
    network: bool | Sequence[str]
    http: OutboundHttp
    clock: Clock
    random: int | Random
    limits: Mapping[str, object]
    components: Sequence[str]
    profile: str | None
    runtime_config: str | os.PathLike[str] | None
    cache_dir: str | os.PathLike[str] | None


class PluginOptions(TypedDict, total=False):
    """All of it optional.

    name, imports, modules, limits, grants, types: as `atoll.load` has them. Stores that the grants name by text or True
    are in memory; what the plugin writes is kept, whether it is granted `log` or not.
    key_value: contents of stores by label: bytes or text by key; or a provider.
    sqlite: statements that fill databases, by label; a Path is a file of them; or a provider.
    variables, env: as in `atoll.Grants`.
    http: who answers outbound requests; the addresses that it has for sites by now are granted.
    clock: what tells it the time of day. random: a seed, or what gives it random numbers. By default the machine does.
    """

    name: str | None
    imports: Mapping[str, object] | None
    modules: Mapping[str, Source] | None
    limits: Limits | None
    grants: Grants | None
    types: Types | None
    key_value: Mapping[str, Any]
    sqlite: Mapping[str, Any]
    variables: Mapping[str, str]
    env: Mapping[str, str]
    http: OutboundHttp
    clock: Clock
    random: int | Random
