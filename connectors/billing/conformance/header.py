"""The rules on columns as such (ColumnHandling): names, prefixes and order, judged by the header alone."""

import re
from collections.abc import Callable, Sequence

from finops.focus import BY_NAME

_PASCAL = r"([A-Z][a-z0-9]*)+"
_LONGEST = 50


def _unknown(names: Sequence[str]) -> list[str]:
    return [name for name in names if name not in BY_NAME]


def _unprefixed(names: Sequence[str]) -> list[str]:
    return [name for name in _unknown(names) if not name.startswith("x_")]


def not_pascal_case(names: Sequence[str]) -> list[str]:
    """Return the columns, other than custom ones, that are not in PascalCase."""
    return [name for name in _unprefixed(names) if not re.fullmatch(_PASCAL, name)]


def not_alphanumeric(names: Sequence[str]) -> list[str]:
    """Return the columns, other than custom ones, with special characters."""
    return [name for name in _unprefixed(names) if not re.fullmatch("[A-Za-z0-9]+", name)]


def too_long(names: Sequence[str]) -> list[str]:
    """Return the columns of more than 50 characters."""
    return [name for name in names if len(name) > _LONGEST]


def not_prefixed(names: Sequence[str]) -> list[str]:
    """Return the columns that FOCUS does not define and that do not begin with `x_`."""
    return _unprefixed(names)


def custom_unlike_focus(names: Sequence[str]) -> list[str]:
    """Return the custom columns whose name, after `x_`, is not as FOCUS names columns."""
    custom = [name for name in names if name.startswith("x_")]
    return [name for name in custom if len(name) > _LONGEST or not re.fullmatch(_PASCAL, name[2:])]


def after_custom(names: Sequence[str]) -> list[str]:
    """Return the FOCUS columns that come after one that FOCUS does not define."""
    first = next((index for index, name in enumerate(names) if name not in BY_NAME), len(names))
    return [name for name in names[first:] if name in BY_NAME]


# What each rule finds wrong with a header: nothing where it is kept.
HEADER_RULES: dict[str, Callable[[Sequence[str]], list[str]]] = {
    "ColumnHandling-A-001-M": not_pascal_case,
    "ColumnHandling-A-003-M": not_alphanumeric,
    "ColumnHandling-A-005-O": too_long,
    "ColumnHandling-A-010-M": not_prefixed,
    "ColumnHandling-A-011-O": custom_unlike_focus,
    "ColumnHandling-A-012-O": after_custom,
    "ColumnHandling-A-013-O": after_custom,
}
