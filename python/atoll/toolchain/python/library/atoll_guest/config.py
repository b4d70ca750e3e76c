"""Runtime configuration (`wasi:config`): the component's variables, all at once too."""

from __future__ import annotations

import wit_world.imports.wasi_config as wit

from atoll_guest.errors import translated

__all__ = ("ConfigError", "get", "get_all")


class ConfigError(Exception):
    """The configuration cannot be had."""


def get(key: str) -> str | None:
    """The value of a key; None where there is none. Raises ConfigError."""
    with translated(_error):
        return wit.get(key)


def get_all() -> dict[str, str]:
    """Everything. Raises ConfigError."""
    with translated(_error):
        return dict(wit.get_all())


def _error(error: wit.Error) -> ConfigError:
    return ConfigError(f"the configuration cannot be had: {error.value}")
