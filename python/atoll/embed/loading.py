"""From a file to a plugin."""

import json
from collections.abc import Mapping
from typing import NoReturn

from msgspec import structs

from atoll.embed.configuration import in_use
from atoll.embed.document import document, providers
from atoll.embed.grants import Grants, owned
from atoll.embed.keywords import expect
from atoll.embed.limits import Limits
from atoll.embed.plugin import Plugin
from atoll.embed.types import Types
from atoll.embed.wasm import Source, Wasm
from atoll.host.core import Problem, calling, raise_problems


def _refuse(problems: list[Problem], name: str, imports: Mapping[str, object]) -> NoReturn:
    told = [structs.replace(problem, hint=_hint(problem, imports)) for problem in problems]
    raise_problems([structs.replace(one, component=name) if one.code == "guest-invalid" else one for one in told])


def _hint(problem: Problem, imports: Mapping[str, object]) -> str | None:
    """What to do about a problem that an app's manifest would solve in another way."""
    if problem.code == "import-mismatched":
        return "give the object a method for each function of the interface"
    if problem.code != "guest-import-unknown" or (problem.hint or "").startswith("give an object with a method"):
        return problem.hint
    if problem.value is None:
        return "answer the interfaces as well that share resources with those, or leave them to the host"
    given = f"; given are {', '.join(map(repr, imports))}" if imports else ""
    return f"give an object that answers it: imports={{{problem.value!r}: …}}{given}"


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
    imports, limits, grants = imports or {}, limits or Limits(), grants or Grants()
    if not isinstance(imports, Mapping):
        raise TypeError(f"imports must map names of interfaces to objects; got {type(imports).__name__}")
    expect(Limits, "limits", limits)
    expect(Grants, "grants", grants)
    wasm = Wasm(source)
    name = name or wasm.stem
    expect(str, "name", name)
    configuration, settings = in_use()
    granted = owned(grants, name)
    described = json.dumps(document(name, limits, granted, configuration.state_dir))
    types = types or Types()
    types.name, types.wasm = name, wasm
    types.hosts = tuple(imports.values())
    with calling(lambda problems: _refuse(problems, name, imports)) as module:
        types.core = module.Library(
            wasm.load(),
            described,
            settings,
            providers(granted, imports),
            types,
            [(beside, Wasm(other).load()) for beside, other in (modules or {}).items()],
        )
    return Plugin(name, wasm, types)
