"""The supervisor: one app in one process, or in a process per core under one that watches them.

Both serve until SIGINT or SIGTERM, then drain; a second signal ends at once. SIGHUP reloads the app without a failed
request. What happens is told as `events`.
"""

from atoll.supervisor.alone import serve_alone
from atoll.supervisor.release import Release
from atoll.supervisor.supervisor import Supervisor

__all__ = ["Release", "Supervisor", "serve_alone"]
