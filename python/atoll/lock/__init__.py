"""Locking: a settled manifest becomes Spin's locked app, with all sources fetched and all files in place."""

from atoll.lock.settings import LockSettings
from atoll.lock.templated import resolve

__all__ = ["LockSettings", "resolve"]
