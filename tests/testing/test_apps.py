"""An app under test answers as the app does, with virtual capabilities around it."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from atoll.capabilities import resolving
from atoll.capabilities.messaging.provider import Message
from atoll.errors import Problems, UserError
from atoll.testing import AppUnderTest, OutboundHttp, load_app
from tests.rooms.test_custom import CATALOGUE
from tests.support import answering, built, write_app
from tests.testing.guests import kitchen, rooms

SHOP = "acme:shop/catalogue"

pytestmark = pytest.mark.slow


def test_stores_are_filled_read_and_recorded(tmp_path: Path) -> None:
    with load_app(rooms(tmp_path), key_value={"default": {"color": "red"}}) as app:
        assert app.get("/key-value/get?store=default&key=color").text == "red"
        assert app.put("/key-value/set?store=other&key=size", content=b"xl").status_code == 200
        assert app.key_value == {"default": {"color": b"red"}, "other": {"size": b"xl"}}
        app.key_value["other"].clear()
        assert app.get("/key-value/get?store=other&key=size").status_code == 404
        assert [str(call) for call in app.calls][:2] == [
            "key_value['default'].get('color') -> b'red'",
            "key_value['other'].set('size', b'xl') -> None",
        ]
        assert [call.label for call in app.calls("key_value.get")] == ["default", "other"]


def test_databases_are_filled_read_and_recorded(tmp_path: Path) -> None:
    script = "CREATE TABLE users (name); INSERT INTO users VALUES ('anna')"
    with load_app(rooms(tmp_path), sqlite={"default": script}) as app:
        assert app.post("/sqlite?db=default", content=b"SELECT * FROM users").text == "columns\tname\nrow\tt:anna"
        assert "no such table" in app.post("/sqlite?db=default", content=b"SELECT * FROM nowhere").text
        assert app.calls.names == ["sqlite.open", "sqlite.execute", "sqlite.open", "sqlite.execute"]
        assert "Io" in str(app.calls[-1])


def test_variables_are_the_manifests_until_the_test_says_others(tmp_path: Path) -> None:
    with load_app(rooms(tmp_path)) as app:
        assert app.calls.names == []
        assert app.get("/variables/get?name=tint").text == "red!"
        app.variables["color"] = "blue"
        assert app.get("/variables/get?name=tint").text == "blue!"
        assert [call.result for call in app.calls("variables.get")] == ["red", "blue"]
    with load_app(rooms(tmp_path), variables={"color": "green"}) as app:
        assert app.get("/variables/get?name=tint").text == "green!"


def test_variables_that_are_missing_or_unknown_are_refused(tmp_path: Path) -> None:
    manifest = write_app(tmp_path, "[variables]\nneeded = { required = true }\n" + answering("c-http"))
    with pytest.raises(UserError) as raised, load_app(manifest):
        pass
    assert raised.value.code == "variable-missing"
    assert raised.value.location is not None
    with pytest.raises(UserError) as raised, load_app(manifest, variables={"needed": "1", "other": "2"}):
        pass
    assert raised.value.code == "variable-undeclared"


def test_objects_and_messages_are_seen(tmp_path: Path) -> None:
    with load_app(built("python-blobstore"), blobstore={"default": {"a": "text"}}) as app:
        assert app.get("/blobstore/get?container=default&name=a").text == "text"
        app.post("/blobstore/put?container=default&name=b/c", content=b"x" * 300_000)
        assert app.blobstore["default"]["b/c"] == b"x" * 300_000
        assert app.calls("blobstore.upload.finish")
    manifest = write_app(tmp_path, answering("python-telling") + 'tool.atoll.messaging = ["orders:new.*"]\n')
    with load_app(manifest) as app:
        app.get("/messaging/wasi/send?broker=orders&topic=new.lamp&text=one")
        assert [(message.topic, message.data) for message in app.messaging["orders"].sent] == [("new.lamp", b"one")]
        app.messaging["orders"].answer("new.*", lambda message: Message(message.data.upper()))
        assert app.get("/messaging/wasi/request?broker=orders&topic=new.x&text=two").text == "TWO"
        assert app.calls.names == ["messaging.send", "messaging.request"]


def test_apps_see_nothing_of_each_other(tmp_path: Path) -> None:
    manifest = rooms(tmp_path)
    with load_app(manifest) as one, load_app(manifest) as other:
        one.put("/key-value/set?store=default&key=a", content=b"1")
        one.post("/sqlite?db=default", content=b"CREATE TABLE t (a)")
        assert (one.key_value["default"], other.key_value["default"]) == ({"a": b"1"}, {})
        assert repr(other.sqlite["default"]) == "<database: no tables>"
        assert other.calls.names == []
    assert [file.name for file in tmp_path.iterdir()] == ["spin.toml"]


@pytest.mark.parametrize("room", ["key_value", "sqlite", "blobstore", "messaging"])
def test_contents_of_what_no_component_is_granted_are_refused(room: str, tmp_path: Path) -> None:
    options: Any = {room: {"cache": None}}
    with pytest.raises(ValueError, match=f"is granted {room} `cache`"), load_app(rooms(tmp_path), **options):
        pass


def test_a_component_without_a_manifest_is_granted_what_is_given() -> None:
    guest = built("python-rooms-p2")
    with load_app(guest, key_value={"default": {"a": "1"}}, variables={"tint": "red"}) as app:
        assert app.get("/key-value/get?store=default&key=a").text == "1"
        assert app.get("/key-value/get?store=other&key=a").status_code == 500
        assert app.get("/variables/get?name=tint").text == "red"
        assert app.calls.names == ["key_value.get", "variables.get"]
    with load_app(guest) as app:
        assert "undefined" in app.get("/variables/get?name=tint").text.lower()


def test_requests_are_those_of_httpx(tmp_path: Path) -> None:
    with load_app(kitchen(tmp_path), environment={"LANG": "C"}) as app:
        assert isinstance(app, httpx.Client)
        assert app.name == "test"
        assert app.post("/echo", content=b"x" * 1_000_000).content == b"x" * 1_000_000
        assert app.post("/echo", content=iter([b"a", b"b"])).text == "ab"
        assert app.get("/env").text == "LANG=C\n"
        assert app.get("/request", params={"q": "ä b"}).text == (
            'Method::Get Some(Scheme::Http) "testserver" "/request?q=%C3%A4+b"\n'
        )
        assert "x-own: 1" in app.get("/headers", headers={"X-Own": "1"}).text
        assert app.head("/").status_code == 200
        assert app.get("/nothing").status_code == 404


def test_answers_are_streamed(tmp_path: Path) -> None:
    with load_app(kitchen(tmp_path)) as app:
        with app.stream("GET", "/stream?chunks=3&size=70000&pause=30") as answer:
            begun = time.perf_counter()
            first = next(answer.iter_raw())
            assert time.perf_counter() - begun < 0.06
            assert 0 < len(first) < 210_000
        with app.stream("GET", "/endless") as answer:
            assert next(answer.iter_raw())
        _wait_until_idle(app)


def test_an_answer_that_breaks_off_is_an_error(tmp_path: Path) -> None:
    with load_app(kitchen(tmp_path)) as app:
        with pytest.raises(UserError, match="broke off"):
            app.get("/late-abort")
        assert app.get("/panic").status_code == 500
        assert "as asked" in app.log.stderr
        assert "misbehave.rs" in app.log.stderr


def _wait_until_idle(app: AppUnderTest) -> None:
    until = time.monotonic() + 20
    while not app.asgi.is_idle and time.monotonic() < until:
        time.sleep(0.01)
    assert app.asgi.is_idle


def test_coroutines_have_a_client_of_their_own(tmp_path: Path) -> None:
    async def main() -> None:
        # Loaded within a loop, too.
        with load_app(kitchen(tmp_path)) as app:
            begun = time.perf_counter()
            answers = await asyncio.gather(*(app.aio.get("/sleep?ms=200") for _ in range(5)))
            assert [answer.text for answer in answers] == ["slept"] * 5
            assert time.perf_counter() - begun < 0.9
            # It blocks the loop, and no more than that.
            assert app.get("/sleep?ms=5").text == "slept"

    asyncio.run(main())


def test_it_mounts_in_a_framework(tmp_path: Path) -> None:
    from starlette.applications import Starlette
    from starlette.routing import Mount
    from starlette.testclient import TestClient

    with load_app(rooms(tmp_path), key_value={"default": {"a": "1"}}) as app:
        framework = Starlette(routes=[Mount("/guests", app.asgi)])
        assert TestClient(framework).get("/guests/key-value/get?store=default&key=a").text == "1"
        assert app.calls.names == ["key_value.get"]


def test_interfaces_of_the_app_s_own_are_answered_as_the_manifest_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "answers_for_testing.py").write_text(CATALOGUE)
    monkeypatch.syspath_prepend(tmp_path)
    imports = f'[application.tool.atoll.imports]\n"{SHOP}" = "answers_for_testing:Catalogue"\n'
    with load_app(write_app(tmp_path, answering("rust-shop") + imports)) as app:
        assert "lamp" in app.get("/find?name=lamp").text
        assert app.get("/basket").text == '[Ok(1), Ok(1), Err(Refusal::Unknown("ghost"))] anna Ok(3) ben'
        [call] = app.calls("acme:shop/catalogue.find")
        assert call.arguments[0].value == "lamp"
        assert app.calls("catalogue.basket.add")[0].result == 1
        assert "catalogue.basket.merge" in " ".join(app.calls.names)


def test_interfaces_of_the_app_s_own_are_answered_by_the_test(tmp_path: Path) -> None:
    answers: dict[str, Any] = {}
    exec(CATALOGUE, answers)
    catalogue = answers["Catalogue"]()
    catalogue.items = [answers["Item"]("chair", 3.0)]
    imports = '[application.tool.atoll.imports]\n"acme:shop/catalogue" = "nowhere:Nothing"\n'
    with load_app(write_app(tmp_path, answering("rust-shop") + imports), imports={SHOP: catalogue}) as app:
        assert "chair" in app.get("/find?name=chair").text
        assert "Unknown" in app.get("/find?name=lamp").text
        assert "raised WitError({'unknown': 'lamp'})" in str(app.calls[-1])


def test_an_interface_that_nobody_answers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError) as raised, load_app(write_app(tmp_path, answering("rust-shop"))):
        pass
    assert raised.value.code == "guest-import-unknown"
    functions: Any = {"find": lambda query: []}
    with (
        pytest.raises(Problems) as several,
        load_app(write_app(tmp_path, answering("rust-shop")), imports={SHOP: functions}),
    ):
        pass
    assert "in the object of `dict`" in str(several.value)
    catalogue: Any = type("Catalogue", (), functions)()
    with (
        pytest.raises(Problems) as several,
        load_app(write_app(tmp_path, answering("rust-shop")), imports={SHOP: catalogue}),
    ):
        pass
    assert "in the object of `Catalogue`" in str(several.value)


def test_limits_hold_for_every_component(tmp_path: Path) -> None:
    with load_app(kitchen(tmp_path), limits={"deadline": "100ms"}) as app:
        assert app.get("/sleep?ms=5000").status_code == 504
        assert app.get("/sleep?ms=5").status_code == 200
    with pytest.raises(UserError) as raised, load_app(kitchen(tmp_path), limits={"patience": 3}):
        pass
    assert raised.value.code == "limit-invalid"


def test_stores_that_the_runtime_config_names_are_the_real_ones(tmp_path: Path) -> None:
    (tmp_path / "runtime.toml").write_text('[key_value_store.other]\ntype = "spin"\npath = "other.db"\n')
    with load_app(rooms(tmp_path), runtime_config=tmp_path / "runtime.toml") as app:
        assert app.put("/key-value/set?store=other&key=a", content=b"1").status_code == 200
        assert [*app.key_value] == ["default"]
    assert (tmp_path / "other.db").exists()


def test_what_is_wrong_with_the_app_is_said_with_its_place(tmp_path: Path) -> None:
    manifest = write_app(tmp_path, answering("rust-kitchen") + 'allowed_outbound_hosts = ["no host"]\n')
    with pytest.raises(UserError) as raised, load_app(manifest):
        pass
    assert (raised.value.code, raised.value.location and raised.value.location.line) == ("allowed-host-invalid", 8)


def test_blocked_networks_of_a_runtime_config_end_with_it(tmp_path: Path) -> None:
    (tmp_path / "runtime.toml").write_text('[outbound_networking]\nblock_networks = ["private"]\n')
    with load_app(kitchen(tmp_path), runtime_config=tmp_path / "runtime.toml") as app:
        assert app.get("/").status_code == 200
        assert len(resolving._BLOCKED) == 1
    assert resolving._BLOCKED == []


def test_many_one_after_the_other_leave_no_descriptors(tmp_path: Path) -> None:
    manifest = rooms(tmp_path)

    def load() -> int:
        with load_app(manifest) as app, OutboundHttp() as http:
            app.post("/sqlite?db=default", content=b"SELECT 1")
            http.at("https://api.example.com")
        return len([*Path("/proc/self/fd").iterdir()])

    load()
    before = load()
    for _ in range(8):
        load()
    time.sleep(0.1)
    assert load() <= before + 2


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    from atoll.testing import attached

    manifest, before = rooms(tmp_path), len(_threads())
    with load_app(manifest) as app:
        app.get("/key-value/get?store=default&key=color")
        folders = [around.file.parent for around in app.sqlite.values()]
        assert all(folder.exists() for folder in folders)
    assert not any(folder.exists() for folder in folders)
    assert attached._attached == {}
    until = time.monotonic() + 5
    while len(_threads()) > before and time.monotonic() < until:
        time.sleep(0.05)
    assert len(_threads()) <= before
    with pytest.raises(RuntimeError, match="closed"):
        app.get("/")
    with pytest.raises(RuntimeError, match="has ended with its test"):
        app.asgi.ask({}, b"")


def _threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name in ("atoll-guest-logs", "atoll-site")]
