"""Asks a plug-in what a case of `answers.json` asks, through anything that has the surface of the extism package.

`python -m tests.cases.extism.asking PACKAGE` does so in a process of its own: a case comes as JSON on standard input,
what was answered goes out as JSON. `answer` does the same here. Texts have placeholders: `{server}` and `{other}` are
where two HTTP servers listen (`127.0.0.1` and `localhost`), `{files}` a folder with `test.txt`.
"""

import importlib
import json
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

CASES = Path(__file__).parent
GUESTS = CASES.parents[2] / "build" / "guests"
TEXT_IN_FILE = "hello world!"
MOST_SHOWN = 2000


class Upstream(BaseHTTPRequestHandler):
    """Answers `/text`, `/echo`, `/status/CODE`, `/redirect/CODE?URL`, `/round`, `/bytes/COUNT`, `/slow/SECONDS`."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        verb, _, rest = self.path.strip("/").partition("/")
        sent = self.rfile.read(int(self.headers.get("content-length", 0)))
        status, headers, body = 200, {"content-type": "text/plain", "x-twice": "one"}, b"some text"
        match verb:
            case "echo":
                names = {"x-guest", "content-type", "accept", "content-length", "host"}
                told = {name.lower(): value for name, value in self.headers.items() if name.lower() in names}
                told = dict(sorted(told.items()))
                body = json.dumps({"method": self.command, "headers": told, "body": sent.decode()}).encode()
            case "status":
                status = int(rest)
            case "redirect":
                code, _, url = rest.partition("?")
                status, headers["location"] = int(code), url
            case "round":
                status, headers["location"] = 302, "/round"
            case "bytes":
                body = b"x" * int(rest)
            case "slow":
                time.sleep(float(rest))
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("x-twice", "two")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.do_GET
        raise AttributeError(name)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """What the placeholders stand for, while two servers listen."""
    pair = [ThreadingHTTPServer(("127.0.0.1", 0), Upstream) for _ in range(2)]
    for one in pair:
        threading.Thread(target=one.serve_forever, daemon=True).start()
    with TemporaryDirectory() as files:
        Path(files, "test.txt").write_text(TEXT_IN_FILE)
        yield {
            "{server}": f"http://127.0.0.1:{pair[0].server_port}",
            "{other}": f"http://localhost:{pair[1].server_port}",
            "{files}": files,
        }
    for one in pair:
        one.shutdown()
        one.server_close()


def filled(value: Any, places: dict[str, str]) -> Any:
    """The value with what the placeholders stand for."""
    if isinstance(value, dict):
        return {filled(key, places): filled(one, places) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, places) for one in value]
    if isinstance(value, str):
        for name, place in places.items():
            value = value.replace(name, place)
    return value


def plain(text: str, places: dict[str, str]) -> str:
    """A text without what differs from run to run."""
    for name, place in places.items():
        text = text.replace(place, name)
        text = text.replace(place.removeprefix("http://"), name.replace("{", "{host of "))
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "{id}", text)
    text = re.sub(r"(?<=wasm backtrace:\n)( +\d+: .*\n?)+", "{frames}", text)
    return re.sub(r"\d{4}-\d\d-\d\dT\S+Z", "{time}", text)


def told(data: bytes, places: dict[str, str]) -> Any:
    """Bytes as the answers have them: text, or `hex`, or `length` and `sha256` where they are many."""
    if len(data) > MOST_SHOWN:
        return {"length": len(data), "sha256": sha256(data).hexdigest()}
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return {"hex": data.hex()}
    return plain(text, places) if text.isprintable() or "\n" in text else {"hex": data.hex()}


def asked(data: Any) -> str | bytes:
    """The input of a call: text, `hex`, or so many bytes (`length`)."""
    if isinstance(data, dict):
        return bytes.fromhex(data["hex"]) if "hex" in data else b"x" * data["length"]
    return str(data)


class Host:
    """The host functions that cases name, and what they were told."""

    def __init__(self, extism: Any) -> None:
        self.extism = extism
        self.ticks: list[Any] = []
        self.plugin: Any = None

    def named(self, name: str) -> Any:
        """A host function; the part after a colon says which kind of it."""
        return getattr(self, name.replace(":", "_"))()

    def hello_world(self) -> Any:
        """Ten times the count, as JSON; its types are given."""
        types = ([self.extism.ValType.PTR], [self.extism.ValType.PTR])

        @self.extism.host_fn(name="hello_world", signature=types)
        def hello_world(plugin: Any, params: list[Any], results: list[Any]) -> None:
            count = json.loads(plugin.input_string(params[0]))["count"]
            plugin.return_string(results[0], json.dumps({"count": count * 10}))

        return hello_world

    def hello_world_text(self) -> Any:
        @self.extism.host_fn(name="hello_world")
        def hello_world(text: str) -> str:
            return f"Hello, {text}, from the host"

        return hello_world

    def hello_world_json(self) -> Any:
        from typing import Annotated

        @self.extism.host_fn(name="hello_world")
        def hello_world(told: Annotated[dict, self.extism.Json]) -> Annotated[dict, self.extism.Json]:
            self.ticks.append(told)
            return {"count": told["count"] + 1}

        return hello_world

    def say(self, name: str, answer: Any) -> Any:
        @self.extism.host_fn(name=name)
        def say(text: str) -> str:
            return answer(text)

        return say

    def say_green(self) -> Any:
        return self.say("say_green", lambda text: f"green {text}")

    def say_purple(self) -> Any:
        return self.say("say_purple", lambda text: f"purple {text}")

    def say_green_raises(self) -> Any:
        def answer(text: str) -> str:
            raise ValueError(f"no green for {text}")

        return self.say("say_green", answer)

    def say_green_number(self) -> Any:
        return self.say("say_green", len)

    def say_green_none(self) -> Any:
        return self.say("say_green", lambda text: None)

    def say_green_empty(self) -> Any:
        return self.say("say_green", lambda text: "")

    def say_green_sleeps(self) -> Any:
        def answer(text: str) -> str:
            time.sleep(1)
            return text

        return self.say("say_green", answer)

    def say_green_again(self) -> Any:
        """Calls the plug-in that called it."""
        return self.say("say_green", lambda text: self.plugin.call("purple", text).decode())

    def say_green_bytes(self) -> Any:
        @self.extism.host_fn(name="say_green")
        def say_green(data: bytes) -> bytes:
            return data[::-1]

        return say_green

    def say_green_context(self) -> Any:
        @self.extism.host_fn(name="say_green")
        def say_green(plugin: self.extism.CurrentPlugin, text: str) -> str:
            return f"{plugin.host_context()} {text}"

        return say_green

    def say_green_user_data(self) -> Any:
        @self.extism.host_fn(name="say_green", user_data=[b"first", 2])
        def say_green(text: str, *data: Any) -> str:
            return f"{text} {data}"

        return say_green

    def say_green_memory(self) -> Any:
        """Walks through what CurrentPlugin can do."""
        types = ([self.extism.ValType.PTR], [self.extism.ValType.PTR])

        @self.extism.host_fn(name="say_green", signature=types)
        def say_green(plugin: Any, params: list[Any], results: list[Any]) -> None:
            given = plugin.memory_at_offset(params[0])
            none = plugin.memory_at_offset(params[0].value + 1)
            made = plugin.alloc(6)
            plugin.memory(made)[:] = b"sundry"
            freed = plugin.alloc(3)
            plugin.free(freed)
            self.ticks.append([len(given), len(none), len(made), len(plugin.memory_at_offset(freed.offset))])
            self.ticks.append(bytes(plugin.memory(given)).decode())
            results[0].value = made.offset

        return say_green

    def to_upper(self) -> Any:
        """Changes the block in place; in a namespace of its own."""

        @self.extism.host_fn(name="to_upper", namespace="host", signature=([self.extism.ValType.PTR], []))
        def to_upper(plugin: Any, params: list[Any], _: list[Any]) -> None:
            block = plugin.memory_at_offset(params[0])
            self.ticks.append(len(block))
            data = plugin.memory(block)
            data[:] = bytes(data).upper()

        return to_upper

    def to_upper_new(self) -> Any:
        """Frees what it is given, and answers with a new block."""

        @self.extism.host_fn(
            name="to_upper", namespace="host", signature=([self.extism.ValType.PTR], [self.extism.ValType.PTR])
        )
        def to_upper(plugin: Any, params: list[Any], results: list[Any]) -> None:
            text = plugin.input_string(params[0])
            plugin.free(plugin.memory_at_offset(params[0]))
            plugin.return_string(results[0], text.upper())

        return to_upper

    def mult(self) -> Any:
        kinds = self.extism.ValType

        @self.extism.host_fn(name="mult", signature=([kinds.PTR, kinds.PTR], [kinds.PTR]))
        def mult(_: Any, params: list[Any], results: list[Any]) -> None:
            results[0].value = params[0].value * params[1].value

        return mult

    def green_message(self) -> Any:
        return self.say("hostGreenMessage", lambda text: f"\N{LARGE GREEN CIRCLE}:{text}")

    def purple_message(self) -> Any:
        return self.say("hostPurpleMessage", lambda text: f"\N{LARGE PURPLE CIRCLE}:{text}")

    def hello(self) -> Any:
        @self.extism.host_fn(name="hello", signature=([], []))
        def hello(*_: Any) -> None:
            self.ticks.append("hello")

        return hello

    def numbers(self) -> Any:
        kinds = self.extism.ValType
        types = ([kinds.I32, kinds.I64, kinds.F32, kinds.F64], [kinds.F64])

        @self.extism.host_fn(name="numbers", namespace="host", signature=types)
        def numbers(_: Any, params: list[Any], results: list[Any]) -> None:
            self.ticks.append([[str(one.t), one.value] for one in params])
            results[0].value = params[2].value + params[3].value

        return numbers

    def tick(self) -> Any:
        @self.extism.host_fn(name="tick", signature=([self.extism.ValType.I64], []))
        def tick(_: Any, params: list[Any], __: list[Any]) -> None:
            self.ticks.append(params[0].value)

        return tick


def module(one: dict[str, Any]) -> dict[str, Any]:
    """A module of a manifest, with its file's bytes or the path to it."""
    rest = {key: value for key, value in one.items() if key not in ("guest", "case", "as")}
    if "guest" not in one and "case" not in one:
        return rest
    file = GUESTS / f"{one['guest']}.wasm" if "guest" in one else CASES / one["case"]
    return {"path": str(file), **rest} if one.get("as") == "path" else {"data": file.read_bytes(), **rest}


