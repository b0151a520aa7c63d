"""Questions that the rules planner declines, each with the calls a model makes for it: the same for every agent that is compared.

`#0` stands for the evidence of the first call, and so on.
"""

# ruff: noqa: E501 - one question a line

from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

Given = dict[str, JsonValue]
Call = tuple[str, Given]


@dataclass(frozen=True, slots=True)
class Unasked:
    """A question and the rounds of calls that answer it."""

    question: str
    rounds: tuple[tuple[Call, ...], ...]


def _cost(**given: JsonValue) -> Call:
    return "cost_query", {"period": "2026-10", **given}


def _calculate(op: str, *operands: str) -> Call:
    return "calculate", {"op": op, "operands": list[JsonValue](operands)}


_DIMENSIONS: Call = ("list_dimensions", {})
_BY_PROVIDER = _cost(group_by=["ProviderName"])
_BY_SERVICE = _cost(group_by=["ServiceName"], top=10)
_COMPARED = _cost(group_by=["ServiceName"], compare="previous_period")
_AWS: JsonValue = [{"dimension": "ProviderName", "values": ["AWS"]}]
_AWS_SERVICES = _cost(filters=_AWS, group_by=["ServiceName"], top=5)
_ACCOUNTS = _cost(group_by=["SubAccountName"])
_MONTHS: Call = ("cost_query", {"period": "2026-Q3", "grain": "month", "group_by": ["ProviderName"]})

UNASKED: Final = (
    Unasked("Is our money going to the right place, by and large?", ((_BY_PROVIDER,), (_BY_SERVICE,))),
    Unasked("My boss thinks we waste half of it; what would you tell her?", ((_BY_PROVIDER, ("rightsize_instances", {})),)),
    Unasked("Explain the October bill to somebody who has never seen one", ((_DIMENSIONS,), (_BY_PROVIDER, _BY_SERVICE))),
    Unasked("If you had one hour, where would you look first?", ((("detect_anomalies", {}),), (_COMPARED,))),
    Unasked("Are the AI vendors eating into the classic cloud budget?", ((_BY_PROVIDER,), (_MONTHS,))),
    Unasked("How lopsided is spending between our two biggest vendors?", ((_BY_PROVIDER,), (_calculate("ratio", "#0#AWS", "#0#Google Cloud"),))),
    Unasked("Did anything out of the ordinary happen that finance should hear of?", ((("detect_anomalies", {}),), (_COMPARED,))),
    Unasked("Write two sentences on October for the board", ((_BY_PROVIDER,), (_cost(compare="previous_period"),))),
    Unasked("What share is left once AWS is taken out, roughly speaking?", ((_BY_PROVIDER,), (_calculate("share", "#0#AWS", "#0#total"),))),
    Unasked("Which team should be proud of itself?", ((_DIMENSIONS,), (_cost(group_by=["tag:team"], compare="previous_period"),))),
    Unasked("Suppose we dropped the machine nobody uses; how much better off are we?", ((("rightsize_instances", {}),), (_AWS_SERVICES,))),
    Unasked("Does AWS earn its keep compared with the others?", ((_BY_PROVIDER,), (_AWS_SERVICES,))),
    Unasked("Tell me a story about our quarter", ((_MONTHS,), (_BY_SERVICE,))),
    Unasked("Is there a pattern in what our accounts do?", ((_ACCOUNTS,), (_cost(group_by=["SubAccountName"], compare="previous_period"),))),
    Unasked("Where is the fat?", ((("rightsize_instances", {}),), (_BY_SERVICE,))),
    Unasked("Should I worry?", ((("detect_anomalies", {}), _cost(compare="previous_period")),)),
    Unasked("Give me the gist of data transfer and what to do about it", ((_DIMENSIONS,), (_cost(group_by=["ServiceCategory"]),))),
    Unasked("Are we over the hill with storage?", ((_cost(group_by=["ServiceCategory"]),), (_MONTHS,))),
    Unasked("Put our three main vendors side by side and comment", ((_BY_PROVIDER,), (_COMPARED,))),
    Unasked("What would a sceptic say about these numbers?", ((_DIMENSIONS,), (_COMPARED,), (("detect_anomalies", {}),))),
    Unasked("How concentrated is the bill?", ((_BY_SERVICE,), (_BY_PROVIDER,))),
    Unasked("Is the trend our friend?", ((_MONTHS,), (_calculate("percent_change", "#0#AWS@2026-09-01", "#0#AWS@2026-07-01"),))),
)  # fmt: skip
