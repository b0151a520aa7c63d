"""What a rule asks of a row, as data: a check function of the requirements model and its arguments."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

Scalar = str | int | None


@dataclass(frozen=True, slots=True)
class Check:
    """One check: the model's name of its function, and columns, values or further checks in the function's order."""

    function: str
    arguments: "tuple[Scalar | Check, ...]"

    @property
    def parts(self) -> "tuple[Check, ...]":
        """The checks among the arguments."""
        return tuple(one for one in self.arguments if isinstance(one, Check))

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules that a composite consists of."""
        return tuple(str(one.arguments[0]) for one in self.parts if one.function == "CheckModelRule")

    def text(self, index: int) -> str:
        """Return the argument at `index`, which is a column or a text."""
        return str(self.arguments[index])

    def columns(self) -> Iterator[str]:
        """Yield the columns that are read, in order, some perhaps twice."""
        if self.function in ("AND", "OR"):
            for part in self.parts:
                yield from part.columns()
        else:
            yield from (self.text(index) for index in range(_COLUMNS.get(self.function, 1)))


# How many of a function's arguments are columns, where it is not one.
_COLUMNS = {
    "CheckDistinctCount": 2, "CheckSameValue": 2, "CheckNotSameValue": 2, "CheckBefore": 2, "ColumnByColumnEqualsColumnValue": 3,
    "CheckModelRule": 0,
}  # fmt: skip


def parse(written: object) -> Check | None:
    """Return the check that the rules file writes as `["CheckValue", "ChargeCategory", "Tax"]`; None for `null`.

    A bare rule id among the parts of AND or OR stands for `CheckModelRule`.
    """
    if written is None:
        return None
    function, *rest = cast(list[object], written)
    arguments: list[Scalar | Check] = []
    for one in rest:
        if isinstance(one, list):
            arguments.append(parse(cast(object, one)))
        elif function in ("AND", "OR"):
            arguments.append(Check("CheckModelRule", (str(one),)))
        else:
            arguments.append(one if one is None or isinstance(one, int) else str(one))
    return Check(str(function), tuple(arguments))


def null(column: str) -> Check:
    """Return the check that a column has no value."""
    return Check("CheckValue", (column, None))


def filled(column: str) -> Check:
    """Return the check that a column has a value."""
    return Check("CheckNotValue", (column, None))


def equal(column: str, value: str) -> Check:
    """Return the check that a column has this value."""
    return Check("CheckValue", (column, value))


def unlike(column: str, value: str) -> Check:
    """Return the check that a column has another value, or none."""
    return Check("CheckNotValue", (column, value))


def all_of(*parts: Check) -> Check:
    """Return the check that all parts hold."""
    return Check("AND", parts)


def any_of(*parts: Check) -> Check:
    """Return the check that one part holds, at least."""
    return Check("OR", parts)
