"""The real exports beside the checkout: what they sum to, added up apart, is what they are read as."""

import csv
import json
from decimal import Decimal
from pathlib import Path

from connectors.billing.files.source import SourceFile
from connectors.billing.formats import open_bill
from connectors.billing.sql.session import session
from tests.unit.connectors.formats.opened import focus_rows, opened, raw_total, total


def _summed(path: Path, name: str) -> Decimal:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return sum((Decimal(row[name]) for row in csv.DictReader(stream) if row[name]), Decimal(0))


def test_the_real_aws_report_sums_to_its_unblended_cost(shared_data: Path) -> None:
    path = shared_data / "billing" / "aws_cur_sample.csv"
    summed = _summed(path, "lineItem/UnblendedCost")
    assert round(summed, 8) == Decimal("1.68230870")
    assert raw_total(path) == {"USD": summed}
    assert total(path, "BilledCost") == total(path, "EffectiveCost") == summed
    assert len(focus_rows(path)) == 1281


def test_the_real_azure_export_sums_to_its_cost(shared_data: Path) -> None:
    path = shared_data / "billing" / "azure_ea_sample.csv"
    summed = _summed(path, "CostInBillingCurrency")
    assert raw_total(path) == {"CAD": summed}
    assert total(path, "BilledCost") == total(path, "EffectiveCost") == summed
    assert len(focus_rows(path)) == 27


def test_the_real_aws_report_never_takes_a_subscription_for_a_commitment(shared_data: Path) -> None:
    rows = focus_rows(shared_data / "billing" / "aws_cur_sample.csv")
    assert {row["CommitmentDiscountId"] for row in rows} == {None}
    assert any(row["reservation/SubscriptionId"] for row in rows)


def test_the_real_azure_export_has_days_months_tags_and_services_as_focus_has_them(shared_data: Path) -> None:
    row = focus_rows(shared_data / "billing" / "azure_ea_sample.csv")[0]
    assert (row["ChargePeriodStart"], row["ChargePeriodEnd"]) == ("2023-09-02T00:00:00Z", "2023-09-03T00:00:00Z")
    assert (row["BillingPeriodStart"], row["BillingPeriodEnd"]) == ("2023-09-01T00:00:00Z", "2023-10-01T00:00:00Z")
    assert json.loads(str(row["Tags"])) == {"tagA": "valueA", "tagB": "valueB", "tagC": "valueC"}
    assert (row["ServiceName"], row["ServiceCategory"]) == ("Virtual Network", "Networking")
    assert row["x_Tags"] == '"tagA": "valueA","tagB": "valueB","tagC": "valueC"'


def test_the_real_focus_sample_is_read_as_it_is(shared_data: Path, tmp_path: Path) -> None:
    with session(tmp_path) as connection:
        bill = open_bill(connection, shared_data / "focus" / "focus_sample_1.0.csv")
    assert isinstance(bill, SourceFile)


def test_the_real_exports_are_told_by_their_headers(shared_data: Path) -> None:
    with opened(shared_data / "billing" / "aws_cur_sample.csv") as (_, aws):
        assert aws.format == "aws-cur"
    with opened(shared_data / "billing" / "azure_ea_sample.csv") as (_, ea):
        assert ea.format == "azure-ea"
