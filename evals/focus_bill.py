"""A bill with every column of FOCUS 1.2 in use: two currencies, credits, corrections, commitments and reservations used and
not used, invoices, charges billed a month late, and prices in a currency of the vendor's own. What the official use cases of
FOCUS are asked of.
"""

import csv
import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from finops.focus import columns_of
from finops.money import plain
from finops.periods import add_months

FIRST_DAY, END = date(2026, 7, 1), date(2026, 10, 1)
_SEED = 33
_SERVICES = (
    ("AWS", "Amazon Elastic Compute Cloud", "Compute", "Virtual Machines", "Hours"),
    ("AWS", "Amazon Simple Storage Service", "Storage", "Object Storage", "GB-Months"),
    ("AWS", "Amazon Relational Database Service", "Databases", "Relational Databases", "Hours"),
    ("Microsoft", "Virtual Machines", "Compute", "Virtual Machines", "Hours"),
    ("Microsoft", "Storage Accounts", "Storage", "Object Storage", "GB-Months"),
    ("Lumen AI", "Lumen Completions", "AI and Machine Learning", "Generative AI", "Tokens"),
)
_ACCOUNTS = {"AWS": ("100000000001", "USD"), "Microsoft": ("ms-4711", "EUR"), "Lumen AI": ("lumen-9", "USD")}
_REGIONS = {"AWS": (("us-east-1", "US East (N. Virginia)"), ("eu-west-1", "EU (Ireland)")),
            "Microsoft": (("westeurope", "West Europe"), ("northeurope", "North Europe")), "Lumen AI": ((None, None),)}  # fmt: skip
_SERIES = (("m5a", 4), ("m5a", 8), ("c6g", 2))
_SUB_ACCOUNTS = ("checkout", "search", "media")
_APPLICATIONS = ("storefront", "catalogue", None)
Row = dict[str, str | None]


