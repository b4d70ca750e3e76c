"""Whether a run is alive and ready, as load balancers and Kubernetes ask."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Phase = Literal["starting", "serving", "draining"]


@dataclass(frozen=True, slots=True)
class Health:
    """The state of a run. `workers` are wanted, `serving` of them serve."""

    phase: Phase = "starting"
    workers: int = 1
    serving: int = 0
    restarts: int = 0

    @property
    def ready(self) -> bool:
        """Whether new requests should be sent here: one worker may be in replacement, as long as another serves."""
        return self.phase == "serving" and self.serving >= max(1, self.workers - 1)

    def to_dict(self) -> dict[str, Any]:
        """The details, for `?verbose`."""
        return {"ready": self.ready, **asdict(self)}
