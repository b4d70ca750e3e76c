"""Every claim, in the order of the table."""

from bench.claim import Claim
from bench.claims import latency, memory, native_front, one_worker, start_up, wasmtime_serve

CLAIMS: tuple[Claim, ...] = (
    native_front.CLAIM,
    one_worker.CLAIM,
    wasmtime_serve.CLAIM,
    latency.CLAIM,
    memory.CLAIM,
    start_up.CLAIM,
)
