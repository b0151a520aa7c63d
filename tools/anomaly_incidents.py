"""From scores to incidents: gated by money, excused where they recur, laid at the lowest scope, told once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from statistics import median_low
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from finops.money import divide, trimmed
from tools.anomaly_contract import Incident
from tools.anomaly_costs import Path, Tree
from tools.recurring import recurs
from tools.rolling import Matrix
from tools.spikes import COLD_DAYS, SEASONAL_DAYS, Scores, columns, mostly_zero, novel, offsets, score, unusual

# A child with this share of its parent's excess is where the excess is.
_EXPLAINED = 0.8
# Flags of one scope not further apart than this are one incident.
_SAME_INCIDENT = timedelta(days=14)
_OPEN = timedelta(days=7)
# Days after an incident that tell whether it is over.
_SETTLED = 3
_CENT = Decimal("0.01")

Rule = Literal["spike", "cold start", "new spend", "novel amount"]


@dataclass(frozen=True, slots=True)
class Found:
    """One scope on one unusual day. `expected` is rounded to 2 decimals."""

    node: int
    column: int
    rule: Rule
    expected: Decimal
    z: Decimal | None


class Detector:
    """Everything known of one currency's tree. Days before column `first` are history, reported on by nobody."""

    def __init__(self, tree: Tree, first: int, gate: float) -> None:
        self.tree, self.first, self.gate = tree, first, gate
        self.scores: Scores = score(tree.costs, offsets(tree.costs, first, 1.0))
        self._zero = mostly_zero(tree.costs)
        self._novel = novel(tree.costs)
        age = self.scores.age
        began: NDArray[np.int64] = np.subtract(columns(age.shape[1]), age, dtype=np.int64)
        # Whoever was there when the data begins is not new, only cut off.
        self._new: NDArray[np.bool_] = (age >= 0) & (age < COLD_DAYS) & (began >= COLD_DAYS)
        self.expected: Matrix = np.where(self._new | (self._novel & self._zero), 0.0, self.scores.expected)
        self.excess: Matrix = tree.costs - self.expected

    def found(self, *, rising: bool) -> list[Found]:
        """Return the unusual days of one direction, each at the lowest scope that explains it."""
        flags = self._flags(rising=rising)
        flags[:, : self.first] = False
        found: list[Found] = []
        for column in np.flatnonzero(flags.any(axis=0)):
            at = int(column)
            nodes = [int(node) for node in np.flatnonzero(flags[:, at]) if not self._recurs(int(node), at)]
            found += [self._describe(node, at) for node in self._lowest(nodes, at, 1.0 if rising else -1.0)]
        return found

    def _flags(self, *, rising: bool) -> NDArray[np.bool_]:
        high, low = unusual(self.scores)
        if not rising:
            return low & ~self._zero & ~self.tree.unloaded & (-self.excess >= self.gate)
        news = self._novel & self._zero & (self.scores.age >= SEASONAL_DAYS)
        return ((high & ~self._zero) | news | self._new) & (self.excess >= self.gate)

    def _recurs(self, node: int, column: int) -> bool:
        return recurs(self.scores.residual[node], column, self.tree.days)

    def _lowest(self, nodes: list[int], column: int, sign: float) -> list[int]:
        """Lay each flag at the lowest scope with 80 % of the excess; drop a parent that its reported children explain."""
        chosen: list[int] = []
        for node in sorted(nodes, key=lambda n: (-len(self.tree.paths[n]), n)):
            low = self._descend(node, column, sign)
            if low in chosen or (low != node and self._recurs(low, column)):
                continue
            if sign * self._told(low, chosen, column) < _EXPLAINED * sign * self.excess[low, column]:
                chosen.append(low)
        return sorted(chosen)

    def _descend(self, node: int, column: int, sign: float) -> int:
        while self.tree.children[node]:
            inside = list(self.tree.children[node])
            parts = np.nan_to_num(sign * self.excess[inside, column])
            best = int(np.argmax(parts))
            if parts[best] < _EXPLAINED * sign * self.excess[node, column]:
                break
            node = inside[best]
        return node

    def _told(self, node: int, chosen: list[int], column: int) -> float:
        path = self.tree.paths[node]
        below = [one for one in chosen if one != node and self.tree.paths[one][: len(path)] == path]
        return float(np.nansum(self.excess[below, column])) if below else 0.0

    def _describe(self, node: int, column: int) -> Found:
        z = float(self.scores.z[node, column])
        expected = Decimal(repr(round(float(self.expected[node, column]), 2))).quantize(_CENT)
        rule = self._rule(node, column)
        unknown = np.isnan(z) or rule in ("new spend", "novel amount")
        return Found(node, column, rule, expected, None if unknown else Decimal(repr(round(z, 2))).quantize(_CENT))

    def _rule(self, node: int, column: int) -> Rule:
        if self._new[node, column]:
            return "new spend"
        if self._zero[node, column] and self._novel[node, column]:
            return "novel amount"
        return "spike" if self.scores.age[node, column] >= SEASONAL_DAYS else "cold start"


def merged(found: Iterable[Found], tree: Tree) -> list[list[Found]]:
    """Return the days of each incident: of one scope, no further than 14 days apart."""
    by_node: dict[int, list[Found]] = {}
    for one in sorted(found, key=lambda one: (one.node, one.column)):
        by_node.setdefault(one.node, []).append(one)
    incidents: list[list[Found]] = []
    for days in by_node.values():
        for i, one in enumerate(days):
            if i and tree.days[one.column] - tree.days[days[i - 1].column] <= _SAME_INCIDENT:
                incidents[-1].append(one)
            else:
                incidents.append([one])
    return incidents


def describe(
    incident: list[Found], tree: Tree, *, group_by: tuple[str, ...], figure: str, settle_days: int
) -> Incident:
    """Return an incident with its money, exact but for the expected cost."""
    node = incident[0].node
    actual = sum((tree.amounts[node].get(one.column, Decimal(0)) for one in incident), Decimal(0))
    expected = sum((one.expected for one in incident), Decimal(0))
    worst = max(incident, key=lambda one: (abs(one.z or Decimal(0)), -one.column))
    last, newest = tree.days[incident[-1].column], tree.days[-1]
    after = "new_level" if _stayed(tree.amounts[node], incident, actual - expected, expected) else "closed"
    status = "open" if newest - last < _OPEN and after == "closed" else after
    return Incident(
        figure=figure,
        scope=scope(tree.paths[node], group_by),
        first_day=tree.days[incident[0].column],
        last_day=last,
        days=len(incident),
        actual=trimmed(actual),
        expected=expected,
        excess=trimmed(actual - expected),
        currency=tree.currency,
        percent=divide((actual - expected) * 100, expected, places=2) if expected else None,
        z=worst.z,
        status="provisional" if newest - last < timedelta(days=settle_days) else status,
        rule=worst.rule,
    )


def _stayed(amounts: Mapping[int, Decimal], incident: list[Found], excess: Decimal, expected: Decimal) -> bool:
    """Tell whether the days after an incident keep at least half of its excess a day: a new level, which nobody took back."""
    after = [amount for column, amount in amounts.items() if column > incident[-1].column]
    if len(after) < _SETTLED:
        return False
    moved = (median_low(after) * len(incident) - expected) * 2
    return moved >= excess if excess > 0 else moved <= excess


def scope(path: Path, group_by: tuple[str, ...]) -> dict[str, str | None]:
    """Return a path as dimension to value."""
    return dict(zip(group_by, path, strict=False))
