"""What `atoll inspect` shows to people.

The file may be anybody's: each of its names stands in one line, made visible, and long lists end early.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

import click

from atoll import __version__
from atoll.errors import UserError, visible
from atoll.host.inspected import Export, Import, Inspected, Part, Sum

HANDLERS = {
    "http02": "HTTP, WASI 0.2 (wasi:http/incoming-handler)",
    "http03": "HTTP, WASI 0.3 (wasi:http/handler)",
    "spin-http": "HTTP, Spin's own (fermyon:spin/inbound-http)",
    "command01": "command, WASI preview 1 (_start)",
    "command02": "command, WASI 0.2 (wasi:cli/run)",
    "command03": "command, WASI 0.3 (wasi:cli/run)",
}
_INTERFACES = {kind: shown.rpartition("(")[2].removesuffix(")") for kind, shown in HANDLERS.items()}
LOADED = "atoll.load(imports=…)"
_LIBRARY = "none: a library, whose exports `atoll.load` and `atoll call` call by name"
_NO_GRANT = "nothing to be granted"

_MOST = 100
"""Lines of one list; `--json` has the rest."""
_WIDTH = 100
"""Characters of a name."""
_MOST_ALIGNED = 50
"""Characters of a name that others make room for."""


def lines(file: str, described: Inspected) -> Iterator[str]:
    """Everything, line by line."""
    yield from _head(file, described)
    yield from _imports(described)
    yield from _exports(described)
    yield from _world(described)
    yield from _sizes(described)
    yield from _parts(described.parts)
    yield from _functions(described)
    yield from _custom(described)


def wit(described: Inspected) -> str:
    """The world's WIT. Raises UserError `guest-not-component` where there is none."""
    if described.world is None:
        why = described.world_problem or described.problem or "a command that is a core module has no world"
        raise UserError("guest-not-component", f"there is no WIT to print: {why}")
    return visible(described.world)


def _head(file: str, described: Inspected) -> Iterator[str]:
    text = ", as text" if described.text else ""
    yield f"{click.style(visible(file), bold=True)}: {described.form}, {described.size:,} bytes{text}"
    yield f"digest: {described.digest}"
    for key, value in {"name": described.name, **described.metadata}.items():
        if value:
            yield f"{key}: {_line(value)}"
    if described.handler:
        yield f"handler: {HANDLERS.get(described.handler, described.handler)}"
    else:
        yield f"handler: {_LIBRARY if described.runs_as else 'none'}"
        if described.runs_as != "component" or any(
            _interface(one.name) in _INTERFACES.values() for one in described.exports
        ):
            yield f"  {_line(described.problem or '', 400)}"
    yield f"runs on: {', '.join(_platform(described))}"
    yield from (f"  {_line(trouble, 400)}" for trouble in _troubles(described))
    if described.features:
        yield f"wasm features: {', '.join(feature.name for feature in described.features)}"
    if described.producers:
        yield f"made with: {', '.join(_line(f'{tool.name} {tool.version}').strip() for tool in described.producers)}"


def _platform(described: Inspected) -> Iterator[str]:
    yield from (f"WASI {_line(version)}" for version in described.wasi)
    if described.asynchronous:
        yield "asynchronous tasks"
    can_be_switched = all(feature.support != "never" for feature in described.features)
    runs = described.runs_as and not described.refusal and can_be_switched
    yield f"atoll {__version__}" if runs else f"not on atoll {__version__}"


def _troubles(described: Inspected) -> Iterator[str]:
    """What has to be done before it runs here, or keeps it from that."""
    for feature in described.features:
        if feature.support == "never":
            yield f"atoll does not have the wasm feature {feature.name}"
        elif feature.support == "switched":
            yield f'the wasm feature {feature.name} is switched on by `features = ["{feature.name}"]` of the app'
    if described.refusal:
        yield described.refusal


