"""Running some of an app's components only, and what that must not break."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from atoll.manifest.check import unknown_component
from atoll.manifest.model import Manifest, Trigger
from atoll.manifest.positions import Path
from atoll.manifest.read import Reader

_INTERNAL = re.compile(r"[a-z*]+://(?P<target>[^/:{}]+)\.spin\.internal(?::[^/]*)?/?")


def chaining_target(host: str) -> str | None:
    """The id of the component that an entry of `allowed_outbound_hosts` calls; `*` for all, None for none."""
    match = _INTERNAL.fullmatch(host)
    return match["target"] if match else None


def select(manifest: Manifest, selected: tuple[str, ...], reader: Reader) -> Manifest:
    """The manifest with the selected components and their triggers.

    What cannot be selected is noted with the reader.
    """
    reader.problems += [unknown_component(name, manifest) for name in selected if name not in manifest.component]
    for path, message in _broken_chains(manifest, selected):
        reader.note("component-selection-invalid", message, path, hint="select the called components as well")
    return replace(
        manifest,
        component={name: component for name, component in manifest.component.items() if name in selected},
        trigger={
            kind: [one for one in triggers if _kept(one, selected)] for kind, triggers in manifest.trigger.items()
        },
    )


def _broken_chains(manifest: Manifest, selected: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    for name in selected:
        component = manifest.component.get(name)
        for index, host in enumerate(component.allowed_outbound_hosts if component else ()):
            target = chaining_target(host)
            if target is None or target in selected:
                continue
            kind = "wildcard service chaining" if target == "*" else "service chaining to unselected component"
            yield (
                ("component", name, "allowed_outbound_hosts", index),
                f"Selected component '{name}' cannot use {kind}: allowed_outbound_hosts = [\"{host}\"]",
            )


def _kept(trigger: Trigger, selected: tuple[str, ...]) -> bool:
    return trigger.component is None or trigger.component in selected
