"""Rows against a reference's rows."""

from datetime import date, datetime
from decimal import Decimal

from evals.tables import reference_cells, result_cells, table_faults

COLUMNS = ("ProviderName", "bucket", "value", "also:first_charge", "ratio:A/B")
REFERENCE = [
    ("AWS", date(2026, 7, 1), Decimal("1.500000000000000000"), datetime.fromisoformat("2026-07-01"), 0.3333333333333333)
]
ROW: dict[str, object] = {
    "group": {"ProviderName": "AWS"}, "bucket": "2026-07-01", "value": "1.5", "other": False,
    "also": {"first_charge": {"value": None, "date": "2026-07-01"}, "A/B": {"value": "0.333333333333", "date": None}},
}  # fmt: skip


def test_the_same_row_written_in_two_ways_is_one() -> None:
    assert list(table_faults(result_cells([ROW], COLUMNS), reference_cells(REFERENCE, COLUMNS))) == []


def test_an_amount_that_is_off_in_its_last_digit_is_told() -> None:
    off = {**ROW, "value": "1.500000000000000001"}
    has, lacks = table_faults(result_cells([off], COLUMNS), reference_cells(REFERENCE, COLUMNS))
    assert has.startswith("has 1 rows of 1 that are not true")
    assert lacks.startswith("lacks 1 rows of 1")


def test_a_row_that_comes_twice_is_told() -> None:
    (has,) = table_faults(result_cells([ROW, ROW], COLUMNS), reference_cells(REFERENCE, COLUMNS))
    assert "has 1 rows" in has


def test_an_absent_value_is_not_an_empty_one() -> None:
    absent = {**ROW, "group": {"ProviderName": None}}
    empty = [("", *REFERENCE[0][1:])]
    assert len(list(table_faults(result_cells([absent], COLUMNS), reference_cells(empty, COLUMNS)))) == 2


def test_the_rest_beyond_the_top_is_no_row() -> None:
    rest = {**ROW, "other": True}
    assert list(table_faults(result_cells([ROW, rest], COLUMNS), reference_cells(REFERENCE, COLUMNS))) == []


def test_a_rate_over_zero_is_none() -> None:
    assert reference_cells([(float("nan"),)], ("ratio:A/B",)) == [(None,)]
