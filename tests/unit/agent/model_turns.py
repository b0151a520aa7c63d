"""Turns for the model planner's tests: a lake that only describes itself, and evidence as tools leave it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pydantic import JsonValue

from agent.planners.contract import Exchange, ToolCall, ToolOutcome, Turn
from finops.evidence import Evidence, Figure, seal
from finops.ports import DimensionInfo, TableInfo
from finops.relational import Question, Rows
from finops.spend import Account
from tools.registry import TOOLS

SEPTEMBER = TableInfo(
    rows=1000, first_day=date(2024, 9, 1), last_day=date(2024, 9, 30), currencies=("USD",), sources=("AWS/1",)
)


@dataclass(frozen=True)
class DescribedLake:
    """A data handle of which only the description is read."""

    dimensions: tuple[DimensionInfo, ...] = (DimensionInfo(name="ProviderName", distinct=2, values=("AWS", "Oracle")),)
    cost: TableInfo | None = SEPTEMBER
    metrics: TableInfo | None = None
    snapshot: str = "s1"

    def ask(self, question: Question) -> Rows:
        """A planner that asks the lake itself goes past the tools."""
        raise NotImplementedError(f"planners do not ask the lake: {question}")


def evidence(
    figures: dict[str, str] | None = None, *, result: dict[str, JsonValue] | None = None, unit: str = "USD"
) -> Evidence:
    """Return evidence of a cost query with these figures."""
    named = {"total": "21.5", "AWS": "18.00663861840"} if figures is None else figures
    return seal(
        tool="cost_query",
        arguments={"metric": "BilledCost"},
        snapshot="s1",
        as_of="2024-10-01",
        rows_read=1000,
        result={"status": "ok"} if result is None else result,
        figures=tuple(Figure(name=name, value=Decimal(value), unit=unit) for name, value in named.items()),
        formula="sum of BilledCost",
    )


def outcome(id_: str, alias: str, of: Evidence | str, *, tool: str = "cost_query") -> ToolOutcome:
    """Return what came of a call: evidence, or an error given as text."""
    call = ToolCall(id=id_, tool=tool, input={"metric": "BilledCost"})
    return ToolOutcome(call=call, error=of) if isinstance(of, str) else ToolOutcome(call=call, alias=alias, evidence=of)


def turn(
    question: str = "What did AWS cost?",
    *,
    outcomes: tuple[ToolOutcome, ...] = (),
    history: tuple[Exchange, ...] = (),
    complaints: tuple[str, ...] = (),
    lake: DescribedLake | None = None,
    account: Account | None = None,
) -> Turn:
    """Return a turn over a described lake with every tool there is."""
    return Turn(
        question=question, history=history, outcomes=outcomes, data=lake or DescribedLake(), as_of=date(2024, 10, 1),
        tools=tuple(TOOLS.values()), complaints=complaints, account=account,
    )  # fmt: skip
