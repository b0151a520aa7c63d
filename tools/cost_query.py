"""`cost_query`: sum one metric, exactly, by unit; see `finops.query.CostQuery` and `tools.cost_result.CostResult`."""

from decimal import localcontext

from finops.errors import ToolError
from finops.money import EXACT
from finops.periods import Period, add_months
from finops.query import COST_METRICS, CostQuery
from finops.rates import WIDE
from finops.relational import Question, Rows
from tools.contract import Finding, ToolContext
from tools.cost_completeness import growing, growing_notes, lacking_notes
from tools.cost_convert import Converter
from tools.cost_figures import caveats, figures, formula, suffixes
from tools.cost_questions import Plan, compared, count
from tools.cost_result import CostResult
from tools.cost_rows import RowMaker
from tools.cost_table import Cell, Group, Line, Sum, lines, sums, sums_at
from tools.cost_unallocated import unallocated_notes
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
        self.converter = Converter(self.plan) if self.plan.converted else None
        self.rows = RowMaker(self.plan, self.table, self.period, self.other, growing(query, self.table))
        self.queries: list[str] = []
        self._rows_at = self.plan.rows_at
        self._bases: dict[Group | None, str] = {}

    def finding(self) -> Finding:
        """Ask, build the table, name the figures."""
        merges = self.plan.asked.merges
        now = self._cells(self.plan.sums(self.query.period))
        before = self._cells(self.plan.sums(self.other)) if self.other else []
        self.now = now
        at = self.rows.credits_at
        self._credits_before = {} if at is None else sums_at(before, at)
        self._note_unloaded(now, before)
        totals = sums(now, before, merges) or self._nothing()
        self._count(totals)
        if (whole := self.plan.whole()) is not None:
            for unit, numbers in self.plan.by_unit(self._ask(whole)):
                if unit in totals:
                    totals[unit].numbers = numbers
        self.keep = self.plan.top.count if self.plan.top else self.plan.keep(len(now))
        listed = self.query.group_by or self.query.grain
        table = lines(now, before, self.keep, merges, self.plan.always) if listed else []
        if any(line.group is None for line in table):
            self.notes += unallocated_notes(self.plan, self._ask)
        self._note_lacking()
        result = self._result(totals, table)
        # Of a second period no total tells the rows, and a group may have rows without a value.
        cells = (*now, *before)
        read = sum(one.rows for one in totals.values()) if self.plan.rows_apart else sum(map(self._rows_of, cells))
        return Finding(
            result=result,
            figures=figures(self.query, result),
            rows_read=read,
            formula=formula(self.query, result, read),
            query="\n".join(filter(None, self.queries)),
        )

    def _count(self, totals: dict[str, Sum]) -> None:
        """Put into the totals what they alone say: how many rows they are of, and parts that were not asked of each group."""
        for one in totals.values():
            one.rows = 0 if one.numbers is None or self.plan.rows_apart else count(one.numbers[self._rows_at])
        if (parts := self.plan.parts_apart()) is not None:
            for unit, numbers in self.plan.by_unit(self._ask(parts)):
                if unit in totals:
                    totals[unit].apart = numbers
                    totals[unit].rows = count(numbers[-1]) if self.plan.rows_apart else totals[unit].rows

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
            if period is not None and not self._any_row(cells):
                loaded.check(period, what=what)
        self.notes += loaded.caveats(self.period, self.other)

    def _any_row(self, cells: list[Cell]) -> bool:
        """Tell whether any row matched; a group there is has some, whether or not they were counted with it."""
        return bool(cells) if self.plan.rows_apart else any(count(cell.numbers[self._rows_at]) for cell in cells)

    def _ask(self, question: Question) -> Rows:
        answer = self.data.ask(question)
        self.queries.append(answer.query)
        return answer

    def _cells(self, question: Question) -> list[Cell]:
        found = self.plan.cells(self._ask(question))
        return found if self.converter is None else self.converter.cells(found)

    def _rows_of(self, cell: Cell) -> int:
        return count(cell.numbers[self._rows_at]) if cell.numbers[0] is not None else 0

    def _nothing(self) -> dict[str, Sum]:
        """No row matches: zero in each currency of the bill, unless a name in the filters does not exist at all."""
        check_present(self.query.filters, self.data)
        if self.query.metric not in COST_METRICS and self.query.metric != "rows":
            raise ToolError(
                f"no row that matches has a `{self.query.metric}`", fix="ask for a cost, or for other filters or days"
            )
        lacking = 0 if self.plan.rows_apart else sum(count(cell.numbers[self._rows_at]) for cell in self.now)
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
            rows = sum(count(cell.numbers[self._rows_at]) for cell in self.now)
            if sum(count(cell.numbers[have]) for cell in self.now) < rows:
                self.notes += lacking_notes(metric, self._ask(self.plan.lacking(metric)))

    def _result(self, totals: dict[str, Sum], table: list[Line]) -> CostResult:
        names, endings = FigureNames(("rows",)), suffixes(self.query)
        many = len(totals) > 1
        named_totals = tuple(
            self.rows.total(
                names.take(f"total {one.unit}" if many else "total", endings),
                one,
                self.now,
                self._credits_before.get(one.unit),
            )
            for one in totals.values()
        )
        # The rest is named first, so that a group that happens to be called `other` does not take its name.
        by_rest = sorted(range(len(table)), key=[line.group is not None for line in table].__getitem__)
        bases = [self._name(table[i]) + (f" {table[i].unit}" if many else "") for i in by_rest]
        named = dict(zip(by_rest, names.take_all(bases, endings), strict=True))
        rows = self.rows.rows([named[i] for i in range(len(table))], table, totals, self.now)
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


def _covered(query: CostQuery, days: Period) -> Period:
    """Return the period of all data: the days of its charges, or the months they were billed in."""
    if query.basis == "charge":
        return days
    return Period(start=days.start.replace(day=1), end=add_months(days.last_day.replace(day=1), 1))
