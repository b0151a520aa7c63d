"""From a rule to the SQL condition that a row breaks it: its own condition, those of the composites it is part of, and nulls."""

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.billing.conformance.cells import Cells
from connectors.billing.conformance.checks import Check
from connectors.billing.conformance.functions import ROW_FUNCTIONS, satisfied
from connectors.billing.conformance.rules import Rule, RuleBook


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of every row for one rule and column: to which it applies, and which break it."""

    rule: str
    column: str
    when: str
    broken: str
    shows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """The rules with their composites: what a rule inherits from those it is part of."""

    book: RuleBook
    parents: dict[str, tuple[str, ...]]

    def line(self, rule: Rule) -> Iterator[Rule]:
        """Yield the rule and every composite above it."""
        yield rule
        for parent in self.parents.get(rule.id, ()):
            yield from self.line(self.book.rules[parent])

    def conditions(self, rule: Rule) -> tuple[Check, ...]:
        """Return the conditions under which the rule holds, each once."""
        return tuple(dict.fromkeys(one.when for one in self.line(rule) if one.when))

    def criteria(self, rule: Rule) -> tuple[str, ...]:
        """Return the applicability criteria of the rule and of what it is part of, each once."""
        return tuple(dict.fromkeys(name for one in self.line(rule) for name in one.criteria))


def is_of_rows(check: Check) -> bool:
    """Whether a row alone decides the check."""
    return all(map(is_of_rows, check.parts)) if check.function in ("AND", "OR") else check.function in ROW_FUNCTIONS


def absent_columns(rule: Rule, conditions: tuple[Check, ...], cells: Cells) -> list[str]:
    """Return the columns without which the rule cannot be judged. In a condition, an absent column merely holds no given text."""
    wanted = list(rule.check.columns()) if rule.check else []
    for condition in conditions:
        wanted += _compared_with_null(condition)
    return [name for name in dict.fromkeys(wanted) if not cells.has(name)]


def _compared_with_null(check: Check) -> Iterator[str]:
    if check.function in ("AND", "OR"):
        for part in check.parts:
            yield from _compared_with_null(part)
    elif check.function not in ("CheckValue", "CheckNotValue") or check.arguments[1] is None:
        yield from check.columns()


def applies_to(conditions: tuple[Check, ...], cells: Cells) -> str:
    """Return the condition that a row is one the rule speaks of."""
    return " AND ".join(satisfied(one, cells) for one in conditions) or "true"


def question_of(rule: Rule, check: Check, conditions: tuple[Check, ...], cells: Cells) -> Question:
    """Return what is asked of rows for a rule whose check a row decides.

    A rule on what a value must be leaves rows without the value to the rules on nullability.
    """
    columns = tuple(dict.fromkeys(check.columns()))
    when = applies_to(conditions, cells)
    own = rule.subject_name
    if rule.kind != "Nullability" and rule.subject == "Column" and own in columns:
        when = f"{cells.cell(own)} IS NOT NULL" + (f" AND {when}" if when != "true" else "")
    shown = (*columns, *(name for one in conditions for name in one.columns() if cells.has(name)))
    column = own if own in columns else columns[0]
    broken = f"({when}) AND NOT coalesce({satisfied(check, cells)}, false)"
    return Question(rule.id, column, when, broken, tuple(dict.fromkeys(shown)))
