"""What does not fit, as coded problems with the place of the dependency in the manifest."""

from collections.abc import Iterable

from atoll.errors import AtollError, UserError, raise_all
from atoll.host.composing.locked import Dependency
from atoll.host.core import Locate


class Unfit:
    """All that does not fit in the composition of one component."""

    def __init__(self, component_id: str, locate: Locate) -> None:
        self._id = component_id
        self._locate = locate
        self._problems: list[AtollError] = []

    def raise_all(self) -> None:
        """Raises UserError or Problems if there is anything."""
        raise_all(self._problems)

    def placed(self, dependency: Dependency, error: AtollError) -> AtollError:
        """The error, at the place of the dependency that has it."""
        error.location = self._locate(self._id, *dependency.place)
        return error

    def no_import(self, dependency: Dependency, owner: str, imports: Iterable[str]) -> None:
        """The dependency's name matches no import of its owner."""
        self._note(
            dependency,
            "dependency-unmatched",
            f"the dependency `{dependency.name}` matches no import of `{owner}`",
            f"beside WASI `{owner}` imports {_listed(imports)}: name one of these, or remove the dependency",
        )

    def no_export(self, dependency: Dependency, wanted: tuple[str, str], exports: Iterable[str]) -> None:
        """The dependency lacks the export (the second name) that would answer an import (the first)."""
        imported, export = wanted
        self._note(
            dependency,
            "dependency-unmatched",
            f"the dependency `{dependency.name}` does not export `{export}` to answer the import `{imported}`",
            f"it exports {_listed(exports)}: name one of these as `export`, or another component",
        )

    def conflict(self, imported: str, one: Dependency, other: Dependency) -> None:
        """Two dependencies answer one import."""
        self._note(
            other,
            "dependency-conflict",
            f"the import `{imported}` of `{self._id}` is answered by two dependencies: `{one.name}` and `{other.name}`",
            "remove one of them, or let each name an interface",
        )

    def no_handler(self, dependency: Dependency, behind: str, handlers: Iterable[str]) -> None:
        """What stands behind a middleware is no HTTP handler."""
        neither = " nor ".join(f"`{one}`" for one in handlers)
        self._note(
            dependency,
            "dependency-unmatched",
            f"no middleware can stand before `{behind}`: it exports neither {neither}",
            "build it as an HTTP handler of WASI 0.3",
        )

    def no_middleware(self, dependency: Dependency, what: str, handler: str) -> None:
        """A middleware does not `import`, or does not `export`, what the component behind it exports."""
        self._note(
            dependency,
            "dependency-unmatched",
            f"a middleware of `{self._id}` does not {what} `{handler}`, which the component behind it exports",
            f"a middleware imports and exports the interface of what it stands before: build it with `{handler}`",
        )

    def object_alone(self, dependency: Dependency, imported: str) -> None:
        """An object of Python answers the app, and the dependency was not granted it."""
        self._note(
            dependency,
            "dependency-invalid",
            f"the dependency `{dependency.name}` imports `{imported}`, which an object answers for the app alone",
            "give it `inherit_configuration = true`",
        )

    def _note(self, dependency: Dependency, code: str, message: str, hint: str) -> None:
        location = self._locate(self._id, *dependency.place)
        self._problems.append(UserError(code, message, hint, location=location))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing"
