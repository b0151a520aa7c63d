"""A full bill passes all that can be checked; each change to it breaks exactly the rules that speak of it."""

from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.billing.conformance.rules import rule_book
from tests.unit.connectors.full_bill import COLUMNS, ROWS, USAGE, changed, failed, judged, judged_file

NO_NUMBER = {"BilledCost-C-001-M", "BilledCost-C-002-M", "BilledCost-C-004-M", "NumericFormat-A-003-M"}
LIST_PRODUCT = {"ListCost-C-009-C", "ListUnitPrice-C-010-C"}
# Rules on pairs of values, which other rows break along with the one that was changed.
OF_PAIRS = {
    "ServiceName-C-005-C", "ServiceName-C-008-C", "SkuPriceId-C-008-M", "SkuMeter-C-006-O", "CommitmentDiscountUnit-C-008-M",
}  # fmt: skip
# Row of the full bill, cells changed, the rules that are broken by it and no others.
MUTATIONS: list[tuple[int, dict[str, str], set[str]]] = [
    (0, {"BilledCost": ""}, {"BilledCost-C-003-M"}),
    (0, {"BilledCost": "free"}, NO_NUMBER | {"NumericFormat-A-008-M"}),
    (0, {"BilledCost": "+3.00"}, {"BilledCost-C-002-M", "NumericFormat-A-010-M"}),
    (0, {"BilledCost": "3,00"}, NO_NUMBER | {"NumericFormat-A-009-M"}),
    (0, {"BilledCost": "$3.00"}, NO_NUMBER | {"NumericFormat-A-008-M"}),
    (0, {"BilledCost": "3e0"}, {"BilledCost-C-002-M", "NumericFormat-A-005-M"}),
    (0, {"BilledCost": "3E+0"}, {"BilledCost-C-002-M", "NumericFormat-A-006-M"}),
    (0, {"BilledCost": "(3.00)"}, NO_NUMBER | {"NumericFormat-A-007-M", "NumericFormat-A-011-M"}),
    (0, {"BilledCost": "1/3"}, NO_NUMBER | {"NumericFormat-A-004-M", "NumericFormat-A-007-M"}),
    (0, {"BilledCost": "3 * 1"}, NO_NUMBER | {"NumericFormat-A-007-M"}),
    (0, {"BilledCost": "1 2"}, NO_NUMBER | {"NumericFormat-A-002-M"}),
    (
        0,
        {"ChargePeriodStart": "2026-01-05 00:00:00"},
        {"ChargePeriodStart-C-002-M", "DateTimeFormat-A-002-M", "DateTimeFormat-A-004-M", "DateTimeFormat-A-006-M"},
    ),
    (
        0,
        {"ChargePeriodStart": "2026-01-05T02:00:00+02:00"},
        {"ChargePeriodStart-C-002-M", "DateTimeFormat-A-001-M", "DateTimeFormat-A-006-M"},
    ),
    (
        0,
        {"ChargePeriodStart": "2026-13-05T02:00:00Z"},
        {"ChargePeriodStart-C-001-M", "ChargePeriodStart-C-002-M", "DateTimeFormat-A-002-M"},
    ),
    (
        0,
        {"ChargePeriodStart": "2026-01-05"},
        {"ChargePeriodStart-C-002-M", "DateTimeFormat-A-004-M", "DateTimeFormat-A-005-M", "DateTimeFormat-A-006-M"},
    ),
    (0, {"ChargePeriodEnd": "2026-01-05T23:59:59Z"}, {"ChargePeriodEnd-C-004-M"}),
    (0, {"ChargePeriodEnd": "2026-01-04T00:00:00Z"}, {"ChargePeriodStart-C-004-M"}),
    (0, {"BillingPeriodEnd": "2026-01-31T23:59:59Z"}, {"BillingPeriodEnd-C-004-M"}),
    (0, {"BillingCurrency": "eur"}, {"BillingCurrency-C-003-M", "BillingCurrency-C-006-M", "CurrencyFormat-A-001-C"}),
    (0, {"BillingCurrency": "Credits"}, {"BillingCurrency-C-006-M"}),
    (0, {"PricingCurrency": "usd"}, {"PricingCurrency-C-003-M", "CurrencyFormat-A-001-C"}),
    (0, {"PricingCurrency": ""}, {"PricingCurrency-C-004-M"}),
    (0, {"ChargeCategory": "usage"}, {"ChargeCategory-C-003-M", "ConsumedQuantity-C-004-C"}),
    (0, {"ChargeClass": "Fix"}, {"ChargeClass-C-005-C"}),
    (0, {"ChargeFrequency": "Usage-based"}, {"ChargeFrequency-C-003-M"}),
    (3, {"ChargeFrequency": "Usage-Based"}, {"ChargeFrequency-C-004-C"}),
    (0, {"ServiceCategory": "Cloud"}, {"ServiceCategory-C-003-M", "ServiceName-C-005-C", "ServiceSubcategory-C-004-M"}),
    (0, {"ServiceSubcategory": "Object Storage"}, {"ServiceName-C-008-C", "ServiceSubcategory-C-004-M"}),
    (0, {"ServiceSubcategory": ""}, {"ServiceSubcategory-C-002-M"}),
    (0, {"ServiceName": "Objects"}, {"ServiceName-C-005-C", "ServiceName-C-008-C"}),
    (0, {"Tags": '{"a": {"b": 1}}'}, {"Tags-C-001-M", "KeyValueFormat-A-003-M", "KeyValueFormat-A-004-M"}),
    (0, {"Tags": '{"a": 1, "a": 2}'}, {"Tags-C-001-M", "KeyValueFormat-A-002-M"}),
    (0, {"Tags": '["a"]'}, {"Tags-C-001-M", "KeyValueFormat-A-001-M"}),
    (0, {"Tags": ""}, set()),
    (0, {"PricingUnit": "hours"}, {"PricingUnit-C-003-O", "UnitFormat-A-003-M"}),
    (0, {"PricingUnit": "GB Hours"}, {"PricingUnit-C-003-O", "UnitFormat-A-001-M"}),
    (0, {"PricingUnit": "0.5 GB"}, {"PricingUnit-C-003-O", "UnitFormat-A-001-M", "UnitFormat-A-002-O"}),
    (0, {"ConsumedQuantity": ""}, {"ConsumedQuantity-C-006-C", "ConsumedUnit-C-005-C"}),
    (0, {"ConsumedUnit": ""}, {"ConsumedUnit-C-006-C"}),
    (4, {"ConsumedQuantity": "1", "ConsumedUnit": "Hours"}, {"ConsumedQuantity-C-004-C"}),
    (4, {"SkuId": "sku-1", "SkuMeter": "Compute Usage"}, {"SkuId-C-004-C"}),
    (0, {"SkuPriceId": "", "SkuPriceDetails": ""}, {"SkuPriceId-C-005-C"}),
    (0, {"SkuId": "sku-9"}, {"SkuPriceId-C-008-M"}),
    (0, {"SkuMeter": ""}, {"SkuMeter-C-005-C"}),
    (0, {"SkuMeter": "Other"}, {"SkuMeter-C-006-O"}),
    (
        0,
        {"SkuPriceDetails": '{"corecount": 2}'},
        {"SkuPriceDetails-C-002-O", "SkuPriceDetails-C-017-C", "SkuPriceDetails-C-020-M"},
    ),
    (0, {"SkuPriceDetails": '{"CoreCount": "2"}'}, {"SkuPriceDetails-C-021-M"}),
    (0, {"SkuPriceDetails": '{"Family": "m"}'}, {"SkuPriceDetails-C-017-C"}),
    (0, {"ListUnitPrice": "-0.15", "ListCost": "-3.60"}, {"ListUnitPrice-C-008-M"}),
    (0, {"ListCost": "3.61"}, LIST_PRODUCT),
    (0, {"ListCost": "3.6000001"}, LIST_PRODUCT),
    (0, {"ListCost": "3.60000000000000001"}, set()),
    (6, {"ListCost": "99"}, set()),
    (
        0,
        {"ContractedCost": "2.99"},
        {"ContractedCost-C-009-C", "ContractedUnitPrice-C-011-C", "PricingQuantity-C-009-C"},
    ),
    (1, {"CommitmentDiscountStatus": ""}, {"CommitmentDiscountStatus-C-004-C", "DiscountHandling-A-014-C"}),
    (1, {"CommitmentDiscountStatus": "Active"}, {"CommitmentDiscountStatus-C-005-M", "DiscountHandling-A-014-C"}),
    (1, {"CommitmentDiscountCategory": "Money"}, {"CommitmentDiscountCategory-C-005-M"}),
    (1, {"PricingCategory": "Standard"}, {"PricingCategory-C-009-C"}),
    (1, {"CommitmentDiscountQuantity": "", "CommitmentDiscountUnit": ""}, {"CommitmentDiscountQuantity-C-005-C"}),
    (1, {"CommitmentDiscountUnit": "Days"}, {"CommitmentDiscountUnit-C-008-M"}),
    (2, {"ResourceId": "i-9"}, {"DiscountHandling-A-019-C"}),
    (2, {"ConsumedQuantity": "2", "ConsumedUnit": "Hours"}, {"ConsumedQuantity-C-004-C"}),
    (3, {"EffectiveCost": "3.00"}, {"EffectiveCost-C-005-C"}),
    (3, {"ResourceId": "i-9"}, {"DiscountHandling-A-012-C"}),
    (0, {"RegionName": ""}, {"RegionName-C-005-C"}),
    (0, {"RegionId": ""}, {"RegionName-C-004-C"}),
    (0, {"ResourceId": ""}, {"ResourceName-C-004-C", "ResourceType-C-004-C"}),
    (0, {"ResourceType": ""}, {"ResourceType-C-005-C"}),
    (0, {"SubAccountId": ""}, {"SubAccountName-C-004-C", "SubAccountType-C-004-C"}),
    (0, {"SubAccountType": ""}, {"SubAccountType-C-005-C"}),
    (0, {"BillingAccountType": ""}, {"BillingAccountType-C-005-C"}),
    (0, {"BillingAccountName": ""}, {"BillingAccountName-C-003-C"}),
    (0, {"ChargeDescription": ""}, {"ChargeDescription-C-003-O"}),
    (0, {"ProviderName": " "}, {"StringHandling-A-007-M"}),
    (0, {"ResourceName": "N/A"}, {"NullHandling-A-002-M"}),
    (0, {"RegionName": "Ir\ufffdland"}, {"RegionName-C-002-M", "StringHandling-A-001-M"}),
    (7, {"CapacityReservationStatus": ""}, {"CapacityReservationStatus-C-004-C"}),
    (7, {"CapacityReservationId": ""}, {"CapacityReservationStatus-C-003-C"}),
    (0, {"InvoiceId": ""}, set()),
    (0, {"PricingCurrencyContractedUnitPrice": ""}, {"PricingCurrencyContractedUnitPrice-C-005-C"}),
    (4, {"PricingCurrencyContractedUnitPrice": "1"}, {"PricingCurrencyContractedUnitPrice-C-004-C"}),
    (0, {"PricingCurrencyContractedUnitPrice": "-1"}, {"PricingCurrencyContractedUnitPrice-C-008-C"}),
    (0, {"PricingCurrencyEffectiveCost": "-1"}, set()),
    (0, {"CommitmentDiscountQuantity": "2", "CommitmentDiscountUnit": "Hours"}, {"CommitmentDiscountQuantity-C-007-C"}),
]


