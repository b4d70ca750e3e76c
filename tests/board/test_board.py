"""A board that never compiles serves what was compiled for it elsewhere."""

from collections.abc import Callable
from pathlib import Path

import pytest

from atoll.registry.trust.keys import PrivateKey
from atoll.testing import up
from tests.board.conftest import Board
from tests.cli.conftest import Atoll, atoll
from tests.support import answering, get, refused, write_app

__all__ = ["atoll"]

ARM = "aarch64-unknown-linux-gnu"
# The emulator keeps a record of every page that is reserved, and a pool reserves terabytes.
WITHOUT_POOL = "--disable-pooling"
# An answer, its guest, and what the component has beside it. Faults come first: the server outlives them.
ROUTES = {
    "outside": (500, "wat-outside-memory", ""),
    "recursion": (500, "wat-recursion", ""),
    "spin": (500, "wat-spin", 'tool.atoll.limits.cpu_time = "500ms"\n'),
    "c": (200, "c-http", ""),
    "p3": (200, "rust-http-p3", ""),
    "reused": (200, "rust-http", "tool.atoll.reuse.max_requests = 5\n"),
    "snapshot": (200, "go-http", "tool.atoll.snapshot = true\n"),
}

Compiled = Callable[[str], list[str]]


@pytest.fixture
def compiled(atoll: Atoll, tmp_path: Path) -> Compiled:
    """Compiles an app for the board, by its manifest; gives the arguments of the server there."""

    def compile_app(manifest: str) -> list[str]:
        key = PrivateKey.generate("ed25519")
        (tmp_path / "host.key").write_bytes(key.encrypted(b""))
        (tmp_path / "host.pub").write_bytes(key.public.pem)
        write_app(tmp_path, manifest)
        arguments = ("--key", "host.key", "-o", "code", "--target", ARM, WITHOUT_POOL)
        said = atoll("compile", *arguments, env={"COSIGN_PASSWORD": ""})
        assert said.code == 0, said.err
        given = {"--compiled": "code", "--compiled-key": "host.pub", "--cache-dir": "cache"}
        named = [part for name, value in given.items() for part in (name, str(tmp_path / value))]
        return [str(tmp_path / "spin.toml"), "--workers", "1", WITHOUT_POOL, *named]

    return compile_app


@pytest.mark.slow
def test_what_was_compiled_for_the_board_is_served_there_and_kept_within_its_limits(
    board: Board, compiled: Compiled
) -> None:
    manifest = "".join(
        f'[[trigger.http]]\nroute = "/{name}"\ncomponent = "{name}"\n[component.{name}]\nsource = "<{guest}>"\n{rest}'
        for name, (_, guest, rest) in ROUTES.items()
    )
    app, *arguments = compiled(manifest)
    with board.on(), up(app, *arguments) as running:
        answers = {name: get(f"{running.url}/{name}").status_code for name in ROUTES}
    assert answers == {name: status for name, (status, _, _) in ROUTES.items()}


@pytest.mark.slow
def test_a_board_without_a_compiler_refuses_what_was_not_compiled(board: Board, compiled: Compiled) -> None:
    app, *arguments = compiled(answering("c-http"))
    write_app(Path(app).parent, answering("rust-http"))
    with board.on():
        ended = refused("-f", app, *arguments)
    assert "its machine code is not here, and this atoll has no compiler" in ended.stderr


@pytest.mark.slow
def test_code_for_another_kind_of_machine_is_refused(board: Board, atoll: Atoll, compiled: Compiled) -> None:
    app, *arguments = compiled(answering("c-http"))
    folder = Path(app).parent
    said = atoll("compile", "--key", "host.key", "-o", "native", WITHOUT_POOL, env={"COSIGN_PASSWORD": ""})
    assert said.code == 0, said.err
    with board.on():
        ended = refused("-f", app, *(each.replace(str(folder / "code"), str(folder / "native")) for each in arguments))
    assert "code that was compiled ahead cannot be used" in ended.stderr


@pytest.mark.slow
def test_nothing_is_compiled_on_the_board(board: Board, atoll: Atoll, compiled: Compiled) -> None:
    compiled(answering("c-http"))
    with board.on():
        said = atoll("compile", "--key", "host.key", "-o", "there", env={"COSIGN_PASSWORD": ""})
    assert (said.code, "this atoll has no compiler" in said.err) == (1, True)
