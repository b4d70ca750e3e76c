"""Locking: a settled manifest becomes Spin's locked app, with all sources fetched and all files in place."""

from atoll.lock.hosts import resolve
from atoll.lock.settings import LockSettings

__all__ = ["LockSettings", "resolve"]
