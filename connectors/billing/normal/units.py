"""Units: Azure's `1 Hour` to `Hours`.

A price for a block of units, `10K Transactions`, has quantities and prices counted in blocks: FOCUS' PricingUnit must go on
saying so, or quantity times price would be off by ten thousand. There the unit stays as it is, and what it counts is kept beside
it: `NormalPricingUnit` (`Transactions`) and `x_PricingBlockSize` (10000), the name that Azure's own FOCUS exports use.
"""

from collections.abc import Sequence
from functools import cache

from connectors.billing.normal.subject import Change, Key, Seen, Subject, family_of, replaced
from connectors.billing.normal.tables import key, units


def unit(raw: str) -> tuple[str, int] | None:
    """Return what a unit text counts and how many of it make one priced unit, None where it is not known."""
    return units().get(key(raw))


@cache
def _standard() -> frozenset[str]:
    return frozenset(name for name, _ in units().values())


def unit_change(column: str, raw: str) -> Change | None:
    """Return what becomes of a unit of Azure's; nothing of one that is a standard unit already."""
    found = None if raw in _standard() else unit(raw)
    if found is None:
        return None
    name, size = found
    if size == 1:
        return replaced((column,), (raw,), (name,))
    return Change({}, {f"Normal{column}": name, SIZE: str(size)}) if column == "PricingUnit" else None


def _subject(column: str, *more: str) -> Subject:
    def changes(seen: Sequence[Seen]) -> dict[Key, Change]:
        found: dict[Key, Change] = {}
        for one in seen:
            provider, host, raw, *size = one.key
            known = any(size) or family_of(provider, host) != "azure"
            change = unit_change(column, raw) if raw and not known else None
            if change:
                found[one.key] = change
        return found

    return Subject(column, ("ProviderName", "HostProviderName", column, *more), (column,), changes)


SIZE = "x_PricingBlockSize"
# A bill that gives the block size has told its units apart already.
PRICING_UNITS = _subject("PricingUnit", f"x_Columns.{SIZE}")
CONSUMED_UNITS = _subject("ConsumedUnit")
