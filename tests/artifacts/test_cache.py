"""`atoll cache`: what lies there, what nobody uses any more, and what stays because somebody does."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from atoll import toolchain
from atoll.cache import cache_folders, cache_home, hold
from atoll.cache.contents import Kind, kinds
from atoll.cache.entry import Entry
from atoll.cache.removing import Chosen, everything, remove, unused
from atoll.errors import UserError
from atoll.registry.store import Store
from atoll.testing import up
from atoll.toolchain.leftovers import kind
from atoll.toolchain.place import Place
from tests.cli.conftest import Atoll
from tests.composing.apps import HANDLER
from tests.servers.registry import DockerRegistry
from tests.support import answering, built, get, write_app

MONTHS = 100 * 86400
KINDS = ["apps", "blobs", "signatures", "composed", "code", "packages", "toolchains"]

Cache = Callable[..., Any]

PYTHON_COMPONENT = {"PYTHONPATH": str(Path(toolchain.__file__).parent / "python")}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, and toolchains of its own: what is removed here must be nobody else's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("ATOLL_TOOLCHAINS", str(tmp_path / "toolchains"))
    monkeypatch.delenv("ATOLL_CACHE_DIR", raising=False)
    assert cache_home() == tmp_path / "cache" / "atoll"
    return cache_home()


@pytest.fixture
def cache(atoll: Atoll) -> Cache:
    """Run `atoll cache ARGUMENTS --json`; by kind, what it says of things and bytes."""

    def run(*arguments: str) -> dict[str, dict[str, Any]]:
        said = atoll("cache", *arguments, "--json")
        assert said.code == 0, said.err
        return {row["kind"]: row for row in json.loads(said.out)["kinds"]}

    return run


def items(rows: dict[str, dict[str, Any]]) -> dict[str, int]:
    """How many things of each kind, where there are some."""
    return {kind: row["items"] for kind, row in rows.items() if row["items"]}


def age(root: Path, seconds: float = MONTHS) -> None:
    """As if nobody had used anything for so long."""
    then = time.time() - seconds
    for base, folders, files in os.walk(root):
        for name in [*folders, *files]:
            os.utime(Path(base, name), (then, then))


@pytest.fixture
def pushed(atoll: Atoll, registry: DockerRegistry, folder: Path, request: pytest.FixtureRequest) -> str:
    """An app with a static file, in the registry; its reference."""
    (folder / "text.txt").write_text(f"of {request.node.name}" * 1000)
    write_app(folder, answering("rust-http") + 'files = ["text.txt"]\n')
    name = request.node.name.partition("[")[0].replace("_", "-")
    name = f"{registry.host}/cached/{name}:1"
    assert atoll("push", name, "-f", str(folder)).code == 0
    return name


def put(path: Path, content: bytes = b"x" * 100) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_what_a_run_has_left_is_listed(atoll: Atoll, cache: Cache, here: Path, pushed: str) -> None:
    assert atoll("cache", "dir").out == f"{here}\n".replace(str(here.parents[1]), ".")
    assert items(cache("list")) == {}
    with up(pushed) as app:
        assert get(app.url).status_code == 200
    rows = cache("list")
    assert items(rows) == {"apps": 1, "blobs": 2, "code": 1}
    [code], [wasm] = (here / "code").glob("*.cwasm"), (here / "registry/wasm").iterdir()
    assert rows["code"]["bytes"] == code.stat().st_size + 32
    # The app's wasm file and the blob are one file, which is counted once.
    assert rows["blobs"]["bytes"] > wasm.stat().st_size > rows["apps"]["bytes"] > 0
    words = atoll("cache", "list").out.splitlines()
    assert [line.split()[0] for line in words] == [*KINDS, "in"]
    assert "apps that were pulled" in words[0]


def test_what_nobody_has_used_for_long_goes_and_is_fetched_again(
    atoll: Atoll, cache: Cache, here: Path, pushed: str
) -> None:
    with up(pushed) as app:
        assert get(app.url).status_code == 200
    assert items(cache("prune")) == {}
    age(here, 10 * 86400)
    assert items(cache("prune")) == {}
    would = cache("prune", "--older-than", "9d", "--dry-run")
    assert items(would) == {"apps": 1, "blobs": 2, "code": 1}
    assert items(cache("list")) == {"apps": 1, "blobs": 2, "code": 1}
    went = cache("prune", "--older-than", "1w")
    assert {kind: row["bytes"] for kind, row in went.items()} == {kind: row["bytes"] for kind, row in would.items()}
    assert items(cache("list")) == {}
    assert (here / "code" / "key").is_file()
    assert atoll("cache", "prune").out == "there is nothing to remove; the cache is ./cache/atoll\n"
    with up(pushed) as app:
        assert get(app.url).status_code == 200
    assert items(cache("list")) == {"apps": 1, "blobs": 2, "code": 1}


def test_who_uses_something_puts_its_end_off(cache: Cache, here: Path, pushed: str) -> None:
    with up(pushed):
        pass
    age(here)
    with up(pushed):
        pass
    # The static file is in the app, and its blob was not looked at again.
    assert items(cache("prune")) == {"blobs": 1}


@pytest.mark.parametrize("words", [["prune", "--older-than", "0s"], ["clean"]])
def test_what_a_server_needs_stays_while_it_runs(cache: Cache, here: Path, pushed: str, words: list[str]) -> None:
    with up(pushed, "--workers", "2") as app:
        age(here)
        went = cache(*words)
        assert (went["apps"]["items"], went["apps"]["in_use"]) == (0, 1)
        assert went["code"]["items"] == 1
        assert [*(here / "registry/apps").iterdir()] and [*(here / "registry/wasm").iterdir()]
        # A worker that is replaced reads the app again, and compiles it.
        os.kill(app.workers()[0], signal.SIGKILL)
        app.wait_for("serves again", timeout=120)
        assert get(app.url).status_code == 200
        app.signal(signal.SIGHUP)
        app.wait_for("the app was reloaded", timeout=60)
    age(here)
    cache(*words)
    assert items(cache("list")) == {}


def test_a_composition_stays_while_a_server_has_it_and_its_parts_do_not(
    atoll: Atoll, cache: Cache, folder: Path, registry: DockerRegistry
) -> None:
    assert atoll("push", f"{registry.host}/held/back:1.0.0", "-f", str(built("rust-http"))).code == 0
    part = f'{{ registry = "{registry.host}", package = "held:back", version = "1.0.0" }}'
    manifest = write_app(folder, answering("wat-pass") + f'dependencies."{HANDLER}" = {part}\n')
    with up(manifest, "--workers", "2") as app:
        went = cache("clean")
        assert (went["composed"]["items"], went["composed"]["in_use"]) == (0, 1)
        # The wasm file, and the manifest of the artifact that has it.
        assert (went["blobs"]["items"], went["code"]["items"]) == (2, 1)
        os.kill(app.workers()[0], signal.SIGKILL)
        app.wait_for("serves again", timeout=120)
        assert get(app.url).status_code == 200
    assert items(cache("clean")) == {"composed": 1, "code": 1}
    with up(manifest) as app:
        assert get(app.url).status_code == 200


def test_a_server_that_never_compiles_keeps_all_code(cache: Cache, here: Path, folder: Path) -> None:
    manifest = write_app(folder, answering("rust-http"))
    with up(manifest):
        pass
    with up(manifest, "--never-compile", "--workers", "2") as app:
        age(here)
        assert cache("prune")["code"]["in_use"] == 1
        os.kill(app.workers()[0], signal.SIGKILL)
        app.wait_for("serves again", timeout=60)
    age(here)
    assert items(cache("prune")) == {"code": 1}


def test_only_the_kinds_that_were_named_are_cleaned(cache: Cache, here: Path) -> None:
    put(here / "composed" / f"{'a' * 64}.wasm")
    put(here / "code" / f"{'b' * 64}-{'0' * 16}.cwasm")
    put(here / "code" / f"{'b' * 64}-{'0' * 16}.seal")
    assert items(cache("clean", "composed", "--dry-run")) == {"composed": 1}
    assert [*cache("clean", "composed")] == ["composed"]
    assert items(cache("list")) == {"code": 1}
    assert items(cache("clean", "code")) == {"code": 1}
    assert [*(here / "code").iterdir()] == []


def test_what_is_not_atolls_is_never_looked_at(cache: Cache, here: Path) -> None:
    others = [
        *("target/release/libx.rlib", "peers/bin/other", "code/main.py", "code/key", "composed/notes.txt"),
        *("registry/apps/mine/spin.toml", "registry/wasm/plain.wasm", "python-component/README"),
    ]
    for name in others:
        put(here / name)
    # Neither is what a link leads to.
    (here / "composed" / f"{'c' * 64}.wasm").symlink_to(here / "composed" / "notes.txt")
    age(here)
    assert items(cache("list")) == {}
    assert items(cache("clean")) == {}
    assert all((here / name).is_file() for name in others)


def test_what_was_never_finished_goes_unless_somebody_is_at_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = [
        *("code/.tmpAbC123", f"code/{'b' * 64}-{'0' * 16}.seal", "composed/.tmpAbC123", "code/.key-17"),
        *(
            "registry/apps/.new-abcd1234/spin.toml",
            "registry/data/.unpacked-abcd1234",
            "registry/data/tmpabcd1234.tar.gz",
            f"registry/signatures/.sha256-{'d' * 43}.abcd1234",
        ),
        "python-component/.abcd1234/new/packages/x.py",
        *(f"registry/apps/sha256-{'d' * 64}/wasm/x.wasm", "registry/apps/.gone-abcd1234/x/spin.toml"),
    ]
    for name in begun:
        put(here / name)
    age(here)
    # Who made them may be at it still: their names are an hour old at most, whatever their time of change.
    assert all(not one.going for one in everything(kinds(here), KINDS))
    later = time.time() + 3601
    monkeypatch.setattr("atoll.cache.removing.time.time", lambda: later)
    for one in unused(kinds(here), MONTHS):
        remove([one])
    assert [path for path in here.rglob("*") if path.is_file()] == []


def test_a_blob_that_arrives_is_left_to_whoever_receives_it(cache: Cache, here: Path) -> None:
    digest = f"sha256:{'e' * 64}"
    with Store(here).receiving(digest, wasm=True) as partial:
        assert partial is not None
        partial.write(b"some of it")
        assert (cache("clean", "blobs")["blobs"]["in_use"], partial.size) == (1, 10)
    assert items(cache("prune")) == {}
    assert items(cache("clean", "blobs")) == {"blobs": 1}


def test_signatures_and_blobs_stay_with_what_needs_them(cache: Cache, here: Path) -> None:
    apps, blobs, signatures = here / "registry/apps", here / "registry/wasm", here / "registry/signatures"
    for letter in "ab":
        blob = put(blobs / f"sha256:{letter * 64}")
        manifest = put(apps / f"sha256-{letter * 64}" / "spin.toml")
        (manifest.parent / "wasm").mkdir()
        (manifest.parent / "wasm" / "w.wasm").hardlink_to(blob)
        put(signatures / f"sha256-{letter * 64}.json")
    put(here / "registry/data" / f"sha256:{'c' * 64}")
    put(signatures / f"sha256-{'c' * 64}.json")
    put(signatures / f"sha256-{'d' * 64}.json")
    age(here)
    os.utime(apps / f"sha256-{'a' * 64}" / "spin.toml")
    os.utime(here / "registry/data" / f"sha256:{'c' * 64}")
    went = cache("prune")
    assert items(went) == {"apps": 1, "blobs": 1, "signatures": 2}
    assert went["blobs"]["bytes"] == 100
    assert {path.name[7] for path in signatures.iterdir()} == {"a", "c"}
    # Without the blob the file has its other name still, so nothing is free.
    assert cache("clean", "blobs", "--dry-run")["blobs"]["bytes"] == 100


def test_packages_of_python_projects_stay_while_a_build_has_them(cache: Cache, here: Path, folder: Path) -> None:
    code = "from pathlib import Path; from python_component.requirements import installed\n"
    code += "print(installed([Path()], None, upgrade=False).home, flush=True); input()"
    for _ in range(2):
        age(here)
        with subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, **PYTHON_COMPONENT},
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as build:
            assert build.stdin is not None and build.stdout is not None
            home = Path(build.stdout.readline().decode().strip())
            assert home.parent == cache_folders().python_component
            # It was there before, or was made; in both cases it was used now.
            assert items(cache("prune")) == {}
            assert (cache("clean", "packages")["packages"]["in_use"], home.is_dir()) == (1, True)
            build.stdin.write(b"\n")
    age(here)
    assert items(cache("prune")) == {"packages": 1}
    assert [*home.parent.iterdir()] == []


def test_of_toolchains_only_what_belongs_to_none_goes(
    cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path / "toolchains")
    with place.alone(lambda: None):
        for digest in ("first", "second"):
            place.put("zig", digest, lambda folder: None)
        put(place.cache("zig") / "o" / "made")
        put(place.bin / "zig")
        assert cache("clean", "toolchains")["toolchains"]["in_use"] == 1
    later = time.time() + 3601
    monkeypatch.setattr("atoll.cache.removing.time.time", lambda: later)
    kept = place.part("zig")
    [old] = unused([kind()], MONTHS)
    assert [entry.paths[0].name[:9] for entry in old.going] == ["zig-first"]
    remove([old])
    assert kept is not None and place.part("zig") == kept and place.has("zig")
    assert items(cache("clean", "toolchains")) == {"toolchains": 1}
    assert not place.cache("zig").exists() and place.has("zig")


def test_another_cache_has_no_toolchains_and_no_packages(atoll: Atoll, tmp_path: Path, here: Path) -> None:
    put(here / "composed" / f"{'a' * 64}.wasm")
    put(tmp_path / "other" / "composed" / f"{'a' * 64}.wasm")
    said = json.loads(atoll("cache", "clean", "--json", env={"ATOLL_CACHE_DIR": "other"}).out)
    assert [row["kind"] for row in said["kinds"]] == KINDS[:-2]
    assert (said["path"], said["items"], said["bytes"], said["dry_run"]) == ("./other", 1, 100, False)
    assert not [*(tmp_path / "other" / "composed").iterdir()] and [*(here / "composed").iterdir()]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["clean", "target"], "'target' is not one of"),
        (["prune", "--older-than", "30"], "'30' is no time; write one such as 12h, 30d or 8w"),
        (["prune", "--older-than", "1y"], "'1y' is no time"),
        (["prune", "--older-than", "-1d"], "'-1d' is no"),
        (["prune", "--older-than", "9999999999999999h"], "is out of range"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(atoll: Atoll, arguments: list[str], words: str) -> None:
    said = atoll("cache", *arguments)
    assert (said.code, words in said.err, said.out) == (1, True, ""), said.err


@pytest.mark.parametrize("words", [["list"], ["prune"], ["clean"]])
def test_a_folder_that_cannot_be_read_is_named(atoll: Atoll, here: Path, words: list[str]) -> None:
    here.mkdir(parents=True)
    (here / "composed").symlink_to(here / "composed")
    said = atoll("cache", *words)
    assert said.code == 1
    assert "cache/atoll/composed of the cache cannot be read: Too many levels of symbolic links" in said.err


def test_what_cannot_be_removed_is_named_and_keeps_nothing_else(tmp_path: Path) -> None:
    first, last = put(tmp_path / "first"), put(tmp_path / "last")
    going = [Entry(paths=(path,), used=0, size=1) for path in (first, last / "below", last)]
    with pytest.raises(UserError, match=r"last/below of the cache cannot be removed: Not a directory") as raised:
        remove([Chosen(Kind("composed", "", (), lambda: going), going)])
    assert raised.value.code == "cache-unusable"
    assert not first.exists() and not last.exists()


def test_what_is_gone_before_it_is_held_is_told(here: Path) -> None:
    path = put(here / "composed" / f"{'a' * 64}.wasm")
    with closing(hold([path, path.with_name("other")])) as held:
        assert held.missing == [path.with_name("other")]
        assert [one.in_use for one in everything(kinds(here), {"composed"})] == [1]
    assert [len(one.going) for one in everything(kinds(here), {"composed"})] == [1]
