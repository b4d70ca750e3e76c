"""Variables as guests see them: their own table's, with templates filled in, and no others."""

import pytest

from tests.rooms.conftest import AskedInVain, Open

KEYS = """\
variables = { greeting = "Hello, {{ who }}!", plain = "as it is" }
[variables]
who = { default = "world" }
secret = { default = "of the app, not of this component" }
"""
VERSIONS = [
    ("rust-rooms", "v1/"),
    ("rust-rooms", "v2/"),
    ("rust-rooms", "wasi/"),
    ("python-rooms-p2", ""),
    ("python-rooms-p3", ""),
]


@pytest.mark.parametrize("guest, version", VERSIONS)
def test_a_variable_has_its_value(open_room: Open, guest: str, version: str) -> None:
    with open_room(guest, KEYS, "", "--variable", "who=you") as room:
        assert room(f"variables/{version}get", name="greeting") == b"Hello, you!"
        assert room(f"variables/{version}get", name="plain") == b"as it is"


@pytest.mark.parametrize(
    "guest, version, told",
    [
        ("rust-rooms", "v1/", 'Error::Provider("no variable for '),
        ("rust-rooms", "v2/", 'Error::Undefined("no variable for '),
        ("python-rooms-p2", "", "Error_Undefined"),
        ("python-rooms-p3", "", "Error_Undefined"),
    ],
)
def test_what_the_component_does_not_name_is_undefined(open_room: Open, guest: str, version: str, told: str) -> None:
    with open_room(guest, KEYS) as room, pytest.raises(AskedInVain) as raised:
        room(f"variables/{version}get", name="secret")
    assert told in str(raised.value)


def test_wasi_has_nothing_for_it_and_can_list_what_there_is(open_room: Open) -> None:
    with open_room("rust-rooms", KEYS) as room:
        assert room.maybe("variables/wasi/get", name="secret") is None
        assert room("variables/all/get") == b'[("greeting", "Hello, world!"), ("plain", "as it is")]'


@pytest.mark.parametrize(
    "version, told",
    [("v1", "Error::InvalidKey"), ("v2", "Error::InvalidName"), ("wasi", "Error::Upstream")],
)
def test_what_is_no_name_is_invalid(open_room: Open, version: str, told: str) -> None:
    with open_room("rust-rooms", KEYS) as room, pytest.raises(AskedInVain) as raised:
        room(f"variables/{version}/get", name="no-name")
    assert str(raised.value).startswith(told)
    assert "invalid character '-'" in str(raised.value)


def test_values_of_the_runtime_config_and_the_environment_are_found(open_room: Open) -> None:
    config = '[[variables_provider]]\ntype = "static"\nvalues = { who = "static" }\n'
    with open_room("rust-rooms", KEYS, config, SPIN_VARIABLE_WHO="environment") as room:
        assert room("variables/v2/get", name="greeting") == b"Hello, static!"
    with open_room("rust-rooms", KEYS, "", SPIN_VARIABLE_WHO="environment") as room:
        assert room("variables/v2/get", name="greeting") == b"Hello, environment!"
