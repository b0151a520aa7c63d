"""Applicability criteria: what a provider supports, as declared, or as the rows themselves show."""

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

from connectors.billing.conformance.cells import Cells
from connectors.billing.conformance.formats import national_currency
from connectors.billing.conformance.rules import rule_book
from finops.errors import BadInput

# A criterion is met where one of these columns has a value in some row.
_BY_VALUE: dict[str, tuple[str, ...]] = {
    "ACCOUNT_NAMING_SUPPORTED": ("BillingAccountName",),
    "AVAILABILITY_ZONE_SUPPORTED": ("AvailabilityZone",),
    "CAPACITY_RESERVATION_SUPPORTED": ("CapacityReservationId", "CapacityReservationStatus"),
    "COMMITMENT_DISCOUNT_SUPPORTED": ("CommitmentDiscountId", "CommitmentDiscountStatus", "CommitmentDiscountType"),
    "PUBLIC_PRICE_LIST_SUPPORTED": ("ListUnitPrice",),
    "USAGE_MEASUREMENT_SUPPORTED": ("ConsumedQuantity", "ConsumedUnit"),
    "UNIT_PRICING_SUPPORTED": ("ListUnitPrice", "ContractedUnitPrice"),
    "SUB_ACCOUNT_SUPPORTED": ("SubAccountId", "SubAccountName"),
    "BILLING_BASED_ON_PROVISIONED_RESOURCES_SUPPORTED": ("ResourceId",),
    "RESOURCE_TYPE_ASSIGNMENT_SUPPORTED": ("ResourceType",),
    "REGION_SUPPORTED": ("RegionId", "RegionName"),
    "TAGGING_SUPPORTED": ("Tags",),
}
# A criterion is met where this column has two values.
_BY_VARIETY: dict[str, str] = {
    "MULTIPLE_PRICING_CATEGORIES_SUPPORTED": "PricingCategory",
    "MULTIPLE_SUB_ACCOUNT_TYPES_SUPPORTED": "SubAccountType",
    "MULTIPLE_BILLING_ACCOUNT_TYPES_SUPPORTED": "BillingAccountType",
}


def _negotiated(cells: Cells) -> str:
    pairs = (("ContractedUnitPrice", "ListUnitPrice"), ("ContractedCost", "ListCost"))
    differ = [f"{cells.double(a)} <> {cells.double(b)}" for a, b in pairs if cells.has(a) and cells.has(b)]
    return f"count_if({' OR '.join(f'coalesce({one}, false)' for one in differ)}) > 0" if differ else "false"


def _pricing_currency(cells: Cells, condition: str) -> str:
    return f"count_if({condition}) > 0" if cells.has("PricingCurrency") and cells.has("BillingCurrency") else "false"


def evidence(cells: Cells) -> dict[str, str]:
    """Return, for each criterion, the SQL aggregate that says whether the rows show that it is met."""
    found = {
        name: " OR ".join(f"count({cells.cell(column)}) > 0" for column in columns if cells.has(column)) or "false"
        for name, columns in _BY_VALUE.items()
    }
    for name, column in _BY_VARIETY.items():
        cell = cells.cell(column)
        found[name] = f"coalesce(min({cell}) <> max({cell}), false)" if cells.has(column) else "false"
    pricing = cells.cell("PricingCurrency")
    differs = f"{pricing} <> {cells.cell('BillingCurrency')}"
    found["NEGOTIATED_PRICING_SUPPORTED"] = _negotiated(cells)
    found["PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED"] = _pricing_currency(cells, differs)
    found["VIRTUAL_CURRENCY_SUPPORTED"] = _pricing_currency(cells, f"NOT ({national_currency(pricing)})")
    return found


def declared(applies: Collection[str], absent: Collection[str]) -> dict[str, bool]:
    """Return what was declared; raises `BadInput` for a name that is no criterion, or is declared both ways."""
    names = rule_book().criteria
    for name in (*applies, *absent):
        if name not in names:
            near = get_close_matches(name.upper(), names, n=1, cutoff=0.3)
            raise BadInput(f"unknown criterion `{name}`", fix=f"did you mean `{(near or list(names))[0]}`?")
    both = sorted(set(applies) & set(absent))
    if both:
        raise BadInput(f"`{both[0]}` is said to apply and not to apply", fix="say one of the two")
    return {**dict.fromkeys(applies, True), **dict.fromkeys(absent, False)}


def first_hindrance(criteria: Sequence[str], known: Mapping[str, bool]) -> tuple[str, bool] | None:
    """Return the first criterion that is not met and whether that is known; None where all are met."""
    for name in criteria:
        if known.get(name) is False:
            return name, True
    return next(((name, False) for name in criteria if name not in known), None)


def question(name: str) -> str:
    """Return the question a criterion puts to who knows the provider."""
    said = rule_book().criteria[name].removeprefix("Provider ")
    verb, _, rest = said.partition(" ")
    return f"does the provider {verb.removesuffix('s') if verb != 'publishes' else 'publish'} {rest}?"
