"""Change freezes: whole days in UTC, of every kind or of some, and no calendar at all from a file that cannot be read."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from finops.errors import BadFile
from policies.freezes import Freeze, freeze_at, parse_freezes

YEAR_END = '[[freeze]]\nname = "year end"\nstart = 2026-12-20\nend = 2026-12-31\n'
DELETES = '[[freeze]]\nname = "audit"\nstart = 2026-12-01\nend = 2026-12-24\nkinds = ["delete_volume"]\n'
BOTH = parse_freezes("freezes.toml", YEAR_END + DELETES)


@pytest.mark.parametrize(
    ("at", "kind", "name"),
    [
        (datetime(2026, 12, 19, 23, 59, 59, tzinfo=UTC), "resize_instance", ""),
        (datetime(2026, 12, 20, tzinfo=UTC), "resize_instance", "year end"),
        (datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "resize_instance", "year end"),
        (datetime(2027, 1, 1, tzinfo=UTC), "resize_instance", ""),
        (datetime(2026, 12, 1, tzinfo=UTC), "delete_volume", "audit"),
        (datetime(2026, 12, 21, tzinfo=UTC), "delete_volume", "year end"),
        # A day is one of UTC, whatever the clock's own zone says.
        (datetime(2026, 12, 20, 1, tzinfo=timezone(timedelta(hours=2))), "resize_instance", ""),
        (datetime(2026, 12, 31, 23, tzinfo=timezone(timedelta(hours=-2))), "resize_instance", ""),
    ],
)
def test_a_freeze_holds_on_its_days_for_its_kinds(at: datetime, kind: str, name: str) -> None:
    assert freeze_at(BOTH, kind, at) == name


def test_no_freeze_is_none() -> None:
    assert parse_freezes("freezes.toml", "") == ()
    assert freeze_at((), "resize_instance", datetime(2026, 12, 24, tzinfo=UTC)) == ""


def test_a_freeze_of_one_day_holds_that_day() -> None:
    assert Freeze(name="x", start=date(2026, 1, 1), end=date(2026, 1, 1)).holds(
        "any", datetime(2026, 1, 1, 5, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[freeze]", "is no TOML"),
        (YEAR_END.replace("2026-12-31", "2026-12-01"), "ends before it starts"),
        (YEAR_END.replace("2026-12-31", '"soon"'), "freeze.0.end"),
        (YEAR_END.replace('"year end"', '""'), "freeze.0.name"),
        (YEAR_END + 'kinds = ["resize"]\n', "freeze.0.kinds"),
        (YEAR_END + "until = 2026-12-31\n", "freeze.0.until"),
        (YEAR_END.replace("[[freeze]]", "[[freezes]]"), "freezes"),
    ],
)
def test_a_calendar_that_cannot_be_read_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadFile, match=r"`freezes\.toml`") as refused:
        parse_freezes("freezes.toml", text)
    assert said in refused.value.message
