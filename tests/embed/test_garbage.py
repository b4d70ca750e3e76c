"""Plugins, instances and what they hold are gone when nobody holds them any more, and not before."""

import gc
import time
import weakref

from tests.embed.plugins import Directory, rust, small


def is_gone(held: weakref.ref[Directory], seconds: float = 10) -> bool:
    """Whether it is gone soon: providers are closed on a thread of their own."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        gc.collect()
        if held() is None:
            return True
        time.sleep(0.01)
    return False


def test_a_plugin_that_nobody_holds_is_gone() -> None:
    plugin = small()
    plugin.add(1, 2)
    held = weakref.ref(plugin)
    del plugin
    gc.collect()
    assert held() is None


def test_a_plugin_that_nobody_holds_lets_go_of_the_objects_that_answer() -> None:
    directory = Directory()
    held = weakref.ref(directory)
    plugin = rust(directory)
    assert plugin.crm.find("anna") == "Anna: 1234"
    with plugin.open() as instance:
        instance.crm.find("anna")
    del directory, instance
    gc.collect()
    assert held() is not None
    del plugin
    assert is_gone(held)


def test_an_instance_that_nobody_holds_is_gone_with_the_objects_that_it_held() -> None:
    directory = Directory()
    plugin = rust(directory)
    session = directory.Session("anna")
    held = weakref.ref(session)
    instance = plugin.open()
    instance.crm.keep_session(session)
    gone = weakref.ref(instance)
    del session
    gc.collect()
    assert held() is not None
    del instance
    gc.collect()
    assert gone() is None
    assert held() is None


def test_an_instance_lives_as_long_as_a_function_of_it() -> None:
    bump = rust().open().state.bump
    gc.collect()
    assert (bump(), bump()) == (1, 2)


def test_an_instance_keeps_its_plugin() -> None:
    instance = rust().open()
    gc.collect()
    assert instance.crm.find("anna") == "Anna: 1234"
    instance.close()


def test_what_was_given_is_not_kept() -> None:
    plugin = rust()

    class Record(dict[str, object]):
        """A dict that can be watched."""

    size = Record(width=1, height=2)
    held = weakref.ref(size)
    plugin.values.echo_size(size)
    del size
    gc.collect()
    assert held() is None
