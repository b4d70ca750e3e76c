"""The classes of resources that a guest makes.

How their functions are called is for those who check types: the class that a plugin makes of it does the work.
"""

from atoll.capabilities.custom.types import attribute, class_name
from atoll.embed.bind.page import Page
from atoll.embed.bind.surfaces import called_function, own_resources, parameters_of, property_of, said
from atoll.embed.bind.text import block, documented, function, indented
from atoll.embed.bind.values import BOUND
from atoll.embed.bind.wit import Definition, Function

Lines = list[str]


def resources(page: Page) -> list[Lines]:
    """A class for each, and for those with methods another one that has them awaited."""
    return [lines for definition in own_resources(page) for lines in _classes(page, definition)]


def _classes(page: Page, definition: Definition) -> list[Lines]:
    name = page.names.resource(page.module, definition)
    functions = [one for one in definition.functions if not page.module.refused(one)]
    names = {attribute(one.name) for one in functions if one.role != "constructor"}
    with page.within(names):
        members = [_member(page, one) for one in functions]
        methods = [called_function(page, one, True) for one in functions if one.role == "method"]
        awaited = page.names.take(page.module, f"Awaited{class_name(definition.name)}") if methods else ""
        if awaited and "aio" not in names:
            line, aio = property_of(page, "aio", awaited)
            members.append([line, f"{aio}  # type: ignore[override]"])
    found = [_class(page, name, definition, members)]
    if awaited:
        docs = f"The methods of {name}, to be awaited."
        found.append(block(f"class {awaited}({page.of('typing', 'Protocol')})", docs, methods))
    return found


def _class(page: Page, name: str, definition: Definition, members: list[Lines]) -> Lines:
    docs = definition.docs or f"`{definition.name}` of `{page.module.interface.name or 'the world'}`."
    lines = [*documented(docs), "", "__slots__ = ()"]
    if members:
        lines += ["", f"if {page.of('typing', 'TYPE_CHECKING')}:"]
        for member in members:
            lines += ["", *indented(member)]
    return [f"class {name}({page.of(BOUND, 'BoundResource')}):", *indented(lines)]


def _member(page: Page, one: Function) -> Lines:
    if one.role == "constructor":
        return function("__init__", parameters_of(page, one), "None", said(page, one))
    lines = called_function(page, one, False)
    if _overrides(page, one):
        lines[0] += "  # type: ignore[override]"
    if one.role == "static":
        return [f"@{page.builtin('staticmethod')}", *lines]
    return lines


def _overrides(page: Page, one: Function) -> bool:
    """Whether it has another type than what each resource has under its name."""
    fits = one.role == "method" and not one.parameters and page.result(one.result) == "None"
    return attribute(one.name) == "aio" or (attribute(one.name) == "close" and not fits)
