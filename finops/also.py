"""What `CostQuery.also` may name: sums, counts, dates, differences and ratios beside the metric, read from their text.

EffectiveCost          the sum of a Decimal column of FOCUS
sku:CoreCount          the sum of the numbers under a key of SkuPriceDetails
rows, distinct:NAME    how many rows, how many different values of a dimension
first_charge           the earliest ChargePeriodStart; `last_charge` the latest ChargePeriodEnd
A-B, A/B, (A-B)/C      of any of these but dates, over the rows that have a value for each of them
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from finops.errors import UnknownName
from finops.focus import BY_NAME

TermKind = Literal["sum", "rows", "distinct", "first", "last"]
NUMBERS: frozenset[str] = frozenset(name for name, column in BY_NAME.items() if column.type == "Decimal")
# FinOps' names for rates, as formulas. Source: FinOps Foundation, "How to calculate Effective Savings Rate", and the FOCUS use
# case "Determine Effective Savings Rate", which measures commitments alone over ContractedCost.
RATES: dict[str, str] = {
    "EffectiveSavingsRate": "(ListCost-EffectiveCost)/ListCost",
    "CommitmentSavingsRate": "(ContractedCost-EffectiveCost)/ContractedCost",
    "NegotiatedSavingsRate": "(ListCost-ContractedCost)/ListCost",
}
_PLAIN: dict[str, TermKind] = {"rows": "rows", "first_charge": "first", "last_charge": "last"}
_DATED = {"first": "ChargePeriodStart", "last": "ChargePeriodEnd"}
_TERM = r"[A-Za-z_]\w*(?::[^/()\-]+)?"
_FORMULA = re.compile(rf"\(?({_TERM})(?:-({_TERM}))?\)?(?:/({_TERM}))?")


@dataclass(frozen=True, slots=True)
class Term:
    """One number the store can give: of `column`, or under `json_key` of it."""

    name: str
    kind: TermKind
    column: str = ""
    json_key: str | None = None


@dataclass(frozen=True, slots=True)
class Also:
    """One further column: `left`, less `minus`, over `over`."""

    name: str
    left: Term
    minus: Term | None = None
    over: Term | None = None

    @property
    def terms(self) -> tuple[Term, ...]:
        """Return what it is made of, in order."""
        return tuple(one for one in (self.left, self.minus, self.over) if one is not None)

    @property
    def formula(self) -> str:
        """Return it written out, such as `(ListCost-EffectiveCost)/ListCost`."""
        return RATES.get(self.name, self.name)


def parse_also(text: str, check: Callable[[str], object]) -> Also:
    """Read one entry of `also`; `check` raises for a name that is no dimension. Raises `UnknownName`, or ValueError for other faults."""
    formula = RATES.get(text, text)
    if formula.startswith("distinct:tag:"):
        return Also(text, _term(formula, check))  # a tag's key may hold any character
    match = _FORMULA.fullmatch(formula)
    if match is None or (formula.startswith("(") != (")" in formula)):
        raise UnknownName("column", text, {*NUMBERS, *RATES, *_PLAIN})
    left, minus, over = (_term(one, check) if one else None for one in match.groups())
    if left is None or (minus and over and not formula.startswith("(")):
        raise ValueError(f"`{text}` is unclear; write it as (A-B)/C")
    found = Also(text, left, minus, over)
    if len(found.terms) > 1 and any(one.kind in _DATED for one in found.terms):
        raise ValueError(f"`{text}` reckons with dates; name first_charge and last_charge alone")
    return found


def _term(name: str, check: Callable[[str], object]) -> Term:
    if (kind := _PLAIN.get(name)) is not None:
        return Term(name, kind, _DATED.get(kind, ""))
    if name.startswith("distinct:"):
        check(name.removeprefix("distinct:"))
        return Term(name, "distinct", name.removeprefix("distinct:"))
    if name.startswith("sku:"):
        return Term(name, "sum", "SkuPriceDetails", name.removeprefix("sku:"))
    if name not in NUMBERS:
        raise UnknownName("column", name, {*NUMBERS, *RATES, *_PLAIN})
    return Term(name, "sum", name)


@cache
def unit_column(name: str) -> str | None:
    """Return the column that says in what a Decimal column is counted; None where there is none."""
    if name in ("ConsumedQuantity", "PricingQuantity", "CommitmentDiscountQuantity"):
        return name.removesuffix("Quantity") + "Unit"
    if name not in NUMBERS:
        return None
    return "PricingCurrency" if name.startswith("PricingCurrency") else "BillingCurrency"
