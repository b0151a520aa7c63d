"""Small bills for the tests, written row by row."""

import csv
from collections.abc import Sequence
from pathlib import Path

COLUMNS = (
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart",
    "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargePeriodEnd", "ChargePeriodStart", "ContractedCost",
    "EffectiveCost", "InvoiceIssuerName", "ListCost", "PricingQuantity", "PricingUnit", "ProviderName", "PublisherName",
    "ServiceCategory", "ServiceName", "ResourceId", "Tags",
)  # fmt: skip

ROW = {
    "BilledCost": "1.25", "BillingAccountId": "1", "BillingAccountName": "Main", "BillingCurrency": "USD",
    "BillingPeriodEnd": "2026-02-01T00:00:00Z", "BillingPeriodStart": "2026-01-01T00:00:00Z", "ChargeCategory": "Usage",
    "ChargeClass": "", "ChargeDescription": "use", "ChargePeriodEnd": "2026-01-06T00:00:00Z",
    "ChargePeriodStart": "2026-01-05T00:00:00Z", "ContractedCost": "1.25", "EffectiveCost": "1.25", "InvoiceIssuerName": "AWS",
    "ListCost": "1.50", "PricingQuantity": "2", "PricingUnit": "Hours", "ProviderName": "AWS", "PublisherName": "AWS",
    "ServiceCategory": "Compute", "ServiceName": "Amazon EC2", "ResourceId": "i-1", "Tags": '{"team":"a"}',
}  # fmt: skip


def row(**changes: str) -> dict[str, str]:
    """Return a sound row with some columns changed."""
    return {**ROW, **changes}


def write_bill(path: Path, rows: Sequence[dict[str, str]], columns: Sequence[str] = COLUMNS) -> Path:
    """Write rows as a FOCUS CSV."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=columns, extrasaction="ignore", restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path
