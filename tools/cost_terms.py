"""The further columns of a cost query: what is asked of the store for each, and how its numbers become a value with a unit.

Engines give exact sums and counts; differences and ratios are finished here in Decimal. A ratio is over the rows that have a
value for each of its parts, so that nothing is divided by what belongs to other rows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import partial, reduce
from typing import Literal, cast

from finops.also import Also, Term, parse_also, unit_column
from finops.books import Books
from finops.query import COST_METRICS, check_dimension
from finops.relational import Aggregate, Condition, Key
from tools.cost_units import NO_UNIT, Units
from tools.scope import key_of, moment_text

Numbers = Sequence[object]
# How the numbers of several groups become those of one; distinct values cannot be put together.
Merge = Literal["sum", "min", "max", "none"]
_RATE = Context(prec=12, rounding=ROUND_HALF_EVEN)
PER_UNIT = " per unit"


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a further column: a number in a unit, or a date; `note` says why there is none, or what it lacks."""

    number: Decimal | None = None
    unit: str = ""
    moment: str | None = None
    note: str = ""


class Asked:
    """The aggregates of one question, each asked once; numbers are found by their place."""

    def __init__(self) -> None:
        self.aggregates: list[Aggregate] = []
        self.merges: list[Merge] = []
        self._places: dict[object, int] = {}

    def add(self, aggregate: Aggregate) -> int:
        """Return the place of the aggregate's number; its name is for the store alone."""
        known = (aggregate.function, aggregate.column, aggregate.json_key, aggregate.where)
        if known not in self._places:
            self._places[known] = len(self.aggregates)
            self.aggregates.append(aggregate)
            merges: Mapping[str, Merge] = {"sum": "sum", "count": "sum", "min": "min", "max": "max"}
            self.merges.append(merges.get(aggregate.function, "none"))
        return self._places[known]

    @property
    def addable(self) -> bool:
        """Whether the numbers of groups give those of their total."""
        return "none" not in self.merges


@dataclass(frozen=True, slots=True)
class _Part:
    """Where the numbers of one term are: its sum, how many rows have it, how many should.

    Its unit is known, or that of a value the rows are grouped by (`grouped`), or lies between two `ends`, or is the metric's.
    """

    term: Term
    total: int
    have: int | None = None
    should: int | None = None
    unit: str | None = None
    grouped: int | None = None
    ends: tuple[int, int, int] | None = None


class Column:
    """One further column of a query: asks for what it needs, and reads its value from the numbers of any group."""

    def __init__(self, text: str, asked: Asked, units: Units, books: Books) -> None:
        self.also: Also = parse_also(text, check_dimension)
        self._asked, self._units, self._books = asked, units, books
        terms = self.also.terms
        self._single = len(terms) == 1
        # Costs are there in each row, or their sum is not whole and no ratio is made of it: no condition, one scan, any roll-up.
        self._costs = all(term.kind == "sum" and term.name in COST_METRICS for term in terms)
        where = () if self._single or self._costs else tuple(self._present(t) for t in terms if t.kind != "rows")
        self._parts = tuple(self._ask(term, where) for term in terms)

    @property
    def amount(self) -> str | None:
        """Return the FOCUS column whose decimals its value has, None for counts, ratios and numbers of a price's details."""
        left = self.also.left
        return left.column if left.kind == "sum" and left.json_key is None and self.also.over is None else None

    @property
    def plain(self) -> tuple[int, str | None] | None:
        """Where the number is and its unit, None for the metric's own, where no more is needed to read a value; else None."""
        part = self._parts[0]
        if not self._single or part.term.kind != "sum" or part.term.name.endswith("UnitPrice"):
            return None
        return (
            None
            if part.should is not None or part.grouped is not None or part.ends is not None
            else (part.total, part.unit)
        )

    def _key(self, term: Term) -> Key:
        if term.kind == "distinct":
            return key_of(term.column, self._books)
        return Key(term.column, json_key=term.json_key)

    def _present(self, term: Term) -> Condition:
        return Condition(self._key(term), "present")

    def _ask(self, term: Term, where: tuple[Condition, ...]) -> _Part:
        name = f"also {len(self._asked.aggregates)}"
        match term.kind:
            case "rows":
                return _Part(term, self._asked.add(Aggregate(name, "count", where=where)), unit="rows")
            case "first" | "last":
                function = "min" if term.kind == "first" else "max"
                return _Part(term, self._asked.add(Aggregate(name, function, term.column)))
            case "distinct":
                key = self._key(term)
                one = Aggregate(name, "distinct", key.column, json_key=key.json_key, where=where)
                return _Part(term, self._asked.add(one), unit="count" if self._single else term.column)
            case "sum":
                return self._sum(term, where, name)

    def _sum(self, term: Term, where: tuple[Condition, ...], name: str) -> _Part:
        total = self._asked.add(Aggregate(name, "sum", term.column, json_key=term.json_key, where=where))
        if term.json_key is not None:
            # A value under the key that is no number is in no sum: then the rows counted differ.
            have = self._count(term, name, where)
            should = self._asked.add(Aggregate(f"{name} should", "count", where=where or (self._present(term),)))
            return _Part(term, total, have, should, unit=term.json_key)
        have = should = None
        if term.name in self._units.lacking and not where:
            have, should = self._count(term, name, where), self._asked.add(Aggregate("rows", "count"))
        column = unit_column(term.name) or ""
        known, metric = self._units.known(column), column == self._units.column
        if known is not None or metric:
            return _Part(term, total, have, should, unit=known)
        if column in self._units.group_by:
            return _Part(term, total, have, should, grouped=self._units.group_by.index(column))
        return _Part(term, total, self._count(term, name, where), should, ends=self._ends(term, name, column, where))

    def _count(self, term: Term, name: str, where: tuple[Condition, ...]) -> int:
        return self._asked.add(Aggregate(f"{name} have", "count", term.column, json_key=term.json_key, where=where))

    def _ends(self, term: Term, name: str, column: str, where: tuple[Condition, ...]) -> tuple[int, int, int]:
        add, with_it = self._asked.add, where or (self._present(term),)
        return (
            add(Aggregate(f"{name} unit", "min", column, where=with_it)),
            add(Aggregate(f"{name} last unit", "max", column, where=with_it)),
            add(Aggregate(f"{name} units", "count", column, where=with_it)),
        )

    def value(self, numbers: Numbers, unit: str, named: Callable[[int], str | None]) -> Value:
        """Return the column's value; `unit` is that of the group's metric, `named` gives the value of `group_by[i]`, None for several."""
        if self.also.left.kind in ("first", "last"):
            moment = numbers[self._parts[0].total]
            return Value(moment=moment_text(moment) if isinstance(moment, datetime) else None)
        read = [_read(part, numbers, unit, named) for part in self._parts]
        if self._single:
            return read[0]
        for one in read:
            if one.number is None or one.note:
                return Value(note=one.note)
        left = read[0]
        if self.also.minus is not None:
            if read[1].unit != left.unit:
                return Value(note=f"{left.unit} and {read[1].unit} cannot be subtracted")
            left = Value(_number(left) - _number(read[1]), left.unit)
        return left if self.also.over is None else _ratio(left, read[-1], self.also.over.name)


