"""On what an answer rests: cost definition, period, state of the data and whether that is complete, said where its words do not."""

import re
from collections.abc import Iterable

from agent.grounding.dates import hull
from finops.evidence import Evidence
from finops.query import COST_METRICS
from tools.cost_completeness import GROWING

_WORDS = {"BilledCost": "billed", "EffectiveCost": "effective", "ListCost": "list", "ContractedCost": "contracted"}
_SUMS = ("cost_query", "allocate_costs")
_PARTLY = re.compile(r"the data (?:begins|ends) on")
_GROWS = re.compile(r"\b(?:still (?:grow\w*|chang\w*)|provisional|incomplete|not complete)\b", re.IGNORECASE)


def basis(text: str, evidence: Iterable[Evidence]) -> str:
    """Return one line with what of it `text` does not name; empty where the answer rests on no cost."""
    costs = [item for item in evidence if _definitions(item)]
    if not costs:
        return ""
    defined = dict.fromkeys(name for item in costs for name in _definitions(item))
    period = hull(figure.period for item in costs for figure in item.figures if figure.period)
    said = [f"{_WORDS[name]} cost (`{name}`)" for name in defined if name not in text]
    said += [period.label()] if period and period.label() not in text and not _all_told(text, costs) else []
    said += [f"snapshot `{one}`" for one in dict.fromkeys(item.snapshot for item in costs) if one not in text]
    said += [] if _GROWS.search(text) else _completeness(costs)
    return f"Basis: {', '.join(said)}." if said else ""


def _definitions(item: Evidence) -> list[str]:
    found = (figure.definition.partition(" ")[0] for figure in item.figures)
    return [name for name in dict.fromkeys(found) if name in COST_METRICS]


def _completeness(costs: list[Evidence]) -> list[str]:
    """Say whether the sums are whole; what other tools judge has days and gaps of its own, which its result tells."""
    if any(GROWING in figure.definition for item in costs for figure in item.figures):
        return ["part of it may still grow"]
    if any(_PARTLY.search(str(item.result.get("caveats"))) or _lacks(item) for item in costs):
        return ["not whole, as the notes say"]
    return ["complete for its days"] if all(item.tool in _SUMS for item in costs) else []


def _lacks(item: Evidence) -> bool:
    totals = item.result.get("totals")
    return isinstance(totals, list) and any(isinstance(one, dict) and one.get("missing") for one in totals)


def _all_told(text: str, costs: list[Evidence]) -> bool:
    """Tell whether each period of the figures is named, so that the whole need not be."""
    return all(figure.period.label() in text for item in costs for figure in item.figures if figure.period)
