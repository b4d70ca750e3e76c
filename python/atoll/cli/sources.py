"""What `-f` names: a path, or a reference to an app of a registry, which is pulled."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from atoll.packages.oci.pulling import Pulled
    from atoll.registry.reference import Reference

Decorator = Callable[[Any], Any]

INSECURE = click.option("-k", "--insecure", is_flag=True, help="Speak to the registry over plain HTTP.")
POLICY = click.option(
    "--policy",
    metavar="FILE",
    envvar="ATOLL_POLICY",
    show_envvar=True,
    help="Which artifacts are taken, and from whom.",
)
FROM_REGISTRY = (
    click.option("--from-registry", is_flag=True, help="Take -f for a reference, also where a path has that name."),
    INSECURE,
    POLICY,
)


@dataclass(frozen=True, slots=True)
class Located:
    """The path of an app. One that was pulled keeps its state where no other version of it has another."""

    source: str | None
    state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a reference is to be reached."""

    cache_dir: str | None = None
    from_registry: bool = False
    insecure: bool = False
    policy: str | None = None


def located(source: str | None, way: Way) -> Located:
    """Where the app is, after it was pulled if it has to be. Raises UserError as a pull does."""
    from atoll.registry.reference import Reference, is_reference

    if source is None or not (way.from_registry or (is_reference(source) and not Path(source).exists())):
        return Located(source)
    reference = Reference.parse(source)
    return Located(str(_held(reference, way)), str(_state_of(reference)))


def _held(reference: "Reference", way: Way) -> Path:
    """The path of what was pulled. It stays there as long as this process lives: `atoll cache` lets it be."""
    from atoll.cache import hold

    while True:
        path = pulled(reference, way).path
        if not hold([path]).missing:
            return path


def pulled(reference: "Reference", way: Way) -> "Pulled":
    """What a reference means, on this machine. Raises UserError as a pull does."""
    from atoll.cli.registries import client_of, store_of, watching
    from atoll.packages.oci.pulling import Puller
    from atoll.registry.trust.policy import Policy

    with client_of(reference, insecure=way.insecure) as client, watching("pulling") as watcher:
        return Puller(client, store_of(way.cache_dir), watcher, Policy.find(way.policy)).pull(reference)


def _state_of(reference: "Reference") -> Path:
    """`$XDG_STATE_HOME/atoll/apps/REGISTRY/REPOSITORY`: every version of an app finds the same data."""
    home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return home / "atoll" / "apps" / reference.registry.replace(":", "_") / reference.repository
