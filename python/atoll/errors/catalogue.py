"""Every code a user can meet: what it means and what to do about it."""

from typing import Literal, NamedTuple

Origin = Literal["python", "core"]


class Entry(NamedTuple):
    """What a code means, what to do about it, and whether the Rust data plane can raise it (`core`)."""

    meaning: str
    remedy: str
    origin: Origin = "python"


CODES: dict[str, Entry] = {
    # Finding and reading the manifest.
    "manifest-not-found": Entry(
        "There is no manifest where one was looked for.",
        "Name a spin.toml, a folder that holds one, or a .wasm file.",
    ),
    "manifest-unreadable": Entry("The manifest cannot be read.", "Check the file's permissions and its encoding."),
    "manifest-too-large": Entry(
        "The manifest is larger or nested deeper than any manifest needs to be.",
        "Move data out of the manifest into files.",
    ),
    "manifest-syntax": Entry("The manifest is not valid TOML.", "Mend the line that the message shows."),
    "manifest-version-invalid": Entry(
        "The manifest's version is none that exists.",
        'Write `spin_manifest_version = 2`, or "1" (with quotes) for the old form.',
    ),
    "manifest-key-unknown": Entry(
        "The manifest holds a key that nobody reads.", "Remove the key or mend its spelling."
    ),
    "manifest-key-missing": Entry("A required key is missing from the manifest.", "Add the key."),
    "manifest-type-wrong": Entry(
        "A value has the wrong type.", "Write the value in one of the forms that the message lists."
    ),
    "manifest-value-invalid": Entry("A value is outside of what its key allows.", "Write one of the allowed values."),
    "serverless-invalid": Entry(
        "A serverless.yml is not valid YAML, or has another form than the Serverless Framework gives it.",
        "Mend the line that the message shows.",
    ),
    "serverless-variable": Entry(
        "A variable of a serverless.yml has no value here.",
        "Set what it names, or give it another value behind a comma: `${env:NAME, 'value'}`.",
    ),
    "serverless-runtime": Entry(
        "A function of a serverless.yml is not WebAssembly.",
        "Build it as a component, name the file as its `handler`, and write `runtime: wasm`.",
    ),
    "serverless-event-unsupported": Entry(
        "A function of a serverless.yml is called by something, or behind something, that atoll does not have.",
        "Use the events `http` and `httpApi`, and check requests in the function.",
    ),
    "function-unfit": Entry(
        "A component is to answer events and cannot be called with one.",
        "Export `wasi:http`, make it a command, or export `handler: func(event: string) -> result<string, string>`.",
    ),
    "manifest-upgrade-unneeded": Entry("The manifest is of version 2 already.", "There is nothing to upgrade."),
    "id-invalid": Entry(
        "An identifier breaks the rules of its kind.",
        "Component ids are words joined by `-`, variable names lower-case words joined by `_`.",
    ),
    "id-duplicate": Entry("Two things of one kind have the same id.", "Rename one of them."),
    "component-unknown": Entry(
        "A component is named that the app does not have.", "Add the component or mend the name."
    ),
    "component-selection-invalid": Entry(
        "The selected components cannot run without the others.",
        "Select the components that they call as well.",
    ),
    "profile-unknown": Entry(
        "No component has a profile of this name.", "Mend the name, or add the profile to a component."
    ),
    "dependency-invalid": Entry(
        "A dependency breaks the rules of composition.", "Write the dependency as the message says."
    ),
    "dependency-conflict": Entry(
        "Two dependencies provide the same interface.", "Keep one of them, or give them versions that differ."
    ),
    "dependency-unmatched": Entry(
        "A dependency does not answer what the component imports.", "Name an import, or an export, that is there."
    ),
    "composition-invalid": Entry(
        "Components cannot be put together: their interfaces differ.",
        "Build both against one version of the interface; `atoll inspect` prints the WIT of each.",
        "core",
    ),
    # WIT packages.
    "wit-invalid": Entry(
        "WIT cannot be read: it is not there, or breaks the rules of the language.",
        "Mend the line that the message shows, or add the package that it names with `atoll wit add`.",
        "core",
    ),
    "wit-world-unknown": Entry(
        "A world is asked for that the WIT does not describe, or none where it describes several.",
        "Name one of the worlds that the message lists.",
        "core",
    ),
    "wit-unsupported": Entry(
        "A world has what bindings of this language cannot express.", "Give the guest a world without it.", "core"
    ),
    "wit-too-large": Entry(
        "WIT is larger, or its types are nested deeper, than anything needs to be.",
        "Name the package's own folder, or give names to types that are used in others.",
    ),
    "wit-name-invalid": Entry(
        "The name or version of a package is not written as WIT has them.",
        "Write a namespace, a name and perhaps a version, such as `wasi:http@0.2.12`.",
    ),
    "wit-package-unknown": Entry(
        "Nobody who was asked has the package, or not in that version.",
        "Mend its name or version, or say where it lies with --from.",
    ),
    "wit-folder-missing": Entry(
        "There is no folder of WIT where one is to be changed.", "Make one with `atoll wit new`, or name it with --wit."
    ),
    "wit-exists": Entry(
        "Something lies already where WIT or its documentation would be written.",
        "Move it away, or name another place.",
    ),
    "wit-lock-invalid": Entry(
        "The file deps.lock cannot be read.",
        "Restore it from version control, or remove it and add the packages again.",
    ),
    "wit-dependency-missing": Entry(
        "A package is not in `deps`, though deps.lock has it.",
        "Run `atoll wit add` without a name, which puts it back.",
    ),
    "wit-dependency-changed": Entry(
        "A package in `deps` is not what deps.lock says that it is.",
        "Remove its folder, then run `atoll wit add`; or `atoll wit update` for what its source has now.",
    ),
    "wit-go-module-missing": Entry(
        "Bindings for Go would lie in no Go module.", "Run `go mod init` in the guest's folder."
    ),
    # Bills of materials and advisories.
    "lock-file-invalid": Entry(
        "A lock file of a language, which says what a component was built with, cannot be read.",
        "Make it anew with the language's own tool, or remove it.",
    ),
    "sbom-invalid": Entry(
        "A bill of materials cannot be read.", "Name one in CycloneDX or SPDX 2, as JSON, such as `atoll sbom` writes."
    ),
    "advisories-invalid": Entry(
        "Advisories cannot be read, or are not in the format of OSV.",
        "Name a JSON file of OSV, a folder of them, or the archive that OSV publishes for an ecosystem.",
    ),
    "output-unwritable": Entry("A file that a command makes cannot be written.", "Name another file with -o."),
    # Variables and templates.
    "template-invalid": Entry("A template cannot be understood.", "Write `{{ name }}`, with both pairs of braces."),
    "variable-invalid": Entry(
        "A variable is neither required nor has a default, or is both.",
        "Give the variable either `required = true` or a `default`.",
    ),
    "variable-undeclared": Entry(
        "A variable is used or given that the manifest does not declare.", "Declare it under [variables]."
    ),
    "variable-missing": Entry(
        "A required variable has no value.",
        "Give it with --variable NAME=VALUE or the environment variable SPIN_VARIABLE_NAME.",
    ),
    "variable-argument-invalid": Entry(
        "A --variable argument or its file cannot be read.",
        "Write NAME=VALUE, NAME=@FILE, @FILE.json or @FILE.toml.",
    ),
    "environment-argument-invalid": Entry("An --env argument is not of the form NAME=VALUE.", "Write NAME=VALUE."),
    # Sources and files.
    "source-missing": Entry("A component's wasm file does not exist.", "Build the component, or mend the path."),
    "source-invalid": Entry(
        "A component's source is not of a form that can be fetched.", "Use a path, or a url with its digest."
    ),
    "digest-invalid": Entry("A digest is not `sha256:` and 64 hexadecimal digits.", "Write the digest of the file."),
    "digest-mismatch": Entry(
        "Downloaded bytes, or those of a plugin, do not have the digest that a manifest or a pin promises.",
        "Find out which of the two is right before you change the manifest or the pin.",
    ),
    "download-failed": Entry("A component could not be downloaded.", "Check the address and the network."),
    "package-invalid": Entry(
        "A package is named by what is no package, or required in what is no version.",
        'Write `namespace:name`, and a version such as "1.2" or "=1.2.3".',
    ),
    "lock-invalid": Entry("atoll.lock cannot be used.", "Restore it, or remove it and lock the app anew."),
    "lock-unwritable": Entry(
        "The versions of packages that were found cannot be written to atoll.lock.",
        "Lock the app where its folder can be written, and deploy atoll.lock with the manifest.",
    ),
    # Registries.
    "reference-invalid": Entry(
        "A reference does not name registry, repository, tag or digest as references do.",
        "Write HOST/REPOSITORY:TAG or HOST/REPOSITORY@sha256:….",
    ),
    "registry-unknown": Entry(
        "Nothing says which registry has a package.",
        "Name the registry in the manifest, or in the configuration of wasm packages.",
    ),
    "registry-config-invalid": Entry("The configuration of wasm packages cannot be used.", "Mend or remove it."),
    "registry-unreachable": Entry(
        "A registry does not answer, or too slowly.",
        "Check its name and the network; over plain HTTP only registries of this machine are asked by themselves.",
    ),
    "registry-denied": Entry(
        "A registry does not let you read or write there.", "Sign in with `atoll login`, or mend the name."
    ),
    "registry-failed": Entry(
        "A registry answers what it must not, or that it cannot answer.", "Try again later, or tell who runs it."
    ),
    "credentials-invalid": Entry(
        "A file with credentials of registries cannot be used.", "Mend the file, or remove it and sign in again."
    ),
    "artifact-missing": Entry("A registry does not have what was asked for.", "Mend the name, the tag or the digest."),
    "artifact-invalid": Entry(
        "What a registry holds is not what it says, or nothing that can be run.",
        "Push it again, or ask whoever pushed it.",
    ),
    "artifact-too-large": Entry("An app has more parts than registries take.", "Split it into several apps."),
    "artifact-unportable": Entry(
        "An app needs something of this machine that an artifact cannot carry.", "Do without it, or publish it apart."
    ),
    "key-invalid": Entry("A key for signatures cannot be used.", "Name a key in PEM, and give its password."),
    "signature-missing": Entry(
        "An artifact has no signature by any of the keys that it should have.",
        "Sign it with `atoll sign`, or name the key that did.",
    ),
    "policy-invalid": Entry("The policy of artifacts cannot be used.", "Mend it; until then nothing is pulled."),
    "policy-denied": Entry(
        "The policy of artifacts does not let this one be used.", "Ask whoever keeps the policy, or have it signed."
    ),
    "artifact-unreadable": Entry("What is to be pushed cannot be read.", "Build it, or mend the path."),
    "files-missing": Entry("A file or folder to be mounted does not exist.", "Mend the path, or use a glob pattern."),
    "files-invalid": Entry("An entry of `files` or `exclude_files` cannot be used.", "Write it as the message says."),
    "files-outside": Entry(
        "A file to be mounted lies outside of the app's folder.", "Move or copy it into the folder of the manifest."
    ),
    "files-copy-failed": Entry("A file could not be copied for the guest.", "Check permissions and disk space."),
    # Building components.
    "build-failed": Entry("A build command failed.", "Mend what it complains about; its own words stand above."),
    "build-circle": Entry("Components need each other, so that none can be built first.", "Remove a dependency."),
    "build-folder-missing": Entry("A build is to run in a folder that is not there.", "Mend `workdir`."),
    "build-output-missing": Entry(
        "A build went well and did not make the component's file.", "Make `source` the file that the build makes."
    ),
    "build-records-unwritable": Entry(
        "What was built cannot be noted beside the manifest.", "Let the folder `.spin/build` be written to."
    ),
    # Toolchains.
    "toolchain-unknown": Entry("There is no toolchain of that name.", "`atoll toolchain list` says which there are."),
    "toolchain-unneeded": Entry(
        "No build command of the app begins with a program that a toolchain brings.",
        "Name the toolchains that you want, as in `atoll toolchain install python`.",
    ),
    "toolchain-install-failed": Entry(
        "A part of a toolchain cannot be installed.", "Mend what its registry's client complains about."
    ),
    "toolchain-registry-unreachable": Entry(
        "The registry that a toolchain comes from cannot be reached.",
        "Mend the network, or name a mirror in the configuration of pip, npm or Go; then install again.",
    ),
    "toolchain-place-unusable": Entry(
        "Toolchains cannot be kept in their folder: it cannot be written to, its disk is full, or others use it.",
        "Let the folder be written to, make room, or choose another one with the variable ATOLL_TOOLCHAINS.",
    ),
    "toolchain-python-incomplete": Entry(
        "This Python cannot make environments with pip in them, and there is no uv that can.",
        "Install uv, or the package that your system calls python3-venv.",
    ),
    "toolchain-needs-root": Entry(
        "Packages of the system are to be installed, which only root may do.",
        "Run the command that the message shows as root, or install rustup.",
    ),
    "toolchain-rust-missing": Entry(
        "There is no Rust on this machine that can be made to build WebAssembly.", "Install rustup, then try again."
    ),
    # Templates of apps and components.
    "template-unknown": Entry("There is no template of that name.", "`atoll templates list` shows them all."),
    "template-unsuitable": Entry(
        "A template cannot be used for this, or with this manifest.", "Choose another one, or do as the message says."
    ),
    "template-broken": Entry(
        "A file of a template cannot be used.", "Mend the template, or tell those who wrote it what the message says."
    ),
    "template-source-invalid": Entry(
        "There are no templates where some were to be installed from.",
        "Name a folder, an archive or a repository with a folder `templates`.",
    ),
    "template-value-invalid": Entry(
        "A value does not fit the parameter of a template.", "Give one that the message allows: -v NAME=VALUE."
    ),
    "template-value-missing": Entry(
        "Something that a template needs was not given, and nobody is there to be asked.",
        "Give it on the command line, as the message says.",
    ),
    "route-taken": Entry("The app answers that route already.", "Choose another route for the new component."),
    "file-exists": Entry(
        "Something stands where a new file would be written.",
        "Choose another name or folder; `--allow-overwrite` writes over it.",
    ),
    "project-unwritable": Entry(
        "A file could not be written. What was written before it was taken back.",
        "Make the folder writable, or choose another.",
    ),
    # Testing.
    "test-file-invalid": Entry(
        "A file of tests holds what is not of its format.",
        "Mend the line that the message shows; docs/reference/tests.md has the format.",
    ),
    "tests-missing": Entry(
        "There are no tests where they were looked for, or none that were chosen.",
        "Write one as the message shows, or mend the name.",
    ),
    "test-run-impossible": Entry(
        "A command of a test needs what it cannot be given.",
        "Leave out what the message names, or test it by a request.",
    ),
    "pytest-missing": Entry("There are tests for pytest, which is not installed.", "Install pytest."),
    "pytest-failed": Entry("pytest could not run the tests.", "Its own words say why."),
    "test-process-died": Entry(
        "A process that ran tests died.", "Run them with `-j 1`, which shows at which test that happens."
    ),
    # What doctor finds beyond the problems of others.
    "manifest-old": Entry(
        "The manifest is of version 1.", "`atoll doctor --fix` makes version 2 of it; `atoll upgrade` prints it."
    ),
    "manifest-unwritable": Entry(
        "The manifest cannot be written.", "Let the file and its folder be written to; nothing was changed."
    ),
    "description-missing": Entry("The app does not say what it is for.", "Write its `description`."),
    "tool-missing": Entry(
        "A program that builds a component is not installed.",
        "Install it; `atoll toolchain install` brings most of them.",
    ),
    "build-stale": Entry("A source is newer than the component that is made of it.", "Run `atoll build`."),
    "glob-empty": Entry("A glob matches no file.", "Mend the glob, or remove it."),
    "grant-missing": Entry(
        "A component imports an interface, and the manifest grants it nothing of what that reaches.",
        "Grant it with the key that the message names, if the component shall have it.",
    ),
    "extra-missing": Entry(
        "A provider needs a Python package that is not installed.", "Install the extra that the message names."
    ),
    "env-exposed": Entry(
        "A `.env` file can be read by other users of the machine.", "Take their rights away: `chmod go= .env`."
    ),
    "route-unreachable": Entry("No request reaches a route.", "Give it a path of its own, written as clients send it."),
    "component-unreached": Entry("Nothing calls a component.", "Give it a trigger, or remove it."),
    "trigger-unserved": Entry("The manifest has triggers of a kind that is not served.", "Use HTTP triggers."),
    "limit-low": Entry(
        "A limit of the machine or the user leaves a server little room.", "Raise it as the message says."
    ),
    "memory-low": Entry(
        "Less memory is left than a call of each worker may use.",
        "Lower `tool.atoll.limits.memory`, or start fewer workers.",
    ),
    "treatment-failed": Entry(
        "A command with which doctor wanted to mend something failed.", "Mend what it complains about, then try again."
    ),
    # The command line and its processes.
    "code-unknown": Entry("No error has that code.", "`atoll explain` lists all codes."),
    "argument-invalid": Entry("An argument of the command line is not understood.", "See `--help` of the command."),
    "runtime-config-invalid": Entry(
        "The runtime configuration file cannot be read, or holds a key that is not known.",
        "Mend the key that the message names; docs/reference lists those that apply.",
    ),
    "reload-failed": Entry(
        "The app could not be read again, for a reason that is not the app's. It is served as it was.",
        "Remove what the message names, then reload again.",
    ),
    "telemetry-invalid": Entry(
        "A variable of OpenTelemetry has a value that cannot be honoured.", "Mend it as the message says, or unset it."
    ),
    # Plugins.
    "call-invalid": Entry(
        "A call that is written as text names no function, or its arguments do not fit.",
        "Write the function and its arguments as the message says; `atoll inspect` lists the functions.",
    ),
    "guest-changed": Entry(
        "The file of a plugin is another one than was loaded.", "Load it again, or put the old file back."
    ),
    "embed-configured": Entry(
        "The settings that all plugins share are changed after the first was loaded.",
        "Call `atoll.configure()` before the first `atoll.load()`.",
    ),
    "bind-foreign": Entry(
        "A file stands where a generated package would be written, and atoll did not make it.",
        "Name another folder, or move the file away.",
    ),
    "bind-stale": Entry("A generated package does not fit its component any more.", "Run `atoll bind` again."),
    "importer-configured": Entry(
        "The settings of a wasm file that is imported as a module are changed after the import.",
        "Call `atoll.importer.configure()` before the module is imported.",
    ),
    "grant-invalid": Entry("A plugin cannot be granted this.", "Write the grant as the message says."),
    "plugin-folder-unreadable": Entry("The folder of plugins cannot be read.", "Name a folder with .wasm files."),
    "plugin-settings-alone": Entry(
        "A file of settings lies in a folder of plugins, but its plugin does not.", "Name it after its plugin."
    ),
    "plugin-pins-unreadable": Entry(
        "The file with the pins of plugins cannot be read.", "Write it with `Plugins.pin()`, or mend its path."
    ),
    "plugin-unpinned": Entry(
        "A plugin has no pin, though others have.", "Look at it, then add its digest with `Plugins.pin()`."
    ),
    "plugin-load-failed": Entry(
        "A plugin could not be loaded, for a reason that nobody foresaw.", "Look at the error that caused it."
    ),
    "plugin-unknown": Entry(
        "There is no plugin of this name, or it could not be loaded.", "Look at `Plugins.problems`."
    ),
    "plugin-export-unknown": Entry(
        "A plugin has no function of this name, or several.", "Use one of the names that the message lists."
    ),
    "quota-exceeded": Entry(
        "A plugin has used up its quota.", "Call it when the message says, or raise its `atoll.Quotas`."
    ),
    "hook-deadline": Entry("The time of a hook was over.", "Raise its `deadline` or `each`, or ask fewer plugins."),
    "pool-exhausted": Entry(
        "All instances of a pool are in use, and none came free in time.", "Make the pool larger, or wait longer."
    ),
    "pool-closed": Entry("A pool was used after it was closed.", "Open another one."),
    "worker-failed": Entry("A worker process could not be started or kept alive.", "Look at the errors above it."),
    # The data plane. The same codes stand in `crates/engine/src/error.rs`.
    "locked-invalid": Entry(
        "The locked app does not have the shape that the data plane reads.", "Report this: atoll made it.", "core"
    ),
    "engine-failed": Entry(
        "The wasm engine could not be set up on this machine.", "Check memory limits and address space.", "core"
    ),
    "cache-unusable": Entry(
        "The folder for compiled code cannot be used.",
        "Check its owner and permissions, or switch the cache off.",
        "core",
    ),
    "feature-unknown": Entry("A wasm feature of this name does not exist.", "Mend the name in `features`.", "core"),
    "limit-invalid": Entry(
        "A limit has a value or a unit that it cannot have.",
        'Write a count, a time such as "30s" or a size such as "64MiB".',
        "core",
    ),
    "guest-unreadable": Entry("The guest's file cannot be read.", "Check that it exists and may be read.", "core"),
    "guest-invalid": Entry(
        "The guest is no valid wasm, or uses a wasm feature that is off.",
        "Rebuild it, or switch the feature on.",
        "core",
    ),
    "guest-not-component": Entry(
        "A core module cannot be made into a component.", "Build it for WASI, or wrap it into a component.", "core"
    ),
    "guest-no-handler": Entry(
        "The guest exports nothing that its trigger could call.",
        "Export `wasi:http/incoming-handler` or its like.",
        "core",
    ),
    "guest-several-handlers": Entry(
        "The guest exports several handlers, so it is not clear which to call.", "Export one of them.", "core"
    ),
    "guest-import-unknown": Entry(
        "The guest imports something that nobody provides.", "Build it against an interface that is provided.", "core"
    ),
    "import-mismatched": Entry(
        "The object that answers an import does not fit its types.",
        "Give it a method for each function of the interface, with the parameters that the message names.",
        "core",
    ),
    "guest-not-library": Entry(
        "A command was loaded as a plugin: it has no exports that could be called by name.",
        "Run it with `atoll run`, or build it as a library.",
        "core",
    ),
    "guest-not-command": Entry(
        "The guest has no command-line entry point.", "Build it as a command, or serve it with `atoll up`.", "core"
    ),
    "files-mount-failed": Entry(
        "A folder could not be mounted for the guest.", "Check that it exists and may be read.", "core"
    ),
    "allowed-host-invalid": Entry(
        "An entry of `allowed_outbound_hosts` is not of the form scheme://host[:port].", "Mend the entry.", "core"
    ),
    "blocked-network-invalid": Entry("A blocked network is not in CIDR form.", "Write it like 10.0.0.0/8.", "core"),
    "route-invalid": Entry("A route is of a form that cannot be matched.", "Mend the route.", "core"),
    "trigger-invalid": Entry(
        "A trigger has not exactly one thing to answer with.", "Give it one component or one static response.", "core"
    ),
    "profile-refused": Entry(
        "The app at the address gives no profile.",
        "Serve it with --metrics HOST:PORT --allow-profiles, and name that address.",
    ),
    "recording-invalid": Entry(
        "The file is no recording of a request, or one of another version of atoll.",
        "Name a file that `atoll up --record DIR` has written.",
        "core",
    ),
    "listen-failed": Entry("The address to listen on is not available.", "Choose another with --listen.", "core"),
    "tls-invalid": Entry(
        "The certificate or the key of the listener cannot be used.",
        "Name PEM files that belong together with --tls-cert and --tls-key.",
        "core",
    ),
    "log-unwritable": Entry("The logs cannot be written.", "Check the log folder, or choose another.", "core"),
    "guest-snapshot-failed": Entry(
        "The guest cannot be kept as it is after its start.", "Remove `snapshot` from `tool.atoll`.", "core"
    ),
    "compiler-absent": Entry(
        "A guest is not among those that were compiled ahead, and the server never compiles.",
        "Compile the app as it is now with `atoll compile`.",
        "core",
    ),
    "target-unknown": Entry("Machine code cannot be made for a target.", "Name another target.", "core"),
    "code-unfit": Entry(
        "Machine code that was compiled ahead is for another engine, another machine or other options.",
        "Compile it with this version of atoll, for this machine and with the same options.",
        "core",
    ),
    "compiled-invalid": Entry(
        "What was compiled ahead is not what its maker has signed.",
        "Compile it anew, or name the key of whoever did.",
    ),
    "compiler-failed": Entry(
        "The process that compiles a guest could not be started, or ended before it was done.",
        "Look at what it said, and at the machine's free memory.",
        "core",
    ),
    "limit-compile-time": Entry(
        "Compiling a guest took too long, so it was stopped.", "Raise `--compile-timeout`.", "core"
    ),
    "limit-compile-memory": Entry(
        "Compiling a guest took too much memory, so it was stopped.", "Raise `--compile-memory`.", "core"
    ),
    "label-unknown": Entry(
        "A component is granted a store or database that is not configured.",
        "Configure it in the runtime configuration file, or take it out of the manifest.",
        "core",
    ),
    "provider-failed": Entry("The backend of a capability cannot be opened.", "Mend what the message names.", "core"),
    "guest-trapped": Entry("The guest crashed.", "Look at the stack in its log.", "core"),
    "guest-no-response": Entry(
        "The guest returned without a response that could be sent.", "Set a response before returning.", "core"
    ),
    "instance-ended": Entry(
        "A plugin's instance was called after it was closed, or after a call of it ended badly.",
        "Open another one.",
        "core",
    ),
    "instance-busy": Entry(
        "A host function called the instance that called it, which waits for that function.",
        "Open another instance, or call the plugin: then the call has a sandbox of its own.",
        "core",
    ),
    "process-forked": Entry(
        "A plugin was called in a child of the process that had loaded it.",
        "Load it in the child: what the parent compiled is in the cache. Or start workers by `spawn` or `forkserver`.",
        "core",
    ),
    "limit-deadline": Entry("A call took longer than its deadline.", "Raise `tool.atoll.limits.deadline`.", "core"),
    "limit-cpu": Entry("A call used up its CPU time.", "Raise `tool.atoll.limits.cpu_time`.", "core"),
    "limit-memory": Entry("A call used up its memory.", "Raise `tool.atoll.limits.memory`.", "core"),
    "limit-handles": Entry("A call used up its handles.", "Raise `tool.atoll.limits.handles`.", "core"),
    "limit-tables": Entry("A call used up its table elements.", "Raise `tool.atoll.limits.table_elements`.", "core"),
    "limit-host-call-bytes": Entry(
        "One host call carried too many bytes.", "Raise `tool.atoll.limits.host_call_bytes`.", "core"
    ),
    "limit-fuel": Entry("A call executed more than its fuel allows.", "Raise `atoll.Limits(fuel=…)`.", "core"),
    "limit-response-bytes": Entry("A response grew too large.", "Raise `tool.atoll.limits.response_bytes`.", "core"),
    "limit-log-bytes": Entry("A call wrote too much to its logs.", "Raise `tool.atoll.limits.log_bytes`.", "core"),
    "limit-concurrency": Entry(
        "Too many calls at once: the queue is full.", "Raise `tool.atoll.limits.concurrency` or `queue`.", "core"
    ),
}
