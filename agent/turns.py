"""The turn a planner sees, put together from state and the evidence that state points to."""

from agent.deps import Deps
from agent.planners.contract import Exchange, ToolOutcome, Turn
from agent.state import Called, State, Work
from finops.evidence import Evidence
from gateway.questions import as_of
from tools.registry import TOOLS


def evidence_of(deps: Deps, work: Work) -> dict[str, Evidence]:
    """Return the evidence gathered so far by alias, in order."""
    return {c.alias: deps.questions.evidence.get(c.evidence) for c in work.called if c.evidence}


def turn_of(deps: Deps, state: State, work: Work) -> Turn:
    """Return everything the planner may look at."""
    evidence = evidence_of(deps, work)
    return Turn(
        question=work.question,
        history=tuple(Exchange.model_validate(e) for e in state.get("exchanges") or ()),
        outcomes=tuple(_outcome(called, evidence) for called in work.called),
        data=deps.questions.data,
        as_of=as_of(deps.questions.data),
        tools=tuple(TOOLS.values()),
        complaints=work.complaints,
    )


def _outcome(called: Called, evidence: dict[str, Evidence]) -> ToolOutcome:
    return ToolOutcome(call=called.call, alias=called.alias, evidence=evidence.get(called.alias), error=called.error)
