"""Every language and every world that a guest may be made for is served, from one app."""

from collections.abc import Iterator

import httpx
import pytest

from atoll.testing import Up, up
from tests.support import GUESTS, built, get, write_app

HELLO = {
    "c-http": "Hello from C\n",
    "go-http": "Hello from Go\n",
    "js-http": "Hello from JavaScript\n",
    "js-http-p3": "Hello from QuickJS\n",
    "python-http": None,
    "python-http-p3": "Hello from Python 0.3\n",
    "python-http-p3rc": "Hello from Python 0.3\n",
    "python-spin3": "Hello from Spin SDK 3\n",
    "python-spin4": "Hello from Spin SDK 4\n",
    "python-spin5": "Hello from Spin SDK 5\n",
    "rust-http": "Hello from Rust\n",
    "rust-http-p3": "Hello from Rust 0.3\n",
    "rust-inbound-http-core": "Hello from inbound-http\n",
    "rust-spin3-core": "Hello from Spin SDK 3 for Rust\n",
    "rust-spin6": "Hello from Spin SDK 6 for Rust\n",
    "rust-spin7": "Hello from Spin SDK 7 for Rust\n",
    "wat-empty": "",
}
WAGI = '[[trigger.http]]\nroute = "/go-wagi-p1/..."\ncomponent = "go-wagi-p1"\nexecutor = { type = "wagi" }\n'
BUILT = [name for name in (*HELLO, "go-wagi-p1") if (GUESTS / f"{name}.wasm").exists()]


def component(name: str) -> str:
    trigger = WAGI if "wagi" in name else f'[[trigger.http]]\nroute = "/{name}/..."\ncomponent = "{name}"\n'
    return f'{trigger}[component.{name}]\nsource = "<{name}>"\n'


@pytest.fixture(scope="module")
def languages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    app = write_app(tmp_path_factory.mktemp("languages"), "".join(map(component, BUILT)))
    with up(app, "--workers", "1", "--log-dir", "") as served:
        yield served


@pytest.mark.parametrize("name", HELLO)
def test_a_guest_says_hello_again_and_again(languages: Up, client: httpx.Client, name: str) -> None:
    built(name)
    for _ in range(3):
        answer = client.get(f"{languages.url}/{name}/")
        assert answer.status_code == 200
        assert answer.text.startswith("Hello") if HELLO[name] is None else answer.text == HELLO[name]


def test_a_wagi_program_answers_as_cgi(languages: Up, client: httpx.Client) -> None:
    built("go-wagi-p1")
    assert client.get(f"{languages.url}/go-wagi-p1/").status_code == 200


def test_an_instance_of_wasi_0_3_is_reused_only_when_asked() -> None:
    name = "rust-http-p3"
    app = built(name)
    flags = (
        "--max-instance-reuse-count",
        "5",
        "--max-instance-concurrent-reuse-count",
        "2",
        "--idle-instance-timeout",
        "1s",
    )
    with up(app, "--workers", "2", "--log-dir", "", *flags) as served:
        assert {get(served.url).text for _ in range(20)} == {HELLO[name]}
