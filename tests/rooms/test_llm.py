"""Language models as guests see them: those that the manifest names, and what becomes of a server that fails."""

import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.capabilities.llm.tiny import write_models
from tests.rooms.conftest import AskedInVain, Open, Room
from tests.rooms.packages import installed
from tests.servers import openai, spin_llm
from tests.servers.served import Asked, Said, Served, served

KEYS = 'ai_models = ["tiny", "vectors", "unknown"]\n'
VERSIONS = [("rust-rooms", "v1/"), ("rust-rooms", "v2/"), ("python-rooms-p2", ""), ("python-rooms-p3", "")]


def remote(url: str, token: str = spin_llm.TOKEN, more: str = "") -> str:
    return f'[llm_compute]\ntype = "remote_http"\nurl = "{url}"\nauth_token = "{token}"\n{more}'


@pytest.fixture
def spins() -> Iterator[Served]:
    with spin_llm.spin_llm() as server:
        yield server


@pytest.mark.parametrize("guest, version", VERSIONS)
def test_a_model_that_the_manifest_names_answers(open_room: Open, spins: Served, guest: str, version: str) -> None:
    with open_room(guest, KEYS, remote(spins.url)) as room:
        assert room(f"llm/{version}infer", b"hello", model="tiny") == b"5 5 olleh"
        count, _, vectors = room(f"llm/{version}embed", b"aab\nb", model="vectors").decode().partition(" ")
        assert count == "4"
        assert vectors.startswith("[[2.0, 1.0, 0.0")
        assert "], [0.0, 1.0, 0.0" in vectors


@pytest.mark.parametrize("guest, version", VERSIONS)
@pytest.mark.parametrize("what", ["infer", "embed"])
def test_a_model_that_it_does_not_name_is_refused_in_spins_words(
    open_room: Open, spins: Served, guest: str, version: str, what: str
) -> None:
    told = (
        "The component does not have access to use 'other'. To give the component access, add 'other' to the"
        " 'ai_models' key for the component in your spin.toml manifest"
    )
    with open_room(guest, KEYS, remote(spins.url)) as room, pytest.raises(AskedInVain) as raised:
        room(f"llm/{version}{what}", b"hello", model="other")
    assert re.search("Invalid.?Input", str(raised.value))
    assert told in str(raised.value)
    assert not spins.asked


def test_parameters_are_spins_where_the_guest_names_none(open_room: Open, spins: Served) -> None:
    with open_room("rust-rooms", KEYS, remote(spins.url)) as room:
        for version in ("v1", "v2"):
            room(f"llm/{version}/infer", b"hello", model="tiny")
            room(f"llm/{version}/infer", b"hello", model="tiny", tokens=3)
    usual = {"maxTokens": 100, "repeatPenalty": 1.1, "repeatPenaltyLastNTokenCount": 64}
    named = {"maxTokens": 3, "repeatPenalty": 1.5, "repeatPenaltyLastNTokenCount": 7}
    assert [asked.json["options"] for asked in spins.asked] == [
        usual | {"temperature": 0.8, "topK": 40, "topP": 0.9},
        named | {"temperature": 0.0, "topK": 3, "topP": 0.7},
    ] * 2


def test_openais_api_is_asked_as_well(open_room: Open, files: Path) -> None:
    with openai.llama_server(files / "vectors.gguf") as llama:
        config = remote(llama.url, openai.TOKEN, 'api_type = "open_ai"\n')
        with open_room("rust-rooms", KEYS, config) as room:
            read, made, _ = room("llm/v2/infer", b"hello", model="tiny", tokens=4).split(b" ", 2)
            assert int(read) > 4
            assert 0 < int(made) <= 4
            assert room("llm/v2/embed", b"a\nb", model="tiny").count(b"[") == 3


