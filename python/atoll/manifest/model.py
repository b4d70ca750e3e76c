"""The manifest, version 2, as typed values: every key that `spin.toml` may hold, with one sentence each.

Structure only. `read.py` makes these from TOML, `normalize.py` brings them into canonical form, `check.py` holds them
against each other, `schema.py` prints them as JSON Schema.
"""

from typing import Annotated, Any, ClassVar

from msgspec import Struct, field

from atoll.manifest.fields import Choice, Doc, KebabId, Label, MessagingGrant, Quantities, VariableName
from atoll.manifest.limits import LIMITS, QUOTAS, REUSE

Table = dict[str, Any]
Inherit = bool | list[str]


class UrlSource(Struct, kw_only=True):
    """A wasm file behind an address."""

    url: Annotated[str, Doc("Address of the file: http, https or file.")]
    digest: Annotated[str, Doc("What the file must be: `sha256:` and 64 hexadecimal digits.")]


class RegistrySource(Struct, kw_only=True):
    """A package of a registry."""

    package: Annotated[str, Doc("Package, as `namespace:name`.")]
    version: Annotated[str, Doc("Exact version.")]
    registry: Annotated[str | None, Doc("Registry that holds the package.")] = None


Source = str | UrlSource | RegistrySource


class Placement(Struct, kw_only=True):
    """A file or folder, placed somewhere else for the guest."""

    source: Annotated[str, Doc("File or folder, relative to the manifest.")]
    destination: Annotated[str, Doc("Where the guest finds it.")]


class Build(Struct, kw_only=True):
    """How `atoll build` makes the component."""

    command: Annotated[str | list[str], Doc("One or several shell commands.")]
    workdir: Annotated[str | None, Doc("Where to run them, relative to the manifest.")] = None
    watch: Annotated[list[str], Doc("Globs of the files whose change makes a new build.")] = field(default_factory=list)


class ProfileBuild(Struct, kw_only=True):
    """The build of a profile."""

    command: Annotated[str | list[str], Doc("One or several shell commands.")]


class PackageDependency(Struct, kw_only=True):
    """A dependency from a registry."""

    version: Annotated[str, Doc("Version requirement.")]
    registry: Annotated[str | None, Doc("Registry that holds the package.")] = None
    package: Annotated[str | None, Doc("Package, if it is not the dependency's own name.")] = None
    export: Annotated[str | None, Doc("Export that satisfies the import.")] = None
    inherit_configuration: Annotated[Inherit | None, Doc("What the dependency may use of the component's grants.")] = (
        None
    )


class LocalDependency(Struct, kw_only=True):
    """A dependency from a file."""

    path: Annotated[str, Doc("Wasm file, relative to the manifest.")]
    export: Annotated[str | None, Doc("Export that satisfies the import.")] = None
    inherit_configuration: Annotated[Inherit | None, Doc("What the dependency may use of the component's grants.")] = (
        None
    )


class UrlDependency(Struct, kw_only=True):
    """A dependency behind an address."""

    url: Annotated[str, Doc("Address of the wasm file.")]
    digest: Annotated[str, Doc("`sha256:` and 64 hexadecimal digits.")]
    export: Annotated[str | None, Doc("Export that satisfies the import.")] = None
    inherit_configuration: Annotated[Inherit | None, Doc("What the dependency may use of the component's grants.")] = (
        None
    )


class AppDependency(Struct, kw_only=True):
    """A dependency on another component of the app."""

    component: Annotated[KebabId, Doc("Id of the component.")]
    export: Annotated[str | None, Doc("Export that satisfies the import.")] = None
    inherit_configuration: Annotated[Inherit | None, Doc("What the dependency may use of the component's grants.")] = (
        None
    )


Dependency = str | PackageDependency | LocalDependency | UrlDependency | AppDependency


class TriggerPackage(Struct, kw_only=True):
    """A trigger's dependency from a registry."""

    package: Annotated[str, Doc("Package, as `namespace:name`.")]
    version: Annotated[str, Doc("Version requirement.")]
    registry: Annotated[str | None, Doc("Registry that holds the package.")] = None
    inherit_configuration: Annotated[Inherit | None, Doc("What it may use of the component's grants.")] = None


class TriggerPath(Struct, kw_only=True):
    """A trigger's dependency from a file."""

    path: Annotated[str, Doc("Wasm file, relative to the manifest.")]
    inherit_configuration: Annotated[Inherit | None, Doc("What it may use of the component's grants.")] = None


