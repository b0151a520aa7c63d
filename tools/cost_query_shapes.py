"""The shapes most questions have, so that a store can compile them when data is loaded instead of when a person waits."""

from datetime import timedelta
from typing import get_args

from finops.periods import Grain, Period
from finops.ports import DataHandle
from finops.query import CostQuery, Filter
from finops.relational import Question
from tools.cost_questions import questions_of

_USUAL = ("ProviderName", "ServiceName", "ServiceCategory", "SubAccountName", "RegionId", "ChargeCategory")


def common_queries(data: DataHandle) -> tuple[CostQuery, ...]:
    """Return queries whose shapes most questions have: by the usual dimensions, filtered by one, by grain, compared."""
    if data.cost is None:
        return ()
    period = Period(start=data.cost.first_day, end=data.cost.last_day + timedelta(days=1))
    known = {info.name: info for info in data.dimensions}
    usual = [name for name in _USUAL if name in known]
    groups: list[tuple[str, ...]] = [(), *((name,) for name in usual)]
    filters: list[tuple[Filter, ...]] = [
        (),
        *((Filter(dimension=name, values=known[name].values[:1]),) for name in usual[:3]),
    ]
    plain = [CostQuery(period=period, group_by=g, filters=f) for g in groups for f in filters]
    by_time = [CostQuery(period=period, grain=grain, filters=f) for grain in get_args(Grain) for f in filters]
    return tuple(plain + by_time + [CostQuery(group_by=g) for g in groups])


def common_questions(data: DataHandle) -> tuple[Question, ...]:
    """Return one question for each shape of `common_queries`."""
    shapes: dict[str, Question] = {}
    for query in common_queries(data):
        for question in questions_of(query, data):
            shapes.setdefault(repr(question.shape()), question)
    return tuple(shapes.values())
