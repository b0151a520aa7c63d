"""Take a change apart in steps: by group, then within the group that moved most by resource, usage and anomalies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from agent.planners.contract import ToolOutcome, Turn
from agent.planners.rules.say_cost import moved_rows
from finops.evidence import Evidence
from finops.periods import FIRST_DAY
from finops.query import CostQuery, Filter, Frozen
from tools.anomaly_contract import DetectAnomalies
from tools.calculate_contract import Calculate
from tools.cost_result import CostResult, CostRow
from tools.notes_contract import ListNotes

LISTED = 5
# `calculate` takes so many operands at most.
_MOST_OPERANDS = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of an investigation and what it is for."""

    role: str
    tool: str
    input: Frozen


@dataclass(frozen=True, slots=True)
class Changed:
    """What a comparison found: which groups moved, the largest changes first, and what all of them together are."""

    evidence: Evidence
    query: CostQuery
    result: CostResult
    moved: tuple[CostRow, ...]

    @classmethod
    def of(cls, outcome: ToolOutcome) -> "Changed | None":
        """Read a comparison in one currency; None for any other."""
        evidence = outcome.evidence
        if evidence is None:
            return None
        result = CostResult.model_validate(evidence.result)
        if result.compare_period is None or len(result.totals) != 1:
            return None
        return cls(evidence, CostQuery.model_validate(evidence.input), result, moved_rows(result, "change"))

    @property
    def dimension(self) -> str:
        """What it is split by."""
        return self.query.group_by[0]

    def reference(self, figure: str) -> str:
        """Return a figure as `calculate` takes it."""
        return f"{self.evidence.id}#{figure}"


def around(queries: Sequence[CostQuery], turn: Turn) -> list[Asked]:
    """Return the first calls: the change by each dimension, unusual days of the same period, and what people recorded of it."""
    first = queries[0]
    noted = notes_around(first, turn)
    unusual = DetectAnomalies(period=first.period, filters=first.filters)
    return [
        *(Asked(f"by {number}", "cost_query", one) for number, one in enumerate(queries)),
        *([Asked("anomalies", "detect_anomalies", unusual)] if first.compare else []),
        *([Asked("notes", "list_notes", noted)] if noted else []),
    ]


def can_read_notes(turn: Turn) -> bool:
    """Tell whether anybody recorded a note."""
    return any(tool.name == "list_notes" for tool in turn.tools)


def notes_around(query: CostQuery, turn: Turn) -> ListNotes | None:
    """Return the call for what people recorded of the period and as long before it; None where nobody recorded anything."""
    if query.period is None or not can_read_notes(turn):
        return None
    first = max(FIRST_DAY, query.period.start - timedelta(days=query.period.days))
    return ListNotes(since=first, until=query.period.last_day)


def into(changed: Changed, turn: Turn) -> list[Asked]:
    """Return the calls that look into the group that moved most, and what the groups told add up to."""
    if not changed.moved:
        return []
    asked: list[Asked] = []
    if len(changed.moved) > LISTED:
        told = tuple(changed.reference(f"{row.figure}.change") for row in changed.moved[:LISTED])
        asked.append(Asked("told", "calculate", Calculate(op="sum", operands=told, label="changes told")))
    value = changed.moved[0].group[changed.dimension]
    resources = next((one.distinct for one in turn.data.dimensions if one.name == "ResourceId"), 0)
    if value is None or not resources or changed.dimension == "ResourceId":
        return asked
    only = Filter(dimension=changed.dimension, values=(value,))
    within = changed.query.model_copy(update={"filters": (*changed.query.filters, only), "group_by": ("ResourceId",)})
    used = within.model_copy(update={"metric": "ConsumedQuantity", "group_by": (), "currency": None, "exclude": ()})
    return [*asked, Asked("resources", "cost_query", within), Asked("usage", "cost_query", used)]


def adding_up(changed: Changed, told: ToolOutcome | None, resources: Changed | None) -> list[Asked]:
    """Return the calls that make the parts add up: what is left beside the groups told, and new, gone and staying resources."""
    asked: list[Asked] = []
    if told is not None and told.evidence is not None:
        total = changed.result.totals[0]
        left = (changed.reference(f"{total.figure}.change"), f"{told.evidence.id}#result")
        asked.append(Asked("left", "calculate", Calculate(op="difference", operands=left, label="all other changes")))
    for role, rows in sides(resources).items():
        if resources is not None and 1 < len(rows) <= _MOST_OPERANDS:
            operands = tuple(resources.reference(f"{row.figure}.change") for row in rows)
            asked.append(Asked(role, "calculate", Calculate(op="sum", operands=operands, label=f"{role} resources")))
    return asked


def sides(resources: Changed | None) -> dict[str, tuple[CostRow, ...]]:
    """Return the resources that are new, gone, or there in both periods; those whose cost is the same are in none."""
    if resources is None:
        return {}
    moved = resources.moved
    return {
        "new": tuple(row for row in moved if not row.compare),
        "gone": tuple(row for row in moved if row.compare and not row.value),
        "staying": tuple(row for row in moved if row.compare and row.value),
    }
