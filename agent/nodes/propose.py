"""Have the gateway record and judge what was drafted."""

from langgraph.runtime import Runtime

from agent.deps import Asker, Deps, Proposals, who
from agent.state import State, Update, Work, plain, work_of
from finops.errors import Refused, ToolError, Unavailable
from finops.evidence import Evidence
from finops.people import Principal
from tools.registry import TOOLS


def drafts(work: Work) -> tuple[str, ...]:
    """Return the evidence ids of drafts, each once."""
    found = [c.evidence for c in work.called if c.evidence and TOOLS[c.call.tool].effect == "PROPOSE"]
    return tuple(dict.fromkeys(found))


def propose(deps: Deps, state: State, runtime: Runtime[Asker]) -> Update:
    """Record each draft. INVARIANT: the gateway computes the effect anew and decides; words of a planner change nothing here."""
    work = work_of(state)
    if deps.proposals is None:
        note = "nothing was proposed, since proposals are not available here"
        return {"work": plain(work.model_copy(update={"notes": (*work.notes, note)}))}
    proposals, principal = deps.proposals(), who(deps, runtime.context)
    ids, notes = list(work.proposals), list(work.notes)
    for draft in drafts(work):
        evidence = deps.questions.evidence.get(draft)
        outcome, note = _record(proposals, principal, evidence, work.planner)
        ids += [outcome] if outcome and outcome not in ids else []
        notes += [note] if note else []
    return {"work": plain(work.model_copy(update={"proposals": tuple(ids), "notes": tuple(notes)}))}


def _record(proposals: Proposals, principal: Principal, evidence: Evidence, planner: str) -> tuple[str, str]:
    """Return the proposal's id, or why there is none; the answer's words are not lost over it."""
    try:
        return proposals.record(principal, evidence, planner).id, ""
    except (Refused, ToolError, Unavailable) as error:
        return "", f"nothing was proposed: {error}"
