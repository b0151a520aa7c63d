"""The columns of FOCUS 1.0 to 1.2 as data.

Source: the FOCUS specification, version 1.2 (https://focus.finops.org, CC-BY-4.0), read 2026-11-23. `since` is the first
released version that has the column; previews count as 1.0.
"""

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["String", "Decimal", "Date/Time", "JSON"]
Level = Literal["Mandatory", "Conditional", "Recommended"]
Version = Literal["1.0", "1.1", "1.2"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the specification. `values` is empty where any value is allowed."""

    name: str
    type: ColumnType
    level: Level
    nullable: bool
    since: Version
    values: tuple[str, ...] = ()

    @property
    def is_metric(self) -> bool:
        """Whether it is a number to sum rather than a dimension to group by."""
        return self.type == "Decimal"


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
    Column("ProviderName", "String", "Mandatory", False, "1.0"),
    Column("PublisherName", "String", "Mandatory", False, "1.0"),
    Column("RegionId", "String", "Conditional", True, "1.0"),
    Column("RegionName", "String", "Conditional", True, "1.0"),
    Column("ResourceId", "String", "Conditional", True, "1.0"),
    Column("ResourceName", "String", "Conditional", True, "1.0"),
    Column("ResourceType", "String", "Conditional", True, "1.0"),
    Column(
        "ServiceCategory",
        "String",
        "Mandatory",
        False,
        "1.0",
        values=(
            "AI and Machine Learning",
            "Analytics",
            "Business Applications",
            "Compute",
            "Databases",
            "Developer Tools",
            "Multicloud",
            "Identity",
            "Integration",
            "Internet of Things",
            "Management and Governance",
            "Media",
            "Migration",
            "Mobile",
            "Networking",
            "Security",
            "Storage",
            "Web",
            "Other",
        ),
    ),
    Column("ServiceName", "String", "Mandatory", False, "1.0"),
    Column(
        "ServiceSubcategory",
        "String",
        "Recommended",
        False,
        "1.1",
        values=(
            "AI Platforms",
            "Bots",
            "Generative AI",
            "Machine Learning",
            "Natural Language Processing",
            "Other (AI and Machine Learning)",
            "Analytics Platforms",
            "Business Intelligence",
            "Data Processing",
            "Search",
            "Streaming Analytics",
            "Other (Analytics)",
            "Productivity and Collaboration",
            "Other (Business Applications)",
            "Containers",
            "End User Computing",
            "Quantum Compute",
            "Serverless Compute",
            "Virtual Machines",
            "Other (Compute)",
            "Caching",
            "Data Warehouses",
            "Ledger Databases",
            "NoSQL Databases",
            "Relational Databases",
            "Time Series Databases",
            "Other (Databases)",
            "Developer Platforms",
            "Continuous Integration and Deployment",
            "Development Environments",
            "Source Code Management",
            "Quality Assurance",
            "Other (Developer Tools)",
            "Identity and Access Management",
            "Other (Identity)",
            "API Management",
            "Messaging",
            "Workflow Orchestration",
            "Other (Integration)",
            "IoT Analytics",
            "IoT Platforms",
            "Other (Internet of Things)",
            "Architecture",
            "Compliance",
            "Cost Management",
            "Data Governance",
            "Disaster Recovery",
            "Endpoint Management",
            "Observability",
            "Support",
            "Other (Management and Governance)",
            "Content Creation",
            "Gaming",
            "Media Streaming",
            "Mixed Reality",
            "Other (Media)",
            "Data Migration",
            "Resource Migration",
            "Other (Migration)",
            "Other (Mobile)",
            "Multicloud Integration",
            "Other (Multicloud)",
            "Application Networking",
            "Content Delivery",
            "Network Connectivity",
            "Network Infrastructure",
            "Network Routing",
            "Network Security",
            "Other (Networking)",
            "Secret Management",
            "Security Posture Management",
            "Threat Detection and Response",
            "Other (Security)",
            "Backup Storage",
            "Block Storage",
            "File Storage",
            "Object Storage",
            "Storage Platforms",
            "Other (Storage)",
            "Application Platforms",
            "Other (Web)",
            "Other (Other)",
        ),
    ),
    Column("SkuId", "String", "Conditional", True, "1.0"),
    Column("SkuMeter", "String", "Conditional", True, "1.1"),
    Column("SkuPriceDetails", "JSON", "Conditional", True, "1.1"),
    Column("SkuPriceId", "String", "Conditional", True, "1.0"),
    Column("SubAccountId", "String", "Conditional", True, "1.0"),
    Column("SubAccountName", "String", "Conditional", True, "1.0"),
    Column("SubAccountType", "String", "Conditional", True, "1.2"),
    Column("Tags", "JSON", "Conditional", True, "1.0"),
)

BY_NAME: dict[str, Column] = {column.name: column for column in COLUMNS}
VERSIONS: tuple[Version, ...] = ("1.0", "1.1", "1.2")


def columns_of(version: Version) -> tuple[Column, ...]:
    """Return the columns that `version` of the specification has, in its own order."""
    return tuple(column for column in COLUMNS if column.since <= version)


def detect_version(names: frozenset[str]) -> Version:
    """Return the oldest version that has every FOCUS column among `names`."""
    since: set[Version] = {BY_NAME[name].since for name in names if name in BY_NAME}
    return max(since, key=VERSIONS.index) if since else VERSIONS[0]
