"""`detect_anomalies`: unusual days of usage cost, on leaves and totals; other charges by a rule of their own.

The newest `settle_days` are scored like all others, since a day that is not complete yet can only hide a rise; incidents
there are marked provisional, and drops there are not reported at all.
"""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal, localcontext

from finops.evidence import Figure
from finops.money import EXACT, divide, trimmed
from finops.periods import FIRST_DAY, Period
from finops.ports import TableInfo
from finops.query import Metric
from tools.anomaly_contract import AnomaliesResult, DetectAnomalies, Incident, LargeCharge
from tools.anomaly_costs import Cost, Reported, Tree, build_tree, cost_questions, read_costs
from tools.anomaly_incidents import Detector, Found, describe, merged, scope
from tools.contract import Finding, ToolContext
from tools.figure_names import FigureNames, readable
from tools.loaded_months import LoadedMonths, unloaded_days
from tools.scope import (
    all_days,
    check_covered,
    check_names,
    check_present,
    conditions,
    cost_table,
    count_figure,
    coverage_caveats,
    subject,
)

_REPORT_DAYS = 30
# A season of 8 weeks and a spread of 8 more before it, or three months of residuals that have a season.
_HISTORY_DAYS = 200
_GATE_DAYS = 56
_ENDINGS = ("actual", "expected", "percent", "z")


def detect_anomalies(asked: DetectAnomalies, context: ToolContext) -> Finding:
    """Score the days of a period. Raises `UnknownName` for names the data lacks, `ToolError` for days it lacks."""
    with localcontext(EXACT):
        return _Watch(asked, context).finding()


