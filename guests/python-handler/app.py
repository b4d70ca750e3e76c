"""The function: an error of the result is no response."""

import wit_world
from componentize_py_types import Err
from greeting import answered


class WitWorld(wit_world.WitWorld):
    def handler(self, event: str) -> str:
        if '"fail"' in event:
            raise Err("the greeter fails, as asked")
        return answered(event)
