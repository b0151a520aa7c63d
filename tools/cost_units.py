"""In what the amounts of a question are counted, and what has to be asked to know it."""

from dataclasses import dataclass

from finops.also import unit_column
from finops.ports import TableInfo
from finops.query import CostQuery
from finops.relational import Key

NO_UNIT = "unspecified unit"
CURRENCY = "BillingCurrency"


@dataclass(frozen=True, slots=True)
class Units:
    """The unit column of the metric, and the one currency of a bill that has one."""

    column: str | None
    currency: str | None
    group_by: tuple[str, ...] = ()
    lacking: frozenset[str] = frozenset()

    @classmethod
    def of(cls, query: CostQuery, table: TableInfo, *, converted: bool) -> "Units":
        """Return what the metric is counted in; sums of different units are never added. `lacking` are costs that rows lack."""
        only = table.currencies[0] if len(table.currencies) == 1 and not converted else None
        return cls(unit_column(query.metric), only, query.group_by, frozenset(table.missing))

    @property
    def key(self) -> Key | None:
        """Return the key that tells units apart, None where there can be one only."""
        return None if self.column is None or self.fixed is not None else Key(self.column)

    @property
    def fixed(self) -> str | None:
        """Return the unit of every row of an answer, where that is known beforehand."""
        return "rows" if self.column is None else self.known(self.column)

    def known(self, column: str) -> str | None:
        """Return the only value of a unit column, None where it may have several."""
        return self.currency if column == CURRENCY else None


def unit_words(metric: str) -> str:
    """Return the column a metric is summed by."""
    return unit_column(metric) or CURRENCY
