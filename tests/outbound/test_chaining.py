"""Calls inside the app: from component to component, and from a component to the app's own routes."""

from atoll.testing import up
from tests.conftest import MakeApp
from tests.outbound.test_outbound_http import ALONE, fetched

TWO = """
[[trigger.http]]
route = "/..."
component = "k"
[[trigger.http]]
route = { private = true }
component = "inner"
[[trigger.http]]
route = "/hello"
component = "c"
[component.inner]
source = "<rust-kitchen>"
[component.c]
source = "<c-http>"
[component.k]
source = "<rust-kitchen>"
"""


def granted(*hosts: str) -> str:
    return TWO + f"allowed_outbound_hosts = {list(hosts)!r}\n"


def test_a_component_calls_a_private_one_without_a_socket(make_app: MakeApp) -> None:
    with up(make_app(granted("http://inner.spin.internal")), *ALONE) as served:
        status, headers = fetched(served, "http://inner.spin.internal/headers")
        assert status == 200
        assert "spin-path-info: /headers\n" in headers
        assert "spin-client-addr: 0.0.0.0:0\n" in headers
        assert "host:" not in headers


def test_the_wildcard_grants_every_component(make_app: MakeApp) -> None:
    with up(make_app(granted("http://*.spin.internal")), *ALONE) as served:
        assert fetched(served, "http://c.spin.internal/") == (200, "Hello from C\n")


def test_a_component_that_was_not_granted_is_denied(make_app: MakeApp) -> None:
    with up(make_app(granted("http://c.spin.internal")), *ALONE) as served:
        assert fetched(served, "http://inner.spin.internal/headers") == (502, "ErrorCode::HttpRequestDenied")


def test_the_app_answers_itself_through_its_routes(make_app: MakeApp) -> None:
    with up(make_app(granted("http://self")), *ALONE) as served:
        assert fetched(served, "http://self.alt/hello") == (200, "Hello from C\n")
        assert fetched(served, "http://self.alt/private")[0] == 404


def test_the_app_without_the_grant_cannot_call_itself(make_app: MakeApp) -> None:
    with up(make_app(granted("http://c.spin.internal")), *ALONE) as served:
        assert fetched(served, "http://self.alt/hello") == (502, "ErrorCode::HttpRequestDenied")
        served.wait_for("A component tried to make an HTTP request to its own app but it does not have permission")
