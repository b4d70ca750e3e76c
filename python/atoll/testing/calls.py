"""What guests asked of their host, in order."""

import reprlib
import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

from atoll.errors.meant import meant


class _Short(reprlib.Repr):
    """Values as a report has room for them."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = 80
        self.maxlist = self.maxtuple = self.maxdict = self.maxset = 8

    def repr_bytes(self, value: bytes, level: int) -> str:
        """Their beginning, and how many there are."""
        return repr(value) if len(value) <= 40 else f"{value[:20]!r}… ({len(value)} bytes)"


shown = _Short().repr
"""A value's text, shortened where it is long."""


@dataclass(slots=True, eq=False)
class HostCall:
    """One call of a function of the host.

    interface: its name in WIT for an object of `imports`; for a virtual capability its room, such as `key_value`.
    function: its name in the interface, `lookup` or, of a resource, `session.touch`; in a room that of the provider.
    arguments: what the guest gave.
    label: the store or database, in rooms that have several.
    result: what was returned; None where `error` was raised, and while it is under way.
    """

    interface: str
    function: str
    arguments: tuple[Any, ...]
    label: str = ""
    result: Any = None
    error: BaseException | None = None
    has_ended: bool = False

    @property
    def name(self) -> str:
        """`interface.function`, as `calls` takes it."""
        return f"{self.interface}.{self.function}" if self.function else self.interface

    def __str__(self) -> str:
        of = f"[{self.label!r}]" if self.label else ""
        dot = "." if self.function else ""
        called = f"{self.interface}{of}{dot}{self.function}({', '.join(map(shown, self.arguments))})"
        if not self.has_ended:
            return f"{called}, which has not ended"
        if self.error is not None:
            return f"{called} raised {shown(self.error)}"
        return f"{called} -> {shown(self.result)}"

    __repr__ = __str__


class HostCalls(Sequence[HostCall]):
    """Calls in the order in which they began. `calls(name)` gives those of one function or interface.

    A name is `acme:crm/directory.lookup`, also without the package (`directory.lookup`) or without the function.
    Without a version it stands for all versions. Those of a virtual capability are `key_value.get`, `sqlite.execute`,
    `blobstore.write`, `messaging.send`, `variables.get`.
    """

    def __init__(self) -> None:
        self._made: list[HostCall] = []
        self._known: dict[str, frozenset[str]] = {}
        self._changing = threading.Lock()

    def __call__(self, name: str) -> "Found":
        """Those of this function or interface. Raises LookupError for a name that nothing recorded here can have."""
        wanted = self._wanted(name)
        return Found(name, [call for call in self if (call.interface, _plain(call.function)) in wanted], len(self))

    @property
    def names(self) -> list[str]:
        """The name of each call."""
        return [call.name for call in self]

    def clear(self) -> None:
        """Forget what was called so far."""
        with self._changing:
            self._made.clear()

    def know(self, interface: str, functions: Collection[str]) -> None:
        """That calls of these functions are recorded here."""
        self._known[interface] = self._known.get(interface, frozenset()) | frozenset(functions)

    def begin(self, call: HostCall) -> None:
        """A call has begun."""
        with self._changing:
            self._made.append(call)

    @overload
    def __getitem__(self, place: int) -> HostCall: ...
    @overload
    def __getitem__(self, place: slice) -> list[HostCall]: ...
    def __getitem__(self, place: int | slice) -> HostCall | list[HostCall]:
        return self._made[place]

    def __len__(self) -> int:
        return len(self._made)

    def __iter__(self) -> Iterator[HostCall]:
        return iter([*self._made])

    def __repr__(self) -> str:
        return f"[{', '.join(map(str, self))}]" if self else "<no host calls>"

    def _wanted(self, name: str) -> set[tuple[str, str]]:
        """Interface and function, as `_plain` has it, of all that the name can mean."""
        meant = {one: rest for one in self._known if (rest := _behind(name, one)) is not None}
        wanted = {
            (interface, _plain(function))
            for interface, rest in meant.items()
            for function in self._known[interface]
            if rest == "" or _plain(function) == _plain(rest)
        }
        if not wanted:
            raise LookupError(self._unknown(name, [*meant]))
        return wanted

    def _unknown(self, name: str, interfaces: list[str]) -> str:
        if not self._known:
            return f"no calls of `{name}` can be recorded: no imports were given, and no capability is granted"
        near = interfaces or [*self._known]
        names = sorted({_joined(interface, function) for interface in near for function in self._known[interface]})
        hint = meant(name, {*names, *self._known}, f"there are {', '.join(names)}")
        return f"no calls of `{name}` are recorded here: {hint}"


class Found(list[HostCall]):
    """The calls that a name stands for. Where there are none, its text says so, for the assertion that fails."""

    def __init__(self, name: str, calls: list[HostCall], among: int) -> None:
        super().__init__(calls)
        self._told = f"<no call of {name} among {among} host calls>"

    def __repr__(self) -> str:
        return super().__repr__() if self else self._told


def _joined(interface: str, function: str) -> str:
    return f"{interface}.{function}" if function else interface


def _plain(function: str) -> str:
    """The name, whether it is written as in WIT or as in Python."""
    return function.replace("_", "-").lower()


def _behind(name: str, interface: str) -> str | None:
    """What of the name comes behind the interface's; None where it means another one."""
    unversioned = interface.partition("@")[0]
    for written in (interface, unversioned, unversioned.rpartition("/")[2]):
        for one in {written, written.replace("_", "-")}:
            if name == one:
                return ""
            if name.startswith(f"{one}."):
                return name[len(one) + 1 :]
    return None
