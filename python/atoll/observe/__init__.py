"""What a run tells of itself while it serves: metrics, health, traces.

`Watch` gathers what workers measure and what the supervisor knows; `Monitor` answers `/metrics`, `/livez` and `/readyz`
on an address of its own. Libraries for either export are imported only when it is on.
"""

from atoll.observe.health import Health
from atoll.observe.watch import Watch

__all__ = ["Health", "Watch"]