def _imports(described: Inspected) -> Iterator[str]:
    """By what grants them: people look for the keys that they have to write."""
    # A type that the world uses is there for others: nobody gives it.
    imports = [one for one in described.imports if one.kind != "type"]
    yield from _title(f"imports: {_count(described, 'imports', imports)}")
    typed = _typed(imports, _signatures(described, "import"))
    by_grant = sorted(imports, key=lambda one: (_order(one), _granted_by(one), one.name))
    for granted_by, group in groupby(by_grant, _granted_by):
        yield f"  {granted_by}"
        yield from _few([typed(one) for one in group], "    ")


def _order(one: Import) -> int:
    """Keys of the manifest, then what an object answers, then what is there, then what nobody answers."""
    if one.answer == "nobody":
        return 3
    return 1 if one.answer != "host" else (0 if one.grant else 2)


def _granted_by(one: Import) -> str:
    match one.answer:
        case "nobody":
            return "nobody answers them"
        case "host":
            return one.grant or _NO_GRANT
        case _ if one.name.startswith("extism:host/"):
            return "atoll.extism.Plugin"
        case _:
            return f"{one.grant}, or {LOADED}" if one.grant else LOADED


def _typed(among: Sequence[Import | Export], signatures: Mapping[str, str]) -> Callable[[Import | Export], str]:
    """Shows one of them: its name, and aligned with the others its type and what else there is to say."""

    def beside(one: Import | Export) -> str:
        traps = isinstance(one, Import) and one.answer == "optional"
        said = (_line(one.type or signatures.get(one.name, "")), "without an object, calls trap" if traps else "")
        return "  ".join(filter(None, said))

    width = max((len(_line(one.name)) for one in among if beside(one)), default=0)
    width = min(width, _MOST_ALIGNED)
    return lambda one: f"{_line(one.name):<{width}}  {beside(one)}".rstrip() if beside(one) else _line(one.name)


def _exports(described: Inspected) -> Iterator[str]:
    yield from _title(f"exports: {_count(described, 'exports', described.exports)}")
    typed = _typed(described.exports, _signatures(described, "export"))
    yield from _few([typed(one) + _runs(described, one) for one in described.exports], "  ")


def _runs(described: Inspected, one: Export) -> str:
    """The command that calls the export, where it is what the handler names."""
    handler = described.handler or ""
    if _interface(one.name) != _INTERFACES.get(handler):
        return ""
    return "  atoll run" if handler.startswith("command") else "  atoll up"


def _signatures(described: Inspected, side: str) -> dict[str, str]:
    """The types of the functions that the world has outside of interfaces, by name."""
    words = (line.strip().partition(": ") for block in _world_blocks(described) for line in block)
    beginning = f"{side} "
    return {
        name.removeprefix(beginning).removeprefix("%"): rest.removesuffix(";")
        for name, _, rest in words
        if name.startswith(beginning) and rest.endswith(";")
    }


def _world(described: Inspected) -> Iterator[str]:
    """What the world has beside what stands above: its types, and interfaces of its own."""
    own = list(_own(described))
    if described.world_problem:
        own.append(_line(described.world_problem, 400))
    if own:
        yield from _title("world")
        yield from _few([visible(line) for line in own], "  ", "--wit")


def _own(described: Inspected) -> Iterator[str]:
    platform = {_package(one.name) for one in described.imports if one.answer == "host"}
    for block in _world_blocks(described):
        yield from (line[2:] for line in block[1:-1] if line and not _stands_above(line))
    for block in _blocks(described):
        kind, _, package = block[0].removesuffix(" {").partition(" ")
        if kind == "package" and len(block) > 1 and _package(package) not in platform:
            yield from filter(str.strip, block)


def _world_blocks(described: Inspected) -> Iterator[list[str]]:
    return (block for block in _blocks(described) if block[0].startswith("world "))


def _blocks(described: Inspected) -> Iterator[list[str]]:
    """The outermost braces of the world's WIT with the lines between them, and the lines outside of them."""
    block: list[str] = []
    for line in (described.world or "").splitlines():
        if line or block:
            block.append(line)
        if line == "}" or (len(block) == 1 and not line.endswith("{")):
            yield block
            block = []