def _read(part: _Part, numbers: Numbers, unit: str, named: Callable[[int], str | None]) -> Value:
    total = numbers[part.total]
    if part.term.kind == "distinct" and total is None:
        return Value(note=f"{part.term.name} of several groups cannot be added")
    if total is None:
        return Value(note=f"no row has a number for {part.term.name}")
    number = total if isinstance(total, Decimal) else Decimal(int(str(total)))
    found = named(part.grouped) if part.grouped is not None else _unit(part, numbers, unit)
    if found is None:
        return Value(note=f"{part.term.name} is in several units; group by {unit_column(part.term.name)}")
    if part.term.name.endswith("UnitPrice"):
        found += PER_UNIT
    have, should = (_count(numbers, at) for at in (part.have, part.should))
    if part.should is not None and have < should:
        return Value(number, found, note=f"{should - have} of {should} rows have no number for {part.term.name}")
    return Value(number, found)


def _unit(part: _Part, numbers: Numbers, unit: str) -> str | None:
    """Return the one unit of the term's rows, None where there are several."""
    if part.ends is None:
        return unit if part.unit is None else part.unit
    first, last, count = (numbers[at] for at in part.ends)
    if first is None:
        return NO_UNIT
    return str(first) if first == last and count == numbers[part.have or 0] else None


def _count(numbers: Numbers, at: int | None) -> int:
    return 0 if at is None else int(str(numbers[at] or 0))


def _number(value: Value) -> Decimal:
    return value.number if value.number is not None else Decimal(0)


def _ratio(over: Value, under: Value, name: str) -> Value:
    if not under.number:
        return Value(note=f"{name} is zero")
    if over.unit == under.unit:
        return Value(_RATE.divide(_number(over) * 100, under.number), "%")
    unit = "unit" if under.unit == over.unit + PER_UNIT else f"{over.unit} per {under.unit}"
    return Value(_RATE.divide(_number(over), under.number), unit)


def added(merges: Sequence[Merge], many: Sequence[Numbers]) -> Numbers:
    """Return the numbers of one group or more put together, as `merged` does two by two."""
    if len(many) == 1:
        return many[0]
    return [_all_merged(merge, column) for merge, column in zip(merges, zip(*many, strict=True), strict=True)]


def _all_merged(merge: Merge, column: tuple[object, ...]) -> object:
    found = [one for one in column if one is not None]
    if merge == "sum" and found and all(isinstance(one, Decimal | int) for one in found):
        first, *others = cast(list[Decimal], found)
        return sum(others, first)
    return reduce(partial(_merge, merge), column)


def merged(merges: Sequence[Merge], one: Numbers, other: Numbers) -> list[object]:
    """Return the numbers of two groups put together; None stands for no value."""
    return [_merge(*three) for three in zip(merges, one, other, strict=True)]


def _merge(merge: Merge, one: object, other: object) -> object:
    if merge == "none":
        return None
    if one is None or other is None:
        return other if one is None else one
    match one, other:
        case (int() | Decimal(), int() | Decimal()) if merge == "sum":
            return one + other
        case (datetime(), datetime()):
            return min(one, other) if merge == "min" else max(one, other)
        case _:
            return min(str(one), str(other)) if merge == "min" else max(str(one), str(other))
