"""YAML text that remembers where everything stands.

Takes bytes from strangers: size, nesting and what aliases multiply are bounded, and no tag makes an object. Plain words
mean what they mean in YAML 1.2, as for the Serverless Framework: `on` and `yes` are text.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from atoll.errors import Location, UserError
from atoll.manifest.positions import Path, Range, Span
from atoll.manifest.text import decoded

MAX_NODES = 100_000
MAX_DEPTH = 100

# libyaml where the package has it: the parser in Python takes seconds for a megabyte.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STANDARD = "tag:yaml.org,2002:"
_MERGE = f"{_STANDARD}merge"
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= {word: word[0] in "tT" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_INTEGER = re.compile(r"[-+]?[0-9]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 100


class YamlText:
    """A parsed YAML file: `data` holds the values, `location` says where one of them stands.

    What has a tag of CloudFormation (`!Ref name`) is the mapping that it is short for.
    """

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
        self._lines = self.text.splitlines()
        self._spans: dict[Path, Span] = {}
        self._left = MAX_NODES
        try:
            root = yaml.compose(self.text, Loader=_LOADER)
            self.data: Any = {} if root is None else self._value(root, (), 0)
        except yaml.MarkedYAMLError as error:
            raise self._syntax(error) from None
        except yaml.YAMLError as error:
            raise UserError("serverless-invalid", f"{file} is not valid YAML: {error}") from None
        except RecursionError:
            raise self._too_large(None) from None

    @classmethod
    def from_bytes(cls, content: bytes, file: str) -> "YamlText":
        """Decode and parse. Raises UserError for anything that is not a YAML document of reasonable size."""
        return cls(decoded(content, file), file)

    def location(self, path: Path, *, key: bool = False) -> Location:
        """Where the value at `path` stands, or its key; for a path that is not there, its nearest ancestor."""
        for end in range(len(path), 0, -1):
            span = self._spans.get(path[:end])
            if span is not None:
                return self._at(span.key if key and end == len(path) else span.value)
        return self._at((0, 0))

    def holds(self, path: Path) -> bool:
        """Whether the text has something at this path."""
        return path in self._spans

    def _value(self, node: yaml.Node, path: Path, depth: int) -> Any:
        """The value of a node. What an alias names is counted each time: it is a value each time."""
        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH:
            raise self._too_large(node)
        if isinstance(node, yaml.MappingNode):
            value: Any = self._mapping(node, path, depth)
        elif isinstance(node, yaml.SequenceNode):
            value = [self._element(one, (*path, index), depth) for index, one in enumerate(node.value)]
        else:
            value = _scalar(node)
        return value if node.tag.startswith(_STANDARD) else {_intrinsic(node.tag): value}

    def _element(self, node: yaml.Node, path: Path, depth: int) -> Any:
        place = _range(node)
        self._spans[path] = Span(place, place)
        return self._value(node, path, depth + 1)

    def _mapping(self, node: yaml.MappingNode, path: Path, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, value in node.value:
            if key.tag == _MERGE:
                for one in _several(value):
                    merged = {**self._merged(one, path, depth), **merged}
                continue
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is None or name in found:
                what = "a key must be text" if name is None else f"the key `{name}` stands twice"
                raise UserError("serverless-invalid", f"not valid YAML: {what}", location=self._at(_range(key)))
            self._spans[(*path, name)] = Span(_range(key), _range(value))
            found[name] = self._value(value, (*path, name), depth + 1)
        return {**merged, **found}

    def _merged(self, node: yaml.Node, path: Path, depth: int) -> dict[str, Any]:
        value = self._value(node, path, depth + 1)
        if not isinstance(value, dict):
            raise UserError("serverless-invalid", "`<<` merges mappings only", location=self._at(_range(node)))
        return value

    def _at(self, place: Range) -> Location:
        start, end = place
        line = self.text.count("\n", 0, start)
        first = self.text.rfind("\n", 0, start) + 1
        shown = self._lines[line] if line < len(self._lines) else ""
        return Location(self.file, line + 1, start - first + 1, shown, max(1, min(end, first + len(shown)) - start))

    def _syntax(self, error: yaml.MarkedYAMLError) -> UserError:
        mark = error.problem_mark or error.context_mark
        place = self._at((mark.index, mark.index + 1)) if mark is not None else None
        return UserError("serverless-invalid", f"not valid YAML: {error.problem or error.context}", location=place)

    def _too_large(self, node: yaml.Node | None) -> UserError:
        return UserError(
            "manifest-too-large",
            f"{self.file} has more than {MAX_NODES} values, or nests deeper than {MAX_DEPTH}",
            "each use of an alias counts as the values that it stands for",
            location=None if node is None else self._at(_range(node)),
        )


def _several(node: yaml.Node) -> Iterator[yaml.Node]:
    yield from node.value if isinstance(node, yaml.SequenceNode) else [node]


def _range(node: yaml.Node) -> Range:
    return node.start_mark.index, node.end_mark.index


def _scalar(node: yaml.Node) -> Any:
    """What a word means. With quotes, or with a tag of its own, it is text."""
    text: str = node.value
    is_quoted = bool(getattr(node, "style", None))
    if node.tag == f"{_STANDARD}str" or not node.tag.startswith(_STANDARD) or is_quoted:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= _LONGEST_NUMBER and _INTEGER.fullmatch(text):
        return int(text, 16 if text[:2] == "0x" else 10)
    return float(text) if _FLOAT.fullmatch(text) else text


def _intrinsic(tag: str) -> str:
    """The key that a tag of CloudFormation is short for."""
    name = tag.removeprefix("!")
    return name if name in ("Ref", "Condition") else f"Fn::{name}"
