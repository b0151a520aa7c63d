"""Where to go next: pure functions of the state, named by the node they follow."""

from typing import Literal

from agent.nodes.propose import drafts
from agent.nodes.remember import asked_before
from agent.standing.stated import stated
from agent.state import State, standing_of, work_of


def from_start(state: State) -> Literal["remember", "plan", "policy"]:
    """A question is planned; what states a fact, or comes right after one that did, is seen to first; a proposal begins with a verdict."""
    if state.get("proposal"):
        return "policy"
    return "remember" if asked_before(state) or stated(state.get("question", "")) else "plan"


def after_remember(state: State) -> Literal["answer", "plan"]:
    """A statement, or a yes or no to one, is answered; anything else is planned."""
    return "answer" if work_of(state).text else "plan"


def after_plan(state: State) -> Literal["call_tools", "plan", "propose", "answer"]:
    """Calls go out; accepted words end the planning, with drafts to be proposed first; anything else is planned again."""
    work = work_of(state)
    if work.pending:
        return "call_tools"
    if not work.text:
        return "plan"
    return "propose" if drafts(work) else "answer"


def after_policy(state: State) -> Literal["approve", "execute", "answer"]:
    """A pending proposal waits for a person, an approved one runs, one that was broken off goes on, every other is only told."""
    if not state.get("proposal"):
        return "answer"
    match standing_of(state).state:
        case "pending":
            return "approve"
        case "approved" | "executing":
            return "execute"
        case _:
            return "answer"


def after_execute(state: State) -> Literal["verify", "approve", "answer"]:
    """What ran is verified; what the gateway would not run, for want of an approval, goes on waiting."""
    standing = standing_of(state)
    if not standing.error:
        return "verify"
    return "approve" if standing.state == "pending" else "answer"
