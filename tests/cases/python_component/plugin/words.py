"""A world of one's own."""

import wit_world
from componentize_py_types import Err


class WitWorld(wit_world.WitWorld):
    def count(self, text: str) -> int:
        return len(text.split())

    def shout(self, text: str) -> str:
        if not text:
            raise Err("there is nothing to shout")
        if text == "?":
            return fails()
        return wit_world.ask(text).upper()


def fails() -> str:
    raise KeyError("as asked")
