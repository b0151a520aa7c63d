"""The validation report: what a file is, without loading it."""

from pathlib import Path

import pytest

from connectors.billing.judged.validation import ValidationReport, validate_bill
from finops.errors import BadFile
from tests.unit.connectors import full_bill
from tests.unit.connectors.bills import COLUMNS, ROW, row, write_bill


def report(tmp_path: Path, path: Path) -> ValidationReport:
    return validate_bill(path, tmp_path / "scratch")


def test_the_real_sample_is_reported_as_it_is(tmp_path: Path, shared_data: Path) -> None:
    found = report(tmp_path, shared_data / "focus" / "focus_sample_1.0.csv")
    assert (found.version, found.rows, found.totals, found.periods) == (
        "1.0",
        1000,
        {"USD": "20.52022672899"},
        ("2024-09", "2024-10"),
    )
    assert found.extra_columns == ("Id",)
    assert (found.loadable, found.conforms) == (True, False)
    kinds = {(one.column, one.kind): one.rows for one in found.violations}
    assert kinds["ChargeFrequency", "not_allowed"] == 7
    assert kinds["ContractedCost", "null"] == 7


def test_a_sound_bill_conforms(tmp_path: Path) -> None:
    bill = write_bill(tmp_path / "bill.csv", [full_bill.USED, full_bill.PURCHASE], full_bill.COLUMNS)
    found = report(tmp_path, bill)
    assert (found.loadable, found.violations) == (True, ())
    assert [one.id for one in found.conformance.results if one.breaks_conformance] == []
    assert found.conforms


def test_the_version_follows_from_the_columns(tmp_path: Path) -> None:
    assert report(tmp_path, write_bill(tmp_path / "bill.csv", [ROW], (*COLUMNS, "InvoiceId"))).version == "1.2"


def test_a_bad_amount_is_reported_with_its_row(tmp_path: Path) -> None:
    found = report(tmp_path, write_bill(tmp_path / "bill.csv", [ROW, row(ListCost="free"), row(ListCost="none")]))
    one = found.violations[0]
    assert (one.column, one.kind, one.rows, one.first_row, one.examples, one.refuses) == (
        "ListCost",
        "bad_number",
        2,
        3,
        ("free", "none"),
        True,
    )
    assert found.reason == "row 3: ListCost is no finite amount within 38 digits"
    assert not found.loadable


def test_missing_columns_are_reported_by_level(tmp_path: Path) -> None:
    found = report(tmp_path, write_bill(tmp_path / "bill.csv", [ROW], [name for name in COLUMNS if name != "ListCost"]))
    assert found.columns[0].level == "Mandatory"
    assert found.columns[0].missing == ("ListCost",)
    assert not found.loadable


def test_columns_that_differ_in_case_alone_are_refused(tmp_path: Path) -> None:
    bill = write_bill(tmp_path / "bill.csv", [ROW | {"billedCost": "1"}], (*COLUMNS, "billedCost"))
    with pytest.raises(BadFile, match="`BilledCost` and `billedCost`, which differ in case alone"):
        report(tmp_path, bill)
