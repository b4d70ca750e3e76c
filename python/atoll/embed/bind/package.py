"""The files of a package for a component: one module an interface, and `__init__` for the world."""

from atoll.capabilities.custom.types import attribute, class_name
from atoll.embed.bind.classes import Classes
from atoll.embed.bind.front import Front, Inside, assembled
from atoll.embed.bind.hosts import host, host_function
from atoll.embed.bind.names import Names
from atoll.embed.bind.page import Page
from atoll.embed.bind.plan import Module, Plan
from atoll.embed.bind.resources import resources
from atoll.embed.bind.surfaces import own_resources, surface
from atoll.embed.bind.text import block
from atoll.embed.bind.values import TABLE, name_values, table, values
from atoll.embed.bind.wit import World
from atoll.embed.plugin import Instance, Plugin

Lines = list[str]

HIDDEN = frozenset(name for cls in (Plugin, Instance) for name in dir(cls) if not name.startswith("_"))
"""Names behind which a plugin or an instance has something of its own."""
_AGAIN = "The same functions, to be awaited."


class Package:
    """Writes the modules of one component."""

    def __init__(self, world: World, answers: dict[str, str], front: Front) -> None:
        self.world = world
        self._unreached = [one.name for one in world.own.functions if attribute(one.name) in HIDDEN]
        world.own.functions = [one for one in world.own.functions if one.name not in self._unreached]
        self.answers = answers
        self.front = front
        self.plan = Plan(world, answers)
        self.names = Names(Classes(self.plan))
        self._surfaces: dict[tuple[Module, str], str] = {}
        for name in ("World", "AwaitedWorld", "Plugin", "Instance", "Imports", TABLE):
            self.names.take(self.plan.root, name)
        for module in [*self.plan.modules, self.plan.root]:
            self._name(module)

    def files(self) -> dict[str, str]:
        """The text of each, by its name."""
        found = {f"{module.name}.py": self._module(module) for module in self.plan.modules}
        return found | {"__init__.py": self._root()}

    # Names are taken before anything is written: an import must not hide a class.

    def _name(self, module: Module) -> None:
        page = Page(module, self.names)
        name_values(page)
        for resource in own_resources(page):
            self.names.hidden(module, self.names.resource(module, resource))
        short = class_name(_short(module).replace("_", "-"))
        if module is not self.plan.root and (module.is_export or module.answered):
            name = self.names.take(module, short, f"{short}Interface")
            self._surfaces[module, "surface"] = name
            if module.is_export:
                self._surfaces[module, "awaited"] = self.names.take(module, f"Awaited{name}")

    # One interface.

    def _module(self, module: Module) -> str:
        page = Page(module, self.names)
        parts = values(page)
        if module.is_export:
            classes, surfaces = resources(page), self._exported(page)
            parts += [*classes, page.other_names(), *surfaces]
        elif module.answered:
            parts += host(page, self._surfaces[module, "surface"])
        docs = module.interface.docs or f"`{module.interface.name}`, {_said(module)}."
        return assembled(self.front, page, docs, [*parts, table(page)])

    def _exported(self, page: Page) -> list[Lines]:
        module = page.module
        name, awaited = self._surfaces[module, "surface"], self._surfaces[module, "awaited"]
        docs = f"`{module.interface.name}` of a plugin, or of an instance of it."
        return [surface(page, name, docs, {}, awaited=False), surface(page, awaited, _AGAIN, {}, awaited=True)]

    # The world.

    def _root(self) -> str:
        root = self.plan.root
        page = Page(root, self.names)
        parts = [*values(page), *resources(page)]
        functions = [self._imported(page, one.name) for one in self.world.imported if self.answers.get(one.name)]
        parts += [lines for _, lines in functions]
        worlds: list[Lines] = []
        for awaited in (False, True):
            interfaces = self._interfaces(page, "awaited" if awaited else "surface")
            name, docs = ("AwaitedWorld", _AGAIN) if awaited else ("World", self._exports([*interfaces]))
            worlds.append(surface(page, name, docs, interfaces, awaited=awaited))
        parts += [page.other_names(), *worlds]
        imports = self._hosts(page) | {name: (protocol, self.answers[name]) for (name, protocol), _ in functions}
        tables = [module for module in self.plan.modules if table(Page(module, self.names))]
        parts += self.front.plugin(
            page, Inside(imports, [module.name for module in tables], table(page), self._types_only())
        )
        return assembled(self.front, page, self.world.docs or self.front.said(), parts)

    def _interfaces(self, page: Page, kind: str) -> dict[str, str]:
        """Those that a plugin has under their short names, with their Protocols."""
        found: dict[str, list[Module]] = {}
        for module in self.plan.exports():
            found.setdefault(_short(module), []).append(module)
        taken = HIDDEN | {attribute(one.name) for one in self.world.own.functions}
        alone = {short: modules[0] for short, modules in found.items() if len(modules) == 1 and short not in taken}
        return {short: page.of(f".{module.name}", self._surfaces[module, kind]) for short, module in alone.items()}

    def _exports(self, interfaces: list[str]) -> str:
        """What a world says about itself: some of it has no name that Python could use."""
        docs = "What the component exports."
        for name in self._unreached:
            docs += f'\n\n`exports["{name}"]`: a plugin has something else under that name.'
        for module in self.plan.exports():
            if _short(module) not in interfaces:
                surface = self._surfaces[module, "surface"]
                docs += f'\n\n`exports["{module.interface.name}"]`: `{surface}` of `.{module.name}`.'
        return docs

    def _types_only(self) -> list[str]:
        """Interfaces without a function: an object that answers them has nothing to say."""
        hosts = [module for module in self.plan.hosts() if not [*module.interface.all_functions()]]
        return [module.interface.name for module in hosts]

    def _imported(self, page: Page, name: str) -> tuple[tuple[str, str], Lines]:
        """A function that the world imports: a Protocol of what can be called."""
        one = next(one for one in self.world.imported if one.name == name)
        protocol = self.names.take(page.module, class_name(name))
        head = f"class {protocol}({page.of('typing', 'Protocol')})"
        docs = f"What answers `{name}`, which the guest imports."
        return (name, protocol), block(head, docs, [host_function(page, "__call__", one)])

    def _hosts(self, page: Page) -> dict[str, tuple[str, str]]:
        """The Protocol of each import, and who answers it. Names have versions where these tell two apart."""
        asked = [one for one in self.plan.hosts() if one.interface.name not in self._types_only()]
        plain = [module.interface.name.partition("@")[0] for module in asked]
        found = {}
        for module, name in zip(asked, plain, strict=True):
            known = module.interface.name if plain.count(name) > 1 else name
            found[known] = (page.of(f".{module.name}", self._surfaces[module, "surface"]), module.answered)
        return found


def _short(module: Module) -> str:
    return attribute(module.interface.name.partition("@")[0].rpartition("/")[2])


def _said(module: Module) -> str:
    if module.is_export:
        return "which the component exports"
    return "which the component imports" if module.answered else "whose types it uses"
