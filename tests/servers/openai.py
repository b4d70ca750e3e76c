"""llama.cpp's own server, which has OpenAI's API: a real one, in a process of its own, with the model it is given."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TOKEN = "sk-token-of-the-test"
_PROGRAM = """
import json, os, sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.port = sys.argv[1], int(sys.argv[3])
params.api_keys = [sys.argv[2]]
params.hostnames = ["127.0.0.1"]
params.embedding = params.kv_unified = True
params.n_ctx, params.n_parallel, params.verbosity = 1024, 4, 0
params.cpuparams.n_threads = 1
params.ui = False
server = xllamacpp.Server(params)
os.write(1, json.dumps(server.listening_address).encode() + b"\\n")
sys.stdin.read()
os._exit(0)
"""


class LlamaServer:
    """It can be stopped and started again at its address."""

    def __init__(self, model: Path) -> None:
        self.url = "http://127.0.0.1:0"
        self._model = model
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run until it answers."""
        command = [sys.executable, "-c", _PROGRAM, str(self._model), TOKEN, self.url.rsplit(":", 1)[1]]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(command, **pipes)  # type: ignore[call-overload]
        assert self._process is not None and self._process.stdout is not None
        self.url = json.loads(self._process.stdout.readline())

    def stop(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@contextmanager
def llama_server(model: Path) -> Iterator[LlamaServer]:
    """A running server."""
    server = LlamaServer(model)
    try:
        server.start()
        yield server
    finally:
        server.stop()
