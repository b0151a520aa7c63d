"""Which columns a bill must have to be loaded, and what is said of one that lacks them."""

import difflib
from collections.abc import Sequence

from connectors.billing.files.source import SourceFile
from finops.errors import BadFile
from finops.focus import detect_version, missing_columns, required_columns

# Mandatory and never null in the specification: without these no question has an exact answer.
REQUIRED: tuple[str, ...] = required_columns("1.2")
# Among them, those a row cannot be placed or counted without; a null here refuses the file.
NEVER_NULL: tuple[str, ...] = (
    "BilledCost", "BillingAccountId", "BillingCurrency", "BillingPeriodStart", "ChargePeriodStart", "ProviderName",
)  # fmt: skip


def check_columns(file: SourceFile) -> None:
    """Refuse a file without the columns a bill must have, naming them and the nearest that it has instead."""
    missing = missing_columns(frozenset(file.types))
    if not missing:
        return
    listed = ", ".join(f"`{name}`" for name in missing[:6]) + (
        f" and {len(missing) - 6} more" if len(missing) > 6 else ""
    )
    if len(missing) > len(REQUIRED) // 2 and not any(c in REQUIRED for c in file.columns):
        raise BadFile(
            f"`{file.name}` is no FOCUS bill, it has the columns {_shown(file.columns)} and lacks {listed}",
            fix="export the bill in FOCUS format, version 1.0 to 1.4",
        )
    raise BadFile(f"`{file.name}` lacks the column{'s'[: len(missing) > 1]} {listed}", fix=_fix(missing, file.columns))


def refuse_twins(file: SourceFile) -> None:
    """Refuse columns that differ in case alone: DuckDB takes them for one, so none could say which of them was read."""
    seen: dict[str, str] = {}
    for name in file.columns:
        twin = seen.setdefault(name.lower(), name)
        if twin != name:
            raise BadFile(
                f"`{file.name}` has the columns `{twin}` and `{name}`, which differ in case alone",
                fix="rename or leave out one of them",
            )


def _fix(missing: Sequence[str], columns: Sequence[str]) -> str:
    lower = {name.lower().replace("_", "").replace(" ", ""): name for name in columns if name not in REQUIRED}
    for name in missing:
        near = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=0.75)
        if near:
            return f"rename `{lower[near[0]]}` to `{name}`"
    return "export the bill with every mandatory FOCUS column"


def _shown(columns: Sequence[str]) -> str:
    return ", ".join(f"`{name[:40]}`" for name in columns[:5]) + (" ..." if len(columns) > 5 else "")


def version_of(columns: Sequence[str]) -> str:
    """Return the oldest FOCUS version that has all the FOCUS columns among `columns`."""
    return detect_version(frozenset(columns))
