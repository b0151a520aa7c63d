"""Codes: no two combinations of a group's columns share one, whatever DuckDB's hash says of their texts."""

from collections.abc import Iterator
from contextlib import closing

import duckdb
import pytest

from store.lake.rollups.codes import Scratch, document_code, group_codes

# DuckDB's hash is the same for both.
ALIKE = (
    '{"team":"team-20","env":"stage","app":"app-50","cost_centre":"2"}',
    '{"team":"team-10","env":"stage","app":"app-50","cost_centre":"3"}',
)


@pytest.fixture
def scratch() -> Iterator[Scratch]:
    with closing(duckdb.connect()) as connection:
        yield Scratch(connection)


def test_documents_whose_hashes_are_the_same_get_codes_of_their_own(scratch: Scratch) -> None:
    listed = ", ".join(f"('AWS/1', TIMESTAMP '2026-01-01', '{text}')" for text in ALIKE)
    raw = scratch.table(f"SELECT * FROM (VALUES {listed}) AS r(x_Source, BillingPeriodStart, Tags)")
    assert scratch.count(f"(SELECT DISTINCT hash(Tags) FROM {raw})") == 1
    code = document_code(scratch, raw, "Tags")
    assert scratch.count(f"(SELECT DISTINCT {code.sql} FROM {raw})") == 2


def test_columns_that_follow_from_others_are_not_hashed(scratch: Scratch) -> None:
    rows = "('AWS/1', TIMESTAMP '2026-01-01', 'a', 'A'), ('AWS/1', TIMESTAMP '2026-01-01', 'b', 'B')"
    raw = scratch.table(
        f"SELECT * FROM (VALUES {rows}) AS r(x_Source, BillingPeriodStart, SubAccountId, SubAccountName)"
    )
    code = group_codes(scratch, raw, ("x_Source", "BillingPeriodStart", "SubAccountId", "SubAccountName"))[
        "sub_account"
    ]
    assert code.sql == 'hash("SubAccountId")'
    assert code.columns == ("SubAccountId", "SubAccountName")
