"""The names of a package's own classes, each once a module."""

from atoll.capabilities.custom.types import class_name
from atoll.embed.bind.classes import Classes, Shared
from atoll.embed.bind.plan import Module
from atoll.embed.bind.wit import Definition


class Names:
    """The names of all modules' own classes: those of types as `atoll.capabilities.custom.types` makes them."""

    def __init__(self, classes: Classes) -> None:
        self.classes = classes
        self._of: dict[object, str] = {}
        self._taken: dict[Module, set[str]] = {}

    def take(self, module: Module, *wanted: str) -> str:
        """The first of the names that is free in the module, which is taken from now on."""
        taken = self._taken.setdefault(module, set())
        name = next((name for name in wanted if name not in taken), f"{wanted[-1]}_")
        while name in taken:
            name += "_"
        taken.add(name)
        return name

    def of(self, thing: object, module: Module, *wanted: str) -> str:
        """The name that something has, taken when it is first asked for."""
        if thing not in self._of:
            self._of[thing] = self.take(module, *wanted)
        return self._of[thing]

    def shared(self, shared: Shared) -> str:
        """That of a class that stands for types."""
        return self.of(shared, shared.home, class_name(shared.definition.name))

    def resource(self, module: Module, definition: Definition) -> str:
        """That of a resource's class, or of the Protocol that a host's objects have."""
        return self.of((module, definition.name), module, class_name(definition.name))

    def hidden(self, module: Module, name: str) -> str:
        """Another name of a class, where a member hides it."""
        return self.of((module, name, "hidden"), module, f"_{name}")

    def is_taken(self, module: Module, name: str) -> bool:
        """Whether something of the module's own has this name."""
        return name in self._taken.get(module, ())
