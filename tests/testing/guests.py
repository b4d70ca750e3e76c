"""Apps of the tests: what they are granted, by a manifest."""

from pathlib import Path

from tests.support import write_app

ROOMS = """
[variables]
color = { default = "red" }
[[trigger.http]]
route = "/..."
component = "rooms"
[component.rooms]
source = "<python-rooms-p2>"
key_value_stores = ["default", "other"]
sqlite_databases = ["default"]
[component.rooms.variables]
tint = "{{ color }}!"
"""

KITCHEN = """
[variables]
api = { default = "https://api.example.com" }
[[trigger.http]]
route = "/..."
component = "kitchen"
[component.kitchen]
source = "<rust-kitchen>"
allowed_outbound_hosts = ["{{ api }}"]
"""


def rooms(folder: Path) -> Path:
    """An app that does with stores, databases and variables what a path says."""
    return write_app(folder, ROOMS)


def kitchen(folder: Path) -> Path:
    """An app that may ask one site."""
    return write_app(folder, KITCHEN)
