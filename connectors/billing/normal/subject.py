"""What a rule of normalising is: from the different values a bill has in some columns, to those that change."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Value = str | None
Key = tuple[Value, ...]
Family = Literal["azure", "aws", "google", "oracle", "other"]

_FAMILIES: dict[Family, re.Pattern[str]] = {
    "azure": re.compile(r"microsoft|azure", re.IGNORECASE),
    "aws": re.compile(r"\baws\b|amazon", re.IGNORECASE),
    "google": re.compile(r"google|\bgcp\b", re.IGNORECASE),
    "oracle": re.compile(r"oracle|\boci\b", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One combination of values a bill has, and the latest charge (as sortable text) that has it."""

    key: Key
    latest: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """The values a combination's columns get, and what to keep beside them (`RawRegionName` and the like), by name."""

    values: Mapping[str, str]
    kept: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Subject:
    """One rule: the columns (or `x_Columns.NAME`) it looks at, those it sets, and what becomes of what it sees.

    `changes` is pure and names only combinations that change; what it gives for its own results is nothing.
    """

    name: str
    reads: tuple[str, ...]
    sets: tuple[str, ...]
    changes: Callable[[Sequence[Seen]], dict[Key, Change]]


def family_of(*providers: Value) -> Family:
    """Return whose names a bill of these providers uses."""
    said = " ".join(name for name in providers if name)
    for family, pattern in _FAMILIES.items():
        if pattern.search(said):
            return family
    return "other"


def replaced(columns: Sequence[str], old: Sequence[Value], new: Sequence[Value]) -> Change | None:
    """Return the change from `old` to `new` values, keeping what was overwritten as `Raw...`; None where all are as they were.

    A new value of None leaves the old one.
    """
    values: dict[str, str] = {}
    raw: dict[str, str] = {}
    for column, before, after in zip(columns, old, new, strict=True):
        if after and after != before:
            values[column] = after
            if before:
                raw[f"Raw{column}"] = before
    return Change(values, raw) if values else None
