"""`cost_query`: sum one metric, exactly, by unit; see `finops.query.CostQuery` and `tools.cost_result.CostResult`."""

from decimal import Decimal, Inexact, localcontext

from finops.errors import ToolError
from finops.money import EXACT, exact, trimmed
from finops.periods import Period
from finops.query import COST_METRICS, CostQuery
from tools.contract import Finding, ToolContext
from tools.cost_figures import SUFFIXES, caveats, figures, formula
from tools.cost_questions import Cell, cells, compared, parts_over, sums_over, unit_of
from tools.cost_result import CostResult, CostRow, CostTotal
from tools.cost_table import Line, Sum, change_percent, limit, lines, share, sums
from tools.figure_names import FigureNames, readable
from tools.scope import all_days, check_covered, check_names, check_present, cost_table


def cost_query(query: CostQuery, context: ToolContext) -> Finding:
    """Answer the query. Raises `UnknownName` for a value the data lacks, `ToolError` for days it lacks."""
    with localcontext(EXACT):
        return _Asked(query, context).finding()


class _Asked:
    """One query on its way to a finding."""

    def __init__(self, query: CostQuery, context: ToolContext) -> None:
        self.query, self.data = query, context.data
        self.table = cost_table(self.data)
        self.period = query.period or all_days(self.table)
        self.other = compared(query)
        check_covered(self.period, self.table)
        if self.other:
            check_covered(self.other, self.table, what="the compared period ")
        self.notes = check_names(query.filters, query.group_by, self.data)
        self.queries: list[str] = []

    def finding(self) -> Finding:
        """Ask, build the table, name the figures."""
        now = self._ask(self.query.period)
        before = self._ask(self.other) if self.other else []
        totals = sums(now, before) or self._nothing()
        self._add_parts(totals)
        keep = limit(self.query.top, now)
        table = lines(now, before, keep) if self.query.group_by or self.query.grain else []
        result = self._result(totals, table, keep)
        read = sum(cell.rows for cell in (*now, *before))
        return Finding(
            result=result,
            figures=tuple(figures(self.query, result)),
            rows_read=read,
            formula=formula(self.query, result, read),
            query="\n".join(filter(None, self.queries)),
        )

    def _ask(self, period: Period | None) -> list[Cell]:
        answer = self.data.ask(sums_over(self.query, period))
        self.queries.append(answer.query)
        return cells(self.query, answer)

    def _nothing(self) -> dict[str, Sum]:
        """No row matches: zero in each currency of the bill, unless a name in the filters does not exist at all."""
        check_present(self.query.filters, self.data)
        if self.query.metric not in COST_METRICS:
            raise ToolError(
                f"no row that matches has a `{self.query.metric}`", fix="ask for a cost, or for other filters or days"
            )
        self.notes += ("no row of the bill matches",)
        return {unit: Sum(unit) for unit in self.table.currencies}

    def _add_parts(self, totals: dict[str, Sum]) -> None:
        question = parts_over(self.query, self.data)
        if question is None:
            return
        answer = self.data.ask(question)
        self.queries.append(answer.query)
        for record in answer.records():
            value, credit = record["value"], record["ChargeCategory"] == "Credit"
            if isinstance(value, int | Decimal) and (credit or record["ChargeClass"] == "Correction"):
                parts = totals[unit_of(self.query.metric, record)].parts
                part = "credits" if credit else "corrections"
                parts[part] = parts.get(part, Decimal(0)) + exact(value)

    def _result(self, totals: dict[str, Sum], table: list[Line], keep: int) -> CostResult:
        names = FigureNames(("rows",))
        many = len(totals) > 1
        named_totals = tuple(
            self._total(names.take(f"total {one.unit}" if many else "total", SUFFIXES), one) for one in totals.values()
        )
        # The rest is named first, so that a group that happens to be called `other` does not take its name.
        by_rest = sorted(range(len(table)), key=lambda i: table[i].group is not None)
        named = {i: names.take(self._name(table[i]) + (f" {table[i].unit}" if many else ""), SUFFIXES) for i in by_rest}
        rows = tuple(self._row(named[i], line, totals[line.unit]) for i, line in enumerate(table))
        cut = keep if keep != self.query.top and any(row.other for row in rows) else None
        return CostResult(
            metric=self.query.metric,
            period=self.period,
            compare_period=self.other,
            rows=rows,
            totals=named_totals,
            caveats=(*self.notes, *caveats(self.query, self.table, self.period, self.other, named_totals, cut=cut)),
        )

    def _name(self, line: Line) -> str:
        base = "other" if line.group is None else "/".join(readable(value) for value in line.group)
        if line.bucket is None:
            return base
        return f"{base}@{line.bucket}" if base else str(line.bucket)

    def _digits(self, value: Decimal) -> Decimal:
        """Write `value` with as many decimals as the sources have, where that loses nothing."""
        scale = self.table.scales.get(self.query.metric)
        if scale is None:
            return trimmed(value)
        try:
            return value.quantize(Decimal(1).scaleb(-scale))
        except Inexact:
            return trimmed(value)

    def _total(self, name: str, one: Sum) -> CostTotal:
        deducted, corrections = one.parts.get("credits"), one.parts.get("corrections")
        return CostTotal(
            figure=name,
            unit=one.unit,
            value=self._digits(one.value),
            rows=one.rows,
            compare=self._digits(one.compare) if self.other else None,
            change=self._digits(one.value - one.compare) if self.other else None,
            change_percent=change_percent(one.value - one.compare, one.compare) if self.other else None,
            gross=None if deducted is None else self._digits(one.value - deducted),
            credits=None if deducted is None else self._digits(deducted),
            corrections=None if corrections is None else self._digits(corrections),
        )

    def _row(self, name: str, line: Line, total: Sum) -> CostRow:
        values = line.group or (None,) * len(self.query.group_by)
        return CostRow(
            figure=name,
            group=dict(zip(self.query.group_by, values, strict=True)),
            other=line.group is None,
            bucket=line.bucket,
            value=self._digits(line.value),
            unit=line.unit,
            share=share(line.value, total.value),
            compare=self._digits(line.compare) if self.other else None,
            change=self._digits(line.value - line.compare) if self.other else None,
            change_percent=change_percent(line.value - line.compare, line.compare) if self.other else None,
        )
