"""A server is there about as soon as a container is."""

from bench import container, guests, servers
from bench.claim import Claim, Plan, Row, Unmeasured
from bench.guests import Guest
from bench.start import first_answer


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    def ours() -> float:
        return first_answer(servers.atoll(guest, servers.cores()))

    title = "runc, a static C server"
    # The first start fills the code cache.
    ours()
    try:
        with container.bundle(guest.body) as bundle:
            pairs = [(ours(), first_answer(container.container(bundle, guest.body))) for _ in range(plan.rounds)]
    except Unmeasured as trouble:
        return [Row(guest.title, title, tuple(ours() for _ in range(plan.rounds)), trouble=str(trouble))]
    mine, theirs = zip(*pairs, strict=True)
    return [Row(guest.title, title, mine, theirs)]


CLAIM = Claim(
    name="container",
    compares="time from the start of `atoll up` to its first answer, code already in the cache, against the same of "
    "`runc run` with a static program in an unpacked bundle on the host's network",
    unit="ms",
    better="lower",
    guests=(guests.C,),
    measure=_measure,
)
