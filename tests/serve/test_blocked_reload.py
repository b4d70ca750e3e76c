"""A reloaded app brings its own blocked networks, for clients of Python too."""

import subprocess
import sys

from tests.conftest import MakeApp
from tests.support import answering

LOADED_TWICE = """
import sys
from pathlib import Path
from atoll.app import App
from atoll.capabilities import resolving
from atoll.host.serve import Host, Job
from atoll.host.settings import Outbound, Settings
from atoll.lock import LockSettings

def job(*networks):
    locked = App.load(sys.argv[1]).lock(LockSettings(working_directory=Path(sys.argv[1]).parent))
    return Job(locked=locked, settings=Settings(outbound=Outbound(block_networks=list(networks))))

def blocked():
    return [networks.blocks("10.1.2.3") for networks in resolving._BLOCKED]

host = Host(job("10.0.0.0/8"))
print(blocked())
for networks in ["192.0.2.0/24"], ["private"], []:
    host.load(job(*networks))
    print(blocked())
"""


def test_a_reload_changes_what_is_blocked(make_app: MakeApp) -> None:
    manifest = make_app(answering("wat-empty"))
    ran = subprocess.run(
        [sys.executable, "-c", LOADED_TWICE, str(manifest)], capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.stdout.split("\n")[:4] == ["[True]", "[False]", "[True]", "[False]"], ran.stderr
