"""What only the whole question tells: shares of a value, values set beside each other, things that are ranked."""

from dataclasses import replace

from agent.planners.rules.filters import Found
from agent.planners.rules.lexicon import COMPARING
from agent.planners.rules.measures import UNITS
from agent.planners.rules.misread import misread
from agent.planners.rules.reading import Misread, Reading
from finops.query import Filter

_TWO = 2
_MAY_LACK = ("tag:", "sku:", "RegionId", "RegionName", "AvailabilityZone", "CommitmentDiscountId")


def settled(reading: Reading, found: Found, *, ranks: bool, said: tuple[str, ...]) -> Reading | Misread:
    """Resolve what only the whole question tells: shares of a value, values set beside each other."""
    if (
        reading.share
        and reading.filters
        and reading.group_by
        and not frozenset(said).isdisjoint({"total", "overall", "everything"})
    ):
        return misread("it is not clear what the share is of", "`share of each category in September 2024`")
    if reading.share and found.filters and not reading.group_by:
        positive = [one for one in found.filters if one.op == "is"]
        lacking = [one for one in found.filters if one.op in ("missing", "present")]
        if len(found.filters) == 1 and lacking:
            # What has no team is told as `(none)`, with its share, beside the teams.
            return replace(reading, filters=(), group_by=(lacking[0].dimension,))
        if (
            len(found.filters) == len(positive) == _TWO
            and found.whole
            and positive[0].dimension != positive[1].dimension
        ):
            whole, part = sorted(positive, key=lambda one: one.dimension != found.whole)
            return replace(reading, filters=(whole,), group_by=(part.dimension,))
        if len(found.filters) > 1 or len(positive) != 1:
            return misread("it is not clear what the share is of", "`share of each provider in September 2024`")
        return replace(reading, filters=(), group_by=(positive[0].dimension,))
    if found.compared and not reading.group_by and not frozenset(said).isdisjoint(COMPARING):
        reading = replace(reading, group_by=(found.compared,))
    reading = replace(reading, filters=_without_idle(reading.filters))
    several = [o.dimension for o in found.filters if o.op == "is" and len({v.casefold() for v in o.values}) > 1]
    if len(several) == 1 and not reading.group_by and not reading.share:
        # `AWS and Oracle`: each of them, and their total beneath.
        reading = replace(reading, group_by=(several[0],))
    if not reading.whole and reading.metric is None and any(o.dimension in UNITS for o in reading.filters):
        # `Anthropic tokens last month` asks how many, not what they cost.
        reading = replace(reading, metric="ConsumedQuantity", whole=True)
    if ranks and not reading.group_by and any(one.dimension == "ResourceType" for one in found.filters):
        return replace(reading, group_by=("ResourceId",))
    if ranks and len(reading.group_by) == 1 and not reading.compare:
        # What has none is in the total, and no part of the rank.
        lacks = reading.group_by[0].startswith(_MAY_LACK)
        return replace(reading, shown=replace(reading.shown, named=lacks or reading.shown.named))
    if ranks and not reading.group_by and not reading.continues and reading.whole and not reading.shown.buckets:
        return misread("it is not said what to rank", "`top 3 services in September 2024`")
    return reading


def _without_idle(filters: tuple[Filter, ...]) -> tuple[Filter, ...]:
    """Drop what another filter says already: usage leaves out credits without being told to."""
    wanted = {one.dimension: set(one.values) for one in filters if one.op == "is"}
    return tuple(
        one
        for one in filters
        if one.op != "is_not" or one.dimension not in wanted or wanted[one.dimension] & set(one.values)
    )
