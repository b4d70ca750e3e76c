"""From source to component: what a manifest's build commands make, and when they have to."""

from atoll.build.running import Report, Status, Way, run
from atoll.build.steps import Step, steps

__all__ = ("Report", "Status", "Step", "Way", "run", "steps")
