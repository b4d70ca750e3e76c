"""What the kernel tells of a process (Linux): resident memory, descriptors, CPU time."""

import contextlib
import os
from pathlib import Path

from atoll.observe.samples import Samples

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
# In /proc/PID/stat, counted from the field after the name, which may hold spaces.
_UTIME, _STIME = 11, 12


def measure(samples: Samples, process: str, pid: int) -> None:
    """Add the figures of a process. One that is gone has none."""
    about = Path(f"/proc/{pid}")
    with contextlib.suppress(OSError):
        fields = (about / "stat").read_text().rpartition(")")[2].split()
        resident = int((about / "statm").read_text().split()[1]) * _PAGE
        descriptors = len(os.listdir(about / "fd"))
        samples.put("atoll_process_resident_memory_bytes", resident, process)
        samples.put("atoll_process_open_fds", descriptors, process)
        samples.put("atoll_process_cpu_seconds", (int(fields[_UTIME]) + int(fields[_STIME])) / _TICKS, process)
