"""AWS: the legacy report in CSV and in Parquet, and CUR 2.0, amortised as AWS documents it."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.connectors.formats.exports import (
    CUR_COLUMNS,
    RI,
    SP,
    Record,
    cur,
    cur_month,
    write_athena,
    write_csv,
    write_cur,
    write_cur_2,
)
from tests.unit.connectors.formats.opened import focus_rows, opened, raw_total, total

_Write = Callable[[Path, Sequence[Record]], Path]
WRITERS: dict[str, _Write] = {"legacy.csv": write_cur, "athena.parquet": write_athena, "cur2.parquet": write_cur_2}


def number(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


@pytest.mark.parametrize(
    ("kind", "effective"),
    [
        ("Usage", "0.096"),
        ("DiscountedUsage", "0.06"),
        ("RIFee", "3.75"),
        ("SavingsPlanCoveredUsage", "0.07"),
        ("SavingsPlanNegation", "0"),
        ("SavingsPlanRecurringFee", "0.03"),
        ("SavingsPlanUpfrontFee", "0"),
        ("Tax", "7.77"),
        ("Credit", "-5"),
        ("Refund", "-1.11"),
        ("BrandNewType", "0.01"),
    ],
)
def test_each_kind_of_line_is_amortised_as_aws_documents(tmp_path: Path, kind: str, effective: str) -> None:
    lines = [line for line in cur_month() if line["lineItem/LineItemType"] == kind][:1]
    row = focus_rows(write_cur(tmp_path / "cur.csv", lines))[0]
    assert number(row["EffectiveCost"]) == Decimal(effective)
    assert number(row["BilledCost"]) == Decimal(lines[0]["lineItem/UnblendedCost"])


def test_an_upfront_fee_costs_nothing_amortised_only_where_it_is_a_reservations(tmp_path: Path) -> None:
    fees = [line for line in cur_month() if line["lineItem/LineItemType"] == "Fee"]
    rows = focus_rows(write_cur(tmp_path / "cur.csv", fees))
    assert [(row["BilledCost"], row["EffectiveCost"]) for row in rows] == [("300", "0"), ("12", "12")]


@pytest.mark.parametrize("name", WRITERS)
def test_a_month_of_every_kind_of_line_sums_to_its_invoice(tmp_path: Path, name: str) -> None:
    path = WRITERS[name](tmp_path / name, cur_month())
    expected = sum((Decimal(line["lineItem/UnblendedCost"]) for line in cur_month()), Decimal(0))
    assert raw_total(path) == {"USD": expected}
    assert total(path, "BilledCost") == expected


@pytest.mark.parametrize("name", ["athena.parquet", "cur2.parquet"])
def test_three_spellings_of_one_report_are_the_same_rows(tmp_path: Path, name: str) -> None:
    legacy = focus_rows(write_cur(tmp_path / "legacy.csv", cur_month()))
    other = focus_rows(WRITERS[name](tmp_path / name, cur_month()))
    costs = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "PricingQuantity")
    words = (
        "ChargeCategory",
        "ServiceName",
        "ServiceCategory",
        "CommitmentDiscountId",
        "ResourceType",
        "RegionId",
        "PricingCategory",
    )
    assert [[number(r[c]) for c in costs] for r in other] == [[number(r[c]) for c in costs] for r in legacy]
    assert [[r[c] for c in words] for r in other] == [[r[c] for c in words] for r in legacy]
    assert {row["ChargePeriodStart"] for row in other} == {"2026-01-05T00:00:00Z"}
    assert [row["SkuPriceDetails"] for row in other] == [row["SkuPriceDetails"] for row in legacy]


def test_categories_say_what_a_line_is(tmp_path: Path) -> None:
    rows = focus_rows(write_cur(tmp_path / "cur.csv", cur_month()))
    found = [row["ChargeCategory"] for row in rows]
    purchases, adjustments = ["Purchase"] * 3, ["Adjustment"] * 3
    assert found == ["Usage"] * 3 + purchases + [
        "Usage",
        "Usage",
        "Purchase",
        "Purchase",
        "Tax",
        "Credit",
        *adjustments,
    ]
    assert [row["PricingCategory"] for row in rows[:3]] == ["Standard", "Dynamic", "Committed"]


def test_commitments_have_their_id_their_kind_and_whether_they_were_used(tmp_path: Path) -> None:
    rows = focus_rows(write_cur(tmp_path / "cur.csv", cur_month()))
    columns = (
        "CommitmentDiscountId",
        "CommitmentDiscountCategory",
        "CommitmentDiscountType",
        "CommitmentDiscountStatus",
    )
    assert [rows[2][c] for c in columns] == [RI, "Usage", "Reserved Instance", "Used"]
    assert [rows[6][c] for c in columns] == [SP, "Spend", "Savings Plan", "Used"]
    assert [rows[0][c] for c in columns] == [None] * 4


def test_an_instance_has_its_type_size_and_tags(tmp_path: Path) -> None:
    row = focus_rows(write_cur(tmp_path / "cur.csv", [cur()]))[0]
    assert (row["ResourceId"], row["ResourceType"], row["ServiceCategory"]) == ("i-0abc", "instance", "Compute")
    assert json.loads(str(row["SkuPriceDetails"])) == {
        "InstanceType": "m5.large",
        "CoreCount": "2",
        "MemorySize": "8 GiB",
    }
    assert json.loads(str(row["Tags"])) == {"aws:createdBy": "Root:1", "Team": "search"}


@pytest.mark.parametrize("name", ["athena.parquet", "cur2.parquet"])
def test_tags_lose_the_prefix_that_says_a_user_made_them(tmp_path: Path, name: str) -> None:
    row = focus_rows(WRITERS[name](tmp_path / name, [cur()]))[0]
    assert json.loads(str(row["Tags"])) == {"aws_created_by": "Root:1", "team": "search"}


def test_a_report_without_the_amortising_columns_has_no_effective_cost_there(tmp_path: Path) -> None:
    columns = [name for name in CUR_COLUMNS if not name.startswith(("reservation/", "savingsPlan/"))]
    lines = [{k: v for k, v in line.items() if k in columns} for line in cur_month()]
    path = write_csv(tmp_path / "cur.csv", lines, columns)
    rows = focus_rows(path)
    assert [rows[i]["EffectiveCost"] for i in (0, 2, 3, 6)] == ["0.096", None, None, None]
    with opened(path) as (_, bill):
        assert "nothing was put in its place" in bill.lacks["EffectiveCost"]


def test_discounts_that_only_another_column_states_are_said(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "cur.csv",
        [{**cur(), "lineItem/NetUnblendedCost": "0.09"}],
        (*CUR_COLUMNS, "lineItem/NetUnblendedCost"),
    )
    with opened(path) as (_, bill):
        assert "line_item_net_unblended_cost, which sums to 0.09 USD" in bill.caveats["BilledCost"]


def test_list_cost_is_the_on_demand_cost_and_what_has_none_its_billed_cost(tmp_path: Path) -> None:
    lines = [
        cur(lineItem__UnblendedCost="0.08"),
        cur(lineItem__LineItemType="Tax", lineItem__UnblendedCost="3", pricing__publicOnDemandCost=""),
    ]
    rows = focus_rows(write_cur(tmp_path / "cur.csv", lines))
    assert [row["ListCost"] for row in rows] == ["0.096", "3"]


def test_an_unknown_product_is_other(tmp_path: Path) -> None:
    row = focus_rows(
        write_cur(tmp_path / "cur.csv", [cur(lineItem__ProductCode="0xabcmarketplace", product__ProductName="Acme DB")])
    )[0]
    assert (row["ServiceName"], row["ServiceCategory"], row["ServiceSubcategory"]) == (
        "Acme DB",
        "Other",
        "Other (Other)",
    )


def test_every_value_of_a_line_is_kept_somewhere(tmp_path: Path) -> None:
    line = {name: f"v{i}" for i, name in enumerate(CUR_COLUMNS)} | {
        k: v for k, v in cur().items() if v and ("Date" in k or "Cost" in k or "Type" in k or "Code" in k)
    }
    row = focus_rows(write_cur(tmp_path / "cur.csv", [line]))[0]
    kept = "\n".join(str(value) for value in row.values() if value)
    assert [name for name, value in line.items() if value not in kept] == []


def test_an_amount_that_is_no_number_is_passed_on_to_be_refused(tmp_path: Path) -> None:
    lines = [
        cur(lineItem__UnblendedCost="n/a"),
        cur(lineItem__LineItemType="RIFee", reservation__UnusedRecurringFee="1,5"),
    ]
    rows = focus_rows(write_cur(tmp_path / "cur.csv", lines))
    assert (rows[0]["BilledCost"], rows[1]["EffectiveCost"]) == ("n/a", "1,5")
