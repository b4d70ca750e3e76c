"""Compiles an app ahead of time, and takes what was compiled into the cache of a server."""

from pathlib import Path
from typing import Any

from atoll import __version__
from atoll.host import core
from atoll.host.functions.dividing import divided
from atoll.host.settings import Settings
from atoll.packages.ahead.bundle import VERSION, Bundle, Entry, Opened, entry_of, write
from atoll.registry.trust.keys import PrivateKey, PublicKey


def compiled(locked: dict[str, Any], settings: Settings, folder: Path, key: PrivateKey) -> Bundle:
    """Compile each component of a locked app, whose dependencies were composed, and write a bundle.

    The settings say for which target and with which options, which must be those of the server that runs it. Raises
    UserError or Problems for guests that cannot be compiled, and for a folder that cannot be written.
    """
    made = [
        (entry_of(component, name, tasks, code), code)
        for part in _parts(locked)
        for component, name, tasks, code in core.compiled_ahead(part, settings)
    ]
    bundle = Bundle(
        version=VERSION,
        app=locked["metadata"]["name"],
        target=settings.engine.target or "",
        atoll=__version__,
        features=features_of(locked),
        entries=[entry for entry, _ in made],
    )
    write(folder, bundle, iter(made), key)
    return bundle


def _parts(locked: dict[str, Any]) -> list[dict[str, Any]]:
    """The app as it is served; functions are an app of their own behind it."""
    served = divided(locked)
    behind = served["metadata"].get("atoll", {}).get("functions")
    return [served] if behind is None else [served, behind["locked"]]


def adopted(folder: Path, keys: list[Path], settings: Settings) -> list[Entry]:
    """Take a bundle that one of the keys has signed into the cache of the settings; what was new there.

    Raises UserError: `key-invalid`, `compiled-invalid`, `code-unfit`.
    """
    opened = Opened(folder, [PublicKey.load(key) for key in keys])
    features = opened.bundle.features
    return [
        entry
        for entry in opened.bundle.entries
        if core.adopt_ahead(settings, features, (entry.key, entry.tasks, opened.code(entry)))
    ]


def features_of(locked: dict[str, Any]) -> list[str]:
    """The wasm features that an app switches on."""
    features: list[str] = locked["metadata"].get("atoll", {}).get("features", [])
    return features
