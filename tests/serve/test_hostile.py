"""Guests that mean harm: whatever they do ends within their limits, and the server goes on."""

from collections.abc import Iterator

import httpx
import pytest

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.support import GUESTS, built, exchange, refused, write_app

# What the client gets: a whole answer of these statuses, or an answer that is visibly cut.
HOSTILE: dict[str, tuple[int, ...]] = {
    "wat-big-write": (200, 500),
    "wat-endless": (200,),
    "wat-field-bomb": (500, 504),
    "wat-foreign-handle": (500,),
    "wat-handle-bomb": (500, 504),
    "wat-late-trap": (200, 500),
    "wat-log-flood": (500, 504),
    "wat-memory-bomb": (200, 500, 504),
    "wat-memory-huge": (500,),
    "wat-outside-memory": (500,),
    "wat-recursion": (500,),
    "wat-silent": (500,),
    "wat-spin": (500, 504),
    "wat-start-loop": (500, 504),
    "wat-table-bomb": (200, 500, 504),
    "wat-trap": (500,),
    "wat-twice": (200, 500),
}
NEVER_WHOLE = {"wat-endless", "wat-late-trap", "wat-big-write"}
BUILT = [name for name in HOSTILE if (GUESTS / f"{name}.wasm").exists()]
ENTRY = """\
[[trigger.http]]
route = "/{name}"
component = "{name}"
[component.{name}]
source = "<{name}>"
[component.{name}.tool.atoll.limits]
deadline = "2s"
cpu_time = "500ms"
memory = "32MiB"
response_bytes = "1MiB"
log_bytes = "4kB"
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    text = "".join(ENTRY.format(name=name) for name in (*BUILT, "c-http"))
    with up(write_app(tmp_path_factory.mktemp("hostile"), text), "--workers", "1", "--log-dir", "") as served:
        yield served


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_guest_ends_and_its_neighbours_go_on(hostile: Up, client: httpx.Client, name: str) -> None:
    built(name)
    for _ in range(2):
        answer = exchange(hostile.url, f"GET /{name} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
        assert not answer or int(answer.split()[1]) in HOSTILE[name]
        if name in NEVER_WHOLE:
            assert not (answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"0\r\n\r\n"))
        assert client.get(f"{hostile.url}/c-http").text == "Hello from C\n"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("wat-nothing", "exports no HTTP handler"),
        ("wat-other-world", "exports no HTTP handler"),
        ("wat-several-handlers", "several HTTP handlers"),
        ("wat-wrong-handler", "handle"),
        ("wat-library", ""),
        ("c-reactor-p1", ""),
    ],
)
def test_a_component_that_cannot_be_served_is_refused(make_app: MakeApp, name: str, said: str) -> None:
    app = make_app(f'[[trigger.http]]\nroute = "/"\ncomponent = "bad"\n[component.bad]\nsource = "<{name}>"\n')
    told = refused("-f", str(app), "--listen", "127.0.0.1:0", "--workers", "1", "--log-dir", "").stderr
    assert said in told
    assert f"{app}:6:12" in told
