"""The pages about failures that an app's developer is shown."""

from atoll.host import Job
from atoll.host.serve import Pages


def pages(job: Job) -> Pages | None:
    """What draws them; None where users ask."""
    development = job.settings.development
    if development is None:
        return None
    from atoll.observe import fault  # production never needs it

    def drawn(told: str) -> tuple[str, bytes] | None:
        return fault.draw(told, development.sources, development.ending) if fault.is_failure(told) else None

    return drawn
