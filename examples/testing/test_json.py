"""The JSON plugin of ../plugins: a component in Python that transforms documents."""

import json

import atoll
import pytest


@pytest.fixture
def plugin(atoll_plugin):
    return atoll_plugin("../plugins/plugins/json.wasm", limits=atoll.Limits(memory="64MiB", time=10))


def test_a_document_is_transformed(plugin):
    assert json.loads(plugin.transform('{"a": [{"b": 1}, {"b": 2}]}', "a[*].b")) == [1, 2]


def test_an_expression_that_is_none_is_the_plugin_s_error(plugin):
    with pytest.raises(atoll.GuestError, match="the expression is none"):
        plugin.transform("{}", "][")


def test_it_asks_nothing_of_its_host_and_writes_nothing(plugin):
    plugin.transform("{}", "a")
    assert (plugin.calls.names, plugin.log.text) == ([], "")
