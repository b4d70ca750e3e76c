"""The process of one local model: `python engine.py`, llama.cpp's own server on loopback, behind a key.

A model's file and a prompt are foreign data for a large library in C++: what crashes or hangs there must not take the
apps with it, and what it holds must come back at once. So each model has a process. Its job is the first line of
standard input, its report one line on standard output. It ends when its input does, that is with whoever started it.

The file is run by its path: importing the package around it is not needed.
"""

import json
import os
import resource
import sys
from typing import Any


def main() -> None:
    """Load the model, report, serve until standard input ends."""
    report = os.dup(1)
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        server = _server(json.loads(sys.stdin.buffer.readline()))
    except Exception as error:
        os.write(report, json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode() + b"\n")
        os._exit(1)
    os.write(report, json.dumps({"serving": server.listening_address}).encode() + b"\n")
    os.close(report)
    sys.stdin.buffer.read()
    # Freeing what a model holds takes longer than leaving it to the kernel.
    os._exit(0)


def _server(job: dict[str, Any]) -> Any:
    import xllamacpp  # type: ignore[import-untyped]

    params = xllamacpp.CommonParams()
    params.model.path = job["file"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [job["key"]]
    params.offline = True
    params.ui = False
    params.n_parallel = job["calls"]
    # The library's context is that of all calls together; 0 is what the model was trained with.
    params.n_ctx = job["context_size"] * job["calls"]
    # What one guest asked must not make another's answer faster.
    params.cache_prompt = False
    params.cache_ram_mib = 0
    params.verbosity = 1
    if job["threads"]:
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = job["threads"]
    if job["embedding"]:
        _embed(params, job, xllamacpp)
    return xllamacpp.Server(params)


def _embed(params: Any, job: dict[str, Any], xllamacpp: Any) -> None:
    params.embedding = True
    # A text is embedded as a whole: a batch must hold the longest.
    params.n_batch = params.n_ubatch = job["context_size"] or 512
    # With a context each, texts of unequal length that share a batch get wrong vectors.
    params.kv_unified = True
    if job["pooling"] != "model":
        kind = f"LLAMA_POOLING_TYPE_{job['pooling'].upper()}"
        params.pooling_type = getattr(xllamacpp.llama_pooling_type, kind)


if __name__ == "__main__":
    main()
