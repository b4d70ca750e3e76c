"""Problems that the data plane can raise."""

from atoll.errors.catalogue.entry import Entry

CODES: dict[str, Entry] = {
    # The data plane. The same codes stand in `crates/engine/src/error.rs`.
    "locked-invalid": Entry(
        "The locked app does not have the shape that the data plane reads.", "Report this: atoll made it.", "core"
    ),
    "engine-failed": Entry(
        "The wasm engine could not be set up on this machine.", "Check memory limits and address space.", "core"
    ),
    "cache-unusable": Entry(
        "A folder of the cache, such as that for compiled code, cannot be used.",
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