def test_the_full_bill_breaks_nothing_and_leaves_nothing_undeclared(tmp_path: Path) -> None:
    result = judged(tmp_path, ROWS)
    assert failed(result) == set()
    assert result.conforms
    assert [one.id for one in result.results if one.hindrance not in (None, "beyond the file")] == []
    assert set(result.criteria) == set(rule_book().criteria)


@pytest.mark.parametrize(("index", "cells", "broken"), MUTATIONS)
def test_a_change_breaks_exactly_the_rules_that_speak_of_it(
    tmp_path: Path, index: int, cells: dict[str, str], broken: set[str]
) -> None:
    result = judged(tmp_path, changed(index, **cells))
    assert failed(result) == broken
    for identity in broken - OF_PAIRS:
        one = result.of(identity)
        assert (one.rows, [example.row for example in one.examples]) == (1, [index + 2]), identity


CENTS = st.integers(0, 10**7).map(lambda cents: f"{cents // 100}.{cents % 100:02d}")
WORDS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=12).filter(
    lambda word: word.lower() not in ("null", "none", "nan", "nil")
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(WORDS, min_size=6, max_size=6), quantity=CENTS, price=CENTS, billed=CENTS)
def test_any_names_and_amounts_that_agree_conform(
    tmp_path: Path, words: list[str], quantity: str, price: str, billed: str
) -> None:
    cost = str(int(quantity.replace(".", "")) * int(price.replace(".", ""))).rjust(5, "0")
    cost = f"{cost[:-4]}.{cost[-4:]}"
    row = {
        **USAGE, "ProviderName": words[0], "ResourceId": words[1], "ResourceName": words[2], "ServiceName": words[3], "SkuId": words[4],
        "SkuPriceId": words[5], "PricingQuantity": quantity, "ConsumedQuantity": quantity, "ListUnitPrice": price,
        "ContractedUnitPrice": price, "ListCost": cost, "ContractedCost": cost, "BilledCost": billed, "EffectiveCost": f"-{billed}",
    }  # fmt: skip
    assert failed(judged(tmp_path, [row])) == set()


