"""Problems of commands and their processes, of tests, and what doctor finds beyond those of others."""

from atoll.errors.catalogue.entry import Entry

CODES: dict[str, Entry] = {
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
        "What is asked for needs a Python package that is not installed.", "Install the extra that the message names."
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
}
