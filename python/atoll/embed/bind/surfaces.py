"""What a plugin's user calls: the functions of an interface, as a plugin or an instance of it has them."""

from collections.abc import Mapping

from atoll.capabilities.custom.types import attribute
from atoll.embed.bind.page import CALLS, Page
from atoll.embed.bind.text import block, function
from atoll.embed.bind.wit import Definition, Function

Lines = list[str]


def surface(page: Page, name: str, docs: str, interfaces: Mapping[str, str], *, awaited: bool) -> Lines:
    """A Protocol with the functions of an interface; a world has Protocols of `interfaces` under their names."""
    module, resources = page.module, own_resources(page)
    functions = module.interface.functions
    called = [one for one in functions if not module.refused(one)]
    names = [page.names.resource(module, resource) for resource in resources]
    with page.within({*names, *interfaces, *(attribute(one.name) for one in called)}):
        members = [_maker(page, resource, awaited) for resource in resources]
        members += [property_of(page, interface, protocol) for interface, protocol in interfaces.items()]
        members += [called_function(page, one, awaited) for one in called]
    if not awaited:
        refused = [(one, module.refused(one)) for one in functions if one not in called]
        docs += "".join(f"\n\n`{one.name}` cannot be called from Python: it has {why}." for one, why in refused)
    return block(f"class {name}({page.of('typing', 'Protocol')})", docs, members)


def own_resources(page: Page) -> list[Definition]:
    """The resources that the module itself defines."""
    return [one for one in page.module.definitions() if one.kind == "resource"]


def called_function(page: Page, one: Function, awaited: bool) -> Lines:
    """A function or method; what it says stands where it is not awaited."""
    name, parameters, returns = attribute(one.name), parameters_of(page, one), page.result(one.result)
    if awaited:
        return function(name, parameters, f"{page.of(CALLS, 'Call')}[{returns}]")
    return function(name, parameters, returns, said(page, one))


def parameters_of(page: Page, one: Function) -> list[str]:
    """With `self`, but for static functions; options at the end need not be given."""
    names = [attribute(name) for name, _ in one.parameters]
    found = [f"{name}: {page.given(of)}" for name, (_, of) in zip(names, one.parameters, strict=True)]
    for index in reversed(range(len(found))):
        if not page.is_option(one.parameters[index][1]):
            break
        found[index] += " = None"
    if one.role == "static":
        return found
    return ["_self" if "self" in names else "self", *found]


def said(page: Page, one: Function) -> str:
    """What the WIT says about a function, and the error that it may raise."""
    fails, payload = page.error(one.result)
    if not fails:
        return one.docs
    raised = f"Raises GuestError: its payload is `{payload}`." if payload else "Raises GuestError, without a payload."
    return f"{one.docs}\n\n{raised}" if one.docs else raised


def _maker(page: Page, resource: Definition, awaited: bool) -> Lines:
    """How a resource is made: its class, or a function that is awaited."""
    name = page.names.resource(page.module, resource)
    constructors = [one for one in resource.functions if one.role == "constructor"]
    if awaited and constructors:
        returns = f"{page.of(CALLS, 'Call')}[{page.own(name)}]"
        return function(name, parameters_of(page, constructors[0]), returns)
    return property_of(page, name, f"{page.builtin('type')}[{page.own(name)}]")


def property_of(page: Page, name: str, returns: str) -> Lines:
    """Something that can be read."""
    return function(name, ["self"], returns, before=[page.builtin("property")])
