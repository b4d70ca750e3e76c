"""What an app is made of: its settings, and everything that is wrong with it, at once."""

import asyncio
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import atoll
from atoll.errors import AtollError, Problems, UserError, render
from tests.conftest import MakeApp
from tests.support import answering, built


def refused(*arguments: object, **settings: object) -> AtollError:
    with pytest.raises(AtollError) as raised:
        atoll.asgi(*arguments, **settings)  # type: ignore[arg-type]
    return raised.value


def test_a_refused_manifest_says_file_and_line(make_app: MakeApp) -> None:
    manifest = make_app(answering("rust-kitchen") + 'tool.atoll.limits = { deadline = "soon" }\n')
    error = refused(manifest)
    assert error.location is not None
    assert (Path(error.location.file), error.location.line) == (manifest, 8)
    assert "soon" in render(error)


def test_everything_that_is_wrong_is_said_at_once(make_app: MakeApp) -> None:
    manifest = make_app(
        answering("rust-kitchen")
        + 'allowed_outbound_hosts = ["no host"]\n[[trigger.http]]\nroute = "/a/*/b"\ncomponent = "k"\n'
    )
    error = refused(manifest)
    assert isinstance(error, Problems)
    places = [problem.location.line for problem in error.problems if problem.location]
    assert places == [8, 10]


def test_a_guest_that_wants_what_nobody_granted_is_refused(make_app: MakeApp) -> None:
    error = refused(make_app(answering("rust-kitchen") + 'key_value_stores = ["missing"]\n'))
    assert error.code == "label-unknown"
    assert error.location is not None


def test_what_is_no_app_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "nothing.wasm").code == "manifest-not-found"
    (tmp_path / "broken.wasm").write_bytes(b"\0asm broken")
    assert refused(tmp_path / "broken.wasm").code == "guest-invalid"
    assert refused(built("rust-cli-p2")).code == "guest-no-handler"


def test_a_folder_means_its_manifest(make_app: MakeApp) -> None:
    manifest = make_app(answering("c-http"))
    assert TestClient(atoll.asgi(manifest.parent)).get("/").text == "Hello from C\n"
    assert TestClient(atoll.asgi(str(manifest))).get("/any/path").text == "Hello from C\n"
    assert atoll.asgi(manifest).name == "test"


def test_variables_and_environment_are_the_keywords(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPIN_VARIABLE_HOST", "from-the-environment")
    text = '[variables]\nhost = { required = true }\nword = { default = "usual" }\n' + answering("rust-kitchen")
    manifest = make_app(text + 'allowed_outbound_hosts = ["http://{{ host }}:1"]\nenvironment = { WORD = "own" }\n')
    app = TestClient(atoll.asgi(manifest, variables={"host": "@nothing"[1:]}, environment={"MORE": "1"}))
    assert set(app.get("/env").text.splitlines()) == {"WORD=own", "MORE=1"}
    unknown = refused(manifest, variables={"unknown": "1"})
    assert unknown.code == "variable-undeclared"


def test_a_value_that_begins_with_an_at_sign_is_no_file(make_app: MakeApp) -> None:
    manifest = make_app("[variables]\nhandle = { required = true }\n" + answering("c-http"))
    assert TestClient(atoll.asgi(manifest, variables={"handle": "@nobody.json"})).get("/").status_code == 200


def test_a_variable_without_a_value_is_refused(make_app: MakeApp) -> None:
    error = refused(make_app("[variables]\nneeded = { required = true }\n" + answering("c-http")))
    assert error.code == "variable-missing"
    assert error.location is not None


def test_the_runtime_config_holds(make_app: MakeApp, tmp_path: Path) -> None:
    config = tmp_path / "runtime.toml"
    config.write_text("max_instance_memory = 1000000\n")
    app = TestClient(atoll.asgi(make_app(answering("rust-kitchen")), runtime_config=config))
    assert app.get("/").status_code == 500
    config.write_text("max_instance_memorie = 1\n")
    error = refused(make_app(answering("rust-kitchen")), runtime_config=config)
    assert error.code == "runtime-config-invalid"
    assert error.location is not None
    assert error.location.line == 1


def test_limits_are_those_of_a_component_alone(make_app: MakeApp) -> None:
    app = TestClient(atoll.asgi(built("rust-kitchen"), limits={"deadline": "200ms"}))
    assert app.get("/sleep?ms=5000").status_code == 504
    assert app.get("/sleep?ms=5").status_code == 200
    assert refused(make_app(answering("c-http")), limits={"deadline": "1s"}).code == "limit-invalid"
    several = refused(built("c-http"), limits={"deadline": "soon", "patience": 3})
    assert isinstance(several, Problems)
    assert {problem.code for problem in several.problems} == {"limit-invalid"}


def test_stores_are_kept_beside_the_manifest_or_where_one_says(make_app: MakeApp, tmp_path: Path) -> None:
    manifest = make_app(answering("c-http") + 'key_value_stores = ["default"]\n')
    atoll.asgi(manifest)
    assert (manifest.parent / ".spin").is_dir()
    atoll.asgi(manifest, state_dir=tmp_path / "state")
    assert (tmp_path / "state").is_dir()


def test_compiled_code_is_kept_where_one_says(tmp_path: Path) -> None:
    atoll.asgi(built("c-http"), cache_dir=tmp_path / "cache")
    assert list((tmp_path / "cache" / "code").iterdir())


def test_only_chosen_components_answer(make_app: MakeApp) -> None:
    manifest = make_app(
        '[[trigger.http]]\nroute = "/one"\ncomponent = "one"\n[component.one]\nsource = "<c-http>"\n'
        '[[trigger.http]]\nroute = "/two"\ncomponent = "two"\n[component.two]\nsource = "<c-http>"\n'
    )
    app = TestClient(atoll.asgi(manifest, components=["two"]))
    assert (app.get("/one").status_code, app.get("/two").status_code) == (404, 200)


def test_an_app_can_be_made_while_a_loop_runs(make_app: MakeApp, tmp_path: Path) -> None:
    config = tmp_path / "runtime.toml"
    (tmp_path / "values.json").write_text('{"word": "told"}')
    config.write_text("")
    manifest = make_app('[variables]\nword = { default = "x" }\n' + answering("c-http"))

    async def make() -> str:
        return atoll.asgi(manifest, runtime_config=config).name

    assert asyncio.run(make()) == "test"


def test_secrets_stay_out_of_its_representation(make_app: MakeApp) -> None:
    manifest = make_app("[variables]\npassword = { required = true, secret = true }\n" + answering("c-http"))
    app = atoll.asgi(manifest, variables={"password": "hunter2"})
    assert "hunter2" not in repr(app) + repr(vars(app))


def test_importing_the_package_loads_no_framework() -> None:
    import subprocess
    import sys

    told = "import sys, atoll; atoll.asgi; print([m for m in ('starlette', 'django', 'uvicorn') if m in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def test_an_error_is_the_user_s_to_mend(tmp_path: Path) -> None:
    assert isinstance(refused(tmp_path / "nothing.toml"), UserError)
