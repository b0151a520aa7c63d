"""Verdicts on the real FOCUS 1.0 sample against the same rules worked out row by row in plain Python."""

import csv
import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.billing.conformance.result import Conformance
from tests.unit.connectors.full_bill import judged_file

Row = dict[str, str | None]
Broken = Callable[[Row], bool]


@pytest.fixture(scope="module")
def sample() -> Path:
    path = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "focus" / "focus_sample_1.0.csv"
    if not path.exists():
        pytest.skip("the shared sample is not beside the checkout")
    return path


@pytest.fixture(scope="module")
def rows(sample: Path) -> list[Row]:
    with sample.open(encoding="utf-8", newline="") as stream:
        return [
            {name: None if cell in ("", "NULL") else cell for name, cell in row.items()}
            for row in csv.DictReader(stream)
        ]


@pytest.fixture(scope="module")
def verdicts(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Conformance:
    return judged_file(tmp_path_factory.mktemp("scratch"), sample, version="1.0")


def null(name: str) -> Broken:
    return lambda row: row[name] is None


def one_without_other(absent: str, present: str) -> Broken:
    return lambda row: row[absent] is None and row[present] is not None


def priced(row: Row) -> bool:
    return row["ChargeCategory"] in ("Usage", "Purchase") and row["ChargeClass"] != "Correction"


def product(price: str, cost: str) -> Broken:
    """Broken where the product is off by more than half of the cost's last decimal, of which there are 6 to 12."""

    def broken(row: Row) -> bool:
        a, b, c = row[price], row["PricingQuantity"], row[cost]
        if a is None or b is None or c is None:
            return False
        places = min(12, max(6, len(c.partition(".")[2].rstrip("0"))))
        return abs(Decimal(a) * Decimal(b) - Decimal(c)) > Decimal("0.5") / 10**places

    return broken


def used_up(row: Row) -> bool:
    unused = row["ChargeCategory"] == "Usage" and row["CommitmentDiscountStatus"] == "Unused"
    return row["ConsumedQuantity"] is not None and (row["ChargeCategory"] != "Usage" or unused)


def no_flat_object(row: Row) -> bool:
    if row["Tags"] is None:
        return False
    pairs = json.loads(row["Tags"], object_pairs_hook=list)
    return len({key for key, _ in pairs}) < len(pairs) or any(isinstance(value, list) for _, value in pairs)


UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
NUMBER = re.compile(r"-?(\d+(\.\d+)?|\.\d+)(E-?\d+)?")
BY_HAND: dict[str, Broken] = {
    "BilledCost-C-002-M": lambda row: not NUMBER.fullmatch(row["BilledCost"] or ""),
    "BilledCost-C-003-M": null("BilledCost"),
    "ContractedCost-C-003-M": null("ContractedCost"),
    "BillingAccountName-C-003-C": null("BillingAccountName"),
    "BillingPeriodStart-C-002-M": lambda row: not UTC.fullmatch(row["BillingPeriodStart"] or ""),
    "ChargeCategory-C-003-M": lambda row: (
        row["ChargeCategory"] not in ("Usage", "Purchase", "Tax", "Credit", "Adjustment")
    ),
    "ChargeFrequency-C-003-M": lambda row: row["ChargeFrequency"] not in ("One-Time", "Recurring", "Usage-Based", None),
    "SkuPriceId-C-005-C": lambda row: row["SkuPriceId"] is None and priced(row),
    "PricingCategory-C-004-C": lambda row: row["PricingCategory"] is None and priced(row),
    "ContractedUnitPrice-C-006-C": lambda row: row["ContractedUnitPrice"] is None and priced(row),
    "ContractedUnitPrice-C-009-C": lambda row: Decimal(row["ContractedUnitPrice"] or 0) < 0,
    "ListUnitPrice-C-008-M": lambda row: Decimal(row["ListUnitPrice"] or 0) < 0,
    "ResourceType-C-004-C": one_without_other("ResourceId", "ResourceType"),
    "ResourceType-C-005-C": one_without_other("ResourceType", "ResourceId"),
    "RegionName-C-004-C": one_without_other("RegionId", "RegionName"),
    "RegionName-C-005-C": one_without_other("RegionName", "RegionId"),
    "PricingUnit-C-006-C": one_without_other("PricingUnit", "PricingQuantity"),
    "ConsumedUnit-C-005-C": one_without_other("ConsumedQuantity", "ConsumedUnit"),
    "ConsumedQuantity-C-004-C": used_up,
    "ListCost-C-009-C": product("ListUnitPrice", "ListCost"),
    "ContractedUnitPrice-C-011-C": product("ContractedUnitPrice", "ContractedCost"),
    "Tags-C-001-M": no_flat_object,
    "CommitmentDiscountStatus-C-003-C": one_without_other("CommitmentDiscountId", "CommitmentDiscountStatus"),
}


@pytest.mark.parametrize("identity", BY_HAND)
def test_a_rule_breaks_in_the_rows_found_by_hand(identity: str, rows: list[Row], verdicts: Conformance) -> None:
    broken = [number for number, row in enumerate(rows, 2) if BY_HAND[identity](row)]
    one = verdicts.of(identity)
    assert (one.rows, [example.row for example in one.examples]) == (len(broken), broken[:5])
    assert one.status == ("failed" if broken else "passed")


def test_a_service_of_two_categories_is_found_by_hand(rows: list[Row], verdicts: Conformance) -> None:
    categories: dict[str | None, set[str | None]] = {}
    for row in rows:
        categories.setdefault(row["ServiceName"], set()).add(row["ServiceCategory"])
    several = {name for name, found in categories.items() if len(found) != 1}
    one = verdicts.of("ServiceName-C-005-C")
    assert one.rows == sum(row["ServiceName"] in several for row in rows) == 554
    assert "`Amazon Elastic Compute Cloud` has 2 of ServiceCategory: `Compute`, `Storage`" in one.why


def test_a_sku_price_has_one_sku_by_hand(rows: list[Row], verdicts: Conformance) -> None:
    pairs = {(row["SkuPriceId"], row["SkuId"]) for row in rows if row["SkuPriceId"]}
    assert verdicts.of("SkuPriceId-C-008-M").status == "passed"
    assert len(pairs) == len({price for price, _ in pairs})


def test_every_rule_has_a_verdict_and_each_open_one_a_reason(verdicts: Conformance) -> None:
    assert len(verdicts.results) == 621
    assert [
        one.id for one in verdicts.results if one.status == "not checkable" and not (one.why and one.hindrance)
    ] == []


def test_columns_newer_than_the_sample_are_not_held_against_it(verdicts: Conformance) -> None:
    assert verdicts.of("CostAndUsage-D-059-C").why == "column is newer than the file's version 1.0"
