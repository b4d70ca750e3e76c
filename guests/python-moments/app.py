"""Tells the time, and numbers that nobody could have known, as JSON; `/sleep` first sleeps for 20 ms."""

import json
import os
import secrets
import time
import uuid

from componentize_py_types import Ok
from wit_world import exports
from wit_world.imports.types import Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam


class IncomingHandler(exports.IncomingHandler):
    def handle(self, request: IncomingRequest, response_out: ResponseOutparam) -> None:
        began = time.monotonic()
        if request.path_with_query() == "/sleep":
            time.sleep(0.02)
        told = {
            "time": time.time(),
            "slept": time.monotonic() - began,
            "bytes": os.urandom(4).hex(),
            "below": secrets.randbelow(1000),
            "uuid": str(uuid.uuid4()),
        }
        response = OutgoingResponse(Fields())
        body = response.body()
        ResponseOutparam.set(response_out, Ok(response))
        with body.write() as stream:
            stream.blocking_write_and_flush(json.dumps(told).encode())
        OutgoingBody.finish(body, None)
