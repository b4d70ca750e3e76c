"""A process that has several interpreters, or ends while plugins are at work."""

import pytest

from tests.embed.scripts import said


@pytest.mark.slow
@pytest.mark.parametrize("loaded", [False, True], ids=["alone", "beside the main one"])
def test_another_interpreter_is_told_that_it_cannot_have_plugins(loaded: bool) -> None:
    script = f"""
import _xxsubinterpreters as interpreters
if {loaded}:
    assert small().add(1, 2) == 3
code = '''
import sys
sys.path[:] = {{}}
import importlib
try:
    importlib.import_module("atoll._core")
except ImportError as error:
    print("ImportError:", error, flush=True)
'''.format(sys.path)
other = interpreters.create()
interpreters.run_string(other, code)
interpreters.destroy(other)
assert small().add(1, 2) == 3
"""
    stdout, stderr, code = said(script)
    assert (stderr, code) == ("", 0)
    assert stdout.startswith("ImportError: ")
    assert "interpreter" in stdout


ENDINGS: dict[str, str] = {
    "plugins and instances that are open": """
instance = plugin.open()
counter = instance.counters.Counter(3)
function = instance.state.bump
function()""",
    "a call that was awaited and is under way": """
async def main():
    global calls
    calls = [plugin.aio.bad.sleep(60_000), plugin.aio.bad.spin(), jobs.aio.jobs.nap(60_000)]
    await asyncio.sleep(0.05)
asyncio.run(main())""",
    "a daemon thread that sleeps in a guest": """
threading.Thread(target=plugin.bad.sleep, args=(60_000,), daemon=True).start()
time.sleep(0.1)""",
    "a daemon thread that spins in a guest": """
threading.Thread(target=plugin.bad.spin, daemon=True).start()
time.sleep(0.1)""",
    "a daemon thread in a host function": """
threading.Thread(target=blocked.crm.call_apply, args=(1,), daemon=True).start()
assert entered.wait(30)""",
    "daemon threads that call again and again": """
def calls():
    while True:
        plugin.crm.fold(3)
for _ in range(4):
    threading.Thread(target=calls, daemon=True).start()
time.sleep(0.2)""",
    "daemon threads that await on loops of their own": """
async def naps():
    while True:
        await jobs.aio.jobs.nap(1)
for _ in range(2):
    threading.Thread(target=lambda: asyncio.run(naps()), daemon=True).start()
time.sleep(0.2)""",
    "an awaited host function under way": """
threading.Thread(target=awaiting.crm.call_apply, args=(1,), daemon=True).start()
time.sleep(0.2)""",
    "a host function that is cut off by its deadline": """
try:
    hasty.crm.call_apply(1)
except atoll.LimitExceeded:
    pass""",
    "an awaited host function that is busy": """
threading.Thread(target=busy_later.crm.call_apply, args=(1,), daemon=True).start()
time.sleep(0.2)""",
    "a daemon thread in a host function that is busy": """
threading.Thread(target=busy.crm.call_apply, args=(1,), daemon=True).start()
time.sleep(0.2)""",
    "a host function that is busy for a call that was awaited": """
async def main():
    global call
    call = busy.aio.crm.call_apply(1)
    await asyncio.sleep(0.2)
asyncio.run(main())""",
    "a store that is busy": """
def get():
    with store.open() as instance:
        instance.get(instance.open_store("default"), "key")
threading.Thread(target=get, daemon=True).start()
time.sleep(0.2)""",
    "a stream that is half read": """
stream = jobs.jobs.numbers(1_000_000)
assert next(stream) == 1""",
    "an exit handler that calls": """
import atexit
atexit.register(lambda: plugin.crm.fold(3))""",
    "an object that calls when it is destroyed": """
class Last:
    def __del__(self, call=plugin.crm.fold):
        call(3)
last = Last()""",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ENDINGS)
def test_a_process_ends_cleanly_with(name: str) -> None:
    script = f"""
from tests.embed.test_stores import Memory, granted, memory
entered = threading.Event()
def blocks(n):
    entered.set()
    time.sleep(60)
async def sleeps(n):
    await asyncio.sleep(60)
def works(n):
    while True:
        time.sleep(0)
async def works_later(n):
    while True:
        await asyncio.sleep(0)
class Working(Memory):
    def get(self, key):
        works(0)
store = granted({{"default": memory(Working)}})
busy, busy_later = rust(Applying(works)), rust(Awaiting(works_later))
hasty = rust(Awaiting(sleeps), limits=atoll.Limits(time=0.2))
plugin, jobs = rust(), later()
blocked, awaiting = rust(Applying(blocks)), rust(Awaiting(sleeps))
{ENDINGS[name]}
"""
    assert said(script) == ("", "", 0)
