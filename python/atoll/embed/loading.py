"""From a file to a plugin."""

import json
from collections.abc import Mapping
from typing import NoReturn

from msgspec import structs

from atoll.embed.configuration import in_use
from atoll.embed.document import document, providers
from atoll.embed.grants import Grants
from atoll.embed.limits import Limits
from atoll.embed.plugin import Plugin
from atoll.embed.types import Types
from atoll.embed.wasm import Source, Wasm
from atoll.host.core import Problem, calling, raise_problems

_HINTS = {
    "guest-import-unknown": "give an object that answers it: imports={{{name!r}: …}}",
    "import-mismatched": "give the object a method for each function of the interface",
}
"""What to do about a problem that an app's manifest would solve in another way."""


def _refuse(problems: list[Problem]) -> NoReturn:
    raise_problems([structs.replace(problem, hint=_hint(problem)) for problem in problems])


def _hint(problem: Problem) -> str | None:
    ours = _HINTS.get(problem.code)
    if ours is None or (problem.hint or "").startswith("give an object with a method"):
        return problem.hint
    return ours.format(name=problem.value)


def load(  # noqa: PLR0913 -- each is a keyword that a user may need alone
    source: Source,
    *,
    name: str | None = None,
    imports: Mapping[str, object] | None = None,
    modules: Mapping[str, Source] | None = None,
    limits: Limits | None = None,
    grants: Grants | None = None,
    types: Types | None = None,
) -> Plugin:
    """Load a component or a core module: a path, or the bytes themselves; binary or text (WAT).

    name: what logs and errors call it; by default the file's name without its ending.
    imports: objects that answer the interfaces it imports, by their names in WIT, with or without a version. The
    methods are checked against the WIT now. A core module's are named by the module that it imports from; a function
    whose first parameter is called `caller` is told who calls it.
    modules: other core modules that a core module imports from, by that name, in the order in which they start.
    limits: what one call may use. grants: what it may reach; nothing by default.
    types: what makes the classes of its values; packages that `atoll bind` has written bring their own.

    It is compiled once a machine: compiled code is kept in the cache directory. Raises UserError, or Problems with
    everything that is wrong.
    """
    if not isinstance(imports or {}, Mapping):
        raise TypeError(f"imports must map names of interfaces to objects; got {type(imports).__name__}")
    wasm = Wasm(source)
    name = name or wasm.stem
    configuration, settings = in_use()
    granted = (grants or Grants()).owned(name)
    described = json.dumps(document(name, limits or Limits(), granted, configuration.state_dir))
    types = types or Types()
    types.wasm = wasm
    types.hosts = tuple((imports or {}).values())
    with calling(_refuse) as module:
        types.core = module.Library(
            wasm.load(),
            described,
            settings,
            providers(granted, imports or {}),
            types,
            [(beside, Wasm(other).read()) for beside, other in (modules or {}).items()],
        )
    return Plugin(name, wasm, types)
