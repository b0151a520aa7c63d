"""How a `CostQuery` becomes questions to the store, and their rows cells of exact amounts."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from math import prod
from typing import cast

from finops.allocation import UNALLOCATED
from finops.also import NUMBERS
from finops.books import Books
from finops.periods import Period
from finops.ports import DataHandle
from finops.query import MOMENTS, VIRTUAL, CostQuery, number_text
from finops.relational import REST, Aggregate, Condition, Key, Question, Rows, Top
from tools.cost_parts import Part, hidden, left_out, sums
from tools.cost_table import MOST_GROUPS, Cell, Group, decimal_of, limit, most_lines
from tools.cost_terms import Asked, Column
from tools.cost_units import NO_UNIT, Units
from tools.scope import CHARGE_START, all_days, as_day, conditions, cost_table, key_of, moment_text

BILLING_START = Key("BillingPeriodStart")
# The day whose rate converts an amount.
CHARGE_DAY = Key("ChargePeriodStart", grain="day")
# From so many cells on, sums that only totals need are cheaper in a question of their own.
_MANY_CELLS = 300


def compared(query: CostQuery) -> Period | None:
    """Return the second period, None where nothing is compared."""
    if query.compare is None or query.period is None:
        return None
    if isinstance(query.compare, Period):
        return query.compare
    return query.period.previous() if query.compare == "previous_period" else query.period.year_before()


@dataclass(frozen=True)
class Plan:
    """What a query asks of the store, and where in the answer its numbers are."""

    query: CostQuery
    data: DataHandle
    books: Books

    @cached_property
    def start(self) -> Key:
        """What period and grain are about."""
        return CHARGE_START if self.query.basis == "charge" else BILLING_START

    @cached_property
    def converted(self) -> bool:
        """Whether amounts have to be converted, day by day."""
        asked = self.query.currency
        return asked is not None and any(one != asked for one in cost_table(self.data).currencies)

    @cached_property
    def units(self) -> Units:
        """In what the metric is counted."""
        return Units.of(self.query, cost_table(self.data), converted=self.converted)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The parts of a net total that are told apart."""
        return hidden(self.query, self.data)

    @cached_property
    def apart(self) -> tuple[Part, ...]:
        """The parts that are asked by themselves, for the totals alone: where groups are many, their sums cost more than that.

        Only credits are said of each row. A filter on what has many values, or on several things, may leave rows alone to tell.
        """
        filtered = {one.dimension for one in self.query.filters}
        few = all(self._distinct.get(name, MOST_GROUPS + 1) <= MOST_GROUPS for name in filtered)
        if self.converted or len(filtered) > 1 or not few or self._most_cells <= _MANY_CELLS:
            return ()
        return tuple(part for part in self.parts if part.name != "credits")

    @cached_property
    def rows_apart(self) -> bool:
        """Whether rows are counted for the totals alone: every row has the metric, and what is apart is asked anyway."""
        return bool(self.apart) and not self.units.lacking and not self.query.compare

    @cached_property
    def beside(self) -> tuple[Part, ...]:
        """The parts whose sums are asked beside the metric's."""
        return tuple(part for part in self.parts if part not in self.apart)

    @cached_property
    def _distinct(self) -> dict[str, int]:
        """How many values each dimension may have, absence included."""
        return {info.name: info.distinct + 1 for info in self.data.dimensions}

    @cached_property
    def _most_groups(self) -> int:
        rows = cost_table(self.data).rows
        return min(rows, prod(self._distinct.get(name, rows) for name in self.query.group_by))

    @property
    def _most_cells(self) -> int:
        return min(cost_table(self.data).rows, self._most_groups * self._buckets())

    @cached_property
    def _columns(self) -> tuple[Asked, tuple[Column, ...], tuple[int, ...]]:
        asked, metric = Asked(), self.query.metric
        if metric != "rows":
            asked.add(Aggregate("value", "sum", metric))
        if not self.rows_apart:
            asked.add(Aggregate("rows", "count"))
        if self.have_at is not None:
            asked.add(Aggregate("have", "count", metric))
        places = tuple(asked.add(one) for one in sums(self.beside, metric))
        return asked, tuple(Column(text, asked, self.units, self.books) for text in self.query.also), places

    @property
    def asked(self) -> Asked:
        """The aggregates: the sum, the rows, how many of them have an amount, the parts, what `also` needs."""
        return self._columns[0]

    @property
    def rows_at(self) -> int:
        """Where the count of rows is, unless they are counted apart; the metric's sum is first, and is that count for `rows`."""
        return 0 if self.query.metric == "rows" else 1

    @property
    def have_at(self) -> int | None:
        """Where the count of rows that have the cost is, None where every row of the bill has it."""
        return 2 if self.query.metric in self.units.lacking else None

    def lacking_places(self) -> Iterable[tuple[str, int]]:
        """Yield each cost that rows of the bill lack and that is asked for, with where the count of rows that have it is."""
        for place, one in enumerate(self.asked.aggregates):
            if one.function == "count" and one.column in self.units.lacking and not one.where:
                yield one.column, place

    @property
    def columns(self) -> tuple[Column, ...]:
        """The further columns."""
        return self._columns[1]

    @property
    def part_places(self) -> tuple[int, ...]:
        """Where the sums of the parts `beside` are."""
        return self._columns[2]

    @cached_property
    def groups(self) -> tuple[Key, ...]:
        """What rows are grouped by, in the order of `group_by`."""
        return tuple(key_of(name, self.books) for name in self.query.group_by)

    @cached_property
    def bucket(self) -> Key | None:
        """The time bucket."""
        return Key(self.start.column, grain=self.query.grain) if self.query.grain else None

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """Every key of the question, each once."""
        more = (self.bucket, self.units.key, CHARGE_DAY if self.converted else None)
        return tuple(dict.fromkeys((*self.groups, *(key for key in more if key is not None))))

    def where(self, period: Period | None) -> tuple[Condition, ...]:
        """Return the conditions of one period."""
        filters = conditions(self.query.filters, period, books=self.books, start=self.start)
        return (*filters, *left_out(self.query.exclude))

    def sums(self, period: Period | None) -> Question:
        """Return the question for one period: group, bucket, unit."""
        return Question("cost", tuple(self.asked.aggregates), self.keys, self.where(period), self.top)

    def whole(self) -> Question | None:
        """Return the question for the totals where groups cannot be added up to them, None where they can."""
        if self.asked.addable or self.converted or not (self.groups or self.bucket):
            return None
        return self._of_units(self.asked.aggregates)

    def parts_apart(self) -> Question | None:
        """Return the question for the parts that are asked by themselves, None where there are none."""
        counted = (Aggregate("rows", "count"),) if self.rows_apart else ()
        return self._of_units((*sums(self.apart, self.query.metric), *counted)) if self.apart else None

    def _of_units(self, aggregates: Sequence[Aggregate]) -> Question:
        keys = () if self.units.key is None else (self.units.key,)
        return Question("cost", tuple(aggregates), keys, self.where(self.query.period))

    def lacking(self, metric: str) -> Question:
        """Return the question which sources lack amounts: asked only where some do."""
        have = (Aggregate("rows", "count"), Aggregate("have", "count", metric))
        return Question("cost", have, (Key("x_Source"),), self.where(self.query.period))

    def keep(self, cells: int) -> int:
        """Return how many groups of each unit are listed of so many cells."""
        return limit(self.query.top, self._buckets(), cells)

    def _buckets(self) -> int:
        if self.query.grain is None:
            return 1
        table = all_days(cost_table(self.data))
        asked = self.query.period or table
        days = (min(asked.end, table.end) - max(asked.start, table.start)).days
        return max(1, days // {"day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}[self.query.grain])

    @cached_property
    def always(self) -> frozenset[Group]:
        """Groups no top puts among the rest: what is unallocated, where a virtual dimension alone is asked for."""
        alone = len(self.query.group_by) == 1 and self.query.group_by[0].startswith(VIRTUAL)
        return frozenset({(UNALLOCATED,)}) if alone else frozenset()

    @cached_property
    def top(self) -> Top | None:
        """Let the store rank the groups where they may be many, and nothing else is needed of those beyond the top."""
        if not self.groups or self.query.compare or self.converted or not self.asked.addable or self.always:
            return None
        cells = self._most_cells
        if self._most_groups <= MOST_GROUPS and cells <= most_lines(self.query.top):
            return None
        apart = () if self.units.key is None else (self.units.key,)
        along = () if self.bucket is None else (self.bucket,)
        return Top(self.asked.aggregates[0].name, self.keep(cells), apart, along)

    def cells(self, rows: Rows) -> list[Cell]:
        """Return the answer's rows as cells: group, bucket, unit, numbers."""
        at = {name: place for place, name in enumerate(rows.columns)}
        groups = [(at[key.name], reader_of(name)) for key, name in zip(self.groups, self.query.group_by, strict=True)]
        first, count = at[self.asked.aggregates[0].name], len(self.asked.aggregates)
        bucket = at[self.bucket.name] if self.bucket else None
        unit = at[self.units.key.name] if self.units.key else None
        day = at[CHARGE_DAY.name] if self.converted else None
        rest, fixed = at.get(REST), self.units.fixed or NO_UNIT
        plain = (
            len(groups) if all(read is text_or_none and place == i for i, (place, read) in enumerate(groups)) else None
        )
        moments = {None} if bucket is None else {row[bucket] for row in rows.rows}
        days = {one: None if one is None else as_day(one) for one in moments}
        end = first + count
        return [
            Cell(
                None if rest is not None and row[rest]
                else cast(Group, row[:plain]) if plain is not None
                else tuple([read(row[place]) for place, read in groups]),
                None if bucket is None else days[row[bucket]],
                fixed if unit is None else text_or_none(row[unit]) or NO_UNIT,
                value if isinstance(value := row[first], Decimal) else decimal_of(value),
                row[first:end],
                None if day is None else as_day(row[day]),
            )
            for row in rows.rows
        ]  # fmt: skip

    def by_unit(self, rows: Rows) -> list[tuple[str, Sequence[object]]]:
        """Return the numbers of each unit in the answer to a question without other groups."""
        keyed, fixed = self.units.key is not None, self.units.fixed or NO_UNIT
        return [((text_or_none(row[0]) or NO_UNIT) if keyed else fixed, row[keyed:]) for row in rows.rows]


def questions_of(query: CostQuery, data: DataHandle, books: Books | None = None) -> tuple[Question, ...]:
    """Return every question the query asks of the store, so that their shapes can be compiled beforehand."""
    plan, other = Plan(query, data, books or Books()), compared(query)
    asked = [plan.sums(query.period), plan.sums(other) if other else None, plan.parts_apart(), plan.whole()]
    return tuple(question for question in asked if question is not None)


def reader_of(name: str) -> Callable[[object], str | None]:
    """Return how a dimension's value in an answer is written as text: moments and numbers in one form."""
    if name in MOMENTS:
        return lambda value: moment_text(value) if isinstance(value, date) else None
    if name in NUMBERS:
        return lambda value: number_text(value) if isinstance(value, Decimal) else None
    return text_or_none


def text_or_none(value: object) -> str | None:
    """Return a store's value as text, None where there is none."""
    return None if value is None else str(value)


def count(value: object) -> int:
    """Return a store's count."""
    return int(str(value))
