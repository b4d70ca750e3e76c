"""What a run adds to the grants of the manifest: blocked networks and variables."""

from urllib.parse import quote

import httpx

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.support import get

CALLER = """\
[[trigger.http]]
route = "/fetch"
component = "caller"
[component.caller]
source = "<rust-kitchen>"
allowed_outbound_hosts = ["{allowed}"]
"""


def fetch(app: Up, url: str) -> httpx.Response:
    return get(f"{app.url}/fetch?url={quote(url, safe='')}")


def test_an_allowed_host_in_a_blocked_network_is_denied(make_app: MakeApp, hello: Up) -> None:
    app = make_app(CALLER.format(allowed=hello.url))
    config = app.parent / "runtime.toml"
    config.write_text('[outbound_networking]\nblock_networks = ["127.0.0.0/8"]\n')
    with up(app, "--workers", "1", "--log-dir", "", "--runtime-config-file", str(config)) as served:
        answer = fetch(served, hello.url + "/")
        assert answer.status_code == 502


def test_a_variable_fills_in_an_allowed_host(make_app: MakeApp, hello: Up) -> None:
    app = make_app('variables.where = { default = "" }\n' + CALLER.format(allowed="{{ where }}"))
    common = ("--workers", "1", "--log-dir", "")
    with up(app, *common) as served:
        assert fetch(served, hello.url + "/").status_code == 502
    with up(app, *common, "--variable", f"where={hello.url}") as served:
        assert fetch(served, hello.url + "/").status_code == 200
    with up(app, *common, env={"SPIN_VARIABLE_WHERE": hello.url}) as served:
        assert fetch(served, hello.url + "/").status_code == 200
