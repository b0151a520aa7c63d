"""What time it is: the machine's clock, or in a demo home the demo's own day."""

from datetime import UTC, date, datetime

from finops.ports import Clock
from gateway.home import Home


def utc_now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def clock_of(home: Home) -> Clock:
    """Return the clock everything acting in `home` is dated and judged by.

    A demo estate that was moved on lives on a later day than the machine: its data would be refused as being of the future.
    """
    return lambda: _demo_moment(home) or utc_now()


def set_demo_day(home: Home, day: date) -> None:
    """Say that it is `day` in a demo home; the time of day stays the machine's."""
    home.demo_day.write_text(day.isoformat(), encoding="utf-8")


def _demo_moment(home: Home) -> datetime | None:
    if not home.demo_day.exists():
        return None
    return datetime.combine(date.fromisoformat(home.demo_day.read_text(encoding="utf-8").strip()), utc_now().timetz())
