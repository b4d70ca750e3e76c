"""The objects that answer a plugin's imports, as far as the plugin has to know them. Nothing of theirs is called."""

from collections.abc import Iterable, Mapping
from inspect import getattr_static, iscoroutinefunction

from atoll.capabilities.custom.types import class_name


def awaits(hosts: Iterable[object]) -> bool:
    """Whether some function of theirs is `async def`, be it a resource's method."""
    return any(iscoroutinefunction(host) or any(map(_is_awaited, _members(host))) for host in hosts)


def resource_of(hosts: Iterable[object], name: str) -> type | None:
    """The class of a resource, if one of them has a class of that name."""
    classes = (getattr_static(host, class_name(name), None) for host in hosts)
    return next((found for found in classes if isinstance(found, type)), None)


def _members(host: object) -> list[object]:
    if isinstance(host, Mapping):
        return [*host.values()]
    return [getattr_static(host, name, None) for name in dir(host) if not name.startswith("__")]


def _is_awaited(member: object) -> bool:
    if isinstance(member, type):
        return any(map(iscoroutinefunction, vars(member).values()))
    return iscoroutinefunction(getattr(member, "__func__", member) if isinstance(member, _WRAPPED) else member)


_WRAPPED = (staticmethod, classmethod)
