"""What a generated package is made of at run time. Its code imports this; nobody else needs to.

Values that leave the plugin are of the package's own classes, which it hands over in a table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, get_args

from atoll.embed.loading import load
from atoll.embed.resources import GuestResource, resource_class
from atoll.embed.scope import Exports
from atoll.embed.types import Types
from atoll.errors import UserError

Table = Mapping[tuple[str, str, tuple[object, ...]], Any]
"""Classes by kind, name and parts: the names of fields, of cases and whether they have a payload, of members.

A variant's class is the union of its cases. A resource's part is the interface that has it.
"""


class BoundResource(GuestResource):
    """The base of a generated package's resources. Those that can be made are made by a plugin's own classes."""

    __slots__ = ()

    if TYPE_CHECKING:
        # Its methods are known: others are mistakes.
        __getattr__ = None  # type: ignore[assignment, misc]

    def __new__(cls, *_: Any, **__: Any) -> Self:
        """Raises TypeError."""
        raise TypeError(f"a {cls.__name__} lives in a plugin: make it by the class of that name that the plugin has")


class BoundInstance(Protocol):
    """What an instance has beside its functions, see `atoll.Instance`."""

    @property
    def is_open(self) -> bool:
        """Whether it can be called."""

    @property
    def exports(self) -> Exports:
        """Everything that is exported, by the names of WIT."""

    def interrupt(self) -> bool:
        """End what runs in it, from any thread; whether something ran."""

    def close(self) -> None:
        """End it."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class BoundPlugin(Protocol):
    """What a plugin has beside its functions, see `atoll.Plugin`."""

    @property
    def digest(self) -> str:
        """`sha256:` and the digest of its wasm."""

    @property
    def world(self) -> str:
        """Its WIT."""

    @property
    def exports(self) -> Exports:
        """Everything that is exported, by the names of WIT."""


class _BoundTypes(Types):
    """Types whose classes are there already."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._table = table
        self._made.update({key: _asked_for(key[0], made) for key, made in table.items()})

    def resource(self, number: int) -> type:
        """The plugin's own class, derived from the package's."""
        if number not in self._resources:
            described = self.world.description.resources[number]
            base = self._table.get(("resource", described.name, (described.interface or "",)), GuestResource)
            self._resources[number] = resource_class(self.core, self.world, number, base)
        return self._resources[number]

    def class_of(self, kind: dict[str, Any]) -> Any:
        """Of a variant, the union of its cases."""
        if kind["kind"] == "variant":
            parts = tuple((case, payload is not None) for case, payload in kind["cases"])
            if ("variant", kind["name"], parts) in self._table:
                return self._table["variant", kind["name"], parts]
        return super().class_of(kind)

    def _name_of(self, kind: str, parts: list[str]) -> str:
        """That of one of the world's own types: the table has those without a name, too."""
        asked = "enumeration" if kind == "enum" else kind
        for of, name, its in self._table:
            if name and of == asked and (of, "", its) in self._table and parts == [*map(_part, its)]:
                return name
        return ""


def _part(part: object) -> object:
    return part[0] if isinstance(part, tuple) else part


def _asked_for(kind: str, made: Any) -> Any:
    if kind == "variant":
        return list(get_args(made)) or [made]
    return list(made) if kind == "enumeration" else made


@dataclass(frozen=True, slots=True)
class Bound:
    """The component of a package: its file, its SHA-256 and the classes of its values.

    `types_only` are interfaces that it imports for their types: there is nothing to answer.
    """

    file: Path
    sha256: str
    table: Table
    types_only: tuple[str, ...] = ()

    def load(self, *, name: str | None, imports: Mapping[str, object] | None = None, **settings: Any) -> Any:
        """The plugin, see `atoll.load`. Raises UserError `bind-stale` if the package was made for another file."""
        # Before it is loaded: compiling the wrong one may take long.
        if self._digest() != self.sha256:
            message = f"`{self.file}` is not the component that the package around it was made for"
            raise UserError("bind-stale", message, "run `atoll bind` again")
        answers = dict.fromkeys(self.types_only, object()) | dict(imports or {})
        return load(self.file, name=name, imports=answers, types=_BoundTypes(self.table), **settings)

    def _digest(self) -> str:
        try:
            return sha256(self.file.read_bytes()).hexdigest()
        except OSError as error:
            message = f"`{self.file}` cannot be read: {error.strerror or error}"
            raise UserError("guest-unreadable", message, "run `atoll bind` again") from None
