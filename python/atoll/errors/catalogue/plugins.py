"""Problems of components that Python code calls."""

from atoll.errors.catalogue.entry import Entry

CODES: dict[str, Entry] = {
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
}