def test_local_models_are_found_in_the_state_folder(open_room: Open, files: Path, tmp_path: Path) -> None:
    folder = tmp_path / ".spin" / "ai-models"
    folder.mkdir(parents=True)
    (folder / "tiny.gguf").symlink_to(files / "tiny.gguf")
    (folder / "llama" / "vectors").mkdir(parents=True)
    (folder / "llama" / "vectors" / "of-any-name.gguf").symlink_to(files / "vectors.gguf")
    with open_room("rust-rooms", KEYS, "", "--workers", "1") as room:
        assert room("llm/v2/infer", b"hello", model="tiny", tokens=4).split(b" ")[1] == b"4"
        assert room("llm/v1/embed", b"hello", model="vectors").startswith(b"7 [[")
        with pytest.raises(AskedInVain, match="Error::ModelNotSupported"):
            room("llm/v2/infer", b"hello", model="unknown")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"bytes": (4 << 20) + 1}, 'Error::InvalidInput("more than 4194304 bytes of text in one call")'),
        ({"lines": 2049}, 'Error::InvalidInput("more than 2048 texts in one call")'),
    ],
)
def test_a_guest_cannot_ask_too_much(open_room: Open, spins: Served, query: dict[str, int], told: str) -> None:
    texts = b"x\n" * query.pop("lines", 0)
    with open_room("rust-rooms", KEYS, remote(spins.url)) as room, pytest.raises(AskedInVain, match=re.escape(told)):
        room("llm/v2/embed" if texts else "llm/v2/infer", texts, model="vectors", **query)
    assert not spins.asked


@pytest.mark.parametrize(
    ("what", "answer"),
    [
        ("infer", {"text": "x" * (16 << 20) + "x", "usage": {"promptTokenCount": 1, "generatedTokenCount": 1}}),
        ("embed", {"embeddings": [[0.5] * ((4 << 20) + 1)], "usage": {"promptTokenCount": 1}}),
    ],
)
def test_a_guest_is_not_given_too_much(open_room: Open, what: str, answer: dict[str, object]) -> None:
    told = r'Error::RuntimeError\("the answer of the model is larger than 16777216 bytes"\)'
    with (
        served(lambda asked: Said(body=answer)) as server,
        open_room("rust-rooms", KEYS, remote(server.url)) as room,
        pytest.raises(AskedInVain, match=told),
    ):
        room(f"llm/v2/{what}", b"hello", model="tiny")


def test_a_huge_name_does_not_come_back_whole(open_room: Open, spins: Served) -> None:
    with open_room("rust-rooms", KEYS, remote(spins.url)) as room, pytest.raises(AskedInVain) as raised:
        room("llm/v2/infer", b"hello", model="x" * 7000)
    assert len(str(raised.value)) < 1000


