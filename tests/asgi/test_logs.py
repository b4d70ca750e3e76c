"""What guests write goes to Python's logging, or to files where one says so."""

import logging
import threading
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import atoll
from tests.asgi.serving import wait_until
from tests.conftest import MakeApp
from tests.support import answering, built


def test_guest_output_goes_to_the_logger_of_its_component(make_app: MakeApp, caplog: pytest.LogCaptureFixture) -> None:
    app = atoll.asgi(make_app(answering("rust-kitchen").replace('"k"', '"web"').replace(".k]", ".web]")))
    with caplog.at_level(logging.INFO, "atoll.guest"), TestClient(app) as inside:
        inside.get("/log?text=hello")
        wait_until(lambda: len(caplog.records) >= 2)
    lines = {(record.name, record.levelname, record.getMessage()) for record in caplog.records}
    assert lines == {
        ("atoll.guest.web", "INFO", "to stdout: hello"),
        ("atoll.guest.web", "WARNING", "to stderr: hello"),
    }
    assert len({record.__dict__["request"] for record in caplog.records}) == 1


def test_a_guest_that_fails_says_why(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "atoll.guest"), TestClient(atoll.asgi(built("rust-kitchen"))) as inside:
        assert inside.get("/panic").status_code == 500
    # The server's end waits for the logs.
    assert any("guest-trapped" in record.getMessage() or "panicked" in record.getMessage() for record in caplog.records)


def test_messages_with_a_level_keep_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "atoll.guest"), TestClient(atoll.asgi(built("python-telling"))) as inside:
        assert inside.get("/logging/log?level=warn&context=shop&text=sold%20out").status_code == 200
    told = [record for record in caplog.records if record.__dict__.get("context")]
    assert [(record.levelname, record.__dict__["context"]) for record in told] == [("WARNING", "shop")]


def test_files_are_written_where_one_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = atoll.asgi(built("rust-kitchen"), log_dir=tmp_path / "logs")
    with caplog.at_level(logging.INFO, "atoll.guest"), TestClient(app) as inside:
        inside.get("/log?text=hello")
    file = tmp_path / "logs" / "rust-kitchen_stdout.txt"
    wait_until(lambda: file.exists() and "to stdout: hello" in file.read_text())
    assert not caplog.records


def test_a_handler_that_raises_stops_neither_requests_nor_other_lines(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Breaking(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise RuntimeError(record.getMessage())

    told: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda hooked: told.append(str(hooked.exc_value)))
    logger, handler = logging.getLogger("atoll.guest"), Breaking()
    logger.addHandler(handler)
    try:
        with caplog.at_level(logging.INFO, "atoll.guest"), TestClient(atoll.asgi(built("rust-kitchen"))) as inside:
            assert inside.get("/log?text=hello").status_code == 200
            wait_until(lambda: len(told) == 2)
            assert inside.get("/log?text=again").status_code == 200
            wait_until(lambda: len(told) == 4)
    finally:
        logger.removeHandler(handler)
    assert sorted(told)[:2] == ["to stderr: again", "to stderr: hello"]
