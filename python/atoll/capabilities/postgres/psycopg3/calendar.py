"""Days and microseconds since 2000, as PostgreSQL counts them, and the calendar, without Python's limits on years.

Year 0 is 1 BC. The calendar is the proleptic Gregorian one, whose pattern repeats every 400 years.
"""

from datetime import date

_ERA_DAYS = 146_097
_EPOCH = date(2000, 1, 1).toordinal()
_DAY_MICROS = 86_400_000_000

Date = tuple[int, int, int]
Time = tuple[int, int, int, int]


def days_of(value: Date) -> int:
    """Days since 2000; `ValueError` if there is no such date."""
    year, month, day = value
    eras, within = divmod(year - 1, 400)
    return eras * _ERA_DAYS + date(within + 1, month, day).toordinal() - _EPOCH


def date_of(days: int) -> Date:
    """The date so many days after 2000-01-01."""
    eras, within = divmod(days + _EPOCH - 1, _ERA_DAYS)
    found = date.fromordinal(within + 1)
    return found.year + eras * 400, found.month, found.day


def micros_of(value: Time) -> int:
    """Microseconds since midnight, 24:00 included; `ValueError` if there is no such time."""
    hour, minute, second, nanosecond = value
    micros = ((hour * 60 + minute) * 60 + second) * 1_000_000 + nanosecond // 1000
    if not (0 <= minute < 60 and 0 <= second < 60 and 0 <= nanosecond < 10**9 and 0 <= micros <= _DAY_MICROS):
        raise ValueError("no such time")
    return micros


def time_of(micros: int) -> Time:
    """The time so many microseconds after midnight."""
    seconds, rest = divmod(micros, 1_000_000)
    return seconds // 3600, seconds // 60 % 60, seconds % 60, rest * 1000


def datetime_of(micros: int) -> tuple[int, int, int, int, int, int, int]:
    """Date and time so many microseconds after 2000."""
    days, within = divmod(micros, _DAY_MICROS)
    return *date_of(days), *time_of(within)


def utc_text(days: int, micros: int) -> str:
    """A point in time as PostgreSQL reads it: exact in a column with a time zone and in one without."""
    year, month, day = date_of(days)
    hour, minute, second, nanos = time_of(micros)
    era = "" if year > 0 else " BC"
    year = year if year > 0 else 1 - year
    return f"{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{nanos // 1000:06}+00{era}"


def text_of_epoch(seconds: int) -> str:
    """The same from seconds since 1970."""
    days, within = divmod(seconds, 86_400)
    return utc_text(days - 10_957, within * 1_000_000)
