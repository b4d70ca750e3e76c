"""Problems of manifests: what they say, and what they name."""

from atoll.errors.catalogue.entry import Entry

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
}
