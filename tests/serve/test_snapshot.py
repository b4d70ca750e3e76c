"""Components that are kept as they are after their start: started once, isolated as ever."""

import pytest

from atoll.testing import up
from tests.conftest import MakeApp
from tests.hostile.test_isolation import statuses
from tests.support import answering, get, refused

SNAPSHOT = "tool.atoll.snapshot = true\n"


def test_a_guest_whose_runtime_starts_slowly_answers_from_its_snapshot(make_app: MakeApp) -> None:
    with up(make_app(answering("go-http") + SNAPSHOT), "--workers", "1", "-L", "") as served:
        assert get(served.url).text == "Hello from Go\n"


@pytest.mark.parametrize("flags", [(), ("--disable-pooling",)], ids=["pooled", "on demand"])
@pytest.mark.parametrize("keys", ["", SNAPSHOT], ids=["started each time", "snapshot"])
def test_ten_thousand_calls_find_a_start_that_has_run_once_and_nothing_else(
    make_app: MakeApp, keys: str, flags: tuple[str, ...]
) -> None:
    with up(make_app(answering("wat-started") + keys), "--workers", "2", "-L", "", *flags) as served:
        assert statuses(served, 10_000) == {b"HTTP/1.1 200 OK"}


def test_what_a_call_leaves_is_there_where_its_instance_is_reused(make_app: MakeApp) -> None:
    """Without this the test above could not fail."""
    app = make_app(answering("wat-started") + SNAPSHOT + "tool.atoll.reuse = { max_requests = 50 }\n")
    with up(app, "--workers", "1", "-L", "") as served:
        assert b"HTTP/1.1 500 Internal Server Error" in statuses(served, 100)


def test_a_snapshot_is_taken_anew_when_the_environment_changes(make_app: MakeApp) -> None:
    for digit in "12":
        keys = f'{SNAPSHOT}environment = {{ DIGIT = "{digit}" }}\n'
        with up(make_app(answering("wat-started-for") + keys), "--workers", "1", "-L", "") as served:
            assert get(served.url).status_code == 200 + int(digit)


@pytest.mark.parametrize(
    ("guest", "keys", "why"),
    [
        ("wat-start-loop", "tool.atoll.limits.deadline = '200ms'\n", "the deadline of 200 ms"),
        ("wat-secret", "", "table.fill"),
        ("c-http", 'files = [{ source = ".", destination = "/" }]\n', "it has files"),
    ],
)
def test_a_guest_without_a_snapshot_is_refused_with_the_reason(
    make_app: MakeApp, guest: str, keys: str, why: str
) -> None:
    told = refused("-f", str(make_app(answering(guest) + SNAPSHOT + keys))).stderr
    assert "cannot be kept as it is after its start" in told
    assert why in told
    assert "tool.atoll.snapshot = true" in told
