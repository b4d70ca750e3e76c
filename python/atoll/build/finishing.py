"""What becomes of a wasm file once its build has made it: it is optimised, and its symbols are kept apart."""

import os
import subprocess
import tempfile
from functools import partial
from pathlib import Path

from atoll import toolchain
from atoll.app import App
from atoll.build.steps import Step
from atoll.errors import UserError
from atoll.files import replace
from atoll.host import symbols

# What compilers for servers write; all that the optimiser knows would let it write what engines do not read.
_FEATURES = [
    f"--enable-{name}"
    for name in (
        "bulk-memory",
        "extended-const",
        "multivalue",
        "mutable-globals",
        "nontrapping-float-to-int",
        "reference-types",
        "sign-ext",
        "simd",
        "tail-call",
    )
]


def finish(app: App, step: Step) -> None:
    """Do with the step's output what the manifest says. Raises UserError where that cannot be done."""
    if step.output is None or not (step.finish.strip or step.finish.optimize):
        return
    try:
        wasm = step.output.read_bytes()
        if step.finish.optimize is not None:
            wasm = symbols.rewritten(wasm, partial(_optimized, step, step.finish.optimize))
        elif symbols.has_symbols(wasm):
            _replace(app.base / symbols.FOLDER / f"{symbols.identity(wasm)}.wasm", wasm)
            wasm = symbols.stripped(wasm)
        _replace(step.output, wasm)
    except OSError as error:
        raise _unfinished(step, f"`{error.filename}` cannot be written: {error.strerror}", "mend that") from None
    except symbols.Malformed as error:
        raise _unfinished(step, f"`{step.output.name}` is no wasm: {error}", "its build must make wasm") from None


def _optimized(step: Step, level: str, module: bytes) -> bytes:
    with tempfile.TemporaryDirectory(prefix="atoll-") as folder:
        given, made = Path(folder, "given.wasm"), Path(folder, "made.wasm")
        given.write_bytes(module)
        command = ["wasm-opt", f"-O{level}", *_FEATURES, str(given), "-o", str(made)]
        environment = {**os.environ, "PATH": toolchain.search_path()}
        try:
            ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        except OSError:
            hint = "`atoll toolchain install javascript` brings it"
            raise _unfinished(step, "there is no `wasm-opt` to optimise it", hint) from None
        if ended.returncode != 0:
            said = ended.stderr.strip().splitlines()
            raise _unfinished(step, f"`wasm-opt` says: {said[-1] if said else ended.returncode}", "leave it as it is")
        return made.read_bytes()


def _replace(file: Path, wasm: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    replace(file, wasm)


def _unfinished(step: Step, why: str, hint: str) -> UserError:
    return UserError("build-failed", f"component `{step.component}`: {why}", hint, location=step.place)
