"""What a wasm file is, as the data plane tells it and `atoll inspect --json` prints it."""

from typing import Annotated

from msgspec import Struct

from atoll.manifest import grants
from atoll.manifest.fields import Doc


class Import(Struct, kw_only=True):
    """Something that the file imports, and who answers it."""

    name: Annotated[str, Doc("In WIT's words with its version, or `module#name` of a core module's import.")]
    kind: Annotated[
        str,
        Doc(
            "`interface`, `function`, `type`, `resource`, `module`, `component` or `value`; "
            "of a core module `function`, `table`, `memory`, `global` or `tag`."
        ),
    ]
    type: Annotated[str | None, Doc("Of a core module's import, in WebAssembly's text form.")]
    room: Annotated[str | None, Doc("The capability that answers it; WASI's own have none.")]
    answer: Annotated[
        str,
        Doc(
            "Who answers it: `host`; `object`, a Python object that is named for it; `optional`, the same, but without "
            "one its calls trap; `nobody`."
        ),
    ]
    grant: Annotated[
        str | None, Doc("The key of the manifest that grants what it reaches; null if none is needed.")
    ] = None


class Export(Struct, kw_only=True):
    """Something that the file exports."""

    name: Annotated[str, Doc("In WIT's words with its version, or the name of a core module's export.")]
    kind: Annotated[str, Doc("As of imports.")]
    type: Annotated[str | None, Doc("Of a core module's export, in WebAssembly's text form.")]


class Feature(Struct, kw_only=True):
    """A proposal that became part of WebAssembly, or may."""

    name: Annotated[str, Doc("Its name, as the key `features` of an app has it.")]
    support: Annotated[str, Doc("`always`; `switched`, where an app's `features` names it; `never`.")]


class Sum(Struct, kw_only=True):
    """Sections of one name."""

    name: Annotated[str, Doc("The name.")]
    count: Annotated[int, Doc("How many there are.")]
    size: Annotated[int, Doc("Their bytes together.")]


class Part(Struct, kw_only=True):
    """A module or component: the file, or one that is nested in it."""

    kind: Annotated[str, Doc("`module` or `component`.")]
    parent: Annotated[int | None, Doc("The part around it, as an index of this list; null of the file itself.")]
    depth: Annotated[int, Doc("How deep it is nested.")]
    name: Annotated[str | None, Doc("What it calls itself.")]
    size: Annotated[int, Doc("Its bytes, with what is nested in it.")]
    code: Annotated[int, Doc("Bytes of its own code section.")]
    data: Annotated[int, Doc("Bytes of its own data section.")]
    custom: Annotated[int, Doc("Bytes of its own custom sections.")]
    functions: Annotated[int, Doc("Its functions, without those that it imports.")]


class Function(Struct, kw_only=True):
    """A function of a nested module."""

    name: Annotated[str, Doc("Demangled; `function 7` where nothing names it.")]
    part: Annotated[int, Doc("The module, as an index of `parts`.")]
    index: Annotated[int, Doc("Its index there.")]
    size: Annotated[int, Doc("Bytes of its body.")]


class Functions(Struct, kw_only=True):
    """The functions of all nested modules."""

    count: Annotated[int, Doc("How many there are.")]
    size: Annotated[int, Doc("Bytes of their bodies together.")]
    biggest: Annotated[list[Function], Doc("The ten largest.")]


class Producer(Struct, kw_only=True):
    """What the file was made with."""

    field: Annotated[str, Doc("`language`, `processed-by` or `sdk`.")]
    name: Annotated[str, Doc("The language, tool or SDK.")]
    version: Annotated[str, Doc("Its version; may be empty.")]


class Inspected(Struct, kw_only=True):
    """A wasm file, described. Lists end after 10,000 entries, names after 500 characters."""

    form: Annotated[str, Doc("`component` or `core module`.")]
    runs_as: Annotated[
        str | None,
        Doc(
            "What it is run as: `component`, which a core module with a world becomes; `command`; `library`, a core "
            "module whose exports are called by name; null where it is refused."
        ),
    ]
    size: Annotated[int, Doc("Bytes of its binary form.")]
    text: Annotated[bool, Doc("Whether the file is text.")]
    digest: Annotated[str, Doc("`sha256:` and the digest of the file, as a manifest's `source.digest` has it.")] = ""
    handler: Annotated[
        str | None,
        Doc(
            "How a trigger or `atoll run` calls it: `http02`, `http03`, `spin-http`, `command01`, `command02` or "
            "`command03`."
        ),
    ]
    problem: Annotated[str | None, Doc("Why none does.")]
    world: Annotated[str | None, Doc("The WIT of the component that it is, or becomes.")]
    world_problem: Annotated[str | None, Doc("What keeps its world from being told.")]
    imports: Annotated[list[Import], Doc("What it imports.")]
    exports: Annotated[list[Export], Doc("What it exports.")]
    wasi: Annotated[list[str], Doc("The versions of WASI that it names; preview 1 is `0.1`.")]
    asynchronous: Annotated[
        bool, Doc("Whether it needs asynchronous functions, streams or futures of the component model.")
    ]
    features: Annotated[list[Feature], Doc("What it needs beyond WebAssembly 2.0 without vectors.")]
    refusal: Annotated[str | None, Doc("Why this atoll cannot link its imports, whoever answers them.")]
    sections: Annotated[list[Sum], Doc("Sections of all nested modules and components, the largest first.")]
    parts: Annotated[list[Part], Doc("The file, then what is nested in it.")]
    functions: Annotated[Functions, Doc("The functions.")]
    debug_info: Annotated[int, Doc("Bytes of DWARF.")]
    name: Annotated[str | None, Doc("What the file calls itself.")]
    metadata: Annotated[
        dict[str, str], Doc("What it says about itself to registries, such as `licenses` and `source`.")
    ]
    producers: Annotated[list[Producer], Doc("What it was made with.")]
    custom_sections: Annotated[list[Sum], Doc("Custom sections, the largest first.")]
    left_out: Annotated[dict[str, int], Doc("How many entries each list leaves out.")]


def granted(one: Import) -> str | None:
    """The key of the manifest that grants the import. No manifest names what a core module takes from an object."""
    if one.answer in ("object", "optional"):
        return None if "#" in one.name else grants.OBJECTS
    return grants.key(one.name, one.room)