def test_a_missing_mandatory_column_fails_its_presence_and_leaves_its_rules_open(tmp_path: Path) -> None:
    result = judged(tmp_path, ROWS, [name for name in COLUMNS if name != "PricingUnit"])
    assert failed(result) == {"CostAndUsage-D-068-M"}
    assert result.of("PricingUnit-C-002-M").why == "the file has no column PricingUnit"
    assert result.of("CostAndUsage-D-000-M").status == "failed"


def test_columns_newer_than_the_version_are_not_held_against_a_file(tmp_path: Path) -> None:
    columns = [name for name in COLUMNS if name not in ("InvoiceId", "PricingCurrency")]
    older, strict = (judged(tmp_path, ROWS, columns, version=version) for version in ("1.1", "1.2"))
    assert older.of("CostAndUsage-D-033-O").why == "column is newer than the file's version 1.1"
    assert older.of("PricingCurrency-C-000-C").hindrance == "other version"
    assert failed(older) == set()
    assert failed(strict) == {"CostAndUsage-D-033-O"}


def test_a_criterion_that_the_rows_leave_open_is_a_question(tmp_path: Path) -> None:
    result = judged(tmp_path, [{**USAGE, "Tags": ""}], [name for name in COLUMNS if name != "Tags"])
    one = result.of("CostAndUsage-D-064-C")
    assert (one.status, one.why) == (
        "not checkable",
        "does the provider support setting user or provider-defined tags? (TAGGING_SUPPORTED)",
    )


