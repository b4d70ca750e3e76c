"""What a host's object has to have: a Protocol for each interface that is imported.

A host function may be `async def`, and it is called by position: its parameters may have any name.
"""

from atoll.capabilities.custom.types import attribute, class_name
from atoll.embed.bind.page import ABC, Page
from atoll.embed.bind.surfaces import own_resources, property_of
from atoll.embed.bind.text import block, function
from atoll.embed.bind.wit import Definition, Function

Lines = list[str]


def host(page: Page, name: str) -> list[Lines]:
    """The Protocol of an interface, those of its resources before it."""
    found = [lines for resource in own_resources(page) for lines in _resource(page, resource)]
    asked = asked_resources(page)
    functions = [one for one in page.module.interface.functions if not page.module.refused(one)]
    names = [page.names.resource(page.module, resource) for resource in asked]
    with page.within({*names, *(attribute(one.name) for one in functions)}):
        members = [property_of(page, name, _class_of(page, one)) for name, one in zip(names, asked, strict=True)]
        members += [host_function(page, attribute(one.name), one) for one in functions]
    docs = page.module.interface.docs or f"What answers `{page.module.interface.name}`, which the guest imports."
    return [*found, page.other_names(), block(f"class {name}({page.of('typing', 'Protocol')})", docs, members)]


def asked_resources(page: Page) -> list[Definition]:
    """Those that a host's object has a class for."""
    return [resource for resource in own_resources(page) if resource.functions]


def host_function(page: Page, name: str, one: Function) -> Lines:
    """A function that a guest calls: an object's, or one of its class."""
    returns = page.result(one.result, is_given=True)
    either = f"{returns} | {page.of(ABC, 'Awaitable')}[{returns}]"
    return function(name, _parameters(page, one), either, _said(page, one))


def _parameters(page: Page, one: Function) -> list[str]:
    named = [f"{attribute(plain)}: {page.taken(of)}" for plain, of in one.parameters]
    return ["_self" if "self" in dict(one.parameters) else "self", *named, *(["/"] if named else [])]


def _said(page: Page, one: Function) -> str:
    """What the WIT says about it, and how its error is told."""
    fails, payload = page.error(one.result, is_given=True)
    if not fails:
        return one.docs
    told = f"Its error is GuestError with `{payload}`." if payload else "Its error is GuestError."
    return f"{one.docs}\n\n{told}" if one.docs else told


def _resource(page: Page, resource: Definition) -> list[Lines]:
    """The Protocol of its objects, and the one of their class if something is asked of that."""
    name, protocol = page.names.resource(page.module, resource), page.of("typing", "Protocol")
    docs = resource.docs or f"One `{resource.name}` of the host's."
    found = [block(f"class {name}({protocol})", docs, _functions(page, resource, "method"))]
    if _has_class(page, resource):
        constructors = _crossing(page, resource, "constructor")
        made = [function("__call__", _parameters(page, one), name) for one in constructors]
        made += _functions(page, resource, "static")
        found.append(block(f"class {_class_of(page, resource)}({protocol})", f"The class of `{name}`.", made))
    return found


def _functions(page: Page, resource: Definition, role: str) -> list[Lines]:
    functions = _crossing(page, resource, role)
    with page.within({attribute(one.name) for one in functions}):
        return [host_function(page, attribute(one.name), one) for one in functions]


def _crossing(page: Page, resource: Definition, role: str) -> list[Function]:
    return [one for one in resource.functions if one.role == role and not page.module.refused(one)]


def _has_class(page: Page, resource: Definition) -> bool:
    return any(_crossing(page, resource, role) for role in ("constructor", "static"))


def _class_of(page: Page, resource: Definition) -> str:
    """The type of a resource's class."""
    if not _has_class(page, resource):
        return f"{page.builtin('type')}[{page.own(page.names.resource(page.module, resource))}]"
    wanted = f"{class_name(resource.name)}Class"
    return page.names.of((page.module, resource.name, "class"), page.module, wanted)
