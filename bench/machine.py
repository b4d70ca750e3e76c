"""What the figures were measured on, and how busy it was."""

import os
import platform
from pathlib import Path

from bench import peers
from bench.servers import cores


def machine() -> dict[str, str]:
    """Processor, cores in use, kernel, load of the last minute, peer."""
    return {
        "processor": _processor(),
        "cores": str(cores()),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": f"{os.getloadavg()[0]:.1f}",
        "wasmtime": peers.WASMTIME if peers.wasmtime() else "not installed",
        "workerd": peers.WORKERD if peers.workerd() else "not installed",
        "extism": peers.EXTISM if peers.packages() else "not installed",
        "wasmtime-py": peers.WASMTIME_PY if peers.packages() else "not installed",
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
