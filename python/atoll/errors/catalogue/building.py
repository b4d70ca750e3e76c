"""Problems of whoever makes components: builds, toolchains, templates."""

from atoll.errors.catalogue.entry import Entry

CODES: dict[str, Entry] = {
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
}