class TriggerUrl(Struct, kw_only=True):
    """A trigger's dependency behind an address."""

    url: Annotated[str, Doc("Address of the wasm file.")]
    digest: Annotated[str, Doc("`sha256:` and 64 hexadecimal digits.")]
    inherit_configuration: Annotated[Inherit | None, Doc("What it may use of the component's grants.")] = None


class TriggerComponent(Struct, kw_only=True):
    """A trigger's dependency on a component of the app."""

    component: Annotated[KebabId, Doc("Id of the component.")]
    inherit_configuration: Annotated[Inherit | None, Doc("What it may use of the component's grants.")] = None


TriggerDependency = TriggerPackage | TriggerPath | TriggerUrl | TriggerComponent


class TargetUrl(Struct, kw_only=True):
    """A target environment behind an address."""

    url: Annotated[str, Doc("Address of the environment's definition.")]


class TargetPath(Struct, kw_only=True):
    """A target environment from a file."""

    path: Annotated[str, Doc("File that defines the environment.")]


Target = str | TargetUrl | TargetPath


class Profile(Struct, kw_only=True):
    """What a build profile changes in its component."""

    source: Annotated[Source | None, Doc("Another wasm file.")] = None
    environment: Annotated[dict[str, str], Doc("Environment variables to add or replace.")] = field(
        default_factory=dict
    )
    dependencies: Annotated[dict[str, Dependency], Doc("Dependencies to add or replace.")] = field(default_factory=dict)
    build: Annotated[ProfileBuild | None, Doc("Another build command.")] = None


class BuildSettings(Struct, kw_only=True):
    """What is done with the wasm file that a build has made."""

    strip: Annotated[
        bool, Doc("Keep names and debug information in `.spin/symbols`, for errors and profiles, and not in the file.")
    ] = False
    optimize: Annotated[
        str | None,
        Choice(("1", "2", "3", "4", "s", "z")),
        Doc("Level of `wasm-opt` for its core modules; names are lost."),
    ] = None


class ComponentTest(Struct, kw_only=True):
    """Tests of the component in its own language, for `atoll test`: either `source` or `command`."""

    source: Annotated[
        str | None,
        Doc("A command component or WASI module that tests, run with the component's grants; a glob takes the newest."),
    ] = None
    build: Annotated[str | list[str] | None, Doc("Shell commands that make the `source`.")] = None
    args: Annotated[list[str], Doc("Arguments of the `source`.")] = field(default_factory=list)
    command: Annotated[
        str | list[str] | None, Doc("Shell commands that test by themselves, on this machine and without a sandbox.")
    ] = None
    workdir: Annotated[str | None, Doc("Where commands run, relative to the manifest.")] = None
    watch: Annotated[list[str], Doc("Globs of the files whose change makes a new build; none: each time.")] = field(
        default_factory=list
    )


class ComponentSettings(Struct, kw_only=True):
    """atoll's own keys of a component."""

    blobstores: Annotated[list[Label], Doc("Labels of the containers of objects it may use.")] = field(
        default_factory=list
    )
    limits: Annotated[Table, Quantities(LIMITS), Doc("What one call may use.")] = field(default_factory=dict)
    quotas: Annotated[Table, Quantities(QUOTAS), Doc("What one request may ask of stores.")] = field(
        default_factory=dict
    )
    reuse: Annotated[Table, Quantities(REUSE), Doc("Whether one instance serves more than one request.")] = field(
        default_factory=dict
    )
    build: Annotated[BuildSettings | None, Doc("What is done with the file that the build has made.")] = None
    snapshot: Annotated[bool, Doc("Start each instance from the state that the guest has after its own start.")] = False
    messaging: Annotated[
        list[MessagingGrant],
        Doc("Labels of the brokers it may send to, with `:` and topics (`*` for any characters) if not to all."),
    ] = field(default_factory=list)
    test: Annotated[ComponentTest | None, Doc("Its tests in its own language.")] = None


class ComponentTools(Struct, kw_only=True):
    """Tables of tools: atoll's own and those of others, which atoll does not read."""

    REST: ClassVar[str] = "others"
    atoll: Annotated[ComponentSettings | None, Doc("atoll's own settings of the component.")] = None
    others: dict[str, Table] = field(default_factory=dict)


class AppSettings(Struct, kw_only=True):
    """atoll's own keys of an app."""

    features: Annotated[list[str], Doc("Wasm features to switch on, such as wide-arithmetic.")] = field(
        default_factory=list
    )
    imports: Annotated[
        dict[str, str], Doc("Python objects that answer the guests' imports: interface to `module:Class`.")
    ] = field(default_factory=dict)


