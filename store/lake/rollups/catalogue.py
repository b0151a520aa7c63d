"""The roll-ups as data: what is summed beforehand for each part, where that makes it clearly smaller.

A roll-up keeps the columns it names, the day or the month a charge begins, and exact sums; so every question that asks for no
more than these has the same digits from it as from the raw rows. Coarser ones are made from finer ones where those were kept.
"""

from dataclasses import dataclass, field
from typing import Literal

from finops.tables import COST_COLUMNS

RollupGrain = Literal["day", "month"]
MEASURES = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "ConsumedQuantity", "PricingQuantity")
# What a roll-up holds beside its columns: the rows summed, and the extremes of the moments that were cut.
EXTREMES: dict[str, tuple[str, str]] = {
    "x_FirstStart": ("min", "ChargePeriodStart"), "x_LastStart": ("max", "ChargePeriodStart"),
}  # fmt: skip

_WHO = (
    "x_Source", "ProviderName", "PublisherName", "InvoiceIssuerName", "ServiceProviderName", "HostProviderName",
    "BillingAccountId", "BillingAccountName", "BillingAccountType", "BillingCurrency", "PricingCurrency",
    "BillingPeriodStart", "BillingPeriodEnd", "InvoiceId",
)  # fmt: skip
_CATEGORY = ("ChargeCategory", "ChargeClass")
_KIND = (
    *_CATEGORY, "ChargeFrequency", "PricingCategory", "CommitmentDiscountCategory", "CommitmentDiscountType",
    "CommitmentDiscountStatus",
)  # fmt: skip
_UNIT = ("ConsumedUnit", "PricingUnit")
# Columns that go together: rows are grouped by one number for each of these. INVARIANT: no roll-up has two that share a column.
GROUPS: dict[str, tuple[str, ...]] = {
    name: tuple(column for column in columns if column in COST_COLUMNS)
    for name, columns in {
        "kind": (*_WHO, *_KIND),
        "category": (*_WHO, *_CATEGORY),
        "service": ("ServiceCategory", "ServiceSubcategory", "ServiceName", *_UNIT),
        "sub_account": ("SubAccountId", "SubAccountName", "SubAccountType"),
        "region": ("RegionId", "RegionName"),
        "sku": ("SkuId", "SkuPriceId", "SkuMeter", *_UNIT),
    }.items()
}


@dataclass(frozen=True, slots=True)
class Rollup:
    """One roll-up. It is kept where it has at least `least` times fewer rows than the part; sorted by the group `order`.

    With `by_tag` there is one for each usual tag key, whose value is a column of its own.
    """

    name: str
    grain: RollupGrain
    groups: tuple[str, ...]
    least: int = 5
    order: str = ""
    by_tag: bool = False
    columns: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", frozenset(column for group in self.groups for column in GROUPS[group]))


# Finer ones first: each is made from the smallest of those before it that has what it needs.
ROLLUPS: tuple[Rollup, ...] = (
    Rollup("sub_accounts_and_services_by_day", "day", ("kind", "service", "sub_account")),
    Rollup("services_and_regions_by_day", "day", ("kind", "service", "region")),
    # Seldom much smaller than the rows, but sorted so that one sub-account's days are a few row groups of it.
    Rollup("sub_accounts_and_regions_by_day", "day", ("category", "sub_account", "region"), 2, "sub_account"),
    Rollup("services_by_day", "day", ("kind", "service")),
    Rollup("sub_accounts_by_day", "day", ("category", "sub_account")),
    Rollup("totals_by_day", "day", ("kind",)),
    Rollup("sub_accounts_and_services_by_month", "month", ("kind", "service", "sub_account")),
    Rollup("sub_accounts_by_month", "month", ("category", "sub_account")),
    Rollup("services_and_regions_by_month", "month", ("kind", "service", "region")),
    Rollup("skus_by_month", "month", ("category", "sku")),
    Rollup("services_by_month", "month", ("kind", "service")),
    Rollup("totals_by_month", "month", ("kind",)),
    Rollup("tag_by_day", "day", ("category",), by_tag=True),
    Rollup("tag_by_month", "month", ("category",), by_tag=True),
    Rollup("tag_and_services_by_month", "month", ("category", "service"), by_tag=True),
)  # fmt: skip
BY_NAME = {one.name: one for one in ROLLUPS}
