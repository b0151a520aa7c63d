"""Put a question about raw rows as one about roll-ups, where these give the same digits; pure.

A roll-up holds sums by its columns and by day or month, so it serves what groups and filters by these alone, at bounds that fall
between two of its days or months. Everything else needs the rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time

from finops.relational import Aggregate, Condition, Key, Question, Rule, Scalar
from finops.tables import TAG_COLUMN
from store.lake.rollups.catalogue import BY_NAME, EXTREMES, MEASURES, RollupGrain
from store.lake.states.manifest import Kept

_START = "ChargePeriodStart"
_CUT = {(function, column): name for name, (function, column) in EXTREMES.items()}


@dataclass(frozen=True, slots=True)
class Rolled:
    """A question as roll-ups take it, and what one must have to answer it. `counts` are places in a row where None means 0.

    `measures` are what it sums, and the extremes it asks for: every roll-up has them.
    """

    question: Question
    columns: frozenset[str]
    tag: str | None
    grain: RollupGrain
    measures: frozenset[str]
    counts: frozenset[int]

    def covered_by(self, kept: Kept) -> bool:
        """Tell whether a roll-up has all that is asked for."""
        rollup = BY_NAME.get(kept.name)
        return (
            rollup is not None
            and self.columns <= rollup.columns
            and self.tag in (None, kept.tag)
            and (rollup.grain == "day" or self.grain == "month")
        )

    def rows(self, found: Iterable[tuple[object, ...]]) -> tuple[tuple[object, ...], ...]:
        """Return the answer's rows as the raw rows would give them."""
        if not self.counts:
            return tuple(found)
        return tuple(
            tuple(0 if value is None and place in self.counts else value for place, value in enumerate(row))
            for row in found
        )


class _NeedsRows(Exception):
    """Only the raw rows can answer it."""


@dataclass(slots=True)
class _Rewriter:
    columns: set[str] = field(default_factory=set[str])
    tags: set[str] = field(default_factory=set[str])
    grain: RollupGrain = "month"

    def key(self, key: Key) -> Key:
        if key.rules:
            return replace(key, rules=tuple(self._rule(rule) for rule in key.rules))
        if key.json_key is not None:
            return self._tag(key)
        if key.column == _START:
            if key.grain is None:
                raise _NeedsRows
            self._at_least("day" if key.grain in ("day", "week") else "month")
            return key
        self.columns.add(key.column)
        return key

    def condition(self, one: Condition) -> Condition:
        if one.key == Key(_START):
            return self._bound(one)
        return replace(one, key=self.key(one.key), other=one.other and self.key(one.other))

    def aggregate(self, one: Aggregate) -> Aggregate:
        kept = replace(one, where=tuple(self.condition(each) for each in one.where))
        match one.function:
            case "count":
                return self._count(kept)
            case "sum":
                if one.column not in MEASURES or one.json_key is not None:
                    raise _NeedsRows
                return kept
            case "min" | "max" if (one.function, one.column) in _CUT:
                return replace(kept, column=_CUT[one.function, one.column])
            case "min" | "max" | "distinct":
                column = self.key(Key(one.column, one.json_key)).column
                return replace(kept, column=column, json_key=None)
            case _:
                raise _NeedsRows

    def _count(self, kept: Aggregate) -> Aggregate:
        present = (Condition(Key(kept.column, kept.json_key), "present"),) if kept.column else ()
        where = (*kept.where, *(self.condition(one) for one in present))
        return replace(kept, function="sum", column="x_Rows", json_key=None, where=where)

    def _rule(self, rule: Rule) -> Rule:
        return replace(
            rule, where=tuple(self.condition(one) for one in rule.where), copy=rule.copy and self.key(rule.copy)
        )

    def _tag(self, key: Key) -> Key:
        if key.column != "Tags" or key.json_key is None:
            raise _NeedsRows
        self.tags.add(key.json_key)
        if len(self.tags) > 1:
            raise _NeedsRows
        return Key(TAG_COLUMN)

    def _bound(self, one: Condition) -> Condition:
        if one.operator in ("missing", "present"):
            return one
        if one.operator not in ("from", "before") or one.other is not None:
            raise _NeedsRows
        for value in one.values:
            self._at_least(_boundary(value))
        return one

    def _at_least(self, grain: RollupGrain) -> None:
        self.grain = "day" if grain == "day" else self.grain


def _boundary(value: Scalar) -> RollupGrain:
    """Return the coarsest grain that begins at this moment."""
    if not isinstance(value, date):
        raise _NeedsRows
    if isinstance(value, datetime):
        value = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        if value.time() != time():
            raise _NeedsRows
    return "month" if value.day == 1 else "day"


def rolled(question: Question) -> Rolled | None:
    """Return the question as one about roll-ups, None where only the raw rows can answer it."""
    if question.table != "cost":
        return None
    rewriter = _Rewriter()
    try:
        asked = _rewritten(question, rewriter)
    except _NeedsRows:
        return None
    counts = {len(question.keys) + i for i, one in enumerate(question.aggregates) if one.function == "count"}
    return Rolled(
        question=asked,
        columns=frozenset(rewriter.columns),
        tag=next(iter(rewriter.tags), None),
        grain=rewriter.grain,
        measures=frozenset(one.column for one in asked.aggregates),
        counts=frozenset(counts),
    )


def _rewritten(question: Question, rewriter: _Rewriter) -> Question:
    top = question.top and replace(
        question.top,
        apart=tuple(rewriter.key(key) for key in question.top.apart),
        along=tuple(rewriter.key(key) for key in question.top.along),
    )
    return Question(
        table="rollup",
        aggregates=tuple(rewriter.aggregate(one) for one in question.aggregates),
        keys=tuple(rewriter.key(key) for key in question.keys),
        where=tuple(rewriter.condition(one) for one in question.where),
        top=top,
    )