class AppTools(Struct, kw_only=True):
    """Tables of tools: atoll's own and those of others, which atoll does not read."""

    REST: ClassVar[str] = "others"
    atoll: Annotated[AppSettings | None, Doc("atoll's own settings of the app.")] = None
    others: dict[str, Table] = field(default_factory=dict)


class Component(Struct, kw_only=True):
    """One wasm component and what it is granted."""

    source: Annotated[Source, Doc("The wasm file: a path, an address with digest, or a package.")]
    description: Annotated[str, Doc("What it is for.")] = ""
    variables: Annotated[dict[VariableName, str], Doc("Its configuration: name to template.")] = field(
        default_factory=dict
    )
    environment: Annotated[dict[str, str], Doc("Environment variables of the guest.")] = field(default_factory=dict)
    files: Annotated[list[str | Placement], Doc("Files that the guest finds: globs, paths or placements.")] = field(
        default_factory=list
    )
    exclude_files: Annotated[list[str], Doc("Globs of files to leave out.")] = field(default_factory=list)
    allowed_http_hosts: Annotated[list[str], Doc("Old form of `allowed_outbound_hosts`.")] = field(default_factory=list)
    allowed_outbound_hosts: Annotated[list[str], Doc("Where it may connect to, as scheme://host[:port].")] = field(
        default_factory=list
    )
    key_value_stores: Annotated[list[Label], Doc("Labels of the key-value stores it may use.")] = field(
        default_factory=list
    )
    sqlite_databases: Annotated[list[Label], Doc("Labels of the SQLite databases it may use.")] = field(
        default_factory=list
    )
    ai_models: Annotated[list[str], Doc("Names of the models it may use.")] = field(default_factory=list)
    targets: Annotated[list[Target] | None, Doc("Environments it must run in; replaces the app's.")] = None
    build: Annotated[Build | None, Doc("How it is built.")] = None
    tool: Annotated[ComponentTools, Doc("Settings of tools.")] = field(default_factory=ComponentTools)
    dependencies_inherit_configuration: Annotated[
        bool | None, Doc("Whether all dependencies may use the component's grants.")
    ] = None
    dependencies: Annotated[dict[str, Dependency], Doc("Components that its imports are composed with.")] = field(
        default_factory=dict
    )
    profile: Annotated[dict[str, Profile], Doc("Build profiles.")] = field(default_factory=dict)


ComponentSpec = KebabId | Component


class Trigger(Struct, kw_only=True):
    """What calls a component. Keys of the trigger's own kind are kept in `config`."""

    REST: ClassVar[str] = "config"
    id: Annotated[str, Doc("Id of the trigger; made up when left out.")] = ""
    component: Annotated[ComponentSpec | None, Doc("The component: its id, or the component itself.")] = None
    components: Annotated[dict[str, ComponentSpec | list[ComponentSpec]], Doc("Further components by their role.")] = (
        field(default_factory=dict)
    )
    dependencies: Annotated[
        dict[str, list[TriggerDependency]], Doc("Components that stand before the handler, by role (`middleware`).")
    ] = field(default_factory=dict)
    config: Table = field(default_factory=dict)


class Variable(Struct, kw_only=True):
    """A value that the app is given at start."""

    description: Annotated[str | None, Doc("What it is for.")] = None
    required: Annotated[bool, Doc("Whether it must be given.")] = False
    default: Annotated[str | None, Doc("Its value if none is given.")] = None
    secret: Annotated[bool, Doc("Whether it must not be shown.")] = False


class Application(Struct, kw_only=True):
    """The app as a whole."""

    name: Annotated[str, Doc("Name of the app.")]
    version: Annotated[str, Doc("Version of the app.")] = ""
    description: Annotated[str, Doc("What it is for.")] = ""
    authors: Annotated[list[str], Doc("Who made it.")] = field(default_factory=list)
    targets: Annotated[list[Target], Doc("Environments it must run in.")] = field(default_factory=list)
    trigger: Annotated[dict[str, Table], Doc("Settings of a kind of trigger as a whole.")] = field(default_factory=dict)
    tool: Annotated[AppTools, Doc("Settings of tools.")] = field(default_factory=AppTools)


class Manifest(Struct, kw_only=True):
    """A whole manifest of version 2."""

    spin_manifest_version: Annotated[int, Choice((2,)), Doc("Version of the manifest's format.")]
    application: Annotated[Application, Doc("The app as a whole.")]
    variables: Annotated[dict[VariableName, Variable], Doc("Values that the app is given at start.")] = field(
        default_factory=dict
    )
    trigger: Annotated[dict[str, list[Trigger]], Doc("What calls the components, by kind of trigger.")]
    component: Annotated[dict[KebabId, Component], Doc("The components by id.")] = field(default_factory=dict)
