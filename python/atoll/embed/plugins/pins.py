"""Which bytes a plugin must be: digests by name, given as a mapping or in a file such as `plugins.lock`."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from atoll.embed.plugins.files import read
from atoll.errors import UserError, raise_all
from atoll.files import replace
from atoll.manifest.positions import Path as Place
from atoll.manifest.read import Reader
from atoll.manifest.toml import Toml

FILE = "plugins.lock"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_HINT = "write `sha256:` and 64 hexadecimal digits, as `Plugin.digest` has them"

Given = Mapping[str, str] | str | os.PathLike[str] | None
"""Digests by the names of plugins, `sha256:` and 64 hexadecimal digits; the file that has them; None for no pins."""


class Pins:
    """The pins of a folder. Those of a file are read again each time."""

    def __init__(self, given: Given) -> None:
        self.file = None if given is None or isinstance(given, Mapping) else Path(given).absolute()
        self._pins = dict(given) if isinstance(given, Mapping) else None
        for name, digest in (self._pins or {}).items():
            if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
                raise UserError("digest-invalid", f"pins[{name!r}] is no digest: {digest!r}", _HINT)

    def read(self) -> Mapping[str, str] | None:
        """Digests by name; None where nothing is pinned. Raises UserError or Problems."""
        if self.file is None:
            return self._pins
        try:
            content = read(self.file)
        except UserError as error:
            raise UserError("plugin-pins-unreadable", error.message, "write it with `Plugins.pin()`") from None
        toml = Toml.from_bytes(content, str(self.file))
        reader = Reader(toml)
        for name, digest in toml.data.items():
            if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
                place: Place = (name,)
                reader.note("digest-invalid", f"the pin of `{name}` is no digest", place, hint=_HINT)
        raise_all(reader.problems)
        return toml.data


def check(name: str, digest: str, pins: Mapping[str, str] | None) -> None:
    """Raise UserError unless the plugin is what its pin says."""
    if pins is None:
        return
    if name not in pins:
        raise UserError(
            "plugin-unpinned",
            f"plugin `{name}` has no pin; it is {digest}",
            "look at it, then write its digest to the pins",
        )
    if pins[name] != digest:
        raise UserError(
            "digest-mismatch",
            f"plugin `{name}` is {digest}, but its pin is {pins[name]}",
            "find out which of the two is right before you change the pin",
        )


def write(file: Path, digests: Mapping[str, str]) -> None:
    """Write the pins, in the place of those that were there."""
    import tomli_w

    head = "# What each plugin must be. Written by `Plugins.pin()`.\n"
    replace(file, (head + tomli_w.dumps(dict(sorted(digests.items())))).encode(), lasting=True)
