"""Daily cost by scope as a tree: the whole bill, then each dimension in turn, down to the leaves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from finops.errors import ToolError
from finops.money import exact
from finops.periods import Period
from finops.ports import DataHandle
from finops.query import Metric, dimension_key
from finops.relational import Aggregate, Key, Question, Rows
from tools.anomaly_contract import DetectAnomalies
from tools.cost_questions import NO_UNIT, count, text_or_none
from tools.loaded_months import SOURCE, UnloadedDays
from tools.rolling import Matrix
from tools.scope import CHARGE_START, as_day, conditions, days_of

_DAY = Key("ChargePeriodStart", grain="day")
_ACCOUNT = "SubAccountId"
_MOST_LEAVES = 20_000
_NEARLY_ALWAYS = 0.95

Path = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one leaf on one day. `usage` is whether it is use at its price, rather than tax, credit, refund or fee."""

    path: Path
    day: date
    currency: str
    kind: str
    amount: Decimal
    rows: int
    source: str | None = None

    @property
    def usage(self) -> bool:
        """Whether it belongs to the usage channel."""
        return self.kind == "Usage"


@dataclass(frozen=True, slots=True)
class Tree:
    """The scopes of one currency, the whole bill first, parents before children; `costs` holds NaN on days without data."""

    currency: str
    days: tuple[date, ...]
    paths: tuple[Path, ...]
    children: tuple[tuple[int, ...], ...]
    amounts: tuple[Mapping[int, Decimal], ...]
    costs: Matrix
    # True on days of months that a source of the scope has no bill of, after its last one: less cost there is no drop.
    unloaded: NDArray[np.bool_]


def cost_questions(
    asked: DetectAnomalies, metric: Metric, history: Period, *, by_source: bool
) -> tuple[Question, Question]:
    """Return the questions for daily cost by leaf and kind, and for the days on which each account reported at all.

    Cost is asked for `by_source` too where some source lacks a month.
    """
    keys = [dimension_key(name) for name in asked.group_by]
    apart = (Key("ChargeCategory"), Key("ChargeClass"), Key("BillingCurrency"), *((SOURCE,) if by_source else ()))
    more = [key for key in apart if key not in keys]
    rows = Aggregate("rows", "count")
    return (
        Question(
            "cost", (Aggregate("value", "sum", metric), rows), (*keys, *more, _DAY), conditions(asked.filters, history)
        ),
        Question("cost", (rows,), (Key(_ACCOUNT), _DAY), days_of(CHARGE_START, history.start, history.end)),
    )


def read_costs(asked: DetectAnomalies, rows: Rows) -> list[Cost]:
    """Return the answer's rows, typed. A correction is a kind of its own, whatever its category."""
    names = [dimension_key(name).name for name in asked.group_by]
    found: list[Cost] = []
    for record in rows.records():
        value = record["value"]
        if isinstance(value, int | Decimal):
            correction = record["ChargeClass"] == "Correction"
            kind = "Correction" if correction else text_or_none(record["ChargeCategory"]) or "Usage"
            path = tuple(text_or_none(record[name]) for name in names)
            currency = text_or_none(record["BillingCurrency"]) or NO_UNIT
            source = text_or_none(record.get(SOURCE.name))
            found.append(
                Cost(path, as_day(record[_DAY.name]), currency, kind, exact(value), count(record["rows"]), source)
            )
    return found


@dataclass(frozen=True, slots=True)
class Reported:
    """The days on which each account, and any account, had a row: where a missing cost is a zero.

    `gaps` are days within its life on which an account that nearly always reports did not.
    """

    by_account: Mapping[str | None, frozenset[date]]
    gaps: Mapping[str | None, frozenset[date]]
    any: frozenset[date]

    @classmethod
    def read(cls, data: DataHandle, question: Question) -> "Reported":
        """Ask which days were reported."""
        days: dict[str | None, set[date]] = {}
        for record in data.ask(question).records():
            days.setdefault(text_or_none(record[_ACCOUNT]), set()).add(as_day(record[_DAY.name]))
        every = {account: frozenset(one) for account, one in days.items()}
        gaps = {account: _gaps(one) for account, one in every.items()}
        return cls(every, gaps, frozenset[date]().union(*every.values()))

    def of(self, path: Path, group_by: tuple[str, ...]) -> frozenset[date]:
        """Return the days on which a scope would have been seen if it had cost."""
        named = dict(zip(group_by, path, strict=False))
        return self.by_account.get(named[_ACCOUNT], frozenset()) if _ACCOUNT in named else self.any

    def unknown(self, accounts: Iterable[str | None]) -> frozenset[date]:
        """Return the days on which a sum over these accounts is not whole."""
        return frozenset[date]().union(*(self.gaps.get(account, frozenset()) for account in accounts))


