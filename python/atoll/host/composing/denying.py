"""What a dependency may not use: whatever needs a grant that it does not share with the component that uses it."""

from collections.abc import Iterable, Iterator

from atoll.host.composing.locked import Inherited
from atoll.host.composing.surface import Import, base
from atoll.manifest import grants

# They have the types of what is granted and reach nothing by themselves; other interfaces share those types.
_TYPES = frozenset(
    {
        "wasi:filesystem/types",
        "wasi:sockets/instance-network",
        "wasi:sockets/network",
        "wasi:sockets/tcp",
        "wasi:sockets/udp",
    }
)
# Of no room, for atoll does not answer it either.
_OUTBOUND = "fermyon:spin/http"


def denied(imports: Iterable[Import], inherits: Inherited) -> list[str]:
    """The imports that are refused to a dependency with these grants."""
    if inherits == "all":
        return []
    return [one.name for one in imports if (needed := key(one)) is not None and needed not in inherits]


def needs_all(imports: Iterable[Import], objects: Iterable[str], inherits: Inherited) -> Iterator[str]:
    """The imports that objects of Python would answer: only a dependency that shares everything has those."""
    if inherits == "all":
        return
    known = set(objects)
    yield from (one.name for one in imports if one.name in known or base(one.name) in known)


def key(one: Import) -> str | None:
    """The word of `inherit_configuration` that grants an import."""
    name = base(one.name)
    if name in _TYPES:
        return None
    needed = grants.HOSTS if name == _OUTBOUND else grants.key(name, one.room)
    # Keys of atoll's own tables go by their last word.
    return needed.rpartition(".")[2] if needed is not None else None