def write_focus_bill(folder: Path) -> Path:
    """Write the bill and return its path. The same bytes each time."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "focus.csv"
    names = [column.name for column in columns_of("1.2")]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(_rows(Random(_SEED)))  # noqa: S311 - a test bill, not a secret
    return path


def _rows(random: Random) -> Iterator[Row]:
    day = FIRST_DAY
    while day < END:
        for service in _SERVICES:
            for sub_account in _SUB_ACCOUNTS:
                yield _usage(random, day, service, sub_account)
        if day.day == 1:
            yield from _monthly(random, day)
        if day.day % 5 == 0:
            yield from _idle(random, day)
        day += timedelta(days=1)


def _usage(random: Random, day: date, service: tuple[str, str, str, str, str], sub_account: str) -> Row:
    provider, name, category, _, unit = service
    committed = category == "Compute" and random.random() < 0.4
    quantity = Decimal(random.randrange(1, 2_400_000)) / 100_000
    price = Decimal(random.randrange(1, 90_000)) / 1_000_000
    cost = quantity * price
    series, cores = random.choice(_SERIES)
    application = random.choice(_APPLICATIONS)
    number = random.randrange(3)
    row = _base(random, day, service, sub_account)
    row |= _amounts(
        cost, cost * Decimal("0.93"), Decimal(0) if committed else cost * Decimal("0.93"), cost * Decimal("0.61")
    )
    row |= {
        "ChargeCategory": "Usage", "ChargeFrequency": "Usage-Based", "ChargeDescription": f"{unit} of {name}",
        "ConsumedQuantity": plain(quantity), "ConsumedUnit": unit, "PricingQuantity": plain(quantity), "PricingUnit": unit,
        "ListUnitPrice": plain(price), "ContractedUnitPrice": plain(price * Decimal("0.93")),
        "PricingCategory": "Committed" if committed else "Standard",
        "ResourceId": f"{sub_account}-{category.lower()[:4]}-{number}", "ResourceName": f"{sub_account} {number}",
        "ResourceType": "Virtual Machine" if category == "Compute" else category,
        "SkuId": f"sku-{series}-{cores}", "SkuMeter": unit, "SkuPriceId": f"sku-{series}-{cores}-p",
        "Tags": json.dumps({"Application": application, "ApplicationId": f"app-{application}"}) if application else None,
        "SkuPriceDetails": json.dumps({"CoreCount": cores, "InstanceSeries": series}) if category == "Compute" else None,
    }  # fmt: skip
    if committed:
        row |= {
            "CommitmentDiscountCategory": "Spend", "CommitmentDiscountId": f"plan-{provider}-1",
            "CommitmentDiscountName": "compute plan", "CommitmentDiscountType": "Savings Plan",
            "CommitmentDiscountStatus": "Used", "CommitmentDiscountQuantity": plain(quantity), "CommitmentDiscountUnit": unit,
        }  # fmt: skip
    if provider == "Lumen AI":
        # A third of the prices is not negotiated, so that listing what is saves needs the comparison.
        lower = price * (1 if random.random() < 0.33 else Decimal("0.8"))
        row |= {
            "PricingCurrency": "Lumens", "PricingCurrencyListUnitPrice": plain(price * 100),
            "PricingCurrencyContractedUnitPrice": plain(lower * 100), "PricingCurrencyEffectiveCost": plain(cost * 61),
        }  # fmt: skip
    return row


def _monthly(random: Random, first: date) -> Iterator[Row]:
    """Yield what comes once a month: a plan bought, a credit, a correction, tax, and support."""
    for service in (_SERVICES[0], _SERVICES[3], _SERVICES[5]):
        fee = Decimal(random.randrange(10_000, 90_000)) / 1000
        commitment: Row = {
            "CommitmentDiscountCategory": "Spend", "CommitmentDiscountId": f"plan-{service[0]}-1",
            "CommitmentDiscountName": "compute plan", "CommitmentDiscountType": "Savings Plan",
            "CommitmentDiscountQuantity": plain(fee), "CommitmentDiscountUnit": _ACCOUNTS[service[0]][1],
        }  # fmt: skip
        plan = _base(random, first, service, _SUB_ACCOUNTS[0]) | _amounts(fee, fee, fee, Decimal(0)) | commitment
        yield plan | {"ChargeCategory": "Purchase", "ChargeFrequency": "Recurring", "ChargeDescription": "plan fee"}
        for category, charge_class, share in (
            ("Credit", None, "-0.31"),
            ("Usage", "Correction", "-0.12"),
            ("Tax", None, "0.19"),
        ):
            part = fee * Decimal(share)
            # A correction mends a charge of the month before.
            charged = add_months(first, -1) + timedelta(days=14) if charge_class else first
            row = _base(random, charged, service, random.choice(_SUB_ACCOUNTS), billed=first)
            row |= _amounts(part, part, part, part)
            yield row | {
                "ChargeCategory": category, "ChargeClass": charge_class, "ChargeFrequency": "One-Time",
                "ChargeDescription": f"{category} on {service[1]}",
            }  # fmt: skip


def _idle(random: Random, day: date) -> Iterator[Row]:
    """Yield what was paid for and not used: a part of a plan, and a reservation."""
    for service in (_SERVICES[0], _SERVICES[3]):
        cost = Decimal(random.randrange(100, 9000)) / 10_000
        row = _base(random, day, service, random.choice(_SUB_ACCOUNTS)) | _amounts(cost, cost, Decimal(0), cost)
        row |= {"ChargeCategory": "Usage", "ChargeFrequency": "Usage-Based", "ChargeDescription": "not used"}
        yield row | {
            "CommitmentDiscountCategory": "Spend", "CommitmentDiscountId": f"plan-{service[0]}-1",
            "CommitmentDiscountName": "compute plan", "CommitmentDiscountType": "Savings Plan", "CommitmentDiscountStatus": "Unused",
        }  # fmt: skip
        yield row | {
            "CapacityReservationId": f"cr-{random.randrange(2)}", "CapacityReservationStatus": "Unused", "BilledCost": plain(cost),
        }  # fmt: skip


def _amounts(listed: Decimal, contracted: Decimal, billed: Decimal, effective: Decimal) -> Row:
    return {
        "ListCost": plain(listed), "ContractedCost": plain(contracted), "BilledCost": plain(billed), "EffectiveCost": plain(effective),
    }  # fmt: skip


def _billed(day: date, sub_account: str) -> date:
    """Return the month a charge is billed in: what `search` uses on the last two days of a month comes with the next bill."""
    first = day.replace(day=1)
    late = sub_account == "search" and (day + timedelta(days=2)).month != day.month
    return add_months(first, 1) if late else first


def _base(
    random: Random, day: date, service: tuple[str, str, str, str, str], sub_account: str, *, billed: date | None = None
) -> Row:
    provider, name, category, subcategory, _ = service
    account, currency = _ACCOUNTS[provider]
    region, region_name = random.choice(_REGIONS[provider])
    first = billed or _billed(day, sub_account)
    return {
        "BillingAccountId": account, "BillingAccountName": f"{provider} main", "BillingAccountType": "Billing Account",
        "BillingCurrency": currency, "BillingPeriodStart": _moment(first), "BillingPeriodEnd": _moment(add_months(first, 1)),
        "ChargePeriodStart": _moment(day), "ChargePeriodEnd": _moment(day + timedelta(days=1)),
        "InvoiceId": f"{account}-{first:%Y%m}", "InvoiceIssuerName": provider, "ProviderName": provider, "PublisherName": provider,
        "RegionId": region, "RegionName": region_name, "ServiceCategory": category, "ServiceName": name,
        "ServiceSubcategory": subcategory, "SubAccountId": f"{account}-{sub_account}", "SubAccountName": sub_account,
        "SubAccountType": "Project",
    }  # fmt: skip


def _moment(day: date) -> str:
    return datetime.combine(day, time()).isoformat() + "Z"
