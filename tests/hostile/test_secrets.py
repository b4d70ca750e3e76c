"""What a guest sees of its host: the environment that it was given, and no path, name or secret beside it."""

import sys
from pathlib import Path

import httpx
import pytest

from atoll.testing import up
from tests.support import answering, get, write_app

CANARY = "canary-of-the-host"
PATHS = [
    "/proc/self/environ",
    "/proc/self/cmdline",
    "/proc/1/environ",
    "proc/self/environ",
    "../../../../../../proc/self/environ",
    "/etc/hostname",
    "/.env",
    ".env",
    "/dev/stdin",
    "/dev/fd/0",
]


@pytest.mark.parametrize("files", ["", 'files = [{ source = "granted", destination = "/" }]\n'], ids=["none", "some"])
def test_a_guest_sees_its_own_environment_and_nothing_of_its_host(tmp_path: Path, files: str) -> None:
    (tmp_path / "granted").mkdir()
    (tmp_path / "granted" / "own.txt").write_text("own")
    (tmp_path / ".env").write_text(f"SPIN_VARIABLE_SECRET={CANARY}\n")
    keys = f'environment = {{ OWN = "own" }}\n{files}[variables]\nsecret = {{ default = "{CANARY}" }}\n'
    manifest = write_app(tmp_path, answering("rust-kitchen") + keys)
    env = {"CANARY": CANARY, "SPIN_VARIABLE_SECRET": CANARY, "AWS_SECRET_ACCESS_KEY": CANARY}
    with up(manifest, "--workers", "1", env=env) as served:
        assert get(f"{served.url}/env").text == "OWN=own\n"
        for path in [*PATHS, str(tmp_path / ".env"), str(manifest), sys.executable]:
            answer = get(f"{served.url}/read", params={"path": path})
            assert answer.status_code == 403, path
            assert CANARY not in answer.text
            assert str(tmp_path) not in answer.text
        headers = get(f"{served.url}/headers").text
        assert CANARY not in headers
        assert str(tmp_path) not in headers


CONFIG = """\
[llm_compute]
type = "spin"
models = { gone = "gone.gguf", broken = "broken.gguf" }
[[variables_provider]]
type = "file"
path = "values.json"
"""
KEYS = """\
key_value_stores = ["default"]
ai_models = ["gone", "broken"]
allowed_outbound_hosts = ["redis://127.0.0.1:9"]
variables = { name = "{{ name }}" }
[variables]
name = { required = true }
"""


def test_what_fails_tells_a_guest_no_path_of_its_host(tmp_path: Path) -> None:
    manifest = write_app(tmp_path, answering("rust-rooms") + KEYS)
    (tmp_path / "runtime.toml").write_text(CONFIG)
    (tmp_path / "values.json").write_text(f'{{"name": "{CANARY}')
    (tmp_path / "broken.gguf").write_bytes(b"GGUF")
    with up(manifest, "--runtime-config-file", str(tmp_path / "runtime.toml"), "--workers", "1") as served:
        failing = [
            "variables/v2/get?name=name",
            "llm/v2/infer?model=gone",
            "llm/v2/infer?model=broken",
            "redis/v2/open?address=redis://127.0.0.1:9",
        ]
        told = [failed(f"{served.url}/{path}") for path in failing]
        damage(tmp_path / ".spin")
        told.append(failed(f"{served.url}/key-value/v2/get?store=default&key=a"))
    for text in told:
        assert len(text) > 10
        assert str(tmp_path) not in text
        assert CANARY not in text
        assert "atoll" not in text


def failed(url: str) -> str:
    answer = httpx.post(url, content=b"hello", timeout=120)
    assert answer.status_code == 500, answer.text
    return answer.text


def damage(state: Path) -> None:
    """Make something else of every file of the default store."""
    for file in state.glob("sqlite_key_value.db*"):
        file.write_bytes(b"x" * 8192)
