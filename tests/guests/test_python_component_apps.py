"""ASGI and WSGI applications in a sandbox, built by `python-component`."""

import time
from collections.abc import Iterator

import httpx
import pytest

from atoll.testing import Up, up
from tests.guests.python_component import Projects, imports

pytestmark = pytest.mark.slow

TRACEBACK = (
    r'File "app.py", line \d+, in fails\n.*\]:     raise ValueError\("as asked"\)\n'
    r".*ValueError: as asked"
)


@pytest.fixture(scope="module")
def starlette(projects: Projects) -> Iterator[Up]:
    with up(projects.component("asgi", "app:app", "--asgi"), "--workers", "1", "--log-dir", "") as app:
        yield app


@pytest.fixture(scope="module")
def flask(projects: Projects) -> Iterator[Up]:
    with up(projects.component("wsgi", "app", "--wsgi"), "--workers", "1", "--log-dir", "") as app:
        yield app


def ask(app: Up, path: str, method: str = "GET", **options: object) -> httpx.Response:
    return httpx.request(method, app.url + path, timeout=60, **options)  # type: ignore[arg-type]


def pieces() -> Iterator[bytes]:
    for n in range(40):
        yield bytes([n]) * 50_000


def test_starlette_answers_with_the_state_of_its_lifespan(starlette: Up) -> None:
    assert ask(starlette, "/hello?a=%C3%A4").text == "GET /hello ä Ada"
    starlette.wait_for("startup")
    starlette.wait_for("shutdown")


def test_plain_functions_run_in_place(starlette: Up) -> None:
    assert ask(starlette, "/plain").text == "from a plain function"


def test_bodies_stream_through_an_asgi_application(starlette: Up) -> None:
    assert ask(starlette, "/echo", "POST", content=pieces()).content == b"".join(pieces())


def test_pieces_are_sent_when_they_are_made(starlette: Up) -> None:
    with httpx.stream("GET", starlette.url + "/ticks", timeout=60) as answer:
        arrived = [(piece, time.monotonic()) for piece in answer.iter_bytes()]
    assert b"".join(piece for piece, _ in arrived) == b"0\n1\n2\n"
    assert arrived[-1][1] - arrived[0][1] > 0.4


def test_what_a_request_began_goes_on_to_its_end_after_the_answer(starlette: Up) -> None:
    assert ask(starlette, "/later").text == "soon"
    starlette.wait_for("the background task ran")
    starlette.wait_for("the task ended")


def test_timeouts_cancel_and_tasks_run_side_by_side(starlette: Up) -> None:
    assert ask(starlette, "/timeout").text == "timed out"
    both = ask(starlette, "/both")
    assert both.text == "45"
    assert both.elapsed.total_seconds() < 1.5


def test_an_exception_in_an_asgi_application_names_the_users_line(starlette: Up) -> None:
    assert ask(starlette, "/fails").status_code == 500
    starlette.wait_for(TRACEBACK)


def test_an_application_that_waits_for_nothing_ends_with_where_it_waits(starlette: Up) -> None:
    assert ask(starlette, "/stuck").status_code == 500
    starlette.wait_for("every task waits for another one, and nothing can wake them")
    starlette.wait_for(r"create_future\(\)")


def test_an_application_without_a_lifespan_answers_too(projects: Projects) -> None:
    with up(projects.component("asgi", "app:bare", "--asgi"), "--workers", "1", "--log-dir", "") as app:
        answer = ask(app, "/")
        assert (answer.status_code, answer.text) == (200, "bare")
        assert "Traceback" not in app.stdout + app.stderr


def test_flask_answers(flask: Up) -> None:
    assert ask(flask, "/hello/%C3%A4?a=1", headers={"x-told": "here"}).text == "Hello ä 1 here\n"
    assert ask(flask, "/page").text == "<p>&lt;b&gt;</p>"
    assert ask(flask, "/nowhere").status_code == 404


def test_bodies_stream_through_a_wsgi_application(flask: Up) -> None:
    assert ask(flask, "/echo", "POST", content=pieces()).content == b"".join(pieces())
    assert ask(flask, "/lines").text == "0\n1\n2\n"
    assert ask(flask, "/form", "POST", files={"a": b"1"}, data={"b": "2"}).json() == {"b": "2"}


def test_a_module_that_flask_imports_late_is_there(flask: Up) -> None:
    assert ask(flask, "/itself").text == "0\n1\n2\n"


def test_an_exception_in_a_wsgi_application_names_the_users_line(flask: Up) -> None:
    assert ask(flask, "/fails").status_code == 500
    flask.wait_for(TRACEBACK)


def test_applications_ask_for_nothing_that_must_be_granted(projects: Projects) -> None:
    assert imports(projects.component("asgi", "app:app", "--asgi")) == set()
    assert imports(projects.component("wsgi", "app", "--wsgi")) == set()