def answer(extism: Any, case: dict[str, Any], places: dict[str, str]) -> dict[str, Any]:
    """What is answered: `load` where there is no plug-in, else one answer a call; each may have `ticks` and `logs`."""
    host, logs = Host(extism), []
    case = filled(case, places)
    logger = extism.set_log_custom(logs.append, case["log"]) if "log" in case else None
    manifest = {**case["manifest"], "wasm": [module(one) for one in case["manifest"]["wasm"]]}

    def noted(fields: dict[str, Any]) -> dict[str, Any]:
        if logger is not None:
            logger.drain()
            fields["logs"] = [plain(line, places).rstrip() for line in logs]
            logs.clear()
        if host.ticks:
            fields["ticks"] = list(host.ticks)
            host.ticks.clear()
        return fields

    try:
        functions = [host.named(name) for name in case.get("functions", [])]
        plugin = extism.Plugin(manifest, wasi=case.get("wasi", False), config=case.get("config"), functions=functions)
    except Exception as raised:
        return {"load": noted(error(raised, places))}
    host.plugin = plugin
    loaded = noted({})
    answers = [noted(called(plugin, call, places)) for call in case["calls"]]
    return {"calls": answers} | ({"load": loaded} if loaded.get("ticks") else {})


def called(plugin: Any, call: dict[str, Any], places: dict[str, str]) -> dict[str, Any]:
    """One call's answer: `output`, or `error` and its `type`, and the seconds where it was not at once."""
    extra = {"host_context": call["host_context"]} if "host_context" in call else {}
    if call.get("is_cancelled_before"):
        plugin.cancel_handle().cancel()
    if "cancel_after" in call:
        handle = plugin.cancel_handle()
        threading.Timer(call["cancel_after"], handle.cancel).start()
    started = time.monotonic()
    try:
        fields = {"output": told(plugin.call(call["export"], asked(call.get("input", "")), **extra), places)}
    except Exception as raised:
        fields = error(raised, places)
    seconds = time.monotonic() - started
    return fields | ({"seconds": round(seconds, 1)} if seconds > 0.15 else {})


def error(raised: Exception, places: dict[str, str]) -> dict[str, Any]:
    return {"error": plain(str(raised), places), "type": type(raised).__name__}


def main() -> None:
    package, codes = importlib.import_module(sys.argv[1]), []
    if package.__name__ == "extism":
        # Extism keeps the code that a call ended with to itself.
        check = package.Plugin._check_error
        package.Plugin._check_error = lambda plugin, code: [codes.append(code), check(plugin, code)]
    with servers() as places:
        answers = answer(package, json.load(sys.stdin), places)
    for call, code in zip(answers.get("calls", []), codes, strict=False):
        call["code"] = code
    sys.stdout.write("\n" + json.dumps(answers))


if __name__ == "__main__":
    main()
