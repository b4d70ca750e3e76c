"""Every claim, in the order of the table."""

from bench.claim import Claim
from bench.claims import (
    bare_call,
    container,
    growth,
    idle_memory,
    key_value,
    kill,
    latency,
    live_instances,
    memory,
    native_front,
    neighbour,
    one_worker,
    outbound,
    snapshot,
    start_up,
    streaming,
    wasmtime_serve,
    workerd,
)

CLAIMS: tuple[Claim, ...] = (
    native_front.CLAIM,
    one_worker.CLAIM,
    wasmtime_serve.CLAIM,
    workerd.CLAIM,
    snapshot.CLAIM,
    latency.CLAIM,
    bare_call.CLAIM,
    outbound.CLAIM,
    key_value.CLAIM,
    streaming.CLAIM,
    start_up.CLAIM,
    container.CLAIM,
    memory.CLAIM,
    idle_memory.CLAIM,
    live_instances.CLAIM,
    growth.CLAIM,
    kill.CLAIM,
    neighbour.CLAIM,
)
