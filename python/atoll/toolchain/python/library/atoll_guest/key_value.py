"""Key-value stores, which the manifest grants by `key_value_stores = ["default"]`.

from atoll_guest import key_value

with key_value.open() as store:
    store.set("visits", b"1")
    store.get("visits")  # b"1", or None
"""

from __future__ import annotations

import wit_world.imports.spin_key_value as wit

from atoll_guest.errors import Refused, translated
from atoll_guest.opened import Opened

__all__ = ("KeyValueError", "Store", "StoreRefused", "open")


class KeyValueError(Exception):
    """A store could not be opened, or did not do what it was asked."""


class StoreRefused(KeyValueError, Refused):
    """The manifest does not grant the store."""


class Store(Opened[wit.Store]):
    """An open store. Values are bytes; text is stored as UTF-8."""

    def __init__(self, label: str, opened: wit.Store) -> None:
        super().__init__(opened)
        self.label = label

    def get(self, key: str) -> bytes | None:
        """The value of a key; None where there is none. Raises KeyValueError."""
        with translated(self._error):
            return self._resource.get(key)

    def set(self, key: str, value: bytes | str) -> None:
        """Store a value, over any that is there. Raises KeyValueError."""
        with translated(self._error):
            self._resource.set(key, value.encode() if isinstance(value, str) else value)

    def delete(self, key: str) -> None:
        """Remove a key, whether it is there or not. Raises KeyValueError."""
        with translated(self._error):
            self._resource.delete(key)

    def exists(self, key: str) -> bool:
        """Whether a key is there. Raises KeyValueError."""
        with translated(self._error):
            return self._resource.exists(key)

    def keys(self) -> list[str]:
        """All keys, in no order. Raises KeyValueError."""
        with translated(self._error):
            return self._resource.get_keys()

    def _error(self, error: wit.Error) -> KeyValueError:
        return _error(self.label, error)


def open(label: str = "default") -> Store:
    """Open a store by its label. Raises StoreRefused where the manifest does not name it, KeyValueError else."""
    with translated(lambda error: _error(label, error)):
        return Store(label, wit.Store.open(label))


def _error(label: str, error: wit.Error) -> KeyValueError:
    match error:
        case wit.Error_AccessDenied():
            return StoreRefused(
                f'the store `{label}` is not granted: add "{label}" to `key_value_stores` of the component'
            )
        case wit.Error_NoSuchStore():
            return KeyValueError(f"there is no store `{label}`: the runtime config names the stores that there are")
        case wit.Error_StoreTableFull():
            return KeyValueError("too many stores are open: close some, or use `with key_value.open() as store`")
        case wit.Error_Other(why):
            return KeyValueError(f"the store `{label}` failed: {why}")
