"""The plugin of pytest, as a user meets it: runs of tests that pass and that fail, and what they print."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT, built
from tests.testing.conftest import Run
from tests.testing.guests import kitchen, rooms

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.slow


@pytest.fixture
def here(pytester: pytest.Pytester) -> Path:
    """The folder of the user's tests: an app, and a plugin."""
    (pytester.path / "crm.wasm").symlink_to(built("rust-plugin"))
    (pytester.path / "kitchen").mkdir()
    kitchen(pytester.path / "kitchen")
    rooms(pytester.path)
    return pytester.path


def test_tests_that_pass(run: Run, here: Path) -> None:
    ended = run(
        """
        import pytest, atoll

        class Directory:
            class Session:
                def __init__(self, user): self.name = user
                def user(self): return self.name
                def touch(self): return 1
            def lookup(self, name): return {"name": name.title(), "phone": "1"}
            def log_it(self, line): pass
            def apply(self, n): return n + 1
            def open_session(self, user): return self.Session(user)

        @pytest.fixture
        def crm(atoll_plugin):
            return atoll_plugin("crm.wasm", imports={"acme:plugin/directory": Directory()})

        def test_a_plugin(crm):
            assert crm.add(1, 2) == 3
            crm.crm.visit("anna")
            assert crm.calls("directory.session")[0].arguments == ("anna",)

        def test_another_sees_nothing_of_it(crm):
            assert crm.calls.names == []

        @pytest.mark.parametrize("color", ["red", "blue"])
        def test_an_app(atoll_app, color):
            app = atoll_app(key_value={"default": {"color": color}})
            assert app.get("/key-value/get?store=default&key=color").text == color
            assert app.calls.names == ["key_value.get"]
            app.put("/key-value/set?store=other&key=x", content=b"1")
            assert app.key_value["other"] == {"x": b"1"}

        def test_outbound_http(atoll_app, atoll_http):
            atoll_http.answer("https://api.example.com/now", text="noon")
            app = atoll_app("kitchen", http=atoll_http)
            assert app.get("/fetch", params={"url": "https://api.example.com/now"}).text == "noon"

        @pytest.mark.anyio
        async def test_coroutines(crm, atoll_app):
            assert await crm.aio.add(1, 2) == 3
            app = atoll_app()
            assert (await app.aio.get("/variables/get?name=tint")).text == "red!"

        @pytest.fixture
        def anyio_backend():
            return "asyncio"
        """
    )
    ended.assert_outcomes(passed=6)
    assert not (here / ".spin").exists()
    assert not (here / ".atoll").exists()


def test_a_test_that_fails_shows_what_guests_asked_and_wrote(run: Run, here: Path) -> None:
    ended = run(
        """
        def test_that_fails(atoll_app):
            app = atoll_app("kitchen")
            app.get("/log?text=hello")
            assert app.get("/panic").status_code == 200

        def test_that_asks(atoll_app):
            app = atoll_app(key_value={"default": {"color": "red"}})
            app.get("/key-value/get?store=default&key=colour")
            assert app.calls("key_value.set")

        def test_that_finds_its_fixture(request):
            request.getfixturevalue("atoll_app")("kitchen").get("/log?text=found")
            assert False

        def test_that_passes(atoll_app):
            atoll_app("kitchen").get("/log?text=of-another-test")
        """
    )
    ended.assert_outcomes(passed=1, failed=3)
    told = ended.stdout.str()
    ended.stdout.fnmatch_lines(
        [
            "*- guest log of test -*",
            "stdout | to stdout: hello",
            "stderr | to stderr: hello",
            "stderr | as asked",
            "stderr |   *misbehave.rs:9*",
            "*assert <no call of key_value.set among 1 host calls>",
            "*- host calls of test -*",
            "key_value['default'].get('colour') -> None",
            "stdout | to stdout: found",
        ]
    )
    assert "of-another-test" not in told


def test_a_guest_s_error_is_shown_with_its_stack(run: Run, here: Path) -> None:
    ended = run(
        """
        from unittest.mock import Mock

        def test_that_traps(atoll_plugin):
            crm = atoll_plugin("crm.wasm", imports={"acme:plugin/directory": Mock()})
            crm.bad.panic("oh")
        """
    )
    ended.assert_outcomes(failed=1)
    ended.stdout.fnmatch_lines(["E*GuestTrap*", "E*guest stack:", "*- guest log of crm -*", "stderr | oh"])


def test_requests_without_an_answer_fail_the_test(run: Run, here: Path) -> None:
    ended = run(
        """
        def test_fetch(atoll_app, atoll_http):
            app = atoll_app("kitchen", http=atoll_http)
            assert app.get("/fetch", params={"url": "https://api.example.com/now"}).status_code == 502
        """
    )
    ended.assert_outcomes(passed=1, errors=1)
    ended.stdout.fnmatch_lines(
        [
            "E*Unanswered: guests sent HTTP requests that the test does not answer:",
            "E*  GET https://api.example.com/now",
        ]
    )


def test_a_host_that_only_the_test_refuses_is_told(run: Run, here: Path) -> None:
    ended = run(
        """
        def test_fetch(atoll_app):
            app = atoll_app("kitchen")
            assert app.get("/fetch?url=https://api.example.com/now").status_code == 200
        """
    )
    ended.assert_outcomes(failed=1)
    ended.stdout.fnmatch_lines(
        [
            "stderr | *disallowed destination 'https://api.example.com'.",
            "*- network of test -*",
            "in a test nobody reaches https://api.example.com: see `network` and `http` of atoll_app",
        ]
    )


