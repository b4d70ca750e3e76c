"""`atoll compile`, and servers that take machine code from those whose key they know, and from nobody else."""

import base64
import json
import platform
from pathlib import Path

import pytest

from atoll.errors import UserError
from atoll.packages.ahead.bundle import DOCUMENT, SIGNATURE, Opened
from atoll.registry.trust.keys import PrivateKey
from atoll.testing import up
from tests.cli.conftest import Atoll, atoll
from tests.support import answering, built, get, refused, write_app

__all__ = ["atoll"]

KEY = PrivateKey.generate("ecdsa-p256")
OTHER = "x86_64-unknown-linux-gnu" if platform.machine() == "aarch64" else "aarch64-unknown-linux-gnu"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder with host.key and host.pub, and somebody else's."""
    folder = tmp_path / "keys"
    folder.mkdir()
    for name, key in (("host", KEY), ("other", PrivateKey.generate("ed25519"))):
        (folder / f"{name}.key").write_bytes(key.encrypted(b""))
        (folder / f"{name}.pub").write_bytes(key.public.pem)
    return folder


def compiled(atoll: Atoll, app: Path, *more: str) -> Path:
    said = atoll(
        "compile", "-f", str(app), "--key", "keys/host.key", "-o", "compiled", *more, env={"COSIGN_PASSWORD": ""}
    )
    assert said.code == 0, said.err
    return app.parent / "compiled"


def never(tmp_path: Path, *more: str) -> list[str]:
    """Arguments of a server that has nothing compiled, and does not compile."""
    return ["--never-compile", "--cache-dir", str(tmp_path / "cache"), "--listen", "127.0.0.1:0", *more]


def taking(tmp_path: Path, *more: str) -> list[str]:
    """The same with what was compiled."""
    return never(
        tmp_path, "--compiled", str(tmp_path / "compiled"), "--compiled-key", str(tmp_path / "keys/host.pub"), *more
    )


@pytest.mark.parametrize(
    ("guest", "keys_of_component"),
    [
        ("c-http", ""),
        ("rust-http-p3", ""),
        ("c-http", "tool.atoll.reuse.max_requests = 5\n"),
        ("go-http", 'tool.atoll.snapshot = true\nenvironment = { A = "1" }\n'),
    ],
    ids=["WASI 0.2", "WASI 0.3", "reused", "snapshot"],
)
def test_a_server_that_never_compiles_serves_what_was_compiled(
    atoll: Atoll, tmp_path: Path, keys: Path, guest: str, keys_of_component: str
) -> None:
    app = write_app(tmp_path, answering(guest) + keys_of_component)
    ended = refused("-f", str(app), *never(tmp_path))
    assert "its machine code is not here, and this server never compiles" in ended.stderr
    compiled(atoll, app)
    with up(app, *taking(tmp_path)) as running:
        assert get(running.url).status_code == 200
    # It is in the cache from then on.
    with up(app, *never(tmp_path)) as running:
        assert get(running.url).status_code == 200


