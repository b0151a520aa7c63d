"""Azure: EA and MCA, actual and amortised, old spellings and new."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from finops.errors import BadFile
from tests.unit.connectors.formats.exports import (
    EA_OLD_NAMES,
    azure,
    azure_actual,
    azure_amortized,
    write_ea,
    write_mca,
)
from tests.unit.connectors.formats.opened import column, focus_rows, opened, raw_total, total

WRITERS = {"ea": write_ea, "mca": write_mca}


@pytest.mark.parametrize("kind", WRITERS)
def test_actual_cost_is_billed_and_sums_to_the_export(tmp_path: Path, kind: str) -> None:
    path = WRITERS[kind](tmp_path / "actual.csv", azure_actual())
    with opened(path) as (_, bill):
        assert (bill.format, bill.total_column) == (f"azure-{kind}", "BilledCost")
    assert raw_total(path) == {"EUR": Decimal("875.77")}
    assert total(path, "BilledCost") == Decimal("875.77")


@pytest.mark.parametrize("kind", WRITERS)
def test_an_actual_export_has_no_amortised_cost_of_commitments_and_says_so(tmp_path: Path, kind: str) -> None:
    path = WRITERS[kind](tmp_path / "actual.csv", azure_actual())
    assert column(path, "EffectiveCost") == ["2.4", "0.3", None, None, "-3.5", "0.57"]
    with opened(path) as (_, bill):
        assert "has no amortised cost" in bill.lacks["EffectiveCost"]


@pytest.mark.parametrize("kind", WRITERS)
def test_an_amortised_export_is_told_by_its_rows_and_sums_to_effective_cost(tmp_path: Path, kind: str) -> None:
    path = WRITERS[kind](tmp_path / "amortized.csv", azure_amortized())
    with opened(path) as (_, bill):
        assert (bill.format, bill.total_column) == (f"azure-{kind}-amortized", "EffectiveCost")
        assert "BilledCost leaves out" in bill.caveats["BilledCost"]
    assert raw_total(path) == {"EUR": Decimal("6.1")}
    assert total(path, "EffectiveCost") == Decimal("6.1")
    assert column(path, "BilledCost") == ["2.4", "0", "0", "0", "0"]


def test_unused_commitments_are_usage_that_is_unused(tmp_path: Path) -> None:
    rows = focus_rows(write_ea(tmp_path / "amortized.csv", azure_amortized()))
    columns = ("ChargeCategory", "CommitmentDiscountStatus", "CommitmentDiscountId", "CommitmentDiscountType")
    assert [rows[1][c] for c in columns] == ["Usage", "Used", "res-1", "Reservation"]
    assert [rows[2][c] for c in columns] == ["Usage", "Unused", "res-1", "Reservation"]
    assert [rows[4][c] for c in columns] == ["Usage", "Unused", "sp-1", "Savings Plan"]


def test_a_file_of_both_datasets_is_refused_for_it_would_count_twice(tmp_path: Path) -> None:
    path = write_ea(tmp_path / "both.csv", [*azure_actual(), *azure_amortized()])
    with pytest.raises(BadFile, match="would count them twice"):
        focus_rows(path)


def test_the_first_spelling_of_an_export_is_the_same_rows(tmp_path: Path) -> None:
    new = focus_rows(write_ea(tmp_path / "new.csv", azure_actual()))
    old = focus_rows(write_ea(tmp_path / "old.csv", azure_actual(), EA_OLD_NAMES))
    columns = (
        "BilledCost",
        "ListCost",
        "ChargePeriodStart",
        "SubAccountId",
        "ResourceId",
        "ServiceName",
        "BillingCurrency",
    )
    assert [[row[c] for c in columns] for row in old] == [[row[c] for c in columns] for row in new]


def test_purchases_refunds_and_taxes_have_their_category(tmp_path: Path) -> None:
    rows = focus_rows(write_ea(tmp_path / "actual.csv", azure_actual()))
    assert [row["ChargeCategory"] for row in rows] == ["Usage", "Usage", "Usage", "Purchase", "Adjustment", "Tax"]
    assert [row["PricingCategory"] for row in rows[:3]] == ["Standard", "Dynamic", "Committed"]
    assert [row["ChargeClass"] for row in rows[3:]] == [None, "Correction", None]


def test_list_and_contracted_cost_are_exact_products(tmp_path: Path) -> None:
    row = focus_rows(
        write_ea(tmp_path / "a.csv", [azure(Quantity="0.027265128", PayGPrice="0.40000", UnitPrice="-3E-5")])
    )[0]
    assert Decimal(str(row["ListCost"])) == Decimal("0.0109060512")
    assert Decimal(str(row["ContractedCost"])) == Decimal("-0.00000081795384")


def test_a_resource_has_its_type_size_service_and_tags(tmp_path: Path) -> None:
    row = focus_rows(write_ea(tmp_path / "a.csv", [azure(Tags='{"team": "search"}')]))[0]
    assert (row["ResourceType"], row["ServiceCategory"]) == ("microsoft.compute/virtualmachines", "Compute")
    assert json.loads(str(row["SkuPriceDetails"])) == {"InstanceType": "Standard_D2s_v3", "CoreCount": "2"}
    assert json.loads(str(row["Tags"])) == {"team": "search"}


def test_tags_that_are_no_json_are_kept_as_they_were(tmp_path: Path) -> None:
    row = focus_rows(write_ea(tmp_path / "a.csv", [azure(Tags="team=search")]))[0]
    assert (row["Tags"], row["x_Tags"]) == (None, "team=search")


def test_an_unknown_meter_takes_its_familys_category(tmp_path: Path) -> None:
    row = focus_rows(write_ea(tmp_path / "a.csv", [azure(MeterCategory="Brand New", ServiceFamily="Databases")]))[0]
    assert (row["ServiceCategory"], row["ServiceSubcategory"]) == ("Databases", "Other (Databases)")


def test_an_mca_bill_belongs_to_its_billing_profile_and_keeps_prices_in_their_currency(tmp_path: Path) -> None:
    row = focus_rows(write_mca(tmp_path / "mca.csv", [azure()]))[0]
    assert (
        row["BillingAccountId"],
        row["billingAccountId" if "billingAccountId" in row else "x_billingAccountId"],
    ) == ("BP-1", "8611537")
    assert (row["PricingCurrency"], row["PricingCurrencyListUnitPrice"], row["ListCost"]) == ("USD", "0.12", "2.88")


@pytest.mark.parametrize("day", ["1/5/2026", "01/05/2026", "2026-01-05", "2026-01-05T00:00:00", "2026-01-05T00:00:00Z"])
def test_a_day_is_read_in_every_form_that_exports_write(tmp_path: Path, day: str) -> None:
    row = focus_rows(write_ea(tmp_path / "a.csv", [azure(Date=day, BillingPeriodEndDate="2026-01-31")]))[0]
    assert (row["ChargePeriodStart"], row["ChargePeriodEnd"]) == ("2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z")
    assert row["BillingPeriodEnd"] == "2026-02-01T00:00:00Z"


def test_a_day_that_is_none_is_passed_on_to_be_refused(tmp_path: Path) -> None:
    assert column(write_ea(tmp_path / "a.csv", [azure(Date="31/12/2026")]), "ChargePeriodStart") == ["31/12/2026"]
