"""Values spelled otherwise than FOCUS has them, months of another zone, and names of sources in other letters."""

from decimal import Decimal
from pathlib import Path

import pytest

from connectors.billing.judged.validation import validate_bill
from connectors.billing.load import StagedBill
from connectors.billing.reading.groups import Spellings
from tests.unit.connectors.bills import row, write_bill
from tests.unit.connectors.test_billing import codes, stage, values
from tests.unit.connectors.test_json_lines import lines

LOCAL = {
    "BillingPeriodStart": "2026-02-01T00:00:00+01:00", "BillingPeriodEnd": "2026-03-01T00:00:00+01:00",
    "ChargePeriodStart": "2026-02-01T00:00:00+01:00", "ChargePeriodEnd": "2026-02-02T00:00:00+01:00",
}  # fmt: skip


def staged(tmp_path: Path, *rows: dict[str, str]) -> StagedBill:
    return stage(tmp_path, write_bill(tmp_path / "bill.csv", rows))


@pytest.mark.parametrize("written", [" Credit ", "credit\t", "\t CREDIT"])
def test_blanks_and_case_around_an_allowed_value_are_folded(tmp_path: Path, written: str) -> None:
    bill = staged(tmp_path, row(ChargeCategory=written))
    assert (values(bill, "ChargeCategory"), codes(bill)) == (["Credit"], ["spelling"])


@pytest.mark.parametrize("written", ["usd", " USD ", "Usd\t"])
def test_a_currency_is_three_capital_letters(tmp_path: Path, written: str) -> None:
    bill = staged(tmp_path, row(BillingCurrency=written), row(BilledCost="2"))
    assert (values(bill, "BillingCurrency"), bill.parts[0].part.totals) == (["USD", "USD"], {"USD": "3.25"})
    assert [one.message for one in bill.warnings] == [f"BillingCurrency: took `{written}` as `USD`"]


def test_a_currency_that_is_no_code_stays(tmp_path: Path) -> None:
    bill = staged(tmp_path, row(BillingCurrency="credits"))
    assert (values(bill, "BillingCurrency"), codes(bill)) == (["credits"], [])


def test_a_lower_case_currency_of_json_lines_is_proved_all_the_same(tmp_path: Path) -> None:
    bill = stage(tmp_path, lines(tmp_path / "a.jsonl", {**row(BillingCurrency="usd")}, {**row()}))
    assert bill.parts[0].part.totals == {"USD": "2.50"}


def test_a_billing_period_of_another_zone_is_of_the_month_it_writes(tmp_path: Path) -> None:
    bill = staged(tmp_path, row(**LOCAL), row(**LOCAL))
    assert [(one.part.month, one.part.rows) for one in bill.parts] == [("2026-02", 2)]
    assert [(one.code, one.rows) for one in bill.warnings] == [("local_month", 2)]


def test_validation_reports_months_of_another_zone(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    report = validate_bill(write_bill(tmp_path / "bill.csv", [row(**LOCAL)]), tmp_path / "scratch")
    assert "local_month" in [one.kind for one in report.violations]


def test_a_billing_period_that_is_no_month_is_warned_of(tmp_path: Path) -> None:
    bill = staged(tmp_path, row(BillingPeriodStart="2026-01-15T00:00:00Z"))
    assert ([one.part.month for one in bill.parts], codes(bill)) == (["2026-01"], ["no_month"])


@pytest.mark.parametrize("written", ["12.5\t", "\t12.5", " 12.5 \t", "1.25E1\t"])
def test_blanks_and_tabs_around_an_amount_are_no_part_of_it(tmp_path: Path, written: str) -> None:
    names = ("BilledCost", "EffectiveCost", "ListCost", "PricingQuantity")
    bill = staged(tmp_path, row(**dict.fromkeys(names, written)))
    assert {name: values(bill, name) for name in names} == {key: [Decimal("12.5")] for key in names}
    assert bill.parts[0].part.totals == {"USD": "12.50"}


def test_sources_that_differ_in_case_alone_are_one_under_its_first_spelling(tmp_path: Path) -> None:
    bill = staged(tmp_path, row(), row(ProviderName="aws", BilledCost="2"))
    assert [(one.part.source, one.part.rows) for one in bill.parts] == [("AWS/1", 2)]
    assert values(bill, "x_Source") == ["AWS/1", "AWS/1"]


def test_a_source_that_is_known_exactly_so_keeps_its_spelling() -> None:
    spellings = Spellings(["AWS/1", "aws/1", "Oracle/x"])
    assert [spellings.of(name) for name in ("AWS/1", "aws/1", "ORACLE/X", "New/1", "new/1")] == [
        "AWS/1", "aws/1", "Oracle/x", "New/1", "New/1",
    ]  # fmt: skip
