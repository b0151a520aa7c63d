"""What an account or a region is called: by its name where the bill gives one, by its id where only the id tells which one it is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from agent.grounding.names import quoted
from agent.planners.contract import ToolOutcome
from finops.query import CostQuery
from tools.cost_result import CostResult, CostRow

_NAMED = {"SubAccountId": "SubAccountName", "RegionId": "RegionName", "BillingAccountId": "BillingAccountName"}
# Both are what people call it: `East US` and `eastus`.
_BOTH = ("RegionId",)


@dataclass(frozen=True, slots=True)
class Names:
    """The names behind ids, by dimension and id; an id with several names, such as one it had before, has them all."""

    of: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict[tuple[str, str], frozenset[str]])
    rivals: frozenset[tuple[str, str]] = frozenset()
    """Dimensions and names that more than one id goes by."""

    @classmethod
    def told(cls, outcomes: Sequence[ToolOutcome]) -> "Names":
        """Read what the queries of `naming` found."""
        found: dict[tuple[str, str], frozenset[str]] = {}
        ids: dict[tuple[str, str], set[str | None]] = {}
        for outcome in outcomes:
            for row in CostResult.model_validate(outcome.evidence.result).rows if outcome.evidence else ():
                for dimension, name_of in _NAMED.items():
                    value, name = row.group.get(dimension), row.group.get(name_of)
                    if name is not None and value is not None:
                        found[dimension, value] = found.get((dimension, value), frozenset()) | {name}
                    if name is not None:
                        ids.setdefault((dimension, name), set()).add(value)
        return cls(found, frozenset(key for key, values in ids.items() if len(values) > 1))

    @property
    def mixed(self) -> bool:
        """Tell whether the largest by name and the largest by id need not be the same."""
        return bool(self.rivals) or any(len(names) > 1 for names in self.of.values())

    def group(self, row: CostRow) -> str:
        """Return what a group is called, as it may stand in a sentence."""
        if row.other:
            return "other"
        return " / ".join(self._called(dimension, value) for dimension, value in row.group.items())

    def _called(self, dimension: str, value: str | None) -> str:
        if value is None:
            return "(none)"
        names = self.of.get((dimension, value), frozenset())
        if len(names) != 1 or value in names:
            return quoted(value)
        (name,) = names
        alone = dimension not in _BOTH and (dimension, name) not in self.rivals
        return quoted(name) if alone else f"{quoted(name)} ({quoted(value)})"


NO_NAMES = Names()


def naming(query: CostQuery, known: Collection[str]) -> tuple[CostQuery, ...]:
    """Return the queries that find the names behind the ids a cost is split by, where the bill has names.

    They are looked up apart, for a charge may lack the name of its account, and is part of it all the same.
    """
    # What is compared with may have groups of its own.
    period = None if query.compare else query.period
    return tuple(
        CostQuery(metric="rows", period=period, basis=query.basis, group_by=(one, _NAMED[one]))
        for one in query.group_by
        if _NAMED.get(one) in known
    )
