"""The columns of FOCUS 1.0 to 1.4 as data: those of the Cost and Usage dataset.

Source: the FOCUS specification (https://focus.finops.org, CC-BY-4.0), read 2026-11-23: the column pages and the dataset table of
version 1.3 (ratified 2025-12-04), the column pages, errata and migration guide of version 1.4 (ratified 2026-06-04). The values
a column allows are the same from 1.2 to 1.4. HostProviderName allows nulls: its page and its normative text say so, the
dataset's overview table says otherwise.
"""

from dataclasses import dataclass, replace
from typing import Literal

from finops.focus_services import SERVICE_CATEGORIES, SERVICE_SUBCATEGORIES

ColumnType = Literal["String", "Decimal", "Date/Time", "JSON"]
Level = Literal["Mandatory", "Conditional", "Recommended"]
Version = Literal["1.0", "1.1", "1.2", "1.3", "1.4"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the specification. `values` is empty where any value is allowed.

    `since` is the first released version that has the column (previews count as 1.0), `deprecated` the one that advises against
    it, `until` the last one that has it.
    """

    name: str
    type: ColumnType
    level: Level
    nullable: bool
    since: Version
    values: tuple[str, ...] = ()
    deprecated: Version | None = None
    until: Version | None = None

    @property
    def is_metric(self) -> bool:
        """Whether it is a number to sum rather than a dimension to group by."""
        return self.type == "Decimal"

    def is_in(self, version: Version) -> bool:
        """Whether `version` of the specification has it."""
        return self.since <= version and (self.until is None or version <= self.until)


COLUMNS: tuple[Column, ...] = (
    Column("AvailabilityZone", "String", "Recommended", True, "1.0"),
    Column("BilledCost", "Decimal", "Mandatory", False, "1.0"),
    Column("BillingAccountId", "String", "Mandatory", False, "1.0"),
    Column("BillingAccountName", "String", "Mandatory", True, "1.0"),
    Column("BillingAccountType", "String", "Conditional", False, "1.2"),
    Column("BillingCurrency", "String", "Mandatory", False, "1.0"),
    Column("BillingPeriodEnd", "Date/Time", "Mandatory", False, "1.0"),
    Column("BillingPeriodStart", "Date/Time", "Mandatory", False, "1.0"),
    Column("CapacityReservationId", "String", "Conditional", True, "1.1"),
    Column("CapacityReservationStatus", "String", "Conditional", True, "1.1", values=("Used", "Unused")),
    Column(
        "ChargeCategory",
        "String",
        "Mandatory",
        False,
        "1.0",
        values=("Usage", "Purchase", "Tax", "Credit", "Adjustment"),
    ),
    Column("ChargeClass", "String", "Mandatory", True, "1.0", values=("Correction",)),
    Column("ChargeDescription", "String", "Mandatory", True, "1.0"),
    Column("ChargeFrequency", "String", "Recommended", False, "1.0", values=("One-Time", "Recurring", "Usage-Based")),
    Column("ChargePeriodEnd", "Date/Time", "Mandatory", False, "1.0"),
    Column("ChargePeriodStart", "Date/Time", "Mandatory", False, "1.0"),
    Column("CommitmentDiscountCategory", "String", "Conditional", True, "1.0", values=("Spend", "Usage")),
    Column("CommitmentDiscountId", "String", "Conditional", True, "1.0"),
    Column("CommitmentDiscountName", "String", "Conditional", True, "1.0"),
    Column("CommitmentDiscountQuantity", "Decimal", "Conditional", True, "1.1"),
    Column("CommitmentDiscountStatus", "String", "Conditional", True, "1.0", values=("Used", "Unused")),
    Column("CommitmentDiscountType", "String", "Conditional", True, "1.0"),
    Column("CommitmentDiscountUnit", "String", "Conditional", True, "1.1"),
    Column("ConsumedQuantity", "Decimal", "Conditional", True, "1.0"),
    Column("ConsumedUnit", "String", "Conditional", True, "1.0"),
    Column("ContractedCost", "Decimal", "Mandatory", False, "1.0"),
    Column("ContractedUnitPrice", "Decimal", "Conditional", True, "1.0"),
    Column("EffectiveCost", "Decimal", "Mandatory", False, "1.0"),
    Column("InvoiceId", "String", "Recommended", True, "1.2"),
    Column("InvoiceIssuerName", "String", "Mandatory", False, "1.0"),
    Column("ListCost", "Decimal", "Mandatory", False, "1.0"),
    Column("ListUnitPrice", "Decimal", "Conditional", True, "1.0"),
    Column(
        "PricingCategory", "String", "Conditional", True, "1.0", values=("Standard", "Dynamic", "Committed", "Other")
    ),
    Column("PricingCurrency", "String", "Conditional", True, "1.2"),
    Column("PricingCurrencyContractedUnitPrice", "Decimal", "Conditional", True, "1.2"),
    Column("PricingCurrencyEffectiveCost", "Decimal", "Conditional", True, "1.2"),
    Column("PricingCurrencyListUnitPrice", "Decimal", "Conditional", True, "1.2"),
    Column("PricingQuantity", "Decimal", "Mandatory", True, "1.0"),
    Column("PricingUnit", "String", "Mandatory", True, "1.0"),
    Column("ProviderName", "String", "Mandatory", False, "1.0", deprecated="1.3", until="1.3"),
    Column("PublisherName", "String", "Mandatory", False, "1.0", deprecated="1.3", until="1.3"),
    Column("RegionId", "String", "Conditional", True, "1.0"),
    Column("RegionName", "String", "Conditional", True, "1.0"),
    Column("ResourceId", "String", "Conditional", True, "1.0"),
    Column("ResourceName", "String", "Conditional", True, "1.0"),
    Column("ResourceType", "String", "Conditional", True, "1.0"),
    Column("ServiceCategory", "String", "Mandatory", False, "1.0", values=SERVICE_CATEGORIES),
    Column("ServiceName", "String", "Mandatory", False, "1.0"),
    Column("ServiceSubcategory", "String", "Recommended", False, "1.1", values=SERVICE_SUBCATEGORIES),
    Column("SkuId", "String", "Conditional", True, "1.0"),
    Column("SkuMeter", "String", "Conditional", True, "1.1"),
    Column("SkuPriceDetails", "JSON", "Conditional", True, "1.1"),
    Column("SkuPriceId", "String", "Conditional", True, "1.0"),
    Column("SubAccountId", "String", "Conditional", True, "1.0"),
    Column("SubAccountName", "String", "Conditional", True, "1.0"),
    Column("SubAccountType", "String", "Conditional", True, "1.2"),
    Column("Tags", "JSON", "Conditional", True, "1.0"),
    # Later columns come after all earlier ones: the lake's table keeps the ids of the columns it has.
    Column("AllocatedMethodDetails", "JSON", "Recommended", True, "1.3"),
    Column("AllocatedMethodId", "String", "Conditional", True, "1.3"),
    Column("AllocatedResourceId", "String", "Conditional", True, "1.3"),
    Column("AllocatedResourceName", "String", "Conditional", True, "1.3"),
    Column("AllocatedTags", "JSON", "Conditional", True, "1.3"),
    Column("ContractApplied", "JSON", "Conditional", True, "1.3"),
    Column("HostProviderName", "String", "Mandatory", True, "1.3"),
    Column("ServiceProviderName", "String", "Mandatory", False, "1.3"),
    Column("CommitmentProgramEligibilityDetails", "JSON", "Conditional", True, "1.4"),
    Column("InvoiceDetailId", "String", "Conditional", True, "1.4"),
)

BY_NAME: dict[str, Column] = {column.name: column for column in COLUMNS}
VERSIONS: tuple[Version, ...] = ("1.0", "1.1", "1.2", "1.3", "1.4")

# What a version says otherwise of a column that an earlier one brought.
_REVISED: dict[Version, tuple[Column, ...]] = {
    "1.4": (
        replace(BY_NAME["InvoiceId"], level="Conditional"),
        replace(BY_NAME["PricingCurrency"], nullable=False),
        replace(BY_NAME["PricingCurrencyEffectiveCost"], nullable=False),
    ),
}

# Where a newer bill has the value of a removed column: the migration guide answers "who sells the service" with
# ServiceProviderName, the most common case; in a marketplace the old ProviderName was the cloud that hosts.
SUCCESSORS: dict[str, tuple[str, ...]] = {
    "ProviderName": ("ServiceProviderName",),
    "PublisherName": ("ServiceProviderName",),
}
# Where an older bill has the value of a later column, by the guide's table: the publisher sells, the provider hosts.
PREDECESSORS: dict[str, tuple[str, ...]] = {
    "ServiceProviderName": ("PublisherName", "ProviderName"),
    "HostProviderName": ("ProviderName",),
}


def columns_of(version: Version) -> tuple[Column, ...]:
    """Return the columns that `version` of the specification has, as it describes them, in the order of `COLUMNS`."""
    revised = {c.name: c for later, columns in _REVISED.items() if later <= version for c in columns}
    return tuple(revised.get(column.name, column) for column in COLUMNS if column.is_in(version))


def detect_version(names: frozenset[str]) -> Version:
    """Return the oldest version that has every FOCUS column among `names`.

    A bill that has columns of the last version with ProviderName, but none of those removed after it, is of the next one.
    """
    since: set[Version] = {BY_NAME[name].since for name in names if name in BY_NAME}
    index = VERSIONS.index(max(since)) if since else 0
    removed = {column.name for column in COLUMNS if column.until == VERSIONS[index]}
    return VERSIONS[index + 1] if removed and not removed & names else VERSIONS[index]


def required_columns(version: Version) -> tuple[str, ...]:
    """Return the columns that a bill of `version` cannot be without: mandatory, never null, and not deprecated in it."""
    return tuple(
        column.name
        for column in columns_of(version)
        if column.level == "Mandatory"
        and not column.nullable
        and (column.deprecated is None or version < column.deprecated)
    )


def missing_columns(names: frozenset[str]) -> tuple[str, ...]:
    """Return the required columns that a bill with the columns `names` has neither itself nor by another column."""
    return tuple(
        name
        for name in required_columns(detect_version(names))
        if name not in names and names.isdisjoint(substitutes(name))
    )


def substitutes(name: str) -> tuple[str, ...]:
    """Return the columns to take the value of `name` from, best first, where a bill has no such column."""
    return SUCCESSORS.get(name) or PREDECESSORS.get(name, ())
