"""Graphs of compositions as text, in Graphviz's language, and as SVG."""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from atoll.packages.compose.graph import Node

_WIDTH, _HEIGHT = 280, 70
_GAP, _BETWEEN = 230, 26
_MARGIN = 16
_LONGEST = 38


def text(nodes: Sequence[Node]) -> str:
    """A paragraph each."""
    return "".join(f"{line}\n" for node in nodes for line in _paragraph(nodes, node))


def dot(nodes: Sequence[Node]) -> str:
    """For `dot -Tsvg` and the like."""
    lines = [
        "digraph composition {",
        "  rankdir=LR; node [shape=box, fontname=sans-serif]; edge [fontname=sans-serif];",
    ]
    for number, node in enumerate(nodes):
        label = "\\n".join(map(_quoted, (node.name, *_grants(node))))
        lines.append(f'  n{number} [label="{label}"];')
    for number, node in enumerate(nodes):
        lines += [f'  n{number} -> n{edge.to} [label="{_quoted(edge.interface)}"];' for edge in node.edges]
    return "\n".join([*lines, "}", ""])


def svg(nodes: Sequence[Node]) -> str:
    """One picture: who answers stands to the right of who asks."""
    places = _places(nodes)
    width = max(x for x, _ in places) + _WIDTH + _MARGIN
    height = max(y for _, y in places) + _HEIGHT + _MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="12"><title>Who imports what from whom</title>'
        '<rect width="100%" height="100%" fill="#fff"/>'
    )
    arrows = [arrow for number, node in enumerate(nodes) for arrow in _arrows(places, number, node)]
    boxes = [_box(place, node) for place, node in zip(places, nodes, strict=True)]
    return "\n".join([head, *arrows, *boxes, "</svg>", ""])


def _paragraph(nodes: Sequence[Node], node: Node) -> Iterator[str]:
    yield node.name
    for edge in node.edges:
        yield f"  imports {edge.interface} from {nodes[edge.to].name}"
    yield from (f"  imports {name} from whoever loads it" for name in node.open)
    yield from (f"  {line}" for line in _grants(node))


def _grants(node: Node) -> Iterator[str]:
    if node.may:
        yield f"may use {', '.join(node.may)}"
    if node.denied:
        yield f"is denied {', '.join(node.denied)}"


def _places(nodes: Sequence[Node]) -> list[tuple[int, int]]:
    """The corners of the boxes: a column for each distance from the first node, the longest way counted."""
    depths = [0] * len(nodes)
    for _ in nodes:
        for number, node in enumerate(nodes):
            for edge in node.edges:
                depths[edge.to] = max(depths[edge.to], depths[number] + 1)
    filled: dict[int, int] = {}
    places = []
    for depth in depths:
        row = filled.get(depth, 0)
        filled[depth] = row + 1
        places.append((_MARGIN + depth * (_WIDTH + _GAP), _MARGIN + row * (_HEIGHT + _BETWEEN)))
    return places


def _arrows(places: Sequence[tuple[int, int]], number: int, node: Node) -> Iterator[str]:
    x, y = places[number]
    begin, level = x + _WIDTH, y + _HEIGHT // 2
    for row, edge in enumerate(node.edges):
        end, height = places[edge.to][0], places[edge.to][1] + _HEIGHT // 2
        middle = (begin + end) // 2
        words = f'x="{end - 12}" y="{height - 8 - 14 * (row % 2)}" text-anchor="end" font-size="10" fill="#5b6b7b"'
        yield (
            f'<path d="M{begin} {level} C{middle} {level} {middle} {height} {end} {height}" fill="none" '
            'stroke="#5b6b7b"/>'
            f'<path d="M{end} {height} l-8 -4 v8 z" fill="#5b6b7b"/>'
            f"<text {words}>{_shortened(edge.interface)}</text>"
        )


def _box(place: tuple[int, int], node: Node) -> str:
    x, y = place
    lines = "".join(
        f'<text x="{x + 12}" y="{y + 42 + 16 * row}" fill="{"#a33" if line.startswith("is denied") else "#333"}">'
        f"{_shortened(line)}</text>"
        for row, line in enumerate(_grants(node))
    )
    return (
        f'<g><rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="6" fill="#eef4fa" stroke="#5b6b7b"/>'
        f'<text x="{x + 12}" y="{y + 22}" font-weight="bold">{_shortened(node.name)}</text>{lines}'
        f"<title>{escape(chr(10).join([node.name, *_grants(node)]))}</title></g>"
    )


def _shortened(words: str) -> str:
    return escape(words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…")


def _quoted(words: str) -> str:
    return words.replace("\\", "\\\\").replace('"', '\\"')