class Slow:
    """A server that answers when it is told to."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.released = threading.Event()

    def __call__(self, asked: Asked) -> Said:
        if b"slow" in asked.body:
            self.begun.set()
            self.released.wait(30)
        return spin_llm.answer(asked)


def test_a_slow_model_holds_up_nobody_else(open_room: Open) -> None:
    slow = Slow()
    with (
        served(slow) as server,
        open_room("rust-rooms", KEYS, remote(server.url), "--workers", "1") as room,
        ThreadPoolExecutor(8) as pool,
    ):
        calls = [pool.submit(asked, room, b"slow") for _ in range(8)]
        assert slow.begun.wait(10)
        begun = time.monotonic()
        assert asked(room, b"fast") == b"4 4 tsaf"
        assert room("bytes", size=3) == b"xxx"
        assert time.monotonic() - begun < 5
        slow.released.set()
        assert {call.result() for call in calls} == {b"4 4 wols"}


def asked(room: Room, prompt: bytes) -> bytes:
    """Over a connection of its own."""
    answer = httpx.post(f"{room.app.url}/llm/v2/infer?model=tiny", content=prompt, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.content


def test_a_call_that_is_given_up_ends_at_its_server(open_room: Open) -> None:
    slow = Slow()
    keys = KEYS + '[component.k.tool.atoll.limits]\ndeadline = "500ms"\n'
    with served(slow) as server:
        # One connection: the second call has none as long as the first still waits.
        config = remote(server.url, more="connections = 1\n")
        with open_room("rust-rooms", keys, config, "--workers", "1") as room:
            answer = room.client.post(f"{room.app.url}/llm/v2/infer?model=tiny", content=b"slow")
            assert answer.status_code == 504
            assert slow.begun.is_set()
            assert room("llm/v2/infer", b"fast", model="tiny") == b"4 4 tsaf"
            slow.released.set()


def test_a_dead_server_fails_in_time_and_is_found_again(open_room: Open, spins: Served) -> None:
    with open_room("rust-rooms", KEYS, remote(spins.url, more="timeout = 2\n")) as room:
        room("llm/v2/infer", b"hello", model="tiny")
        spins.stop()
        begun = time.monotonic()
        with pytest.raises(AskedInVain, match=r"Error::RuntimeError\(.*cannot be reached"):
            room("llm/v2/infer", b"hello", model="tiny")
        assert time.monotonic() - begun < 5
        spins.start()
        assert room("llm/v2/infer", b"hello", model="tiny") == b"5 5 olleh"


def test_a_server_that_hangs_costs_its_timeout(open_room: Open) -> None:
    slow = Slow()
    with served(slow) as server, open_room("rust-rooms", KEYS, remote(server.url, more="timeout = 0.5\n")) as room:
        with pytest.raises(AskedInVain, match=r"Error::RuntimeError\(.*within 0\.5 s"):
            room("llm/v2/infer", b"slow", model="tiny")
        slow.released.set()


def test_the_token_reaches_neither_guest_nor_log(open_room: Open, spins: Served) -> None:
    canary = "canary-Zq7-do-not-tell"
    with open_room("rust-rooms", KEYS, remote(spins.url, canary)) as room:
        with pytest.raises(AskedInVain, match="status 401") as raised:
            room("llm/v2/infer", b"hello", model="tiny")
        assert canary not in str(raised.value) + room.app.stdout + room.app.stderr


PACKAGE = """
import msgspec
from atoll.capabilities.llm import Embeddings, InferencingResult, InvalidInput
class Config(msgspec.Struct):
    word: str
class Says:
    Config = Config
    def __init__(self, config, place):
        self.word = config.word
    def infer(self, model, prompt, params):
        if prompt == "invalid":
            raise InvalidInput("not this")
        if prompt == "fault":
            raise RuntimeError(f"no {self.word}")
        return InferencingResult(text=f"{self.word} {params.max_tokens}") if prompt != "wrong" else self.word
    async def embed(self, model, texts):
        return Embeddings(embeddings=[[len(text)] for text in texts])
"""


def test_a_package_may_bring_a_provider(open_room: Open, tmp_path: Path) -> None:
    path = installed(tmp_path / "packages", "llm", PACKAGE, says="Says")
    config = '[llm_compute]\ntype = "says"\nword = "canary"\n'
    with open_room("rust-rooms", KEYS, config, "--workers", "1", PYTHONPATH=path) as room:
        assert room("llm/v2/infer", b"hello", model="tiny") == b"0 0 canary 100"
        assert room("llm/v1/embed", b"a\nbc", model="tiny") == b"0 [[1.0], [2.0]]"
        with pytest.raises(AskedInVain, match=r'Error::InvalidInput\("not this"\)'):
            room("llm/v2/infer", b"invalid", model="tiny")
        for prompt, fault in ((b"fault", "RuntimeError"), (b"wrong", "AttributeError")):
            with pytest.raises(AskedInVain) as raised:
                room("llm/v2/infer", prompt, model="tiny")
            assert str(raised.value) == f'Error::RuntimeError("the provider failed: {fault}")'


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `tiny.gguf` and `vectors.gguf`."""
    return write_models(tmp_path_factory.mktemp("ai-models"))