class _Watch:
    """One call on its way to a finding."""

    def __init__(self, asked: DetectAnomalies, context: ToolContext) -> None:
        self.asked, self.data = asked, context.data
        self.table = cost_table(self.data)
        self.notes = check_names(asked.filters, asked.group_by, self.data)
        self.period = _period(asked, self.table)
        start = max(FIRST_DAY, self.table.first_day, self.period.start - timedelta(days=_HISTORY_DAYS))
        end = min(self.period.end, self.table.last_day + timedelta(days=1))
        self.history = Period(start=start, end=end)
        self.metric: Metric
        self.metric, self.metric_notes = _metric(self.table)
        self.unloaded = unloaded_days(self.table, self.history)
        self.names = FigureNames(("incidents", "series"))

    def finding(self) -> Finding:
        """Ask, score each currency by itself, rank."""
        question, reported_question = cost_questions(
            self.asked, self.metric, self.history, by_source=bool(self.unloaded)
        )
        answer = self.data.ask(question)
        costs = read_costs(self.asked, answer)
        if not costs:
            check_present(self.asked.filters, self.data)
        reported = Reported.read(self.data, reported_question)
        trees = [self._tree(costs, currency, reported) for currency in sorted({cost.currency for cost in costs})]
        gates = {tree.currency: self._gate(tree) for tree in trees}
        rises, drops = self._incidents(trees, gates)
        charges = self._charges([cost for cost in costs if not cost.usage], gates)
        result = AnomaliesResult(
            metric=self.metric,
            period=self.period,
            incidents=tuple(rises[: self.asked.top]),
            decreases=tuple(drops[: self.asked.top]),
            charges=tuple(charges[: self.asked.top]),
            found=len(rises),
            series=sum(len(tree.paths) for tree in trees),
            gates=gates,
            caveats=(
                *self.notes,
                *self.metric_notes,
                *coverage_caveats(self.period, self.table),
                *LoadedMonths(self.table, conditions(self.asked.filters), self.data.ask).caveats(self.period),
                *self._young(),
            ),
        )
        return Finding(
            result=result,
            figures=tuple(self._figures(result)),
            rows_read=sum(cost.rows for cost in costs),
            formula="x = ln(cost + s0); expected = median of 7 days + median of the weekday's distance from it over 8 weeks; "
            "unusual: > 5 robust sigma and > 15 %, excess at or above the gate, not recurring monthly; "
            "excess = actual - expected, in the lowest scope with 80 % of it",
            query=answer.query,
        )

    def _tree(self, costs: list[Cost], currency: str, reported: Reported) -> Tree:
        mine = [cost for cost in costs if cost.currency == currency and cost.usage]
        return build_tree(mine, currency, self.history, reported, group_by=self.asked.group_by, unloaded=self.unloaded)

    def _gate(self, tree: Tree) -> Decimal:
        """Return the least excess of a day worth telling: what was asked for, or 0.1 % of the daily spend."""
        daily = sorted(tree.amounts[0].items())[-_GATE_DAYS:]
        if not daily:
            return self.asked.min_excess
        mean = divide(sum((amount for _, amount in daily), Decimal(0)), Decimal(1000 * len(daily)), places=2)
        return max(self.asked.min_excess, mean)

    def _incidents(self, trees: list[Tree], gates: dict[str, Decimal]) -> tuple[list[Incident], list[Incident]]:
        rises: list[tuple[Tree, list[Found]]] = []
        drops: list[tuple[Tree, list[Found]]] = []
        first = (self.period.start - self.history.start).days
        settled = self.history.days - self.asked.settle_days
        for tree in trees:
            detector = Detector(tree, max(0, first), float(gates[tree.currency]))
            rises += [(tree, one) for one in merged(detector.found(rising=True), tree)]
            falling = [one for one in detector.found(rising=False) if one.column < settled]
            drops += [(tree, one) for one in merged(falling, tree)]
        many = len(trees) > 1
        return self._ranked(rises, many=many), self._ranked(drops, many=many)

    def _ranked(self, found: list[tuple[Tree, list[Found]]], *, many: bool) -> list[Incident]:
        """Describe and rank; excesses of different currencies are never compared, so each currency by itself."""
        incidents = [
            describe(days, tree, group_by=self.asked.group_by, settle_days=self.asked.settle_days,
                     figure=self._name(tree, days, many=many))
            for tree, days in found
        ]  # fmt: skip
        return sorted(incidents, key=lambda one: (one.currency, -abs(one.excess), one.first_day, one.figure))

    def _name(self, tree: Tree, days: list[Found], *, many: bool) -> str:
        path = "/".join(readable(value) for value in tree.paths[days[0].node]) or "all"
        base = f"{path} {tree.days[days[0].column]}" + (f" {tree.currency}" if many else "")
        return self.names.take(base, _ENDINGS)

    def _charges(self, costs: list[Cost], gates: dict[str, Decimal]) -> list[LargeCharge]:
        """Return other charges at or above the gate, each scope and kind once: the first time in the days looked at."""
        seen: set[tuple[object, ...]] = set()
        found: list[LargeCharge] = []
        for cost in sorted(costs, key=lambda one: (one.day, one.kind, repr(one.path))):
            key = (cost.kind, cost.path, cost.currency)
            if abs(cost.amount) < gates[cost.currency] or key in seen:
                continue
            seen.add(key)
            if self.period.contains(cost.day):
                path = "/".join(readable(value) for value in cost.path)
                found.append(
                    LargeCharge(
                        figure=self.names.take(f"{cost.kind} {path} {cost.day}", _ENDINGS),
                        category=cost.kind,
                        scope=scope(cost.path, self.asked.group_by),
                        day=cost.day,
                        amount=trimmed(cost.amount),
                        currency=cost.currency,
                    )
                )
        return sorted(found, key=lambda one: (one.currency, -abs(one.amount), one.day, one.figure))

    def _young(self) -> tuple[str, ...]:
        days = self.history.days
        return (f"only {days} days of data: without 28 days there is no weekday to expect",) if days < 28 else ()

    def _figures(self, result: AnomaliesResult) -> Iterable[Figure]:
        yield count_figure("incidents", result.found)
        yield count_figure("series", result.series)
        for one in (*result.incidents, *result.decreases):
            yield from _figures_of(one, subject(self.asked.filters, one.scope), self.metric)
        for charge in result.charges:
            yield Figure(
                name=charge.figure, value=charge.amount, unit=charge.currency, definition=f"{self.metric} {charge.category}",
                subject=subject(self.asked.filters, charge.scope),
                period=Period(start=charge.day, end=charge.day + timedelta(days=1)),
            )  # fmt: skip


def _figures_of(one: Incident, about: str, metric: Metric) -> Iterable[Figure]:
    period = Period(start=one.first_day, end=one.last_day + timedelta(days=1))
    values = (
        (one.figure, one.excess, one.currency, "excess"),
        (f"{one.figure}.actual", one.actual, one.currency, "on unusual days"),
        (f"{one.figure}.expected", one.expected, one.currency, "expected"),
        (f"{one.figure}.percent", one.percent, "%", "excess in % of expected"),
        (f"{one.figure}.z", one.z, "ratio", "robust z"),
    )
    for name, value, unit, what in values:
        if value is not None:
            yield Figure(name=name, value=value, unit=unit, subject=about, period=period, definition=f"{metric} {what}")


def _period(asked: DetectAnomalies, table: TableInfo) -> Period:
    if asked.period is not None:
        check_covered(asked.period, table)
        return asked.period
    every = all_days(table)
    return Period(start=max(every.start, every.end - timedelta(days=_REPORT_DAYS)), end=every.end)


def _metric(table: TableInfo) -> tuple[Metric, tuple[str, ...]]:
    """Return EffectiveCost, or BilledCost where the data's EffectiveCost is not what it should be."""
    caveats = table.caveats.get("EffectiveCost", ())
    if not caveats:
        return "EffectiveCost", ()
    return "BilledCost", (f"BilledCost is used, since {'; '.join(caveats)}",)
