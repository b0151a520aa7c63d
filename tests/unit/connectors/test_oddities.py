"""What is said of a bill in a provider's own format: which one it is, and only what is odd for that format."""

from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.billing.formats import Format
from connectors.billing.load import stage_bills
from finops.tables import LoadWarning
from tests.unit.connectors.bills import row, write_bill
from tests.unit.connectors.formats.exports import (
    CUR_COLUMNS,
    azure,
    cur,
    oci,
    write_csv,
    write_cur,
    write_ea,
    write_oci,
)


def warnings(path: Path, format: Format | None = None) -> dict[str, LoadWarning]:  # noqa: A002
    bill = stage_bills([path], path.parent / "scratch", source=None, format=format, progress=lambda _text, _share: None)
    return {one.code: one for one in bill.warnings}


KEPT = "columns FOCUS has no place for are kept in x_Columns"


FOREIGN: dict[str, Callable[[Path], Path]] = {
    "AWS Cost and Usage Report (legacy)": lambda path: write_cur(path, [cur()]),
    "Azure EA cost details, actual cost": lambda path: write_ea(path, [azure()]),
    "OCI cost report": lambda path: write_oci(path, [oci()]),
}


@pytest.mark.parametrize("title", FOREIGN)
def test_a_foreign_bill_is_told_by_its_format_and_not_column_by_column(tmp_path: Path, title: str) -> None:
    found = warnings(FOREIGN[title](tmp_path / "bill.csv"))
    assert found["read_as"].message == f"read as {title}; {KEPT}"
    assert found.keys().isdisjoint({"extra_column", "missing_column"})


def test_a_foreign_bill_without_a_column_that_its_format_has_is_warned_of(tmp_path: Path) -> None:
    lacking = "lineItem/LineItemDescription"
    record = {name: value for name, value in cur().items() if name != lacking}
    columns = [name for name in CUR_COLUMNS if name != lacking]
    found = warnings(write_csv(tmp_path / "bill.csv", [record], columns))
    assert found["missing_column"].examples == ("ChargeDescription",)
    assert found["missing_column"].message.endswith("lacks what ChargeDescription is read from; taken as null")


def test_a_focus_bill_is_told_of_its_columns_beyond_focus_and_of_no_format(tmp_path: Path) -> None:
    names = [f"Own{index}" for index in range(12)]
    found = warnings(write_bill(tmp_path / "bill.csv", [row()], [*row(), *names]))
    assert found["extra_column"].message.startswith("12 columns beyond FOCUS (`Own0`, ")
    assert found["extra_column"].message.endswith("`Own9` and 2 more) kept in x_Columns")
    assert "read_as" not in found
