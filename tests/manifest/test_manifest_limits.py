"""atoll's own keys: units, ranges, refusals, and what reaches the locked app."""

from pathlib import Path
from typing import Any

import pytest

from atoll.app import App
from atoll.errors import AtollError
from atoll.lock import LockSettings
from atoll.manifest.limits import LIMITS, QUOTAS, REUSE
from atoll.manifest.units import Unit, parse, text

from .conftest import http_app


@pytest.mark.parametrize(
    ("unit", "value", "amount"),
    [
        (Unit.TIME, "500ms", 500),
        (Unit.TIME, "30s", 30_000),
        (Unit.TIME, "1.5 s", 1_500),
        (Unit.TIME, "2m", 120_000),
        (Unit.TIME, "1h", 3_600_000),
        (Unit.SIZE, 4096, 4096),
        (Unit.SIZE, "256MiB", 256 << 20),
        (Unit.SIZE, "0.5KiB", 512),
        (Unit.SIZE, "3kB", 3_000),
        (Unit.SIZE, "7B", 7),
        (Unit.COUNT, 0, 0),
    ],
)
def test_a_quantity_becomes_an_integer(unit: Unit, value: object, amount: int) -> None:
    assert parse(unit, value) == amount


@pytest.mark.parametrize(
    ("unit", "value", "message"),
    [
        (Unit.TIME, 30, "expected a time"),
        (Unit.TIME, "30", "is not a time"),
        (Unit.TIME, "30MiB", "`MiB` is not a unit of time; the units are ms, s, m, h"),
        (Unit.TIME, "0.0001s", "not a whole number of milliseconds"),
        (Unit.TIME, "-1s", "is not a time"),
        (Unit.TIME, "٣s", "is not a time"),
        (Unit.TIME, "9" * 400 + "s", "is not a time"),
        (Unit.SIZE, "256mb", "`mb` is not a unit of size"),
        (Unit.SIZE, True, "expected a size"),
        (Unit.SIZE, 1.5, "expected a size"),
        (Unit.COUNT, "3", "expected a whole number"),
    ],
)
def test_what_is_no_quantity_is_refused(unit: Unit, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(unit, value)


@pytest.mark.parametrize("key", LIMITS + QUOTAS + REUSE, ids=lambda key: key.locked)
def test_every_documented_default_reads_back_as_itself(key: Any) -> None:
    written: object = key.default if key.unit is Unit.COUNT else text(key.unit, key.default)
    assert key.read(written) == key.default


def locked(base: Path) -> dict[str, Any]:
    return App.load(base).lock(LockSettings(working_directory=base / "w", cache_directory=base / "c"))


def test_limits_quotas_reuse_and_features_reach_the_locked_app_as_integers(app_folder: Any) -> None:
    base = app_folder(
        http_app(
            '[component.c.tool.atoll.limits]\ndeadline = "30s"\ncpu_time = "500ms"\nmemory = "256MiB"\nqueue = 0\n'
            '[component.c.tool.atoll.quotas]\nkey_bytes = "1KiB"\ncalls = 10\n'
            '[component.c.tool.atoll.reuse]\nmax_requests = 100\nidle = "5s"\n'
            "[component.c.tool.other]\nanything = 1",
            top='[application.tool.atoll]\nfeatures = ["custom-page-sizes"]',
        )
    )
    document = locked(base)
    assert document["metadata"]["atoll"] == {"features": ["custom-page-sizes"]}
    assert document["components"][0]["metadata"]["atoll"] == {
        "limits": {"deadline_ms": 30_000, "cpu_ms": 500, "memory_bytes": 256 << 20, "queue": 0},
        "quotas": {"key_bytes": 1024, "calls": 10},
        "reuse": {"max_requests": 100, "idle_ms": 5_000},
    }


def test_granted_containers_reach_the_locked_app(app_folder: Any) -> None:
    document = locked(app_folder(http_app('[component.c.tool.atoll]\nblobstores = ["default", "photos"]')))
    assert document["components"][0]["metadata"]["atoll"] == {"blobstores": ["default", "photos"]}


def test_an_app_that_asks_for_nothing_locks_to_spins_document_alone(app_folder: Any) -> None:
    document = locked(app_folder(http_app("[component.c.tool.atoll]")))
    assert "atoll" not in document["metadata"]
    assert "metadata" not in document["components"][0]


@pytest.mark.parametrize(
    ("lines", "code", "message", "hint"),
    [
        ('limits.dedline = "1s"', "manifest-key-unknown", "`dedline`", "did you mean `deadline`?"),
        ("limits.deadline = 30", "limit-invalid", "expected a time", "the default is 30s"),
        ('limits.memory = "lots"', "limit-invalid", "`lots` is not a size", "the default is 256MiB"),
        ("limits.memory = 0", "limit-invalid", "at least 1", "256MiB"),
        ("limits.queue = -1", "limit-invalid", "at least 0", "512"),
        ("limits.concurrency = 4294967296", "limit-invalid", "at most 4294967295", "256"),
        ("reuse = 5", "manifest-type-wrong", "must be a table", None),
        ("limit = {}", "manifest-key-unknown", "`limit`", "did you mean `limits`?"),
        ("reuse.max_request = 5", "manifest-key-unknown", "`max_request`", "did you mean `max_requests`?"),
    ],
)
def test_a_wrong_limit_is_refused_with_its_place(
    app_folder: Any, lines: str, code: str, message: str, hint: str | None
) -> None:
    with pytest.raises(AtollError) as caught:
        App.load(app_folder(http_app(f"[component.c.tool.atoll]\n{lines}")))
    error = caught.value
    assert (error.code, error.location and error.location.line) == (code, 11)
    assert message in error.message
    assert hint is None or hint in (error.hint or "")


def test_unknown_keys_of_the_app_are_refused(app_folder: Any) -> None:
    with pytest.raises(AtollError, match="unknown key `y`"):
        App.load(app_folder(http_app(top="[application.tool.atoll]\ny = 2")))
