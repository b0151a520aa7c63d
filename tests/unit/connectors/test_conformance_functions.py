"""Each check function with cells that satisfy it and cells that do not."""

from pathlib import Path

import duckdb
import pytest

from connectors.billing.conformance.cells import Cells
from connectors.billing.conformance.checks import Check, all_of, any_of, equal, filled, null, unlike
from connectors.billing.conformance.functions import ROW_FUNCTIONS, satisfied
from connectors.billing.conformance.products import matches
from connectors.billing.files.source import SourceFile

CELLS = Cells(SourceFile(Path("bill.csv"), "csv", {"A": "VARCHAR", "B": "VARCHAR"}))


def holds(check: Check, a: str | None, b: str | None = None) -> bool:
    """Whether a row with these two cells satisfies a check."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.execute(
            f'SELECT coalesce({satisfied(check, CELLS)}, false) FROM (SELECT CAST(? AS VARCHAR) AS "A", CAST(? AS VARCHAR) AS "B")',
            [a, b],
        ).fetchone()
    return bool(found and found[0])


def of_cell(function: str) -> Check:
    return Check(function, ("A",))


# function, what satisfies it, what does not
ONE_CELL: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "CheckDecimalValue": (("1", "-1.5", "+2", "1e-7", ".5", "0"), ("", "free", "1_000", "nan", "inf", "1,5", "0x10")),
    "CheckNationalCurrency": (("USD", "EUR", "JPY"), ("usd", "US$", "Credits", "XYZ", "USD ")),
    "TypeDecimal": (("1", "+2.50", "1e-7"), ("one", "1 2", "")),
    "TypeDateTime": (
        ("2026-01-05T00:00:00Z", "2026-01-05 00:00:00", "2026-01-05T02:00:00+02:00"),
        ("05.01.2026", "2026-02-30T00:00:00Z", "soon"),
    ),
    "TypeString": (("anything", ""), ()),
    "FormatNumeric": (("0", "-100.2", "3.5E-7", "35.2E10", ".5"), ("+1", "1e-7", "1E+7", "5.", "1,000", "$3", "1/2", "3 GB")),
    "FormatDateTime": (
        ("2026-01-05T00:00:00Z", "2026-01-05T23:59:59.123Z"),
        ("2026-01-05 00:00:00", "2026-01-05T00:00:00", "2026-01-05T00:00:00+00:00", "2026-01-05",
         "2026-02-30T00:00:00Z", "2026-01-05T25:00:00Z",
            "20 6-01-05T00:00:00Z", "2026-1 -05T00:00:00Z", "2026-01-05T 1:00:00Z", "2026-01-05T1a:00:00Z", "2026-01-05T00:00:-1Z"),
    ),
    "FormatString": (("text", "Größe 漢字", " "), ("Gr\ufffd\ufffde", "a\x00b")),
    "FormatCurrency": (("USD", "Credits", "DBU"), ("usd", " ", "Usd")),
    "FormatUnit": (
        ("GB", "Hours", "GB-Hours", "GB/Hour", "1000 Tokens", "Units/3 Months", "vCPU-Hours", "API Requests", "1 Hour", "Count"),
        ("hours", "GB Hours", "Hour", "Gigabyte Per Hour", "GiB/Second-Months", "1.5 Hours", "gb",
         "Requests-", "GB-Hour", "10 Request", ""),
    ),
    "FormatKeyValue": (
        ("{}", '{"a": 1, "b": "x", "c": true, "d": null}', '{"a": "[{"}'),
        ("[]", "a=b", '{"a": {"b": 1}}', '{"a": [1]}', '{"a": 1, "a": 2}', '{"a": 1', '"text"'),
    ),
    "CheckExclusiveEnd": (("2026-02-01T00:00:00Z", "2026-01-05T10:30:00Z"), ("2026-01-31T23:59:59Z", "2026-01-31 23:59:59")),
    "KeysPascalCase": (('{"CoreCount": 1, "x_Family": 2}',), ('{"coreCount": 1}', '{"core_count": 1}')),
    "KeysPrefixed": (('{"CoreCount": 1, "x_Family": 2}',), ('{"Family": 2}',)),
    "KeysSpelled": (('{"CoreCount": 1, "x_Any": 2}',), ('{"corecount": 1}',)),
    "ValuesTyped": (
        ('{"CoreCount": 1, "MemorySize": 1.5, "DiskType": "SSD"}', '{"CoreCount": null}'),
        ('{"MemorySize": "16 GiB"}', '{"DiskType": 1}'),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("function", "cell"), [(name, cell) for name, (good, _) in ONE_CELL.items() for cell in good])
def test_a_cell_satisfies_the_function(function: str, cell: str) -> None:
    assert holds(of_cell(function), cell)


@pytest.mark.parametrize(("function", "cell"), [(name, cell) for name, (_, bad) in ONE_CELL.items() for cell in bad])
def test_a_cell_does_not_satisfy_the_function(function: str, cell: str) -> None:
    assert not holds(of_cell(function), cell)


TWO_CELLS = [
    (equal("A", "Tax"), ("Tax", None), ("tax", None)),
    (null("A"), (None, None), ("0", None)),
    (Check("CheckValue", ("A", 0)), ("0.000", None), ("0.1", None)),
    (unlike("A", "Tax"), (None, None), ("Tax", None)),
    (filled("A"), ("0", None), (None, None)),
    (Check("CheckSameValue", ("A", "B")), ("x", "x"), ("x", "y")),
    (Check("CheckNotSameValue", ("A", "B")), ("x", "y"), ("x", "x")),
    (Check("CheckGreaterOrEqualThanValue", ("A", 0)), ("0", None), ("-1E-30", None)),
    (
        Check("CheckBefore", ("A", "B")),
        ("2026-01-01", "2026-01-02T00:00:00Z"),
        ("2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z"),
    ),
    (all_of(equal("A", "1"), equal("B", "2")), ("1", "2"), ("1", "3")),
    (any_of(equal("A", "1"), equal("B", "2")), ("0", "2"), ("0", "3")),
]


@pytest.mark.parametrize(("check", "good", "bad"), TWO_CELLS)
def test_rows_are_told_apart(
    check: Check, good: tuple[str | None, str | None], bad: tuple[str | None, str | None]
) -> None:
    assert holds(check, *good)
    assert not holds(check, *bad)


def test_every_function_is_tested_here() -> None:
    assert {*ONE_CELL, *(check.function for check, *_ in TWO_CELLS)} >= set(ROW_FUNCTIONS)


@pytest.mark.parametrize(
    ("price", "quantity", "cost"),
    [
        ("0.15", "24", "3.60"),
        ("0.08", "0.41666666670", "0.03333333330"),  # rounded to ten decimals
        ("0.008", "0.00200749000", "0.00001605990"),
        ("1e-7", "2", "2E-7"),
        ("0.1", "3", "0.30000000000000004"),  # the noise of a double
        ("99999999999999999999.5", "2", "199999999999999999999"),
        ("nan", "1", "2"),  # no number: for other rules to mind
    ],
)
def test_a_product_matches(price: str, quantity: str, cost: str) -> None:
    assert matches(price, quantity, cost)


@pytest.mark.parametrize(
    ("price", "quantity", "cost"),
    [("0.15", "24", "3.61"), ("0.15", "24", "3.6000001"), ("1.499", "1", "1.5"), ("1", "0.001", "0"), ("1", "1", "-1"),
     ("99999999999999999999.5", "2", "199999999990000000000")],
)  # fmt: skip
def test_a_product_does_not_match(price: str, quantity: str, cost: str) -> None:
    assert not matches(price, quantity, cost)
