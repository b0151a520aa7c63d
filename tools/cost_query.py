"""`cost_query`: sum one metric, exactly, by unit; see `finops.query.CostQuery` and `tools.cost_result.CostResult`."""

from datetime import date
from decimal import Decimal, Inexact, InvalidOperation, localcontext

from finops.errors import ToolError
from finops.money import EXACT, trimmed
from finops.periods import Period, add_months
from finops.query import COST_METRICS, CostQuery
from finops.rates import WIDE
from finops.relational import Question, Rows
from tools.contract import Finding, ToolContext
from tools.cost_completeness import growing, growing_notes, lacking_notes
from tools.cost_convert import Converter
from tools.cost_figures import caveats, figures, formula, suffixes
from tools.cost_questions import Plan, compared, count
from tools.cost_result import AlsoValue, CostResult, CostRow, CostTotal
from tools.cost_table import Cell, Group, Line, Sum, change_percent, lines, share, sums, sums_at
from tools.cost_terms import Numbers
from tools.cost_unallocated import unallocated_notes
from tools.cost_units import NO_UNIT
from tools.cost_words import definition
from tools.figure_names import FigureNames, readable
from tools.loaded_months import LoadedMonths
from tools.scope import all_days, check_covered, check_names, check_present, conditions, cost_table

# A charge may be billed up to this many months before or after its own.
_BILLED_APART = 2


def cost_query(query: CostQuery, context: ToolContext) -> Finding:
    """Answer the query. Raises `UnknownName` for a value the data lacks, `ToolError` for days it lacks."""
    with localcontext(WIDE if query.currency else EXACT):
        return _Asked(query, context).finding()


