"""A clock that a test sets."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock:
    """The time of day as guests are told it. It stands still until the test says otherwise.

    clock = Clock(datetime(2026, 1, 1, tzinfo=UTC))
    app = atoll_app(clock=clock)
    clock.tick(3600)
    """

    def __init__(self, now: datetime) -> None:
        """Raises ValueError for a time without a zone."""
        self.now = now

    @property
    def now(self) -> datetime:
        """What it shows, in UTC; it can be set. Raises ValueError for a time without a zone."""
        return self._now

    @now.setter
    def now(self, now: datetime) -> None:
        if now.tzinfo is None:
            raise ValueError(f"{now} is of no time zone: say which, such as datetime(…, tzinfo=UTC)")
        self._now = now.astimezone(UTC)

    def tick(self, seconds: float = 1.0) -> None:
        """So many seconds pass; before 0, they are taken back."""
        self._now += timedelta(seconds=seconds)

    @property
    def nanoseconds(self) -> int:
        """What it shows, in nanoseconds since the beginning of 1970."""
        return (self._now - _EPOCH) // timedelta(microseconds=1) * 1000

    def __repr__(self) -> str:
        return f"<clock at {self._now.isoformat()}>"
