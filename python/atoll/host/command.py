"""One command-line component, from its file to its exit code."""

from collections.abc import Callable

import msgspec
from msgspec import Struct, field

from atoll.host.core import calling
from atoll.host.settings import Settings


class Directory(Struct, kw_only=True, frozen=True):
    """A folder of the host that the guest finds under another name."""

    host: str
    guest: str
    read_only: bool = False


class CommandLimits(Struct, kw_only=True, frozen=True, omit_defaults=True):
    """What the run may use, in milliseconds and bytes. A command runs as long as its user lets it, unless told."""

    deadline_ms: int | None = None
    cpu_ms: int | None = None
    memory_bytes: int | None = None


class Command(Struct, kw_only=True, frozen=True):
    """What to run, and what it is granted: nothing by default. `args` come without the program's name."""

    path: str
    args: list[str] = field(default_factory=list)
    env: list[tuple[str, str]] = field(default_factory=list)
    dirs: list[Directory] = field(default_factory=list)
    allowed_outbound_hosts: list[str] = field(default_factory=list)
    limits: CommandLimits = field(default_factory=CommandLimits)


def run_command(command: Command, settings: Settings, profiled: Callable[[str], object] | None = None) -> int:
    """Run the command on this process's standard streams; its exit code. Blocks until it ends.

    `profiled` is handed its profile, as JSON, when it has ended, well or not.

    Raises UserError, InternalError or Problems when it cannot start, traps or reaches a limit.
    """
    with calling() as module:
        code: int = module.run(msgspec.json.encode(command).decode(), settings.to_json(), profiled)
    return code
