"""50: threads, signals, forks and ends of processes, each in a process of its own."""

import pytest

from tests.embed.scripts import said

GUARD = """
import faulthandler, gc, signal
faulthandler.dump_traceback_later({seconds}, exit=True, file=open("/dev/null", "w"))
"""


def ended(script: str, seconds: float = 30) -> tuple[str, str, int]:
    """What it says and how it ends; one that hangs is ended after so many seconds, with 1."""
    return said(GUARD.format(seconds=seconds) + script)


WELL: dict[str, str] = {
    "a thread that was the first to load, and has ended": """
first = threading.Thread(target=lambda: (rust().crm.find("anna"), small().add(1, 2)))
first.start(); first.join()
async def awaited(n):
    await asyncio.sleep(0.001)
    return n + 1
assert rust(Awaiting(awaited)).crm.fold(3) == 3
async def main():
    return await later().aio.jobs.lookup("a")
assert asyncio.run(main()) == "a!"
""",
    "threads that are the first to load, all at once": """
both = threading.Barrier(8)
given = []
def load():
    both.wait()
    given.append(rust().crm.find("anna"))
threads = [threading.Thread(target=load) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert given == ["Anna: 1234"] * 8
""",
    "a signal whose handler calls": """
plugin, seen = rust(limits=atoll.Limits(time=20)), []
def handler(*_):
    seen.append(plugin.add(1, 2))
    signal.setitimer(signal.ITIMER_REAL, 0.03 if len(seen) < 5 else 0)
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.03)
plugin.bad.sleep(500)
instance = plugin.open()
assert instance.state.bump() == 1
assert seen == [3] * 5, seen
""",
    "a signal whose handler calls the instance that is busy": """
instance = rust(limits=atoll.Limits(time=20)).open()
def handler(*_):
    instance.state.bump()
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.05)
try:
    instance.bad.sleep(10_000)
except atoll.CallFailed as error:
    assert error.code == "instance-busy", error.code
assert rust().add(1, 2) == 3
""",
    "a signal whose handler raises, in a call within a host function": """
def apply(n):
    return plugin.bad.sleep(10_000) or n
def handler(*_):
    raise KeyboardInterrupt
plugin = rust(Applying(apply), limits=atoll.Limits(time=60))
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.1)
with plugin.open() as instance:
    try:
        instance.crm.call_apply(1)
    except KeyboardInterrupt:
        assert not instance.is_open
    else:
        raise AssertionError
assert plugin.add(1, 2) == 3
""",
    "recursion of guests and hosts, in a thread": """
def deeper(n):
    return go(n + 1)
plugin = atoll.load(
    b'(module (import "env" "f" (func $f (param i32) (result i32)))'
    b' (func (export "go") (param i32) (result i32) (call $f (local.get 0))))', imports={"env": {"f": deeper}})
go, ended = plugin.go, []
def run():
    try:
        go(0)
    except (atoll.CallFailed, RecursionError) as error:
        ended.append(error)
async def main():
    await plugin.aio.go(0)
run()
thread = threading.Thread(target=run)
thread.start(); thread.join()
try:
    asyncio.run(main())
except (atoll.CallFailed, RecursionError) as error:
    ended.append(error)
assert len(ended) == 3
assert small().add(1, 2) == 3
""",
    "forks while a guest computes and a host is asked": """
plugin = rust(limits=atoll.Limits(time=60, cpu=60))
stop = threading.Event()
def calls():
    while not stop.is_set():
        plugin.crm.fold(5)
threads = [threading.Thread(target=calls) for _ in range(2)]
for thread in threads: thread.start()
codes = []
for _ in range(5):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
stop.set()
for thread in threads: thread.join()
assert codes == [0] * 5
assert plugin.crm.fold(3) == 3
""",
    "an end with calls in flight in every way": """
plugin, jobs = rust(limits=atoll.Limits(time=60, cpu=60)), later(limits=atoll.Limits(time=60, cpu=60))
instance = plugin.open()
for call in (plugin.bad.spin, instance.bad.spin, lambda: plugin.bad.sleep(60_000), lambda: instance.state.bump()):
    threading.Thread(target=call, daemon=True).start()
time.sleep(0.1)
""",
    "an end while a thread loads": """
def loads():
    number = 0
    while True:
        number += 1
        atoll.load(f'(module (func (export "f") (result i32) (i32.const {number})))'.encode()).f()
threading.Thread(target=loads, daemon=True).start()
time.sleep(0.2)
""",
    "a host that is closed over by what it was given": """
class Keeping(Applying):
    def apply(self, n):
        gc.collect()
        return n + 1
held = [rust(Keeping(None)).open() for _ in range(5)]
held.append(held)
assert [one.crm.fold(2) for one in held[:5]] == [2] * 5
""",
    "Ctrl-C while a thread reads a stream that never comes": """
async def never():
    await asyncio.Event().wait()
    yield "a"
stream = later(limits=atoll.Limits(time=60)).jobs.upper(never())
def handler(*_):
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.2)
try:
    next(stream)
except KeyboardInterrupt:
    pass
""",
    "a function that waits for a thread that asks its caller": """
def ask(caller, n):
    thread = threading.Thread(target=lambda: caller.call("inc", n), daemon=True)
    thread.start()
    thread.join()
    return n
plugin = atoll.load(
    b'(module (import "env" "ask" (func $ask (param i32) (result i32)))'
    b' (func (export "inc") (param i32) (result i32) (local.get 0))'
    b' (func (export "go") (param i32) (result i32) (call $ask (local.get 0))))',
    imports={"env": {"ask": ask}}, limits=atoll.Limits(time=0.3))
threading.excepthook = lambda _: None
try:
    plugin.go(1)
except atoll.CallFailed:
    pass
""",
    "functions that block in awaited calls of one plugin": """
left = threading.Event()
blocking = rust(Applying(lambda n: left.wait(30)), limits=atoll.Limits(time=0.2))
healthy = rust(limits=atoll.Limits(time=0.5))
async def main():
    calls = [asyncio.ensure_future(blocking.aio.crm.call_apply(1)) for _ in range(70)]
    await asyncio.gather(*calls, return_exceptions=True)
    try:
        assert await healthy.aio.crm.find("anna") == "Anna: 1234"
    finally:
        left.set()
asyncio.run(main())
""",
    "recursion deeper than Python's usual limit, where it is awaited": """
sys.setrecursionlimit(6_000)
def deeper(n):
    return plugin.crm.call_apply(n + 1)
plugin = rust(Applying(deeper), limits=atoll.Limits(time=20))
async def main():
    await plugin.aio.crm.call_apply(0)
try:
    asyncio.run(main())
except (atoll.CallFailed, RecursionError):
    pass
assert plugin.add(1, 2) == 3
""",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WELL)
def test_a_process_gets_over(name: str) -> None:
    assert ended(WELL[name]) == ("", "", 0)
