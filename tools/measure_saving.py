"""`measure_saving`: what an executed action really saved, against the same weekdays of the four weeks before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext

from finops.errors import ToolError, UnknownName
from finops.evidence import Figure
from finops.money import EXACT, divide, plain, trimmed
from finops.periods import Period
from finops.ports import DataHandle, TableInfo
from finops.relational import Aggregate, Key, Question
from tools.contract import Finding, NotEnoughData, ToolContext
from tools.cost_questions import count
from tools.instances import MONTH_DAYS, amount, moment, sources_of
from tools.proposing.known_days import every_day, growing_days, reported_days
from tools.resource_names import RESOURCE, is_named, rows_of
from tools.saving_interval import interval
from tools.savings_contract import MeasureSaving, RealisedSaving
from tools.scope import CHARGE_START, as_day, cost_table, days_of

BEFORE_DAYS, LEAST_BEFORE = 28, 7
_LONGEST_ROW = 31
_DAY = Key("ChargePeriodStart", grain="day")
_WHO = (RESOURCE, Key("BillingCurrency"), Key("x_Source"))
_EVER = (Aggregate("first", "min", "ChargePeriodStart"),)
_DAILY = (
    Aggregate("cost", "sum", "EffectiveCost"), Aggregate("rows", "count"), Aggregate("end", "max", "ChargePeriodEnd"),
)  # fmt: skip
_PLACES = 10


@dataclass(frozen=True, slots=True)
class _Costs:
    """EffectiveCost by day, of every day that is known and final; a day reported without the resource cost nothing."""

    by_day: Mapping[date, Decimal]
    spans_days: bool
    rows: int
    queries: tuple[str, ...]


def measure_saving(asked: MeasureSaving, context: ToolContext) -> Finding:
    """Return what was saved, or `NotEnoughData`. Raises `UnknownName` for a resource never billed, `ToolError` on another currency."""
    table = cost_table(context.data)
    costs = _costs(asked, context, table)
    start = _compared_from(asked)
    before = {day: cost for day, cost in costs.by_day.items() if start <= day < asked.executed_on}
    # The day of the execution is half the one and half the other, so it is neither.
    after = {day: cost for day, cost in costs.by_day.items() if day > asked.executed_on}
    lacking = _lacking(asked, costs, before, after)
    query = "\n".join(filter(None, costs.queries))
    if lacking is not None:
        return Finding(result=lacking, rows_read=costs.rows, query=query)
    with localcontext(EXACT):
        result = _measured(asked, before, after)
    return Finding(
        result=result,
        figures=tuple(_figures(result)),
        rows_read=costs.rows,
        formula=_formula(result),
        query=query,
    )


def _compared_from(asked: MeasureSaving) -> date:
    """Return the first day to compare with: four weeks before, and none that an earlier action on the resource has changed since."""
    return max(asked.executed_on - timedelta(days=BEFORE_DAYS), asked.since or date.min)


def _costs(asked: MeasureSaving, context: ToolContext, table: TableInfo) -> _Costs:
    first, sources, ever = _ever(asked, context.data)
    start = max(_compared_from(asked), first)
    end = max(min(context.as_of, asked.until or context.as_of), start + timedelta(days=1))
    period = Period(start=start, end=end)
    # From a month earlier: a row of a whole month that begins there would go unseen, and its days be taken for free.
    where = (rows_of(asked.resource_id), *days_of(CHARGE_START, start - timedelta(days=_LONGEST_ROW), end))
    answer = context.data.ask(Question("cost", _DAILY, (RESOURCE, _DAY), where))
    records = [one for one in answer.records() if is_named(asked.resource_id, one[RESOURCE.name])]
    known, queries = set(every_day(period)), [ever, answer.query]
    for source in sources:
        reported, query = reported_days(context.data, period, source)
        known &= reported
        queries.append(query)
    known -= growing_days(table, sources)
    by_day = dict.fromkeys(sorted(known), Decimal(0))
    with localcontext(EXACT):
        for one in records:
            if (day := as_day(one[_DAY.name])) in by_day:
                by_day[day] += amount(one["cost"])
    spans = any((moment(one["end"]).date() - as_day(one[_DAY.name])).days > 1 for one in records)
    return _Costs(by_day, spans, sum(count(one["rows"]) for one in records), tuple(queries))


def _ever(asked: MeasureSaving, data: DataHandle) -> tuple[date, tuple[str | None, ...], str]:
    """Return the first day of the resource in the bill, and the sources that have it."""
    answer = data.ask(Question("cost", _EVER, _WHO, (rows_of(asked.resource_id),)))
    records = [one for one in answer.records() if is_named(asked.resource_id, one[RESOURCE.name])]
    if not records:
        known = next((info.values for info in data.dimensions if info.name == RESOURCE.column), ())
        raise UnknownName("resource", asked.resource_id, known)
    for one in records:
        if one["BillingCurrency"] != asked.currency:
            raise ToolError(
                f"`{asked.resource_id}` is billed in `{one['BillingCurrency']}`, the saving was promised in `{asked.currency}`",
                fix="ask for each currency by itself",
            )
    return min(moment(one["first"]).date() for one in records), sources_of(records), answer.query


def _lacking(
    asked: MeasureSaving, costs: _Costs, before: Mapping[date, Decimal], after: Mapping[date, Decimal]
) -> NotEnoughData | None:
    if costs.spans_days:
        return NotEnoughData(reason="its rows span more than a day each", have=0, needed=LEAST_BEFORE, unit="days")
    if len(before) < LEAST_BEFORE:
        when = "between the action before it and this one" if _cut(asked) else "before the action"
        reason = f"too few whole days {when} are known and final"
        return NotEnoughData(reason=reason, have=len(before), needed=LEAST_BEFORE, unit="days")
    if not _comparable(before, after):
        return NotEnoughData(reason="no whole day after the action is known and final", have=0, needed=1, unit="days")
    return None


def _cut(asked: MeasureSaving) -> bool:
    """Tell whether an earlier action leaves less than four weeks to compare with."""
    return _compared_from(asked) == asked.since


def _caveats(asked: MeasureSaving, left: int) -> tuple[str, ...]:
    cut = f"compared with the days from {asked.since} on: what was done to it before changed what it costs"
    unseen = f"{left} days are left out: their weekday was not seen before"
    return (cut,) * _cut(asked) + (unseen,) * (left > 0)


def _comparable(before: Mapping[date, Decimal], after: Mapping[date, Decimal]) -> list[date]:
    """Return the days after whose weekday was seen before."""
    weekdays = {day.weekday() for day in before}
    return [day for day in sorted(after) if day.weekday() in weekdays]


def _measured(asked: MeasureSaving, before: Mapping[date, Decimal], after: Mapping[date, Decimal]) -> RealisedSaving:
    days = _comparable(before, after)
    expected = _expected(before, days)
    actual = trimmed(sum((after[day] for day in days), Decimal(0)))
    saved = trimmed(expected - actual)
    low, high = interval(saved, before, days)
    promised = trimmed(divide(asked.monthly_saving * len(days), Decimal(MONTH_DAYS), places=_PLACES))
    return RealisedSaving(
        resource_id=asked.resource_id,
        currency=asked.currency,
        first_day=days[0],
        last_day=days[-1],
        days=len(days),
        days_before=len(before),
        expected=expected,
        actual=actual,
        saved=saved,
        low=trimmed(low),
        high=trimmed(high),
        promised=promised,
        ratio=divide(saved, promised, places=4) if promised else None,
        caveats=_caveats(asked, len(after) - len(days)),
    )


def _expected(before: Mapping[date, Decimal], days: list[date]) -> Decimal:
    """Return the sum over `days` of the mean of the same weekday before: one division for each weekday."""
    total = Decimal(0)
    for weekday in range(7):
        same = [cost for day, cost in before.items() if day.weekday() == weekday]
        wanted = sum(1 for day in days if day.weekday() == weekday)
        if wanted:
            total += divide(sum(same, Decimal(0)) * wanted, Decimal(len(same)), places=_PLACES)
    return trimmed(total)


def _figures(result: RealisedSaving) -> list[Figure]:
    period = Period(start=result.first_day, end=result.last_day + timedelta(days=1))
    about = f"ResourceId={result.resource_id}"
    amounts = {name: getattr(result, name) for name in ("expected", "actual", "saved", "low", "high", "promised")}
    found = [
        Figure(name=name, value=value, unit=result.currency, subject=about, period=period,
               definition=f"EffectiveCost {name}")
        for name, value in amounts.items()
    ]  # fmt: skip
    found.append(Figure(name="days", value=Decimal(result.days), unit="days", subject=about, period=period))
    if result.ratio is not None:
        found.append(Figure(name="ratio", value=result.ratio, unit="ratio", subject=about, period=period))
    return found


def _formula(result: RealisedSaving) -> str:
    return (
        f"saved {plain(result.saved)} = expected {plain(result.expected)} less actual {plain(result.actual)} EffectiveCost of "
        f"{result.days} days; expected is the mean of the same weekday of {result.days_before} of the {BEFORE_DAYS} days before; "
        f"the day of execution and days still growing are left out; 95 % interval by a circular block bootstrap of leave-one-out "
        f"residuals, seeded; promised = monthly saving / {MONTH_DAYS} x days"
    )