def test_a_declared_criterion_makes_its_rules_hold_or_not_apply(tmp_path: Path) -> None:
    columns = [name for name in COLUMNS if name != "Tags"]
    met = judged(tmp_path, [USAGE], columns, declared={"TAGGING_SUPPORTED": True})
    unmet = judged(tmp_path, [USAGE], columns, declared={"TAGGING_SUPPORTED": False})
    assert met.of("CostAndUsage-D-064-C").status == "failed"
    assert unmet.of("CostAndUsage-D-064-C").why == "does not apply: TAGGING_SUPPORTED is declared not to"


def test_the_models_own_expressions_can_be_asked_for(tmp_path: Path) -> None:
    literal = judged(tmp_path, ROWS, literally=True)
    assert "CommitmentDiscountStatus-C-005-M" in failed(literal)
    assert literal.of("CommitmentDiscountStatus-C-005-M").basis == "model"
    assert literal.of("DiscountHandling-A-014-C").status == "not checkable"


def test_a_verdict_says_to_how_many_rows_the_rule_applies(tmp_path: Path) -> None:
    one = judged(tmp_path, ROWS).of("SkuId-C-004-C")
    assert (one.status, one.rows, one.checked) == ("passed", 0, 1)


def test_a_permission_cannot_be_broken(tmp_path: Path) -> None:
    one = judged(tmp_path, ROWS).of("ListUnitPrice-C-006-O")
    assert (one.status, one.why) == ("passed", "a permission, which no file can break")


