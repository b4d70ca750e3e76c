"""A function of an event of API Gateway, both as JSON."""

import json
import os

import wit_world


class WitWorld(wit_world.WitWorld):
    def handler(self, event: str) -> str:
        request = json.loads(event)
        name = request["pathParameters"]["name"]
        stage = os.environ["STAGE"]
        return json.dumps({"statusCode": 200, "body": f"Hello, {name}! This is {stage}.\n"})
