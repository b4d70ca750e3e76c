"""Processes of a test's own, and what they say."""

import subprocess
import sys

from tests.support import ROOT

BEGIN = f"""
import asyncio, os, sys, threading, time
sys.path.insert(0, {str(ROOT)!r})
import atoll
from atoll.errors import AtollError
from tests.embed.plugins import Applying, Awaiting, later, rust, small

def child(act):
    # Ends a child that hangs: nobody waits for ever.
    pid = os.fork()
    if pid == 0:
        try:
            act()
            os._exit(0)
        except BaseException as error:
            print(repr(error), flush=True)
            os._exit(1)
    until = time.monotonic() + 15
    while time.monotonic() < until:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return "hung"
"""


def said(script: str) -> tuple[str, str, int]:
    """What a process that runs the script says, and how it ends."""
    command = [sys.executable, "-c", BEGIN + script]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return ended.stdout, ended.stderr, ended.returncode
