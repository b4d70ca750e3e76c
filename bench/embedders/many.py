"""`python -m bench.embedders.many FOLDER --cache CACHE`: load all plugins of a folder and call each once.

It prints one JSON object: bytes of a plugin's code (its wasm and what the cache has of it), growth of resident memory
by each once it is loaded and once it was called, milliseconds to load one. The first plugin starts what all share; it
does not count. With `--compile` it fills the cache, and says nothing.
"""

import gc
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

import atoll
from bench.servers import cores


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--cache", type=click.Path(path_type=Path), required=True)
@click.option("--compile", "compiles", is_flag=True)
def main(folder: Path, cache: Path, compiles: bool) -> None:
    """Measure in this process."""
    first, *files = sorted(folder.glob("*.wasm"))
    atoll.configure(cache_dir=cache)
    if compiles:
        with ThreadPoolExecutor(cores()) as pool:
            list(pool.map(_load, (first, *files)))
        return
    loaded = [_load(first)]
    _call(loaded[0])
    before = _resident()
    began = time.perf_counter()
    loaded.extend(map(_load, files))
    took = time.perf_counter() - began
    after_loading = _resident()
    for plugin in loaded[1:]:
        _call(plugin)
    after_calls = _resident()
    code = sum(file.stat().st_size for file in (*folder.glob("*.wasm"), *cache.glob("*.cwasm"))) / len(loaded)
    told = {
        "code": code,
        "loaded": (after_loading - before) / len(files),
        "called": (after_calls - before) / len(files),
        "milliseconds": took * 1000 / len(files),
    }
    click.echo(json.dumps(told))


def _load(file: Path) -> atoll.Plugin:
    return atoll.load(file, imports={"apply": lambda n: n + 1} if "calling" in file.stem else None)


def _call(plugin: atoll.Plugin) -> None:
    if "add" in dir(plugin):
        assert plugin.add(40, 2) == 42
    else:
        assert plugin.fold(10) == 10


def _resident() -> int:
    """Bytes, once nothing is left to be collected."""
    gc.collect()
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


if __name__ == "__main__":
    main()