def test_what_cannot_be_loaded_is_said(run: Run, here: Path) -> None:
    (here / "broken").mkdir()
    (here / "broken" / "spin.toml").write_text("spin_manifest_version = 2\n")
    ended = run(
        """
        def test_app(atoll_app):
            atoll_app("broken")

        def test_file(atoll_plugin):
            atoll_plugin("nothing.wasm")

        def test_keyword(atoll_app):
            atoll_app(variable={})
        """
    )
    ended.assert_outcomes(failed=3)
    ended.stdout.fnmatch_lines(
        [
            ">*atoll_app(*broken*)",
            "E*Problems: the manifest lacks the key `application`*",
            "E*error: the manifest lacks the key `application`",
            "E*--> *broken*spin.toml:1:1",
            "E*UserError: `nothing.wasm` cannot be read*",
            "E*hint: check the path*",
            "E*TypeError: atoll_app() got an unexpected keyword argument 'variable'*",
        ]
    )
    # Nobody looks for the fault in there.
    assert "embed/wasm.py" not in ended.stdout.str()


def test_paths_are_found_beside_the_test_too(run: Run, pytester: pytest.Pytester) -> None:
    folder = pytester.mkdir("tests")
    kitchen(folder)
    (folder / "crm.wat").write_text('(module (func (export "one") (result i32) (i32.const 1)))')
    (folder / "test_beside.py").write_text(
        "def test_app(atoll_app):\n"
        "    assert atoll_app().get('/').status_code == atoll_app('spin.toml').get('/').status_code == 200\n"
        "def test_plugin(atoll_plugin):\n"
        "    assert atoll_plugin('crm.wat').one() == 1\n"
    )
    run("", "tests").assert_outcomes(passed=2)


def test_plugins_of_one_test_share_the_stores_that_they_name(run: Run, here: Path) -> None:
    run(
        """
        import atoll
        from tests.embed.doors import KEY_VALUE

        def write(plugin, value):
            with plugin.open() as guest:
                guest.set(guest.open_store("default"), "a", value)

        def test_shared(atoll_plugin):
            one, other = (atoll_plugin(KEY_VALUE, name=name, grants=atoll.Grants(key_value="tenant")) for name in "ab")
            write(one, b"1")
            assert other.key_value["default"] == {"a": b"1"}
            assert (one.calls.names, other.calls.names) == (["key_value.set"], [])

        def test_own(atoll_plugin):
            one, other = (atoll_plugin(KEY_VALUE, name=name, grants=atoll.Grants(key_value=True)) for name in "ab")
            write(one, b"1")
            assert (one.key_value["default"], other.key_value["default"]) == ({"a": b"1"}, {})

        def test_another(atoll_plugin):
            assert atoll_plugin(KEY_VALUE, grants=atoll.Grants(key_value="tenant")).key_value["default"] == {}
        """
    ).assert_outcomes(passed=3)


def test_a_session_can_share_one(run: Run, here: Path) -> None:
    run(
        """
        import pytest
        from atoll.testing import load_app

        @pytest.fixture(scope="session")
        def app():
            with load_app("spin.toml") as app:
                yield app

        @pytest.mark.parametrize("n", range(3))
        def test_one(app, n):
            app.calls.clear()
            app.variables["color"] = str(n)
            assert app.get("/variables/get?name=tint").text == f"{n}!"
            assert app.calls.names == ["variables.get"]
        """
    ).assert_outcomes(passed=3)


def test_workers_of_xdist_do_not_meet(run: Run, here: Path) -> None:
    run(
        """
        import pytest

        @pytest.mark.parametrize("n", range(6))
        def test_one(atoll_app, atoll_http, n):
            app = atoll_app(key_value={"default": {"n": str(n)}}, sqlite={"default": f"CREATE TABLE t{n} (a)"})
            assert app.get("/key-value/get?store=default&key=n").text == str(n)
            assert repr(app.sqlite["default"]) == f"<database: t{n}>"
        """,
        "-n",
        "2",
    ).assert_outcomes(passed=6)


def test_the_fixtures_are_listed(run: Run) -> None:
    listed = run("", "--fixtures").stdout
    listed.fnmatch_lines(
        [
            "*fixtures defined from atoll.testing.plugin*",
            "atoll_app -- *",
            "    Load an app in this process*",
            "atoll_plugin -- *",
            "    Load a plugin as*",
            "atoll_http -- *",
            "    Answer outbound HTTP requests of guests*",
        ]
    )


def test_a_run_that_does_not_use_it_loads_nothing_of_it(run: Run) -> None:
    run(
        """
        import sys

        def test_nothing():
            loaded = {name for name in sys.modules if name.startswith("atoll")}
            assert loaded <= {"atoll", "atoll.testing", "atoll.testing.plugin"}
            assert "atoll.testing.plugin" in loaded
            assert not {"httpx", "msgspec"} & sys.modules.keys()
        """
    ).assert_outcomes(passed=1)


def test_it_can_be_switched_off(run: Run) -> None:
    ended = run("def test_app(atoll_app): pass", "-p", "no:atoll")
    ended.assert_outcomes(errors=1)
    ended.stdout.fnmatch_lines(["*fixture 'atoll_app' not found"])


def test_it_can_be_named(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    run("def test_app(atoll_app): assert atoll_app()", "-p", "atoll").assert_outcomes(passed=1)


def test_the_package_loads_nothing_until_it_is_asked() -> None:
    told = "import sys, atoll.testing; print(sorted(m for m in sys.modules if m.startswith('atoll')))"
    ended = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == "['atoll', 'atoll.testing']\n"