def _stands_above(line: str) -> bool:
    """Whether it imports or exports an interface by its name, or a function."""
    words = line.split()
    return words[0] in ("import", "export") and line.startswith("  ") and line[2] != " " and line.endswith(";")


def _interface(name: str) -> str:
    """Without the version."""
    return name.partition("@")[0]


def _package(name: str) -> str:
    """`wasi:http/types@0.2.0` and `wasi:http@0.2.0` are of `wasi:http`."""
    return _interface(name).partition("/")[0]


def _sizes(described: Inspected) -> Iterator[str]:
    total = described.parts[0].size if described.parts else described.size
    yield from _title(f"{'sections':<24} {'bytes':>14} {'share':>7}")
    small = [each for each in described.sections if each.size * 200 < total]
    for each in described.sections:
        if each not in small:
            yield _row(each.name, each.size, total)
    if small:
        yield _row(f"{len(small)} smaller kinds", sum(each.size for each in small), total)
    if described.debug_info:
        yield _row("debug info, of custom", described.debug_info, total)


def _row(name: str, size: int, total: int) -> str:
    return f"  {name:<22} {size:>14,} {_share(size, total)}"


def _share(size: int, total: int) -> str:
    return f"{size / max(total, 1):>7.1%}"


def _parts(parts: Sequence[Part]) -> Iterator[str]:
    """Each nested module and component, indented by its depth."""
    if len(parts) < 2:
        return
    heads = (f"{head:>12}" for head in ("bytes", "code", "data", "custom", "functions"))
    yield from _title(f"{'parts':<40} {' '.join(heads)}")
    shown = []
    for number, part in enumerate(parts[: _MOST + 1]):
        name = "  " * min(part.depth, 6) + f"{number} {part.kind} {_line(part.name or '', 24)}"
        sizes = (part.size, part.code, part.data, part.custom, part.functions)
        shown.append(f"{name:<38} {' '.join(f'{size:>12,}' for size in sizes)}")
    yield from _few(shown, "  ", of=len(parts))


def _functions(described: Inspected) -> Iterator[str]:
    functions = described.functions
    if not functions.biggest:
        return
    yield from _title(f"{'biggest functions':<20} of {functions.count:,}, with {functions.size:,} bytes")
    for each in functions.biggest:
        place = f"  (part {each.part})" if len(described.parts) > 1 else ""
        yield f"  {each.size:>12,} {_share(each.size, functions.size)}  {_line(each.name)}{place}"


def _custom(described: Inspected) -> Iterator[str]:
    found = described.custom_sections
    if found:
        yield from _title(f"custom sections: {_count(described, 'custom_sections', found)}")
        yield from _few([_counted(each) for each in found], "  ", of=len(found), most=20)


def _counted(each: Sum) -> str:
    times = f"  {each.count:,} times" if each.count > 1 else ""
    return f"{_line(each.name, 40):<40} {each.size:>14,}{times}"


def _title(text: str) -> Iterator[str]:
    yield ""
    yield click.style(text, bold=True)


def _count(described: Inspected, name: str, told: Sequence[object]) -> str:
    return f"{len(told) + described.left_out.get(name, 0):,}"


def _few(
    shown: Sequence[str], indent: str, where: str = "--json", *, of: int | None = None, most: int = _MOST
) -> Iterator[str]:
    """The first of many lines."""
    yield from (f"{indent}{line}" for line in shown[:most])
    if (more := (of or len(shown)) - most) > 0:
        yield f"{indent}… and {more:,} more: `{where}` has them"


def _line(text: str, width: int = _WIDTH) -> str:
    """Of a stranger's text what one line can show."""
    shown = visible(" ".join(text[: 4 * width].split()))
    return shown if len(shown) <= width and len(text) <= 4 * width else f"{shown[: width - 1]}…"