def test_what_was_compiled_is_told(atoll: Atoll, tmp_path: Path, keys: Path) -> None:
    app = write_app(tmp_path, answering("c-http"))
    arguments = ["compile", "-f", str(app), "--key", "keys/host.key", "-o", "compiled", "--json"]
    told = json.loads(atoll(*arguments, env={"COSIGN_PASSWORD": ""}).out)
    [entry] = told["entries"]
    assert (told["app"], told["target"], entry["component"]) == ("test", "", "k")
    assert (tmp_path / "compiled" / entry["file"]).stat().st_size == entry["bytes"]
    again = atoll(*arguments, env={"COSIGN_PASSWORD": ""})
    assert (again.code, "is not empty" in again.err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--compiled-key", "keys/other.pub"], "it is not signed by"),
        ([], "no key, for none was given"),
        (["--compiled-key", "keys/missing.pub"], "cannot be read"),
    ],
)
def test_nobody_elses_code_is_taken(
    atoll: Atoll, tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    app = write_app(tmp_path, answering("c-http"))
    compiled(atoll, app)
    ended = refused("-f", str(app), *never(tmp_path, "--compiled", "compiled", *arguments))
    assert why in ended.stderr
    assert not list((tmp_path / "cache").rglob("*.cwasm"))


@pytest.mark.parametrize("changed", ["code", "document", "signature", "gone"])
def test_code_that_was_changed_is_not_taken(atoll: Atoll, tmp_path: Path, keys: Path, changed: str) -> None:
    app = write_app(tmp_path, answering("c-http"))
    folder = compiled(atoll, app)
    [code] = folder.glob("*.cwasm")
    match changed:
        case "code":
            content = bytearray(code.read_bytes())
            content[len(content) // 2] ^= 1
            code.write_bytes(content)
        case "document":
            document = folder / DOCUMENT
            document.write_text(document.read_text().replace('"test"', '"tost"'))
        case "signature":
            (folder / SIGNATURE).write_text("no base64!")
        case "gone":
            code.unlink()
    ended = refused("-f", str(app), *taking(tmp_path))
    assert f"what was compiled in {folder} is not taken" in ended.stderr
    assert not list((tmp_path / "cache").rglob("*.cwasm"))


def test_code_for_another_machine_is_made_and_not_run(atoll: Atoll, tmp_path: Path, keys: Path) -> None:
    app = write_app(tmp_path, answering("c-http"))
    compiled(atoll, app, "--target", OTHER)
    ended = refused("-f", str(app), *taking(tmp_path))
    assert "code that was compiled ahead cannot be used" in ended.stderr
    unknown = ["compile", "-f", str(app), "--key", "keys/host.key", "-o", "more", "--target", "pdp11"]
    said = atoll(*unknown, env={"COSIGN_PASSWORD": ""})
    assert (said.code, "code for `pdp11` cannot be made" in said.err) == (1, True)


def test_for_this_kind_of_machine_by_its_name(atoll: Atoll, tmp_path: Path, keys: Path) -> None:
    app = write_app(tmp_path, answering("c-http"))
    compiled(atoll, app, "--target", f"{platform.machine()}-unknown-linux-gnu")
    with up(app, *taking(tmp_path)) as running:
        assert get(running.url).status_code == 200


def test_functions_are_compiled_with_what_stands_before_them(atoll: Atoll, tmp_path: Path, keys: Path) -> None:
    handler = built("go-handler-p1")
    (tmp_path / "serverless.yml").write_text(
        f"service: s\nprovider: {{name: aws, runtime: wasm}}\n"
        f"functions: {{hello: {{handler: {handler}, events: [{{httpApi: 'GET /hello'}}]}}}}\n"
    )
    app = tmp_path / "serverless.yml"
    compiled(atoll, app)
    with up(app, *taking(tmp_path)) as running:
        assert get(f"{running.url}/hello").status_code == 200


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{}",
        b"[" * 100_000,
        b'{"version": 2, "app": "", "target": "", "atoll": "", "features": [], "entries": []}',
    ],
)
def test_documents_that_are_none_are_refused_also_with_a_signature(tmp_path: Path, document: bytes) -> None:
    (tmp_path / DOCUMENT).write_bytes(document)
    (tmp_path / SIGNATURE).write_bytes(base64.b64encode(KEY.sign(document)))
    with pytest.raises(UserError) as caught:
        Opened(tmp_path, [KEY.public])
    assert caught.value.code == "compiled-invalid"


def test_a_bundle_names_files_of_its_own_only(tmp_path: Path) -> None:
    entry = {"component": "c", "key": "../../secret", "tasks": "one", "digest": "sha256:" + "0" * 64, "size": 1}
    document = json.dumps(
        {"version": 1, "app": "", "target": "", "atoll": "", "features": [], "entries": [entry]}
    ).encode()
    (tmp_path / DOCUMENT).write_bytes(document)
    (tmp_path / SIGNATURE).write_bytes(base64.b64encode(KEY.sign(document)))
    opened = Opened(tmp_path, [KEY.public])
    with pytest.raises(UserError, match="it names a file"):
        opened.code(opened.bundle.entries[0])


@pytest.mark.parametrize("guest", ["rust-cli-p1", "rust-cli-p2", "python-cli-p3"])
def test_a_command_runs_that_was_compiled_before(atoll: Atoll, tmp_path: Path, keys: Path, guest: str) -> None:
    file = str(built(guest))
    run = ["run", file, "--never-compile", "--cache-dir", "cache"]
    refused = atoll(*run, "--", "hello")
    assert (refused.code, "its machine code is not here" in refused.err) == (1, True)
    arguments = ("-f", file, "--key", "keys/host.key", "-o", "compiled", "--disable-pooling")
    assert atoll("compile", *arguments, env={"COSIGN_PASSWORD": ""}).code == 0
    taken = atoll(*run, "--compiled", "compiled", "--compiled-key", "keys/host.pub", "--", "hello")
    assert (taken.code, taken.out) == (0, "hello\n"), taken.err