def _gaps(days: frozenset[date]) -> frozenset[date]:
    first, last = min(days), max(days)
    life = frozenset(first + timedelta(days=i) for i in range((last - first).days + 1))
    return life - days if len(days) >= _NEARLY_ALWAYS * len(life) else frozenset()


@dataclass(slots=True)
class _Scope:
    """What is gathered of one path: its cost by day, and whose cost it is."""

    cells: dict[int, Decimal] = field(default_factory=dict[int, Decimal])
    accounts: set[str | None] = field(default_factory=set[str | None])
    sources: set[str] = field(default_factory=set[str])


def build_tree(
    costs: Iterable[Cost],
    currency: str,
    history: Period,
    reported: Reported,
    *,
    group_by: tuple[str, ...],
    unloaded: Mapping[str, UnloadedDays],
) -> Tree:
    """Put the usage of one currency into a tree; children sum to their parent to the last digit.

    A scope's cost is unknown on the days `between` the bills of a source of it.
    """
    days = tuple(history.start + timedelta(days=i) for i in range(history.days))
    scopes = _scopes(costs, days, group_by.index(_ACCOUNT) if _ACCOUNT in group_by else None)
    paths = tuple(sorted(scopes, key=lambda path: (len(path), [(value is None, value or "") for value in path])))
    if len(paths) > _MOST_LEAVES:
        raise ToolError(
            f"`{len(paths)}` scopes are too many to watch at once", fix="group by fewer dimensions or filter"
        )
    series: list[Matrix] = []
    after: list[list[bool]] = []
    for path in paths:
        one = scopes[path]
        lacking = [unloaded[source] for source in sorted(one.sources & unloaded.keys())]
        unknown = reported.unknown(one.accounts).union(*(each.between for each in lacking))
        series.append(_series(one.cells, days, reported.of(path, group_by), unknown))
        later = frozenset[date]().union(*(each.after for each in lacking))
        after.append([day in later for day in days])
    return Tree(
        currency,
        days,
        paths,
        _children(paths),
        tuple(scopes[path].cells for path in paths),
        np.vstack(series),
        np.array(after, dtype=np.bool_),
    )


def _scopes(costs: Iterable[Cost], days: tuple[date, ...], account: int | None) -> dict[Path, _Scope]:
    column = {day: i for i, day in enumerate(days)}
    scopes: dict[Path, _Scope] = {(): _Scope()}
    for cost in costs:
        at = column[cost.day]
        for depth in range(len(cost.path) + 1):
            one = scopes.setdefault(cost.path[:depth], _Scope())
            one.cells[at] = one.cells.get(at, Decimal(0)) + cost.amount
            if account is not None:
                one.accounts.add(cost.path[account])
            if cost.source is not None:
                one.sources.add(cost.source)
    return scopes


def _children(paths: tuple[Path, ...]) -> tuple[tuple[int, ...], ...]:
    place = {path: i for i, path in enumerate(paths)}
    children: list[list[int]] = [[] for _ in paths]
    for path in paths[1:]:
        children[place[path[:-1]]].append(place[path])
    return tuple(tuple(one) for one in children)


def _series(
    cells: Mapping[int, Decimal], days: tuple[date, ...], reported: frozenset[date], unknown: frozenset[date]
) -> Matrix:
    """Return one row: amounts, zero on reported days without cost since the first one, NaN where nobody knows."""
    first = min(cells, default=len(days))
    row = np.full(len(days), np.nan)
    for at, day in enumerate(days):
        if day in unknown:
            continue
        if at in cells:
            row[at] = float(cells[at])
        elif at > first and day in reported:
            row[at] = 0.0
    return row
