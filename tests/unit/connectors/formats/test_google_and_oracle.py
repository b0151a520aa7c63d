"""Google Cloud as BigQuery extracts it, and Oracle's two reports."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from finops.errors import BadFile
from tests.unit.connectors.formats.exports import (
    gcp,
    gcp_month,
    oci,
    oci_focus,
    write_gcp_parquet,
    write_json_lines,
    write_oci,
    write_oci_focus,
)
from tests.unit.connectors.formats.opened import focus_rows, opened, raw_total, total

WRITERS: dict[str, Callable[..., Path]] = {
    "b.parquet": write_gcp_parquet,
    "b.jsonl": write_json_lines,
    "b.json.gz": write_json_lines,
}
# 0.25 + 0.25 - 0.1 - 0.03 + 3.5 - 0.4 + 0.77 + 0.01
NET = Decimal("4.25")


@pytest.mark.parametrize("name", WRITERS)
def test_a_google_month_sums_to_its_cost_and_credits(tmp_path: Path, name: str) -> None:
    path = WRITERS[name](tmp_path / name, gcp_month())
    assert raw_total(path) == {"USD": NET}
    assert total(path, "BilledCost") == total(path, "EffectiveCost") == NET


@pytest.mark.parametrize("name", WRITERS)
def test_each_credit_is_a_row_of_its_own_after_the_row_it_belongs_to(tmp_path: Path, name: str) -> None:
    rows = focus_rows(WRITERS[name](tmp_path / name, gcp_month()))
    assert [(row["ChargeCategory"], Decimal(str(row["BilledCost"]))) for row in rows] == [
        ("Usage", Decimal("0.25")),
        ("Usage", Decimal("0.25")),
        ("Credit", Decimal("-0.1")),
        ("Credit", Decimal("-0.03")),
        ("Purchase", Decimal("3.5")),
        ("Adjustment", Decimal("-0.4")),
        ("Tax", Decimal("0.77")),
        ("Adjustment", Decimal("0.01")),
    ]
    assert [row["ChargeDescription"] for row in rows[2:4]] == ["Committed use", "Free trial"]
    assert [row["CommitmentDiscountId"] for row in rows[1:4]] == [None, "c-9", None]
    assert [row["ConsumedQuantity"] is None for row in rows[1:4]] == [False, True, True]


@pytest.mark.parametrize("name", WRITERS)
def test_nested_fields_reach_their_focus_columns(tmp_path: Path, name: str) -> None:
    row = focus_rows(WRITERS[name](tmp_path / name, gcp_month()))[0]
    assert json.loads(str(row["Tags"])) == {"team": "search", "owner": 'O"Neil'}
    assert json.loads(str(row["SkuPriceDetails"])) == {"InstanceType": "n1-standard-2", "CoreCount": "2"}
    assert (row["ServiceName"], row["ServiceCategory"], row["ResourceType"]) == (
        "Compute Engine",
        "Compute",
        "instances",
    )
    assert (row["BillingPeriodStart"], row["BillingPeriodEnd"]) == ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
    assert (row["SubAccountId"], row["RegionId"], row["PublisherName"]) == ("p-1", "us-central1", "Google Cloud")
    assert Decimal(str(row["ListCost"])) == Decimal("0.3")


@pytest.mark.parametrize("name", WRITERS)
def test_what_focus_cannot_hold_is_kept_with_every_digit(tmp_path: Path, name: str) -> None:
    row = focus_rows(WRITERS[name](tmp_path / name, gcp_month()))[0]
    project = json.loads(str(row["project"]))
    assert (project["number"], project["labels"][0]["value"]) == ("99", "prod")
    assert row["currency_conversion_rate"] in ("1.0", "1")


@pytest.mark.parametrize("name", WRITERS)
def test_digits_below_the_eighteenth_decimal_are_rounded_and_their_sum_is_said(tmp_path: Path, name: str) -> None:
    cost = 1.2345678901234567e-05
    path = WRITERS[name](tmp_path / name, [gcp(cost=cost), gcp(cost=-1.5e-18, credits=[])])
    assert raw_total(path) == {"USD": Decimal("0.000012345678901233")}
    assert total(path, "BilledCost") == Decimal("0.000012345678901233")
    with opened(path) as (_, bill):
        said = bill.caveats["BilledCost"]
    cut = Decimal(repr(cost)) - Decimal("0.000012345678901235") + Decimal("0.5E-18")
    assert said == f"BilledCost of 2 amounts was rounded to 18 decimals; what was cut off adds up to {format(cut, 'f')}"


def test_the_row_of_a_fault_is_the_files_row_also_after_credits(tmp_path: Path) -> None:
    rows = focus_rows(write_json_lines(tmp_path / "b.jsonl", gcp_month()))
    assert [row["row number"] for row in rows] == [2, 3, 3, 3, 4, 5, 6, 7]


def test_a_json_line_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = write_json_lines(tmp_path / "b.jsonl", gcp_month())
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(BadFile, match="is cut off or holds a line that is no JSON object"):
        focus_rows(path)


def test_a_json_array_is_refused_with_its_fix(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_text(json.dumps(gcp_month()))
    with pytest.raises(BadFile, match="is one JSON array; export it as JSON lines"):
        focus_rows(path)


def test_digits_that_json_readers_drop_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl"
    path.write_text(json.dumps(gcp()).replace('"cost": 0.25', '"cost": 1234567890.123456789012') + "\n")
    assert raw_total(path)["USD"] == total(path, "BilledCost") == Decimal("1234567890.123456789012")


def test_an_oci_report_sums_to_its_cost_with_corrections_and_tags(tmp_path: Path) -> None:
    correction = oci(cost__myCost="-0.005", lineItem__isCorrection="true", lineItem__backreferenceNo="V2.0")
    path = write_oci(tmp_path / "oci.csv.gz", [oci(), correction])
    rows = focus_rows(path)
    assert raw_total(path) == {"USD": Decimal("0.020")}
    assert total(path, "BilledCost") == Decimal("0.020")
    assert [row["ChargeClass"] for row in rows] == [None, "Correction"]
    assert json.loads(str(rows[0]["Tags"])) == {"team": "search"}
    assert (rows[0]["ChargePeriodStart"], rows[0]["BillingPeriodEnd"]) == (
        "2026-01-05T01:00:00Z",
        "2026-02-01T00:00:00Z",
    )
    assert (rows[0]["ResourceType"], rows[0]["ServiceCategory"]) == ("instance", "Compute")
    assert (rows[1]["lineItem/backreferenceNo"], rows[1]["product/compartmentName"]) == ("V2.0", "dev")


def test_an_oci_focus_report_gets_the_names_of_the_specification(tmp_path: Path) -> None:
    path = write_oci_focus(tmp_path / "focus.csv", [oci_focus(), oci_focus(BilledCost="0.25")])
    row = focus_rows(path)[0]
    assert raw_total(path) == {"USD": Decimal("1.75")}
    assert (row["ProviderName"], row["RegionId"], row["ConsumedQuantity"]) == ("Oracle", "us-ashburn-1", "3")
    assert (row["ContractedCost"], row["oci_CompartmentName"]) == (None, "dev")


def test_a_format_is_forced_by_name_and_refused_where_its_columns_are_not_there(tmp_path: Path) -> None:
    path = write_oci(tmp_path / "oci.csv", [oci()])
    assert len(focus_rows(path, "oci")) == 1
    with pytest.raises(BadFile, match="is no Google Cloud billing export: it lacks `cost`"):
        focus_rows(path, "gcp")
