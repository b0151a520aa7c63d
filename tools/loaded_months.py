"""Which months each source has a bill of: what a month without one cost is not known, and never zero."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from finops.errors import ToolError
from finops.periods import Period, add_months
from finops.ports import TableInfo
from finops.query import Basis
from finops.relational import Aggregate, Condition, Key, Question, Rows

SOURCE = Key("x_Source")
_NAMED = 3
Months = Mapping[str, tuple[str, ...]]


def months_of(period: Period, basis: Basis = "charge") -> Iterator[str]:
    """Yield the months that have a day in a period; of billing months those that begin in it."""
    first = period.start.replace(day=1)
    while first < period.end:
        if basis == "charge" or period.contains(first):
            yield f"{first:%Y-%m}"
        first = add_months(first, 1)


@dataclass(frozen=True)
class LoadedMonths:
    """The months that are loaded of the sources a question is about: of all, or of those that have a row its filters keep.

    `ask` answers one more question, put only where some source lacks a month or nothing was found.
    """

    table: TableInfo
    where: Sequence[Condition]
    ask: Callable[[Question], Rows]
    basis: Basis = "charge"

    @cached_property
    def _asked(self) -> Months:
        if not self.where:
            return self.table.months
        rows = self.ask(Question("cost", (Aggregate("rows", "count"),), (SOURCE,), tuple(self.where)))
        named = {str(source) for source in rows.column(SOURCE.name)}
        return {source: months for source, months in self.table.months.items() if source in named}

    def check(self, period: Period, *, what: str = "") -> None:
        """Refuse a period of which no row was found, where no source asked about has a bill of it: that is no zero."""
        months = set(months_of(period, self.basis))
        if self._asked and not any(months & set(loaded) for loaded in self._asked.values()):
            of = f" of {_listed(list(self._asked))}" if self.where else ""
            there = sorted({month for loaded in self._asked.values() for month in loaded})
            raise ToolError(
                f"no bill{of} is loaded for {what}`{period.label()}`",
                fix=f"ask for {_listed(there)}, which {'is' if len(there) == 1 else 'are'} loaded, or load that month",
            )

    def caveats(self, period: Period, beside: Period | None = None) -> tuple[str, ...]:
        """Say which sources lack a bill of a month of the period, or of the period set beside it."""
        notes = [self._caveat(period, beside, "")]
        notes += [self._caveat(beside, period, "compared period: ")] if beside else []
        return tuple(note for note in notes if note)

    def _caveat(self, period: Period, beside: Period | None, what: str) -> str:
        if not self._lacking(self.table.months, period, beside):
            return ""
        lacking = self._lacking(self._asked, period, beside)
        if not lacking:
            return ""
        named = [f"{source} for {_listed(months)}" for source, months in lacking.items()]
        return f"{what}no bill is loaded of {_listed(named)}: what it cost then is not known, and not in the figures"

    def _lacking(self, sources: Months, period: Period, beside: Period | None) -> dict[str, list[str]]:
        """Return the months each source lacks: after its first, or where it is compared with a month that it has."""
        last = max((months[-1] for months in self.table.months.values()), default="")
        asked = list(months_of(period, self.basis))
        compared = set(months_of(beside, self.basis)) if beside else set[str]()
        found: dict[str, list[str]] = {}
        for source, months in sorted(sources.items()):
            known = set(months)
            lacks = [m for m in asked if m not in known and m <= last and (m > months[0] or compared & known)]
            if lacks:
                found[source] = lacks
        return found


@dataclass(frozen=True, slots=True)
class UnloadedDays:
    """Days of months a source has no bill of: `between` two that it has, and `after` the last while others have one."""

    between: frozenset[date]
    after: frozenset[date]


def unloaded_days(table: TableInfo, period: Period) -> dict[str, UnloadedDays]:
    """Return the days of a period on which a source's cost is not known, for each source that has such days."""
    last = max((months[-1] for months in table.months.values()), default="")
    found: dict[str, UnloadedDays] = {}
    for source, months in table.months.items():
        lacks = [m for m in months_of(period) if m not in months and months[0] < m <= last]
        if lacks:
            between = _days([m for m in lacks if m < months[-1]], period)
            found[source] = UnloadedDays(between, _days([m for m in lacks if m > months[-1]], period))
    return found


def _days(months: Sequence[str], period: Period) -> frozenset[date]:
    every = (period.start + timedelta(days=i) for i in range(period.days))
    return frozenset(day for day in every if f"{day:%Y-%m}" in months)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
