"""Make the calls that were chosen, through the gateway. An error a planner can mend goes back to it as text."""

import re
from typing import cast

from langgraph.runtime import Runtime
from pydantic import JsonValue

from agent.answer import ToolFinished, ToolStarted
from agent.deps import Asker, Deps, who
from agent.planners.contract import ToolCall
from agent.state import Called, State, Update, Work, plain, work_of
from agent.turns import questions_of
from finops.errors import ToolError
from finops.evidence import Evidence

_ALIAS = re.compile(r"(E[0-9]+)(#.*)?", re.DOTALL)
# Where a tool takes references, a planner may write the short alias it was shown.
_REFERENCES = ("operands", "evidence")


def call_tools(deps: Deps, state: State, runtime: Runtime[Asker]) -> Update:
    """Run each pending call. Raises what no planner can mend, such as `BadInput` where no bill is loaded."""
    work = work_of(state)
    round_: list[Called] = []
    for call in work.pending:
        runtime.stream_writer(ToolStarted(call=call.id, tool=call.tool, input=call.input))
        started = deps.timer()
        called, evidence = _call(deps, runtime.context, work, call)
        elapsed = round((deps.timer() - started) * 1000)
        runtime.stream_writer(
            ToolFinished(
                call=call.id, tool=call.tool, evidence=called.evidence, error=called.error, elapsed_ms=elapsed,
                rows_read=evidence.rows_read if evidence else 0,
            )
        )  # fmt: skip
        work = work.model_copy(update={"called": (*work.called, called)})
        round_.append(called)
    refused, repeats = work.refused + any(c.error for c in round_), work.repeats + 1
    judged = {"refused": refused, "repeats": repeats if all(c.repeat for c in round_) else 0}
    return {"work": plain(work.model_copy(update={"pending": (), **judged}))}


def _call(deps: Deps, asker: Asker | None, work: Work, call: ToolCall) -> tuple[Called, Evidence | None]:
    arguments = with_ids(call.input, {c.alias: c.evidence for c in work.called if c.evidence})
    questions = questions_of(deps, work)
    key = questions.key(call.tool, arguments)
    first = next((c for c in work.called if c.key == key), None)
    if first:
        again = first.model_copy(update={"call": call, "repeat": True})
        return again, deps.questions.evidence.get(first.evidence) if first.evidence else None
    try:
        if work.known_on and questions.tool(call.tool).effect == "PROPOSE":
            raise ToolError(
                "an action is proposed on the present state of the data only", fix="ask without `as known on`"
            )
        evidence = questions.run(who(deps, asker), call.tool, arguments)
    except ToolError as error:
        return Called(call=call, error=str(error), key=key), None
    known = {c.evidence: c.alias for c in work.called if c.evidence}
    alias = known.get(evidence.id, f"E{len(known) + 1}")
    return Called(call=call, alias=alias, evidence=evidence.id, key=key), evidence


def with_ids(arguments: dict[str, JsonValue], ids: dict[str, str]) -> dict[str, JsonValue]:
    """Replace aliases (`E1`, `E1#total`) by evidence ids where a tool takes references, and nowhere else."""
    replaced = dict(arguments)
    for field in _REFERENCES:
        value = arguments.get(field)
        if isinstance(value, list):
            replaced[field] = cast(JsonValue, [_with_id(item, ids) for item in value])
    return replaced


def _with_id(item: JsonValue, ids: dict[str, str]) -> JsonValue:
    match = _ALIAS.fullmatch(item) if isinstance(item, str) else None
    if match and match[1] in ids:
        return ids[match[1]] + (match[2] or "")
    return item
