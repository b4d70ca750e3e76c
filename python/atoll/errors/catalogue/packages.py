"""Problems of packages: WIT, bills of materials, and what lies in registries."""

from atoll.errors.catalogue.entry import Entry

CODES: dict[str, Entry] = {
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
        "An artifact has no signature by somebody who should have signed it: a key, or an identity.",
        "Sign it with `atoll sign`, or name who did.",
    ),
    "token-invalid": Entry(
        "There is no token that says as whom to sign without a key, or it cannot be used.",
        "Give a fresh one that an OpenID provider has made for `sigstore`: --identity-token or SIGSTORE_ID_TOKEN.",
    ),
    "sigstore-invalid": Entry(
        "No Sigstore services are configured, or their client trust config cannot be used.",
        "Name the file that whoever runs the services gives to clients, or `public`.",
    ),
    "sigstore-unreachable": Entry("Sigstore's services do not answer.", "Try it again later."),
    "sigstore-failed": Entry(
        "Sigstore's services refuse to sign, or what they answer does not fit what is believed of them.",
        "Look at the services' own message, the identity, and the client trust config.",
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
}
