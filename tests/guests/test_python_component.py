"""A handler in Python, built by `python-component`: requests, responses, bodies both ways, and what goes wrong."""

import time
from collections.abc import Iterator

import httpx
import pytest

from atoll.testing import Up, up
from tests.guests.python_component import PROJECTS, Projects, imports

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def app(projects: Projects) -> Iterator[Up]:
    with up(projects.component("handler", "app"), "--workers", "1", "--log-dir", "") as app:
        yield app


def ask(app: Up, path: str, method: str = "GET", **options: object) -> httpx.Response:
    return httpx.request(method, app.url + path, timeout=60, **options)  # type: ignore[arg-type]


def test_a_handler_answers(app: Up) -> None:
    answer = ask(app, "/")
    assert (answer.status_code, answer.text) == (200, "Hello\n")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-length"] == "6"


def test_a_request_tells_method_query_and_headers_by_any_case(app: Up) -> None:
    told = ask(app, "/told?name=a%20b&name=c", "PUT", headers={"x-told": "here"}).json()
    assert told == {"method": "PUT", "name": "a b", "all": ["a b", "c"], "header": "here", "host": True}


def test_json_comes_in_and_goes_out(app: Up) -> None:
    answer = ask(app, "/double", "POST", json={"number": 21})
    assert (answer.status_code, answer.json(), answer.headers["x-made"]) == (201, {"doubled": 42}, "yes")


def test_a_form_is_read(app: Up) -> None:
    answer = ask(app, "/form", "POST", data={"name": "ä & b"})
    assert (answer.text, answer.headers["content-type"]) == ("<p>ä & b</p>", "text/html; charset=utf-8")


def test_a_redirect_and_headers_with_two_values_are_sent(app: Up) -> None:
    away = ask(app, "/away")
    assert (away.status_code, away.headers["location"]) == (302, "/")
    cookies = ask(app, "/cookies")
    assert (cookies.status_code, cookies.headers.get_list("set-cookie")) == (204, ["a=1", "b=2"])


def test_bodies_are_passed_on_as_they_come(app: Up) -> None:
    def pieces() -> Iterator[bytes]:
        for n in range(40):
            yield bytes([n]) * 50_000

    assert ask(app, "/echo", "POST", content=pieces()).content == b"".join(pieces())
    assert ask(app, "/lines").text == "0\n1\n2\n"
    assert ask(app, "/large").content == b"x" * 3_000_000


def line(text: str) -> int:
    """Where the handler's source has this line."""
    lines = (PROJECTS / "handler" / "app.py").read_text().splitlines()
    return 1 + next(number for number, each in enumerate(lines) if each.strip() == text)


def test_an_exception_is_told_with_the_users_lines_and_answered_without_them(app: Up) -> None:
    answer = ask(app, "/raise")
    assert (answer.status_code, answer.text) == (500, "Internal Server Error\n")
    app.wait_for(r"LookupError: no book a book that is not there")
    said = app.stdout + app.stderr
    lines = [line.partition("]: ")[2] for line in said.splitlines() if "]: " in line]
    borrows = 'return books.borrow("a book that is not there")'
    start = lines.index("Traceback (most recent call last):")
    assert lines[start : start + 15] == [
        "Traceback (most recent call last):",
        '  File "shelf/books.py", line 6, in borrow',
        "    return BOOKS[title]",
        "           ~~~~~^^^^^^^",
        "KeyError: 'a book that is not there'",
        "",
        "The above exception was the direct cause of the following exception:",
        "",
        "Traceback (most recent call last):",
        f'  File "app.py", line {line(borrows)}, in handle',
        f"    {borrows}",
        "           ~~~~~~~~~~~~^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
        '  File "shelf/books.py", line 8, in borrow',
        '    raise LookupError(f"no book {title}") from missing',
        "LookupError: no book a book that is not there",
    ]


def test_a_body_that_fails_in_the_middle_is_seen_to_be_broken_off(app: Up) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        ask(app, "/broken")
    app.wait_for("RuntimeError: in the middle")


def test_what_a_handler_returns_must_be_a_response(app: Up) -> None:
    assert ask(app, "/text").status_code == 500
    app.wait_for(r"TypeError: handle\(\) returned str: return a Response")


def test_a_header_that_is_the_servers_to_send_is_named(app: Up) -> None:
    assert ask(app, "/hop").status_code == 500
    app.wait_for("ValueError: the header `connection` is the server's own to send")


def test_modules_that_are_imported_late_are_there(app: Up) -> None:
    assert ask(app, "/later").text == "from the attic\n"
    assert ask(app, "/idna").text == "xn--bcher-kva.example"


def test_a_module_that_is_not_there_says_why(app: Up) -> None:
    assert ask(app, "/never").status_code == 500
    app.wait_for("No module named 'shelf_nowhere' in this component: only what is imported while it is built is there")


@pytest.mark.parametrize(
    "path, said",
    [("/thread", "the sandbox has no threads"), ("/tls", "the sandbox has no TLS of its own")],
)
def test_what_the_sandbox_lacks_says_so_when_it_is_used(app: Up, path: str, said: str) -> None:
    assert ask(app, path).status_code == 500
    app.wait_for(said)


def test_a_component_asks_only_for_what_its_sources_use(projects: Projects) -> None:
    assert imports(projects.component("handler", "app")) == set()
    assert imports(projects.component("rooms", "app")) == {
        "wasi:http/outgoing-handler",
        "wasi:config/store",
        "fermyon:spin/key-value",
        "fermyon:spin/variables",
        "spin:sqlite/sqlite",
    }


def test_what_modules_print_is_shown_by_the_build_and_not_with_each_request(app: Up, projects: Projects) -> None:
    assert projects.component("handler", "app").with_suffix(".said").read_text() == "loaded once\n"
    ask(app, "/")
    assert "loaded once" not in app.stdout + app.stderr


def test_a_client_that_leaves_is_no_failure_of_the_app(app: Up) -> None:
    before = (app.stdout + app.stderr).count("Traceback")
    with httpx.stream("GET", app.url + "/large", timeout=60) as answer:
        assert answer.status_code == 200
    time.sleep(0.5)
    ask(app, "/")
    assert (app.stdout + app.stderr).count("Traceback") == before