def test_the_text_null_is_no_value_and_a_placeholder(tmp_path: Path) -> None:
    assert failed(judged(tmp_path, changed(0, InvoiceId="NULL"))) == {"NullHandling-A-002-M"}


def test_a_row_far_into_the_file_is_found_and_shown(tmp_path: Path) -> None:
    rows = [USAGE] * 25_000 + [{**USAGE, "BilledCost": "x"}]
    assert [one.row for one in judged(tmp_path, rows).of("BilledCost-C-001-M").examples] == [25_002]


def test_amounts_beyond_doubles_are_multiplied_exactly(tmp_path: Path) -> None:
    # Both costs are off by about 1e-14, which is what a double's noise may be: too near for doubles to tell.
    digits = {"PricingQuantity": "123456789.123456789", "ListUnitPrice": "987654.321987654"}
    exact = {**USAGE, **digits, "ListCost": "121932631356501.65"}
    assert judged(tmp_path, [exact]).of("ListCost-C-009-C").status == "passed"
    assert judged(tmp_path, [{**exact, "ListCost": "121932631356501.78"}]).of("ListCost-C-009-C").status == "failed"


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        (("costCentre",), "ColumnHandling-A-001-M"),
        (("Cost_Centre",), "ColumnHandling-A-003-M"),
        (("x_" + "A" * 60,), "ColumnHandling-A-005-O"),
        (("Team",), "ColumnHandling-A-010-M"),
        (("x_team",), "ColumnHandling-A-011-O"),
    ],
)
def test_columns_of_ones_own_follow_the_rules_for_names(tmp_path: Path, columns: tuple[str, ...], rule: str) -> None:
    result = judged(tmp_path, ROWS, (*COLUMNS, *columns))
    assert result.of(rule).why == columns[0]
    assert result.of(rule).status == "failed"


def test_columns_of_ones_own_come_last(tmp_path: Path) -> None:
    assert failed(judged(tmp_path, ROWS, (*COLUMNS, "x_Team"))) == set()
    assert failed(judged(tmp_path, ROWS, ("x_Team", *COLUMNS))) == {"ColumnHandling-A-012-O", "ColumnHandling-A-013-O"}


def test_a_parquet_file_is_judged_by_its_declared_types(tmp_path: Path) -> None:
    path = tmp_path / "bill.parquet"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"COPY (SELECT CAST(1.5 AS DECIMAL(38,18)) AS BilledCost, '1.5' AS ListCost, CAST('1e-7' AS DOUBLE) AS EffectiveCost, "
            f"TIMESTAMP '2026-01-01' AS BillingPeriodStart, '2026-02-01T00:00:00Z' AS BillingPeriodEnd, 7 AS BillingAccountId, "
            f"MAP {{'team': 'a'}} AS Tags, '' AS RegionId) TO '{path}' (FORMAT parquet)"
        )
    result = judged_file(tmp_path, path)
    wrong = {"ListCost-C-001-M", "BillingPeriodEnd-C-001-M", "BillingAccountId-C-002-M", "NullHandling-A-002-M"}
    assert {one for one in failed(result) if not one.startswith("CostAndUsage")} == wrong
    for identity in ("BilledCost-C-002-M", "EffectiveCost-C-002-M", "BillingPeriodStart-C-002-M", "Tags-C-001-M"):
        assert result.of(identity).status == "passed", identity
