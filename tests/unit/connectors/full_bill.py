"""A full FOCUS 1.2 bill in which every rule that can be checked holds: usage, a commitment's life, tax, a credit, a correction."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from connectors.billing.conformance.judge import judge
from connectors.billing.conformance.result import Conformance
from connectors.billing.files.source import open_file
from connectors.billing.sql.session import session
from finops.focus import columns_of
from tests.unit.connectors.bills import write_bill

Row = dict[str, str]
COLUMNS = tuple(column.name for column in columns_of("1.2"))

USAGE: Row = {
    "AvailabilityZone": "eu-west-1a", "BilledCost": "3.00", "BillingAccountId": "b-1", "BillingAccountName": "Main",
    "BillingAccountType": "Payer", "BillingCurrency": "EUR", "BillingPeriodEnd": "2026-02-01T00:00:00Z",
    "BillingPeriodStart": "2026-01-01T00:00:00Z", "CapacityReservationId": "", "CapacityReservationStatus": "",
    "ChargeCategory": "Usage", "ChargeClass": "", "ChargeDescription": "hours of a machine", "ChargeFrequency": "Usage-Based",
    "ChargePeriodEnd": "2026-01-06T00:00:00Z", "ChargePeriodStart": "2026-01-05T00:00:00Z", "CommitmentDiscountCategory": "",
    "CommitmentDiscountId": "", "CommitmentDiscountName": "", "CommitmentDiscountQuantity": "", "CommitmentDiscountStatus": "",
    "CommitmentDiscountType": "", "CommitmentDiscountUnit": "", "ConsumedQuantity": "24", "ConsumedUnit": "Hours",
    "ContractedCost": "3.00", "ContractedUnitPrice": "0.125", "EffectiveCost": "3.00", "InvoiceId": "inv-1",
    "InvoiceIssuerName": "Cloud", "ListCost": "3.60", "ListUnitPrice": "0.15", "PricingCategory": "Standard",
    "PricingCurrency": "USD", "PricingCurrencyContractedUnitPrice": "0.14", "PricingCurrencyEffectiveCost": "3.36",
    "PricingCurrencyListUnitPrice": "0.168", "PricingQuantity": "24", "PricingUnit": "Hours", "ProviderName": "Cloud",
    "PublisherName": "Cloud", "RegionId": "eu-west-1", "RegionName": "Ireland", "ResourceId": "i-1", "ResourceName": "web",
    "ResourceType": "instance", "ServiceCategory": "Compute", "ServiceName": "Machines", "ServiceSubcategory": "Virtual Machines",
    "SkuId": "sku-1", "SkuMeter": "Compute Usage", "SkuPriceDetails": '{"CoreCount": 2, "InstanceType": "m5", "x_Family": "m"}',
    "SkuPriceId": "sku-1-p", "SubAccountId": "s-1", "SubAccountName": "Shop", "SubAccountType": "Account",
    "Tags": '{"team": "a", "cloud/owner": null, "spot": true}',
}  # fmt: skip
_COMMITMENT = {
    "CommitmentDiscountCategory": "Usage", "CommitmentDiscountId": "c-1", "CommitmentDiscountName": "one year",
    "CommitmentDiscountType": "Reservation", "CommitmentDiscountUnit": "Hours",
}  # fmt: skip
_PURCHASED = {
    "AvailabilityZone": "", "ConsumedQuantity": "", "ConsumedUnit": "", "ResourceId": "c-1", "ResourceName": "",
    "ResourceType": "commitment",
}  # fmt: skip
_UNPRICED = {
    "ConsumedQuantity": "", "ConsumedUnit": "", "ContractedUnitPrice": "", "ListUnitPrice": "", "PricingCategory": "",
    "PricingCurrencyContractedUnitPrice": "", "PricingCurrencyListUnitPrice": "", "PricingQuantity": "", "PricingUnit": "",
    "ResourceId": "", "ResourceName": "", "ResourceType": "", "SkuId": "", "SkuMeter": "", "SkuPriceDetails": "", "SkuPriceId": "",
}  # fmt: skip


def _row(*parts: Mapping[str, str], **changes: str) -> Row:
    made = dict(USAGE)
    for part in (*parts, changes):
        made.update(part)
    return made


USED = _row(
    _COMMITMENT, CommitmentDiscountStatus="Used", CommitmentDiscountQuantity="24", PricingCategory="Committed",
    BilledCost="0", EffectiveCost="2.10", PricingCurrencyEffectiveCost="2.35",
)  # fmt: skip
UNUSED = _row(
    _COMMITMENT, _PURCHASED, CommitmentDiscountStatus="Unused", CommitmentDiscountQuantity="2", PricingCategory="Committed",
    BilledCost="0", EffectiveCost="0.175", PricingCurrencyEffectiveCost="0.20", ContractedCost="3.00",
)  # fmt: skip
PURCHASE = _row(
    _COMMITMENT, _PURCHASED, ChargeCategory="Purchase", ChargeFrequency="Recurring", CommitmentDiscountQuantity="744",
    EffectiveCost="0", PricingCurrencyEffectiveCost="0", BilledCost="3.00",
)  # fmt: skip
TAX = _row(
    _UNPRICED, ChargeCategory="Tax", ChargeFrequency="Recurring", BilledCost="0.57", ContractedCost="0.57", EffectiveCost="0.57",
    ListCost="0.57", PricingCurrencyEffectiveCost="0.64", AvailabilityZone="",
)  # fmt: skip
CREDIT = _row(
    _UNPRICED, ChargeCategory="Credit", ChargeFrequency="One-Time", BilledCost="-1E-2", ContractedCost="-0.01", EffectiveCost="-0.01",
    ListCost="-0.01", PricingCurrencyEffectiveCost="-0.01", AvailabilityZone="",
)  # fmt: skip
CORRECTION = _row(
    ChargeClass="Correction", BilledCost="-1.00", EffectiveCost="-1.00", ContractedCost="-1.00", ListCost="-1.00"
)
RESERVED = _row(CapacityReservationId="cr-1", CapacityReservationStatus="Used", PricingCurrency="Credits")
OTHER = _row(
    ServiceCategory="Storage", ServiceName="Objects", ServiceSubcategory="Object Storage", ConsumedUnit="GB-Months",
    PricingUnit="1000 GB-Months", SkuId="sku-2", SkuPriceId="sku-2-p", SkuMeter="Storage", BillingAccountType="Seller",
    SubAccountType="Folder",
)  # fmt: skip
ROWS: tuple[Row, ...] = (USAGE, USED, UNUSED, PURCHASE, TAX, CREDIT, CORRECTION, RESERVED, OTHER)


def changed(index: int, **changes: str) -> list[Row]:
    """Return the full bill with some cells of one row changed."""
    return [{**row, **changes} if i == index else dict(row) for i, row in enumerate(ROWS)]


def judged(
    folder: Path, rows: Sequence[Row], columns: Sequence[str] = COLUMNS, *, version: str = "1.2", literally: bool = False,
    declared: Mapping[str, bool] | None = None,
) -> Conformance:  # fmt: skip
    """Return the verdict on a CSV of these rows."""
    path = write_bill(folder / "bill.csv", rows, columns)
    return judged_file(folder, path, version=version, literally=literally, declared=declared)


def judged_file(
    folder: Path,
    path: Path,
    *,
    version: str = "1.2",
    literally: bool = False,
    declared: Mapping[str, bool] | None = None,
) -> Conformance:
    """Return the verdict on a file."""
    with session(folder) as connection:
        file = open_file(connection, path)
        return judge(connection, file, version=version, declared=declared, literally=literally)


def failed(result: Conformance) -> set[str]:
    """Return the ids of the rules that failed, composites apart."""
    return {one.id for one in result.results if one.status == "failed" and one.kind != "Composite"}
