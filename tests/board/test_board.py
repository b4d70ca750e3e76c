"""A board that never compiles runs what was compiled for it elsewhere."""

from collections.abc import Callable
from pathlib import Path

import pytest

from atoll.registry.trust.keys import PrivateKey
from atoll.testing import up
from tests.board.conftest import Board
from tests.cli.conftest import Atoll, atoll
from tests.support import answering, built, get, refused, write_app

__all__ = ["atoll"]

pytestmark = pytest.mark.slow

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

Compiled = Callable[..., list[str]]


@pytest.fixture
def compiled(atoll: Atoll, tmp_path: Path) -> Compiled:
    """Compiles an app or a command into a folder; gives the arguments of who takes it from there."""
    key = PrivateKey.generate("ed25519")
    (tmp_path / "host.key").write_bytes(key.encrypted(b""))
    (tmp_path / "host.pub").write_bytes(key.public.pem)

    def compile_for(app: Path, folder: str, *target: str) -> list[str]:
        arguments = ("-f", str(app), "--key", "host.key", "-o", folder, WITHOUT_POOL, *target)
        said = atoll("compile", *arguments, env={"COSIGN_PASSWORD": ""})
        assert said.code == 0, said.err
        given = {"--compiled": folder, "--compiled-key": "host.pub", "--cache-dir": "cache"}
        return [part for name, value in given.items() for part in (name, str(tmp_path / value))]

    return compile_for


def serving(app: Path, given: list[str]) -> list[str]:
    """Arguments of a server on the board."""
    return [str(app), "--workers", "1", WITHOUT_POOL, *given]


def test_what_was_compiled_for_the_board_is_served_there_and_kept_within_its_limits(
    board: Board, compiled: Compiled, tmp_path: Path
) -> None:
    manifest = "".join(
        f'[[trigger.http]]\nroute = "/{name}"\ncomponent = "{name}"\n[component.{name}]\nsource = "<{guest}>"\n{rest}'
        for name, (_, guest, rest) in ROUTES.items()
    )
    app = write_app(tmp_path, manifest)
    given = compiled(app, "code", "--target", ARM)
    with board.on(), up(*serving(app, given)) as running:
        answers = {name: get(f"{running.url}/{name}").status_code for name in ROUTES}
    assert answers == {name: status for name, (status, _, _) in ROUTES.items()}


def test_a_command_runs_on_the_board(board: Board, atoll: Atoll, compiled: Compiled) -> None:
    file = built("rust-cli-p2")
    given = compiled(file, "code", "--target", ARM)
    with board.on():
        said = atoll("run", str(file), *given, "--", "hello")
    assert (said.code, said.out) == (0, "hello\n"), said.err


def test_a_board_without_a_compiler_refuses_what_was_not_compiled(
    board: Board, compiled: Compiled, tmp_path: Path
) -> None:
    app = write_app(tmp_path, answering("c-http"))
    given = compiled(app, "code", "--target", ARM)
    write_app(tmp_path, answering("rust-http"))
    with board.on():
        ended = refused("-f", *serving(app, given))
    assert "its machine code is not here, and this atoll has no compiler" in ended.stderr


def test_code_for_another_kind_of_machine_is_refused(board: Board, compiled: Compiled, tmp_path: Path) -> None:
    app = write_app(tmp_path, answering("c-http"))
    given = compiled(app, "native")
    with board.on():
        ended = refused("-f", *serving(app, given))
    assert "code that was compiled ahead cannot be used" in ended.stderr


def test_nothing_is_compiled_on_the_board(board: Board, atoll: Atoll, compiled: Compiled, tmp_path: Path) -> None:
    app = write_app(tmp_path, answering("c-http"))
    compiled(app, "code")
    with board.on():
        said = atoll("compile", "--key", "host.key", "-o", "there", env={"COSIGN_PASSWORD": ""})
    assert (said.code, "this atoll has no compiler" in said.err) == (1, True)
