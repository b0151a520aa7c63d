"""Charges that are no usage: fees that recur, taxes, credits and a refund. All of them are decoys to an anomaly detector."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np

from evals.estate.days import Days
from evals.estate.ledger import MICRO, NANO, Block, Ledger, Price, charge, nano
from evals.estate.org import AWS, GOOGLE, MICROSOFT, Biller

DecoyKind = Literal["recurring_charge", "recurring_credit", "one_time_credit", "refund", "tax"]
TAX_PERCENT: dict[str, int] = {AWS.name: 4, MICROSOFT.name: 6}
_CENT = NANO // 100


@dataclass(frozen=True, slots=True)
class Fee:
    """One charge: on day `monthly` of every month, or once on day anchor + `once`. `amount` is in USD."""

    id: str
    kind: DecoyKind
    biller: Biller
    sub_account: str
    service: str
    description: str
    amount: str
    monthly: int | None = None
    once: int | None = None
    publisher: str | None = None
    category: str = "Purchase"
    service_category: tuple[str, str] = ("Management and Governance", "Support")


FEES: tuple[Fee, ...] = (
    Fee("aws-support", "recurring_charge", AWS, "shared", "AWS Support (Business)", "Business support, monthly fee", "780",
        monthly=1),
    Fee("azure-support", "recurring_charge", MICROSOFT, "production", "Azure Support", "Standard support, monthly fee", "100",
        monthly=1),
    Fee("marketplace-monitoring", "recurring_charge", AWS, "shared", "Beacon Observability", "Marketplace subscription, monthly",
        "449", monthly=12, publisher="Beacon Metrics Ltd", service_category=("Management and Governance", "Observability")),
    Fee("aws-programme-credit", "recurring_credit", AWS, "shared", "AWS Promotional Credits", "Migration programme credit",
        "-150", monthly=3, category="Credit", service_category=("Other", "Other (Other)")),
    Fee("google-promotion", "one_time_credit", GOOGLE, "analytics", "Invoice", "Promotional credit", "-300",
        once=-24, category="Credit", service_category=("Other", "Other (Other)")),
    Fee("cloudwatch-refund", "refund", AWS, "shared", "AmazonCloudWatch", "Refund of log ingestion billed twice last month",
        "-84.37", once=-18, category="Adjustment", service_category=("Management and Governance", "Observability")),
)  # fmt: skip


def bill_fees(ledger: Ledger, biller: Biller, anchor: int, days: Days) -> None:
    """Add the fees, then the taxes of every month that is over on what was billed in it."""
    for fee in FEES:
        if fee.biller is biller:
            ledger.add(_fee(fee, anchor, days))
    if biller.name in TAX_PERCENT:
        ledger.add(_tax(ledger, biller, days))


def fee_days(fee: Fee, anchor: int, days: Days) -> list[int]:
    """Return the days on which `fee` is charged."""
    if fee.once is not None:
        return [day for day in [anchor + fee.once] if 0 <= day < days.count]
    return [day for day in range(days.count) if days.day(day).day == fee.monthly]


def _fee(fee: Fee, anchor: int, days: Days) -> Block:
    on = np.array(fee_days(fee, anchor, days), dtype=np.int64)
    columns = fee.biller.columns() | fee.biller.sub_account(fee.sub_account) | {
        "ServiceName": fee.service, "ServiceCategory": fee.service_category[0],
        "ServiceSubcategory": fee.service_category[1], "ChargeCategory": fee.category,
        "ChargeFrequency": "One-Time" if fee.monthly is None else "Recurring", "ChargeDescription": fee.description,
    }  # fmt: skip
    if fee.publisher:
        columns["PublisherName"] = fee.publisher
    if fee.kind == "refund":
        columns["ChargeClass"] = "Correction"
    amount = np.full(on.size, nano(fee.amount), dtype=np.int64)
    if fee.category != "Purchase":
        return charge(columns, on, amount)
    sku = {"PricingUnit": "Months", "PricingCategory": "Standard", "SkuId": fee.id, "SkuPriceId": f"{fee.id}/monthly"}
    quantity = np.full(on.size, MICRO, dtype=np.int64)
    price = Price(nano(fee.amount), nano(fee.amount))
    return Block(columns | sku, on, amount, amount, amount, amount, quantity=quantity, price=price)


def _tax(ledger: Ledger, biller: Biller, days: Days) -> Block:
    """Return one row on the last day of each whole month, in whole cents."""
    billed = np.zeros(days.count, dtype=np.int64)
    for block in ledger.blocks:
        np.add.at(billed, block.days, block.billed)
    on = np.flatnonzero(days.last_of_month)
    taxable = np.array([billed[days.month == month].sum() for month in days.month[on]], dtype=np.int64)
    columns = biller.columns() | {
        "ServiceName": "Tax", "ServiceCategory": "Other", "ServiceSubcategory": "Other (Other)", "ChargeCategory": "Tax",
        "ChargeFrequency": "Recurring", "ChargeDescription": f"Sales tax, {TAX_PERCENT[biller.name]} percent",
    }  # fmt: skip
    return charge(columns, on, taxable * TAX_PERCENT[biller.name] // 100 // _CENT * _CENT)


def month_ends(days: Days) -> list[int]:
    """Return the last days of whole months."""
    return [day for day in range(days.count) if (days.day(day) + timedelta(days=1)).day == 1]
