"""A child of a process that has plugins: neither threads nor locks are inherited in a state to be used."""

import pytest

from tests.embed.scripts import said

FORKS: dict[str, str] = {
    "loads and calls": "assert rust().crm.find('anna') == 'Anna: 1234'",
    "keeps an instance": """
        with rust().open() as instance:
            assert [instance.state.bump() for _ in range(3)] == [1, 2, 3]""",
    "awaits": "assert asyncio.run(lookup()) == 'a!'",
    "calls what is awaited on the loop of the process": "assert rust(Awaiting(awaited)).crm.fold(3) == 3",
    "reaches a limit": """
        try:
            rust(limits=atoll.Limits(time=0.2)).bad.spin()
        except atoll.LimitExceeded:
            return
        raise AssertionError""",
    "forks again": "assert child(lambda: small().add(1, 2)) == 0",
    "calls the parent's plugin, or is told that it is none of its": """
        try:
            assert (plugin.add(1, 2), plugin.crm.fold(3)) == (3, 3)
        except AtollError:
            return""",
    "is limited in the parent's plugin, too": """
        try:
            hasty.bad.sleep(60_000)
        except AtollError:
            return
        raise AssertionError""",
    "is limited in the parent's plugin, where it spins": """
        try:
            hasty.bad.spin()
        except AtollError:
            return
        raise AssertionError""",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FORKS)
def test_a_child_of_a_process_that_has_plugins_has_its_own(name: str) -> None:
    script = f"""
async def awaited(n):
    await asyncio.sleep(0.001)
    return n + 1

async def lookup():
    return await later().aio.jobs.lookup("a")

plugin = rust()
hasty = rust(limits=atoll.Limits(time=0.3))
assert plugin.add(1, 2) == 3
assert rust(Awaiting(awaited)).crm.fold(3) == 3
assert asyncio.run(lookup()) == "a!"
def act():
        {FORKS[name]}
print(child(act))
assert plugin.add(1, 2) == 3
assert rust(Awaiting(awaited)).crm.fold(3) == 3
"""
    assert said(script) == ("0\n", "", 0)


@pytest.mark.slow
def test_a_fork_while_other_threads_call_does_not_hang() -> None:
    script = """
plugin = rust()
stop = threading.Event()
def calls():
    while not stop.is_set():
        plugin.crm.fold(3)
threads = [threading.Thread(target=calls) for _ in range(4)]
for thread in threads:
    thread.start()
print([child(lambda: rust().add(1, 2)) for _ in range(10)])
stop.set()
for thread in threads:
    thread.join()
"""
    assert said(script) == (f"{[0] * 10}\n", "", 0)


@pytest.mark.slow
def test_an_instance_of_the_parents_is_not_the_childs() -> None:
    script = """
instance = rust().open()
assert instance.state.bump() == 1
def act():
    try:
        assert instance.state.bump() == 2
    except AtollError:
        pass
print(child(act))
assert instance.state.bump() == 2
"""
    assert said(script) == ("0\n", "", 0)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_multiprocessing_call_plugins(method: str) -> None:
    script = f"""
import multiprocessing
from tests.embed.test_forks import worker
small().add(1, 2)
with multiprocessing.get_context({method!r}).Pool(2) as pool:
    print(pool.map_async(worker, range(4)).get(60))
"""
    assert said(script) == ("[1, 2, 3, 4]\n", "", 0)


def worker(number: int) -> int:
    """What a worker does."""
    from tests.embed.plugins import rust

    added: int = rust().add(number, 1)
    return added
