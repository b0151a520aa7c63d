"""The shapes most questions have, so that a store can compile them when data is loaded instead of when a person waits."""

from collections.abc import Iterable
from datetime import timedelta
from typing import get_args

from finops.periods import Grain, Period
from finops.ports import DataHandle
from finops.query import CostQuery, Filter, dimension_key
from finops.relational import Aggregate, Question
from tools.cost_questions import questions_of
from tools.instances import fleet, last_month, single
from tools.proposing.fleets import owned
from tools.proposing.known_days import reporting
from tools.scope import all_days
from tools.sizing import IDLE_P95_CPU
from tools.utilisation import recent_cpu, samples_over, utilisation

_GROUPS = ("ProviderName", "ServiceName", "ServiceCategory", "SubAccountName", "RegionId", "ChargeCategory",
           "tag:environment", "tag:team", "tag:owner")  # fmt: skip
_OWNERS = ("tag:owner", "tag:team")
_FILTERS = ("ProviderName", "ServiceName", "ServiceCategory")
_AMORTISED = ((), ("ProviderName",), ("ServiceName",))
_FILTERED_GRAINS: tuple[Grain, ...] = ("day", "month")


def common_queries(data: DataHandle) -> tuple[CostQuery, ...]:
    """Return queries whose shapes most questions have: by the usual dimensions, filtered by one, by grain, amortised."""
    if data.cost is None:
        return ()
    period = all_days(data.cost)
    known = {info.name: info for info in data.dimensions}
    groups: list[tuple[str, ...]] = [(), *((name,) for name in _GROUPS if name in known)]
    one_each = (Filter(dimension=name, values=known[name].values[:1]) for name in _FILTERS if name in known)
    filters: list[tuple[Filter, ...]] = [(), *((one,) for one in one_each)]
    return (
        *(CostQuery(period=period, group_by=group, filters=one) for group in groups for one in filters),
        *(CostQuery(period=period, grain=grain) for grain in get_args(Grain)),
        *(CostQuery(period=period, grain=grain, filters=one) for grain in _FILTERED_GRAINS for one in filters),
        *(CostQuery(group_by=group) for group in groups),
        *(CostQuery(filters=one) for one in filters),
        *(CostQuery(period=period, grain="month", group_by=group) for group in groups if group),
        *(CostQuery(period=period, metric="EffectiveCost", group_by=group) for group in _AMORTISED),
        CostQuery(period=period, metric="EffectiveCost", grain="month"),
        CostQuery(period=period, basis="billing"),
        CostQuery(period=period, group_by=("ResourceId",), top=20),
    )


def common_questions(data: DataHandle) -> tuple[Question, ...]:
    """Return one question for each shape that most calls of the tools ask."""
    shapes: dict[str, Question] = {}
    for question in _questions(data):
        shapes.setdefault(repr(question.shape()), question)
    return tuple(shapes.values())


def _questions(data: DataHandle) -> Iterable[Question]:
    for query in common_queries(data):
        yield from questions_of(query, data)
    if data.cost is None:
        return
    known = {info.name for info in data.dimensions}
    for name in (name for name in _GROUPS if name in known):
        yield Question("cost", (Aggregate("rows", "count"),), (dimension_key(name),))
    month = last_month(data.cost.last_day + timedelta(days=1))
    yield from (reporting(month, source) for source in (None, ""))
    for key in (name.removeprefix("tag:") for name in _OWNERS if name in known):
        yield owned(month, service="", owner=(key, ""), currency="")
    if data.metrics is None:
        return
    days = Period(start=data.metrics.first_day, end=data.metrics.last_day + timedelta(days=1))
    yield fleet((), month)
    yield single("", month)
    yield samples_over(days, (IDLE_P95_CPU,), "")
    for resource_id in (None, ""):
        yield utilisation(days, resource_id)
        yield recent_cpu(days, resource_id)
