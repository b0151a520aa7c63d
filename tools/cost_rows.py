"""From the lines of a cost query's table to its rows and totals, with as many decimals as the sources have.

There may be thousands of rows, so each step is taken for all of them at once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, Inexact, InvalidOperation
from itertools import repeat

from finops.money import trimmed
from finops.periods import Period
from finops.ports import TableInfo
from tools.cost_questions import Plan, count
from tools.cost_result import AlsoValue, CostRow, CostTotal
from tools.cost_table import Cell, Group, Line, Sum, change_percent, shares
from tools.cost_terms import Column, Numbers
from tools.cost_units import NO_UNIT

_NOTHING: dict[str, AlsoValue] = {}


class RowMaker:
    """Writes the rows and totals of one query."""

    def __init__(
        self, plan: Plan, table: TableInfo, period: Period, other: Period | None, grows: Callable[[Period], bool]
    ) -> None:
        self.plan, self.query, self.period = plan, plan.query, period
        self._beside, self._grows = other is not None, grows
        self._quanta = {name: Decimal(1).scaleb(-scale) for name, scale in table.scales.items()}
        self._parts = tuple((part.name, at) for part, at in zip(plan.beside, plan.part_places, strict=True))
        self.credits_at = dict(self._parts).get("credits")

    def total(self, name: str, one: Sum, cells: Sequence[Cell], credits_before: Decimal | None) -> CostTotal:
        """Return the total of one unit; `credits_before` are those in its compared period."""
        parts = self._parts_of(one)
        change = one.value - one.compare
        net = parts.get("credits")
        return CostTotal.trusted(
            {
                "figure": name,
                "unit": one.unit,
                "value": self._digits(one.value),
                "rows": one.rows,
                "compare": self._digits(one.compare) if self._beside else None,
                "change": self._digits(change) if self._beside else None,
                "change_percent": change_percent(change, one.compare) if self._beside else None,
                "gross": None if net is None else self._digits(one.value - net),
                "compare_gross": None if credits_before is None else self._digits(one.compare - credits_before),
                "compare_credits": None if credits_before is None else self._digits(credits_before),
                **{part: parts.get(part) for part in ("credits", "corrections", "tax", "support", "marketplace")},
                "missing": self._missing(one.numbers),
                "growing": self._grows(self.period),
                "also": self._also(one.numbers, one.unit, None, cells),
            }
        )

    def rows(
        self, named: Sequence[str], table: Sequence[Line], totals: Mapping[str, Sum], cells: Sequence[Cell]
    ) -> tuple[CostRow, ...]:
        """Return a row for each line, with the figure names given."""
        whole = {unit: total.value for unit, total in totals.items()}
        values = [line.value for line in table]
        at = self.credits_at
        there = [None if at is None or line.numbers is None else line.numbers[at] for line in table]
        credited = [one if isinstance(one, Decimal) else None for one in there]
        compared = [line.compare if self._beside else None for line in table]
        changes = [None if base is None else value - base for value, base in zip(values, compared, strict=True)]
        grosses = [None if part is None else value - part for value, part in zip(values, credited, strict=True)]
        groups = {group: self._group(group) for group in {line.group for line in table}}
        grown = {bucket: self._growing(bucket) for bucket in {line.bucket for line in table}}
        columns = zip(
            named, table, self._all_digits(values), shares(table, whole), self._all_digits(compared), self._all_digits(changes),
            self._percents(changes, compared), self._all_digits(grosses), self._all_digits(credited), strict=True,
        )  # fmt: skip
        lacks, also = self.plan.have_at is not None, self._all_also(table, cells)
        # Every field is given, and of its type.
        return tuple(
            CostRow.trusted_all(
                [
                    {
                        "figure": name, "group": groups[line.group], "other": line.group is None, "bucket": line.bucket,
                        "value": value, "unit": line.unit, "share": share, "compare": compare, "change": change,
                        "change_percent": percent, "gross": gross, "credits": net,
                        "missing": self._missing(line.numbers) if lacks else 0, "growing": grown[line.bucket],
                        "also": beside,
                    }
                    for (name, line, value, share, compare, change, percent, gross, net), beside in zip(columns, also, strict=True)
                ]
            )
        )  # fmt: skip

    def _group(self, group: Group | None) -> dict[str, str | None]:
        values = (None,) * len(self.query.group_by) if group is None else group
        return dict(zip(self.query.group_by, values, strict=True))

    def _growing(self, bucket: date | None) -> bool:
        grain = self.query.grain
        return self._grows(self.period if bucket is None or grain is None else Period.bucket(bucket, grain))

    def _digits(self, value: Decimal, metric: str | None = None) -> Decimal:
        """Write `value` with as many decimals as the sources have, where that loses nothing."""
        name = metric or self.query.metric
        if (quantum := self._quanta.get(name)) is None:
            return trimmed(value, least=0 if name == "rows" else 2)
        try:
            return value.quantize(quantum)
        except (Inexact, InvalidOperation):
            return trimmed(value)

    def _all_digits(self, values: Sequence[Decimal | None], metric: str | None = None) -> Sequence[Decimal | None]:
        if (quantum := self._quanta.get(metric or self.query.metric)) is not None:
            try:
                return [None if value is None else value.quantize(quantum) for value in values]
            except (Inexact, InvalidOperation):
                pass  # one of them has more decimals: each by itself
        return [None if value is None else self._digits(value, metric) for value in values]

    def _percents(
        self, changes: Sequence[Decimal | None], compared: Sequence[Decimal | None]
    ) -> Sequence[Decimal | None]:
        if not self._beside:
            return compared
        both = zip(changes, compared, strict=True)
        return [None if change is None or base is None else change_percent(change, base) for change, base in both]

    def _parts_of(self, one: Sum) -> dict[str, Decimal]:
        """Return the parts of a net sum that there are, by name."""
        found = {} if one.numbers is None else {name: one.numbers[at] for name, at in self._parts}
        found |= dict(zip((part.name for part in self.plan.apart), one.apart, strict=False))
        return {name: self._digits(value) for name, value in found.items() if isinstance(value, Decimal)}

    def _missing(self, numbers: Numbers | None) -> int:
        have = self.plan.have_at
        return 0 if have is None or numbers is None else count(numbers[self.plan.rows_at]) - count(numbers[have])

    def _all_also(self, table: Sequence[Line], cells: Sequence[Cell]) -> Iterable[dict[str, AlsoValue]]:
        """Return the further columns of every line."""
        if not self.plan.columns:
            return repeat(_NOTHING, len(table))
        values: list[list[AlsoValue]] = []
        for column in self.plan.columns:
            if (plain := self._plainly(column, table)) is None:
                return [self._also(line.numbers, line.unit, line.group, cells) for line in table]
            values.append(plain)
        return [dict(zip(self.query.also, one, strict=True)) for one in zip(*values, strict=True)]

    def _plainly(self, column: Column, table: Sequence[Line]) -> list[AlsoValue] | None:
        """Return a further column's values where each is a number to be read as it is, else None."""
        if (plain := column.plain) is None:
            return None
        at, unit = plain
        found = [None if line.numbers is None else line.numbers[at] for line in table]
        numbers = [one for one in found if isinstance(one, Decimal)]
        if len(numbers) < len(found):
            return None
        return AlsoValue.trusted_all(
            [
                {"value": value, "unit": unit or line.unit, "date": None, "note": ""}
                for value, line in zip(self._all_digits(numbers, column.amount), table, strict=True)
            ]
        )

    def _also(
        self, numbers: Numbers | None, unit: str, group: Group | None, cells: Sequence[Cell]
    ) -> dict[str, AlsoValue]:
        if not self.plan.columns:
            return {}
        if numbers is None:
            return {text: AlsoValue(note="no row matches") for text in self.query.also}
        found: dict[str, AlsoValue] = {}
        for text, column in zip(self.query.also, self.plan.columns, strict=True):
            if (plain := column.plain) is not None and isinstance(one := numbers[plain[0]], Decimal):
                known: dict[str, object] = {
                    "value": self._digits(one, column.amount),
                    "unit": plain[1] or unit,
                    "date": None,
                    "note": "",
                }
                found[text] = AlsoValue.trusted(known)
                continue
            value = column.value(numbers, unit, lambda at: _only(at, cells) if group is None else group[at] or NO_UNIT)
            number = value.number
            if number is not None:
                number = self._digits(number, column.amount) if column.amount else trimmed(number, least=0)
            found[text] = AlsoValue.trusted(
                {"value": number, "unit": value.unit, "date": value.moment, "note": value.note}
            )
        return found


def _only(at: int, cells: Sequence[Cell]) -> str | None:
    """Return the one value of `group_by[at]`, None where the groups have several."""
    values = {(cell.group[at] or NO_UNIT) if cell.group is not None else None for cell in cells}
    return values.pop() if len(values) == 1 else None
