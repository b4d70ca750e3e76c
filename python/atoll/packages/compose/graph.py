"""Who imports what from whom in a composition, and what each part may use beside."""

from collections.abc import Sequence
from dataclasses import dataclass

from atoll import host
from atoll.host.composing.denying import key
from atoll.host.composing.plan import Part


@dataclass(frozen=True, slots=True)
class Edge:
    """An interface that one part imports and another, by its number, exports."""

    interface: str
    to: int


@dataclass(frozen=True, slots=True)
class Node:
    """A part. What it `may` use are keys of the manifest, which its component has or not; so is what it is `denied`."""

    name: str
    edges: tuple[Edge, ...]
    may: tuple[str, ...]
    denied: tuple[str, ...]
    open: tuple[str, ...]
    """Imports that nobody in the composition answers, and that are no part of WASI or a capability."""


def graph(parts: Sequence[Part]) -> list[Node]:
    """The parts as nodes, in their order. Raises UserError where a file cannot be read."""
    return [_node(part) for part in parts]


def _node(part: Part) -> Node:
    answered = {wire.wanted for wire in part.wires}
    left = [one for one in host.surface(part.wasm).imports if one.name not in answered]
    denied = [one for one in left if one.name in part.denied]
    granted = [one for one in left if one.name not in part.denied]
    return Node(
        part.name,
        tuple(Edge(wire.wanted, wire.part) for wire in part.wires),
        tuple(sorted({found for one in granted if (found := key(one)) is not None})),
        tuple(sorted({found for one in denied if (found := key(one)) is not None})),
        tuple(one.name for one in granted if one.room is None and not one.name.startswith("wasi:")),
    )
