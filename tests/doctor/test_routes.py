"""Routes that never answer, and components that nobody calls: held against the server itself."""

from pathlib import Path

import pytest

from atoll.doctor import Severity, examine
from atoll.testing import up
from tests.doctor.patients import HEAD, WHOLE, found, mended, one, patient
from tests.support import built, get


def routed(*routes: str) -> str:
    """An app whose routes have static answers, each its own number."""
    triggers = (
        f'[[trigger.http]]\nroute = "{route}"\nstatic_response = {{ body = "{number}" }}\n'
        for number, route in enumerate(routes)
    )
    return f"{HEAD}\n{''.join(triggers)}"


@pytest.mark.parametrize(
    ("routes", "path", "answers", "lost"),
    [
        (("/a", "/a"), "/a", "1", 0),
        (("/a/:x", "/a/:y"), "/a/q", "0", 1),
        (("/a/...", "/a/*"), "/a/q", "0", 1),
        (("/a/:x.json", "/a/:y.json"), "/a/q.json", "0", 1),
        (("/a", "/a/"), "/a", "0", 1),
    ],
)
def test_of_two_routes_for_the_same_paths_the_one_is_told_that_the_server_never_takes(
    tmp_path: Path, routes: tuple[str, str], path: str, answers: str, lost: int
) -> None:
    diagnosis = one(tmp_path, routed(*routes), "route-unreachable")
    assert diagnosis.problem.location is not None
    assert diagnosis.problem.location.line == [8, 11][lost]
    assert f"in line {[11, 8][lost]} does" in diagnosis.problem.message
    with up(tmp_path / "spin.toml", "--workers", "1", "--log-dir", "") as served:
        assert get(served.url + path).text == answers


def test_routes_that_differ_are_well(tmp_path: Path) -> None:
    routes = ("/", "/...", "/a", "/a/:x", "/a/:x/b", "/a/:x.json", "/a/x.json", "/a/...", "/%C3%A4", "/b(1);v=2@~")
    assert "route-unreachable" not in found(examine(patient(tmp_path, routed(*routes))))


@pytest.mark.parametrize("route", ["/.well-known/spin/x", "/.well-known/spin", "/a?b=1", "/a#top"])
def test_a_route_that_no_path_can_have_is_told(tmp_path: Path, route: str) -> None:
    assert one(tmp_path, routed(route), "route-unreachable").treatment is None


def test_a_route_with_characters_that_clients_escape_is_written_as_they_send_it(tmp_path: Path) -> None:
    text = routed("/käse/:id/...")
    assert one(tmp_path, text, "route-unreachable").severity is Severity.WARNING
    assert mended(tmp_path, text) == text.replace("/käse/", "/k%C3%A4se/")
    (tmp_path / "spin.toml").write_text(mended(tmp_path, text))
    with up(tmp_path / "spin.toml", "--workers", "1", "--log-dir", "") as served:
        assert get(f"{served.url}/käse/1").text == "0"


def test_a_component_that_nobody_calls_is_told(tmp_path: Path) -> None:
    other = '[component.d]\nsource = "d.wat"\n'
    diagnosis = one(tmp_path, WHOLE + other, "component-unreached")
    assert "`d`" in diagnosis.problem.message
    assert diagnosis.problem.location is not None
    assert diagnosis.problem.location.source == "[component.d]"


@pytest.mark.parametrize(
    "lines",
    [
        'dependencies."x:y/z" = { component = "d" }',
        'dependencies."x:y/z" = { path = "./d.wat" }',
        'allowed_outbound_hosts = ["http://d.spin.internal"]',
        'allowed_outbound_hosts = ["http://*.spin.internal"]',
    ],
)
def test_a_component_that_another_one_uses_is_called(tmp_path: Path, lines: str) -> None:
    text = f'{WHOLE}{lines}\n[component.d]\nsource = "d.wat"\n'
    assert "component-unreached" not in found(examine(patient(tmp_path, text)))


def test_a_private_route_is_for_components_that_may_call_it(tmp_path: Path) -> None:
    text = WHOLE + '[[trigger.http]]\nroute = { private = true }\ncomponent = "d"\n[component.d]\nsource = "d.wat"\n'
    one(tmp_path, text, "component-unreached")
    allowed = text.replace('"c.wat"\n', '"c.wat"\nallowed_outbound_hosts = ["http://d.spin.internal"]\n')
    assert "component-unreached" not in found(examine(patient(tmp_path, allowed)))


def test_triggers_of_other_kinds_are_not_served(tmp_path: Path) -> None:
    text = WHOLE + '[[trigger.redis]]\nchannel = "x"\ncomponent = "c"\n'
    assert "`redis` are not served" in one(tmp_path, text, "trigger-unserved").problem.message


def test_an_app_that_is_well_has_nothing_to_be_told(tmp_path: Path) -> None:
    (tmp_path / "c.wat").write_bytes(built("c-http").read_bytes())
    assert examine(patient(tmp_path, WHOLE)).diagnoses == ()
