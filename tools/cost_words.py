"""What the amounts of a cost query are, in words: the cost definition, what is in it and what is left out."""

from collections.abc import Iterable

from finops.also import RATES
from finops.query import COST_METRICS, CostQuery
from tools.cost_parts import PARTS

_METRICS = {
    "BilledCost": "billed cost: what is invoiced, up-front purchases in full when they are charged",
    "EffectiveCost": "effective cost: amortised, after all discounts, up-front and recurring purchases spread over what they cover",
    "ListCost": "list cost: at the provider's public prices, without any discount",
    "ContractedCost": "contracted cost: at negotiated prices, without commitment discounts",
    "ConsumedQuantity": "quantity consumed, by ConsumedUnit",
    "PricingQuantity": "quantity priced, by PricingUnit",
    "CommitmentDiscountQuantity": "quantity bought or used of commitments, by CommitmentDiscountUnit",
    "rows": "number of rows of the bill",
}


def definition(query: CostQuery) -> str:
    """Return the definition of the metric as asked, such as `billed cost: ...; without credits (...)`."""
    parts = [_METRICS[query.metric]]
    if query.metric in COST_METRICS:
        kept = [name for name in PARTS if name not in query.exclude]
        if kept:
            parts.append(f"net: with {_listed(kept)}")
    if query.exclude:
        parts.append("without " + ", ".join(PARTS[name].words for name in PARTS if name in query.exclude))
    if query.basis == "billing":
        parts.append("of billing periods that start in the period")
    if query.currency:
        parts.append(f"in {query.currency}, each day's amounts at its own rate")
    parts += [f"{name} = {RATES[name]}" for name in query.also if name in RATES]
    return "; ".join(parts)


def brief(query: CostQuery) -> str:
    """Return the definition a figure carries: the metric, and what is left out of it."""
    left = _listed(name for name in PARTS if name in query.exclude)
    return f"{query.metric} without {left}" if left else query.metric


def _listed(names: Iterable[str]) -> str:
    *first, last = tuple(names) or ("",)
    return f"{', '.join(first)} and {last}" if first else last