class _Asked:
    """One query on its way to a finding."""

    def __init__(self, query: CostQuery, context: ToolContext) -> None:
        self.query, self.data = query, context.data
        self.table = cost_table(self.data)
        self.period = query.period or _covered(query, all_days(self.table))
        self.other = compared(query)
        self._check(self.period, "")
        if self.other:
            self._check(self.other, "the compared period ")
        self.notes = check_names(query.filters, query.group_by, self.data, context.books)
        self.plan = Plan(query, self.data, context.books)
        self._places = tuple(zip((part.name for part in self.plan.parts), self.plan.part_places, strict=True))
        self._credits_at = dict(self._places).get("credits")
        self.converter = Converter(self.plan) if self.plan.converted else None
        self.growing = growing(query, self.table)
        self.queries: list[str] = []
        self._grown: dict[date | None, bool] = {}
        self._bases: dict[Group | None, str] = {}
        self._quanta = {name: Decimal(1).scaleb(-scale) for name, scale in self.table.scales.items()}

    def finding(self) -> Finding:
        """Ask, build the table, name the figures."""
        merges = self.plan.asked.merges
        now = self._cells(self.plan.sums(self.query.period))
        before = self._cells(self.plan.sums(self.other)) if self.other else []
        self.now = now
        self._credits_before = {} if self._credits_at is None else sums_at(before, self._credits_at)
        self._note_unloaded(now, before)
        totals = sums(now, before, merges) or self._nothing()
        if (whole := self.plan.whole()) is not None:
            for cell in self.plan.totals(self._ask(whole)):
                if cell.unit in totals:
                    totals[cell.unit].numbers = cell.numbers
        self.keep = self.plan.top.count if self.plan.top else self.plan.keep(len(now))
        listed = self.query.group_by or self.query.grain
        table = lines(now, before, self.keep, merges, self.plan.always) if listed else []
        if any(line.group is None for line in table):
            self.notes += unallocated_notes(self.plan, self._ask)
        self._note_lacking()
        result = self._result(totals, table)
        read = sum(self._rows_of(cell) for cell in (*now, *before))
        return Finding(
            result=result,
            figures=tuple(figures(self.query, result)),
            rows_read=read,
            formula=formula(self.query, result, read),
            query="\n".join(filter(None, self.queries)),
        )

    def _check(self, period: Period, what: str) -> None:
        covered = all_days(self.table)
        if self.query.basis == "billing":
            covered = Period(
                start=add_months(covered.start, -_BILLED_APART), end=add_months(covered.end, _BILLED_APART)
            )
            if period.start < covered.end and covered.start < period.end:
                return
        check_covered(period, self.table, what=what)

    def _note_unloaded(self, now: list[Cell], before: list[Cell]) -> None:
        """Say which sources lack a bill of the months asked for; refuse where nothing was found and all of them do."""
        where = conditions(self.query.filters, books=self.plan.books)
        loaded = LoadedMonths(self.table, where, self._ask, self.query.basis)
        for period, cells, what in ((self.period, now, ""), (self.other, before, "the compared period ")):
            if period is not None and not any(count(cell.numbers[self.plan.rows_at]) for cell in cells):
                loaded.check(period, what=what)
        self.notes += loaded.caveats(self.period, self.other)

    def _ask(self, question: Question) -> Rows:
        answer = self.data.ask(question)
        self.queries.append(answer.query)
        return answer

    def _cells(self, question: Question) -> list[Cell]:
        found = self.plan.cells(self._ask(question))
        return found if self.converter is None else self.converter.cells(found)

    def _rows_of(self, cell: Cell) -> int:
        return count(cell.numbers[self.plan.rows_at]) if cell.numbers[0] is not None else 0

    def _nothing(self) -> dict[str, Sum]:
        """No row matches: zero in each currency of the bill, unless a name in the filters does not exist at all."""
        check_present(self.query.filters, self.data)
        if self.query.metric not in COST_METRICS and self.query.metric != "rows":
            raise ToolError(
                f"no row that matches has a `{self.query.metric}`", fix="ask for a cost, or for other filters or days"
            )
        lacking = sum(count(cell.numbers[self.plan.rows_at]) for cell in self.now)
        if lacking:
            raise ToolError(
                f"none of the {lacking} rows that match has a `{self.query.metric}`",
                fix="ask for BilledCost, or load a bill that has it",
            )
        self.notes += ("no row of the bill matches",)
        units = (self.query.currency,) if self.query.currency else self.table.currencies
        return {unit: Sum(unit) for unit in (units if self.plan.units.column else ("rows",))}

    def _note_lacking(self) -> None:
        """Ask which sources lack the cost, where the rows counted say that some do."""
        for metric, have in self.plan.lacking_places():
            rows = sum(count(cell.numbers[self.plan.rows_at]) for cell in self.now)
            if sum(count(cell.numbers[have]) for cell in self.now) < rows:
                self.notes += lacking_notes(metric, self._ask(self.plan.lacking(metric)))

    def _result(self, totals: dict[str, Sum], table: list[Line]) -> CostResult:
        names, endings = FigureNames(("rows",)), suffixes(self.query)
        many = len(totals) > 1
        named_totals = tuple(
            self._total(names.take(f"total {one.unit}" if many else "total", endings), one) for one in totals.values()
        )
        # The rest is named first, so that a group that happens to be called `other` does not take its name.
        by_rest = sorted(range(len(table)), key=lambda i: table[i].group is not None)
        named = {i: names.take(self._name(table[i]) + (f" {table[i].unit}" if many else ""), endings) for i in by_rest}
        rows = tuple([self._row(named[i], line, totals[line.unit]) for i, line in enumerate(table)])
        cut = self.keep if self.keep != self.query.top and any(row.other for row in rows) else None
        periods = (self.period, *((self.other,) if self.other else ()))
        return CostResult(
            metric=self.query.metric,
            definition=definition(self.query),
            period=self.period,
            compare_period=self.other,
            rows=rows,
            totals=named_totals,
            rates=self.converter.rates() if self.converter else (),
            caveats=(
                *self.notes,
                *caveats(self.query, self.table, self.period, self.other, named_totals, cut=cut),
                *(self.converter.notes() if self.converter else ()),
                *growing_notes(self.query, self.table, periods),
            ),
        )

    def _name(self, line: Line) -> str:
        if line.group not in self._bases:
            group = line.group
            self._bases[group] = "other" if group is None else "/".join([readable(value) for value in group])
        base = self._bases[line.group]
        if line.bucket is None:
            return base
        return f"{base}@{line.bucket}" if base else str(line.bucket)

    def _digits(self, value: Decimal, metric: str | None = None) -> Decimal:
        """Write `value` with as many decimals as the sources have, where that loses nothing."""
        name = metric or self.query.metric
        if (quantum := self._quanta.get(name)) is None:
            return trimmed(value, least=0 if name == "rows" else 2)
        try:
            return value.quantize(quantum)
        except (Inexact, InvalidOperation):
            return trimmed(value)

    def _parts(self, numbers: Numbers | None) -> dict[str, Decimal]:
        """Return the parts of a net sum that there are, by name."""
        if numbers is None:
            return {}
        return {name: self._digits(value) for name, at in self._places if isinstance(value := numbers[at], Decimal)}

    def _credits(self, numbers: Numbers | None) -> Decimal | None:
        """Return the credits in a net sum, None where there are none: the one part that each row says."""
        value = None if numbers is None or self._credits_at is None else numbers[self._credits_at]
        return self._digits(value) if isinstance(value, Decimal) else None

    def _gross(self, value: Decimal, part: Decimal | None) -> Decimal | None:
        return None if part is None else self._digits(value - part)

    def _missing(self, numbers: Numbers | None) -> int:
        have = self.plan.have_at
        return 0 if have is None or numbers is None else count(numbers[self.plan.rows_at]) - count(numbers[have])

    def _also(self, numbers: Numbers | None, unit: str, group: Group | None) -> dict[str, AlsoValue]:
        if not self.plan.columns:
            return {}
        if numbers is None:
            return {text: AlsoValue(note="no row matches") for text in self.query.also}
        found: dict[str, AlsoValue] = {}
        for text, column in zip(self.query.also, self.plan.columns, strict=True):
            value = column.value(numbers, unit, self._only if group is None else lambda at: group[at] or NO_UNIT)
            number = value.number
            if number is not None:
                number = self._digits(number, column.amount) if column.amount else trimmed(number, least=0)
            found[text] = AlsoValue(value=number, unit=value.unit, date=value.moment, note=value.note)
        return found

    def _only(self, at: int) -> str | None:
        """Return the one value of `group_by[at]`, None where the groups have several."""
        values = {(cell.group[at] or NO_UNIT) if cell.group is not None else None for cell in self.now}
        return values.pop() if len(values) == 1 else None

    def _total(self, name: str, one: Sum) -> CostTotal:
        parts = self._parts(one.numbers)
        credits_before = self._credits_before.get(one.unit)
        return CostTotal(
            figure=name,
            unit=one.unit,
            value=self._digits(one.value),
            rows=0 if one.numbers is None else count(one.numbers[self.plan.rows_at]),
            compare=self._digits(one.compare) if self.other else None,
            change=self._digits(one.value - one.compare) if self.other else None,
            change_percent=change_percent(one.value - one.compare, one.compare) if self.other else None,
            gross=self._gross(one.value, parts.get("credits")),
            credits=parts.get("credits"),
            compare_gross=self._gross(one.compare, credits_before),
            compare_credits=None if credits_before is None else self._digits(credits_before),
            corrections=parts.get("corrections"),
            tax=parts.get("tax"),
            support=parts.get("support"),
            marketplace=parts.get("marketplace"),
            missing=self._missing(one.numbers),
            growing=self.growing(self.period),
            also=self._also(one.numbers, one.unit, None),
        )

    def _row(self, name: str, line: Line, total: Sum) -> CostRow:
        values = line.group or (None,) * len(self.query.group_by)
        credits_there = self._credits(line.numbers)
        beside = self.other is not None
        change = line.value - line.compare if beside else None
        # Every field is given, and of its type: there may be thousands of rows.
        return CostRow.trusted(
            {
                "figure": name,
                "group": dict(zip(self.query.group_by, values, strict=True)),
                "other": line.group is None,
                "bucket": line.bucket,
                "value": self._digits(line.value),
                "unit": line.unit,
                "share": share(line.value, total.value),
                "compare": self._digits(line.compare) if beside else None,
                "change": None if change is None else self._digits(change),
                "change_percent": None if change is None else change_percent(change, line.compare),
                "gross": self._gross(line.value, credits_there),
                "credits": credits_there,
                "missing": self._missing(line.numbers),
                "growing": self._growing(line.bucket),
                "also": self._also(line.numbers, line.unit, line.group),
            }
        )

    def _growing(self, bucket: date | None) -> bool:
        if bucket not in self._grown:
            grain = self.query.grain
            within = self.period if bucket is None or grain is None else Period.bucket(bucket, grain)
            self._grown[bucket] = self.growing(within)
        return self._grown[bucket]


def _covered(query: CostQuery, days: Period) -> Period:
    """Return the period of all data: the days of its charges, or the months they were billed in."""
    if query.basis == "charge":
        return days
    return Period(start=days.start.replace(day=1), end=add_months(days.last_day.replace(day=1), 1))
