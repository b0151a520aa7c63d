"""What an answer may state beside its case's truth: what follows from the raw rows of the very query that the truth comes from.

A query is taken from the evidence that the answer names and computed anew here, in SQL over the raw files: no tool, no store. Its figures
are allowed only where the truth is among them, so that a true figure of another question stays a fault.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import product
from statistics import median
from typing import cast

from agent.answer import Answer
from evals.calculated import CLOSE, calculated
from evals.truth import TrueFigure
from finops.evidence import Evidence
from finops.periods import Period, add_months
from finops.query import COST_METRICS

Execute = Callable[[str, Sequence[object]], list[tuple[object, ...]]]
_UNITS = {"ConsumedQuantity": "ConsumedUnit", "PricingQuantity": "PricingUnit"}
_JSON = {"tag": "Tags", "sku": "SkuPriceDetails"}
_COLUMN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_EXCLUDED = {"credits": "Credit", "tax": "Tax"}
_BRACES = str.maketrans("{}", "()")
_GRAINS = ("day", "week", "month", "quarter", "year")
# A thing has an id and a name, and its line may say either.
_NAMES = {"SubAccountId": "SubAccountName", "RegionId": "RegionName", "ResourceId": "ResourceName"}
# Percent that what is usual may be off: it is an estimate.
_WITHIN = Decimal(5)


class _Unknown(Exception):
    """A query asks for what is not computed here."""


@dataclass(frozen=True, slots=True)
class _Key:
    """The group and the days that raw rows are summed for."""

    group: tuple[str | None, ...] = ()
    bucket: date | None = None


_Parts = dict[str, Decimal]
_WHOLE = _Key()


def beside(answer: Answer, truth: Sequence[TrueFigure], execute: Execute) -> tuple[TrueFigure, ...]:
    """Return the figures that an answer may state beside `truth`, none of which it must.

    A query is of the same question where the truth is among its figures, or where it asks for a part of one that is, over the same days.
    What is calculated follows from such figures alone.
    """
    evidence = {one.id: one for one in answer.evidence}
    known = {name: tuple(_of(one, execute)) for name, one in evidence.items() if one.tool != "calculate"}
    for name, one in evidence.items():
        if one.tool == "calculate" and (made := calculated(one, known, evidence)):
            known[name] = (made,)
    related = {name for name, rows in known.items() if _holds(rows, truth)}
    for name in tuple(related):
        related |= set(_operands(evidence[name])) & known.keys()
    related |= {
        name for name in known for first in tuple(related)
        if evidence[name].tool != "calculate" and _is_part(evidence[name].input, evidence[first].input)
    }  # fmt: skip
    for name in known:
        if evidence[name].tool == "calculate" and set(_operands(evidence[name])) <= related:
            related.add(name)
    return tuple(row for name in known if name in related for row in known[name])


def _is_part(asked: Mapping[str, object], whole: Mapping[str, object]) -> bool:
    """Tell whether a query is of the same days as another and keeps to at least its filters."""
    filters, of = (cast(list[object], one.get("filters") or []) for one in (asked, whole))
    days = asked.get("period") == whole.get("period") and asked.get("compare") in (None, whole.get("compare"))
    return "period" in whole and days and all(one in filters for one in of)


def _holds(rows: Sequence[TrueFigure], truth: Sequence[TrueFigure]) -> bool:
    """Tell whether a figure that must be stated is among these."""
    return any(row.unit == one.unit and _same(row, one) for row in rows for one in truth if one.must)


def _same(a: TrueFigure, b: TrueFigure) -> bool:
    return abs(a.value - b.value) <= max(CLOSE, a.within * abs(a.value) / 100)


def _of(one: Evidence, execute: Execute) -> Iterator[TrueFigure]:
    try:
        if one.tool == "cost_query":
            yield from _Query(one.input, execute).figures()
        elif one.tool == "detect_anomalies":
            yield from _anomalous(one, execute)
    except _Unknown:
        return


def _anomalous(one: Evidence, execute: Execute) -> Iterator[TrueFigure]:
    """Yield what the days that are called unusual cost, exactly, and within 5 % what such weekdays cost in the 8 weeks before."""
    for kind in ("incidents", "decreases"):
        for found in cast(list[dict[str, object]], one.result.get(kind) or []):
            scope, first, last = (
                cast(dict[str, str], found["scope"]),
                *map(_date, (found["first_day"], found["last_day"])),
            )
            costs = _daily(one, scope, Period(start=first - timedelta(weeks=8), end=last + timedelta(days=1)), execute)
            days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
            actual = sum((costs.get(day, Decimal(0)) for day in days), Decimal(0))
            usual = sum((_usual(costs, day, first) for day in days), Decimal(0))
            label = "\n".join([*scope.values(), first.isoformat()])
            excess = actual - usual
            yield _row(actual, "USD", label)
            yield _row(usual, "USD", label).model_copy(update={"within": _WITHIN})
            yield _row(excess, "USD", label).model_copy(
                update={"within": _WITHIN * usual / abs(excess) if excess else _WITHIN}
            )
    for found in cast(list[dict[str, object]], one.result.get("charges") or []):
        scope, day = cast(dict[str, str], found["scope"]), _date(found["day"])
        category = str(found["category"])
        column = "ChargeClass" if category == "Correction" else "ChargeCategory"
        costs = _daily(
            one, {**scope, column: category}, Period(start=day, end=day + timedelta(days=1)), execute, usage="TRUE"
        )
        yield _row(sum(costs.values(), Decimal(0)), "USD", *scope.values(), day.isoformat())


def _date(given: object) -> date:
    return date.fromisoformat(str(given))


def _usual(costs: Mapping[date, Decimal], day: date, first: date) -> Decimal:
    before = [day - timedelta(weeks=n) for n in range(1, 9)]
    return median([costs.get(one, Decimal(0)) for one in before if one < first])


def _daily(
    one: Evidence, scope: Mapping[str, str], period: Period, execute: Execute, usage: str = "ChargeCategory = 'Usage'"
) -> dict[date, Decimal]:
    filters = cast(list[object], one.input.get("filters") or [])
    kept = [
        {"dimension": name, "values": [value]} if value else {"dimension": name, "op": "missing"}
        for name, value in scope.items()
    ]
    where, values = _Query({"filters": [*filters, *kept]}, execute).where(period)
    sql = f"SELECT {_day()}, sum(amount(EffectiveCost)) FROM bill WHERE {usage} AND {where} GROUP BY 1"
    return {_date(day): Decimal(str(value)) for day, value in execute(sql, values) if value is not None}


@dataclass(frozen=True)
class _Query:
    """A `cost_query` as its evidence has it."""

    asked: Mapping[str, object]
    execute: Execute

    def figures(self) -> Iterator[TrueFigure]:
        """Yield every figure of the query, labelled by what must be on its line. Raises `_Unknown`."""
        more = [one for one in cast(list[str], self.asked.get("also") or ()) if one in COST_METRICS or one in _UNITS]
        metrics = [str(self.asked["metric"]), *more]
        for metric in metrics:
            now = self._sums(metric, self._period(self.asked.get("period")))
            then = self._sums(metric, self._compared()) if self.asked.get("compare") else {}
            for unit, sums in now.items():
                yield from self._of_unit(unit, sums, then.get(unit, {}))
        yield from self._counts()

    def _counts(self) -> Iterator[TrueFigure]:
        """Yield how many different values there are of each column that is counted, of all rows together."""
        where, values = self.where(self._period(self.asked.get("period")))
        for one in cast(list[str], self.asked.get("also") or ()):
            kind, _, column = one.partition(":")
            if kind == "distinct":
                sql = f"SELECT count(DISTINCT {_value(column)}) FROM bill WHERE {where}"
                yield _row(Decimal(str(self.execute(sql, values)[0][0])), "count")

    def _named(self) -> Mapping[str, tuple[str, ...]]:
        """Return the names that go with each id that the query splits by."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for column in cast(list[str], self.asked.get("group_by") or []):
            if name := _NAMES.get(column):
                for key, called in self.execute(f'SELECT DISTINCT "{column}", "{name}" FROM bill', ()):
                    if key and called:
                        found[str(key)][str(called)] = None
        return {key: tuple(names) for key, names in found.items()}

    def _of_unit(self, unit: str, now: dict[_Key, _Parts], then: dict[_Key, _Parts]) -> Iterator[TrueFigure]:
        whole, before = _added(now.values()), _added(then.values())
        split = bool(self.asked.get("group_by") or self.asked.get("grain"))
        yield from _stated(whole, before, unit, "total" if split else "", None)
        if not split:
            return
        named = self._named()
        for key in now.keys() | then.keys():
            for label in _labels(key, str(self.asked.get("grain")), named):
                yield from _stated(now.get(key, {}), then.get(key, {}), unit, label, whole.get("net"))
        if top := cast(int | None, self.asked.get("top")):
            ranked = sorted(now, key=lambda key: (key.group == (None,), -now[key]["net"]))
            yield from _stated(_added(now[key] for key in ranked[top:]), {}, unit, "other", whole.get("net"))

    def _sums(self, metric: str, period: Period | None) -> dict[str, dict[_Key, _Parts]]:
        """Return the parts of each group by unit."""
        groups, grain = cast(list[str], self.asked.get("group_by") or []), self.asked.get("grain")
        if grain not in (None, *_GRAINS) or self.asked.get("basis", "charge") != "charge" or self.asked.get("currency"):
            raise _Unknown
        unit = _UNITS.get(metric) or (
            "BillingCurrency" if metric in COST_METRICS else "'rows'" if metric == "rows" else ""
        )
        if not unit:
            raise _Unknown
        summed = "count(*)" if metric == "rows" else f"sum(amount({metric}))"
        bucket = f"CAST(date_trunc('{grain}', {_day()}) AS DATE)" if grain else "NULL"
        where, values = self.where(period)
        sql = (
            f"SELECT {''.join(f'{_value(one)}, ' for one in groups)}{bucket}, {unit}, ChargeCategory, ChargeClass = 'Correction', "
            f"{summed}, count(*) FROM bill WHERE {where} GROUP BY ALL"
        )
        found: dict[str, dict[_Key, _Parts]] = defaultdict(lambda: defaultdict(lambda: defaultdict(Decimal)))
        for *group, day, of, category, correction, value, rows in self.execute(sql, values):
            if value is None or of is None:
                continue
            key = _Key(tuple(cast(list[str | None], group)), cast(date | None, day))
            parts, amount = found[str(of)][key], Decimal(str(value))
            for part in _parts_of(str(category), correction=bool(correction)):
                parts[part] += amount
            parts["rows"] += Decimal(str(rows))
        return {of: dict(sums) for of, sums in found.items()}

    def where(self, period: Period | None) -> tuple[str, list[object]]:
        """Return the query's filters over the raw rows of some days, and the values of its question marks."""
        terms, values = ["TRUE"], list[object]()
        if period:
            terms += [f"{_day()} >= ? AND {_day()} < ?"]
            values += [period.start, period.end]
        for one in cast(list[dict[str, object]], self.asked.get("filters") or []):
            column, listed = _value(str(one["dimension"])), cast(list[object], one.get("values") or [])
            marks = ", ".join("?" * len(listed))
            match one.get("op", "is"):
                case "is":
                    terms.append(f"{column} IN ({marks})")
                    values += listed
                case "is_not":
                    terms.append(f"({column} IS NULL OR {column} NOT IN ({marks}))")
                    values += listed
                case "missing":
                    terms.append(f"({column} IS NULL OR {column} = '')")
                case "present":
                    terms.append(f"({column} IS NOT NULL AND {column} <> '')")
                case _:
                    raise _Unknown
        for name in cast(list[str], self.asked.get("exclude") or []):
            if name not in _EXCLUDED:
                raise _Unknown
            terms.append(f"ChargeCategory <> '{_EXCLUDED[name]}'")
        return " AND ".join(terms), values

    @staticmethod
    def _period(given: object) -> Period | None:
        if given is None:
            return None
        if not isinstance(given, dict):
            raise _Unknown
        days = cast(dict[str, str], given)
        return Period(start=date.fromisoformat(days["start"]), end=date.fromisoformat(days["end"]))

    def _compared(self) -> Period:
        own, given = self._period(self.asked.get("period")), self.asked["compare"]
        if given == "previous_period" and own and own.start.day == own.end.day == 1:
            months = (own.end.year - own.start.year) * 12 + own.end.month - own.start.month
            first = own.start.year * 12 + own.start.month - 1 - months
            return Period(start=date(first // 12, first % 12 + 1, 1), end=own.start)
        if given == "previous_period" and own:
            return Period(start=own.start - (own.end - own.start), end=own.start)
        found = self._period(given)
        if found is None:
            raise _Unknown
        return found


def _day() -> str:
    return "CAST(CAST(ChargePeriodStart AS TIMESTAMP) AS DATE)"


def _value(dimension: str) -> str:
    kind, _, key = dimension.partition(":")
    if kind in _JSON and key and not set(key) & set("'\"\\"):
        return f"json_extract_string({_JSON[kind]}, '$.\"{key}\"')"
    if not _COLUMN.fullmatch(dimension):
        raise _Unknown
    return f'"{dimension}"'


def _parts_of(category: str, *, correction: bool) -> Iterator[str]:
    yield "net"
    yield "credits" if category == "Credit" else "gross"
    if correction:
        yield "corrections"
    if category == "Tax":
        yield "tax"


def _added(many: Sequence[_Parts] | Iterator[_Parts] | object) -> _Parts:
    whole: _Parts = defaultdict(Decimal)
    for parts in cast(Iterator[_Parts], many):
        for name, value in parts.items():
            whole[name] += value
    return whole


def _labels(key: _Key, grain: str, named: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield each way a group's line may be named: by ids, or by the names that go with them."""
    # Braces are how the product refers to figures: of a name that has them it writes parentheses.
    ways = [((one or "(none)"), *named.get(one or "", ())) for one in key.group]
    for names in product(*ways):
        for day in _days(key.bucket, grain) if key.bucket else ("",):
            yield "\n".join(filter(None, [*(one.translate(_BRACES) for one in names), day]))


def _days(first: date, grain: str) -> Iterator[str]:
    yield first.isoformat()
    months = {"month": 1, "quarter": 3, "year": 12}.get(grain)
    if months:
        yield Period(start=first, end=add_months(first, months)).label()


def _stated(now: _Parts, then: _Parts, unit: str, label: str, whole: Decimal | None) -> Iterator[TrueFigure]:
    """Yield what a line of one group may state: its parts, its share of `whole`, and how it moved since `then`."""
    net = now.get("net", Decimal(0))
    for part, word in (
        ("net", ""),
        ("gross", "gross"),
        ("credits", "credit"),
        ("corrections", "correction"),
        ("tax", "tax"),
    ):
        for parts in (now, then):
            if parts:
                yield _row(parts.get(part, Decimal(0)), unit, label, word)
    yield _row(now.get("rows", Decimal(0)), "rows", label)
    if whole:
        # Of a sum below nothing, such as credits, a part is a share as of any other.
        yield _row(_rounded(net * 100 / whole), "%", label)
    if then or now:
        was = then.get("net", Decimal(0))
        if then:
            yield _row(net - was, unit, label)
            yield _row(abs(net - was), unit, label)
        if was:
            yield _row(_rounded((net - was) * 100 / abs(was)), "%", label)


def _row(value: Decimal, unit: str, *labels: str) -> TrueFigure:
    return TrueFigure(value=value, unit=unit, label="\n".join(filter(None, labels)), must=False)


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)


def _operands(one: Evidence) -> Iterator[str]:
    return (str(given).partition("#")[0] for given in cast(list[object], one.input.get("operands") or []))
