"""Every code a user can meet: what it means and what to do about it."""

from atoll.errors.catalogue import building, commands, core, manifest, packages, plugins
from atoll.errors.catalogue.entry import Entry, Origin

__all__ = ("CODES", "Entry", "Origin")

# Each code stands in one of them, says a law.
_PARTS = (manifest.CODES, packages.CODES, building.CODES, commands.CODES, plugins.CODES, core.CODES)

CODES: dict[str, Entry] = {code: entry for part in _PARTS for code, entry in part.items()}
