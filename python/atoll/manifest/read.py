"""Plain TOML values into model classes, collecting every problem on the way.

`Reader.read` never stops at the first problem: it notes it with its place and goes on. A value that could not be made
is `INVALID`; `Reader.problems` then says why.
"""

import datetime
from collections.abc import Iterable
from typing import Any, Protocol, get_args, get_origin

import msgspec

from atoll.errors import AtollError, Location, UserError
from atoll.errors.meant import meant
from atoll.manifest.fields import (
    Annotation,
    Choice,
    Quantities,
    Rule,
    alternatives,
    attributes,
    hints,
    known_keys,
    required,
    rest_field,
    take_apart,
)
from atoll.manifest.positions import Path

INVALID: Any = object()
MAX_PROBLEMS = 100
_HARMLESS = ("manifest-key-unknown", "limit-invalid")  # nothing that others refer to gets lost
_NAMES = {
    str: "a string",
    int: "an integer",
    bool: "true or false",
    float: "a number",
    dict: "a table",
    list: "an array",
}


class Places(Protocol):
    """Whatever can say where a path stands."""

    def location(self, path: Path, *, key: bool = False) -> Location:
        """Where the value at `path` stands, or its key."""
        ...


class Reader:
    """Reads values and keeps the problems, up to MAX_PROBLEMS: a stranger's manifest can have a hundred thousand.

    `complete` says that every value that was written could be made, so that values can be held against each other.
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self.problems: list[AtollError] = []
        self.complete = True

    def read(self, annotation: Any, value: Any, path: Path) -> Any:
        """The value as its annotation wants it, or INVALID."""
        wanted = take_apart(annotation)
        quantities: Quantities | None = wanted.mark(Quantities)
        if quantities is not None:
            return self._quantities(quantities, value, path)
        members = alternatives(wanted.kind)
        if len(members) > 1:
            return self._union(members, value, path)
        member = take_apart(members[0])
        return self._one(Annotation(member.kind, wanted.marks + member.marks), value, path)

    def note(self, code: str, message: str, path: Path, *, hint: str | None = None, key: bool = False) -> Any:
        """Add a problem at a place, or of what is missing there; gives INVALID so that it can be returned at once."""
        self.complete = self.complete and code in _HARMLESS
        if len(self.problems) < MAX_PROBLEMS:
            place = self.places.location(path, key=key)
            self.problems.append(UserError(code, message, hint, location=place, path=path))
        return INVALID

    def unknown_key(self, name: str, known: Iterable[str], path: Path) -> None:
        """Note a key that nobody reads, with the key that was probably meant."""
        if len(self.problems) >= MAX_PROBLEMS:
            return
        known = tuple(known)
        where = f" in `{dotted(path[:-1])}`" if path[:-1] else ""
        self.note("manifest-key-unknown", f"unknown key `{name}`{where}", path, hint=meant(name, known), key=True)

    def _one(self, wanted: Annotation, value: Any, path: Path) -> Any:
        kind = wanted.kind
        if kind is Any:
            return value
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self._struct(kind, value, path)
        shape = get_origin(kind) or kind
        if not _is(value, shape):
            return self.note(
                "manifest-type-wrong", f"{_what(path)} must be {_NAMES[shape]}, not {_kind_name(value)}", path
            )
        if shape is list:
            return self._list(get_args(kind)[0], value, path)
        if shape is dict:
            keys, values = get_args(kind)
            return self._dict(keys, values, value, path)
        return self._scalar(wanted, value, path)

    def _scalar(self, wanted: Annotation, value: Any, path: Path) -> Any:
        choice: Choice | None = wanted.mark(Choice)
        if choice is not None and value not in choice.values:
            allowed = " or ".join(str(option) for option in choice.values)
            return self.note("manifest-value-invalid", f"{_what(path)} must be {allowed}", path)
        if isinstance(value, str) and not self._obeys(wanted, value, path, key=False):
            return INVALID
        return value

    def _obeys(self, wanted: Annotation, text: str, path: Path, *, key: bool) -> bool:
        rule: Rule | None = wanted.mark(Rule)
        wrong = rule.check(text) if rule else None
        if rule and wrong:
            self.note(rule.code, f"`{text}` is not a valid name: {wrong}", path, key=key)
        return wrong is None

    def _list(self, element: Any, value: list[Any], path: Path) -> Any:
        items = [self.read(element, item, (*path, index)) for index, item in enumerate(value)]
        return INVALID if any(item is INVALID for item in items) else items

    def _dict(self, key_type: Any, value_type: Any, value: dict[str, Any], path: Path) -> Any:
        wanted = take_apart(key_type)
        found = {}
        for key, item in value.items():
            fine = self._obeys(wanted, key, (*path, key), key=True)
            read = self.read(value_type, item, (*path, key))
            if fine and read is not INVALID:
                found[key] = read
        return found

    def _struct(self, cls: type[msgspec.Struct], value: Any, path: Path) -> Any:
        if not isinstance(value, dict):
            return self.note("manifest-type-wrong", f"{_what(path)} must be a table, not {_kind_name(value)}", path)
        types = hints(cls)
        known = known_keys(cls)
        fields = {name: self.read(types[name], value[name], (*path, name)) for name in known if name in value}
        missing = [name for name in required(cls) if name not in value]
        for name in missing:
            self.note("manifest-key-missing", f"{_what(path)} lacks the key `{name}`", (*path, name))
        self._rest(cls, value, fields, path)
        if missing or any(fields.get(name) is INVALID for name in required(cls)):
            return INVALID
        names = attributes(cls)
        return cls(**{names[name]: item for name, item in fields.items() if item is not INVALID})

    def _rest(self, cls: type[msgspec.Struct], value: dict[str, Any], fields: dict[str, Any], path: Path) -> None:
        """The keys that the class does not name: into its rest, or refused."""
        known = known_keys(cls)
        others = {name: item for name, item in value.items() if name not in known}
        rest = rest_field(cls)
        if rest is not None:
            fields[rest] = self.read(hints(cls)[rest], others, path)
            return
        for name in others:
            self.unknown_key(name, known, (*path, name))

    def _union(self, members: tuple[Any, ...], value: Any, path: Path) -> Any:
        apart = [take_apart(member) for member in members]
        if isinstance(value, dict):
            structs = [
                member.kind
                for member in apart
                if isinstance(member.kind, type) and issubclass(member.kind, msgspec.Struct)
            ]
            chosen = next(
                (cls for cls in structs if {*required(cls)[:1]} & {*value}), structs[0] if len(structs) == 1 else None
            )
            if chosen is not None:
                return self._struct(chosen, value, path)
        for member in apart:
            if _is(value, get_origin(member.kind) or member.kind):
                return self._one(member, value, path)
        forms = " or ".join(form for member in apart for form in [_form(member.kind)])
        return self.note("manifest-type-wrong", f"{_what(path)} must be {forms}", path)

    def _quantities(self, wanted: Quantities, value: Any, path: Path) -> Any:
        if not isinstance(value, dict):
            return self.note("manifest-type-wrong", f"{_what(path)} must be a table, not {_kind_name(value)}", path)
        known = {key.name: key for key in wanted.keys}
        for name, amount in value.items():
            if name not in known:
                self.unknown_key(name, known, (*path, name))
                continue
            try:
                known[name].read(amount)
            except ValueError as error:
                hint = f"the default is {known[name].default_text}"
                self.note("limit-invalid", f"{_what((*path, name))}: {error}", (*path, name), hint=hint)
        return {name: amount for name, amount in value.items() if name in known}


def dotted(path: Path) -> str:
    """A path as one would write it: `trigger.http[0].route`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _what(path: Path) -> str:
    return f"`{dotted(path)}`" if path else "the manifest"


def _is(value: Any, shape: Any) -> bool:
    """TOML's own types: true is no integer, and an integer is a number."""
    if shape is Any or (shape is float and _is(value, int)):
        return True
    return isinstance(shape, type) and isinstance(value, shape) and (shape is bool or not isinstance(value, bool))


def _kind_name(value: Any) -> str:
    if isinstance(value, datetime.date | datetime.time):
        return "a date or time"
    return _NAMES[bool] if isinstance(value, bool) else _NAMES[type(value)]


def _form(kind: Any) -> str:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        needed = "` and `".join(required(kind)) or "` or `".join(known_keys(kind))
        return f"a table with `{needed}`"
    return _NAMES[get_origin(kind) or kind]
