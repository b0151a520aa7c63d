"""Take note of a fact the person states, and keep it once their very next message says yes. No planner and no model has a part in it."""

from langgraph.runtime import Runtime

from agent.answer import PendingFact
from agent.answer import Planned as PlannedEvent
from agent.deps import Asker, Deps, FactKeeper, who
from agent.planners.contract import Exchange
from agent.standing.checked import checked
from agent.standing.stated import reply, stated
from agent.state import State, Update, Work, plain, work_of
from agent.turns import virtual_of
from finops.errors import BadInput
from finops.people import Principal
from finops.standing_facts import MONTH_NAMES, FiscalYear, StandingFact, in_words, source_words


def asked_before(state: State) -> str:
    """Return the id of the fact that the message before asked to confirm; empty where it did not."""
    return next((Exchange.model_validate(one).fact for one in (state.get("exchanges") or ())[-1:]), "")


def remember(deps: Deps, state: State, runtime: Runtime[Asker]) -> Update:
    """Answer a statement or a reply to one. Raises `BadInput` for a fact that the data does not know."""
    work, pending = work_of(state), asked_before(state)
    # INVARIANT: only the very next message can confirm: whatever it is, the question does not stay open behind it.
    closed = [*(state.get("exchanges") or ())]
    if pending:
        closed[-1] = {**closed[-1], "fact": ""}
    said, statement = reply(work.question) if pending else "", stated(work.question)
    if not said and statement is None:
        return {"work": plain(work), "exchanges": closed}
    if deps.fact_keeper is None:
        raise BadInput("facts are not kept here", fix="say it in `toll chat`")
    principal, keeper = who(deps, runtime.context), deps.fact_keeper()
    if said:
        work = _replied(work, keeper, principal, pending, yes=said == "yes")
    elif statement is not None:
        held = deps.facts(principal) if deps.facts else ()
        fact = checked(statement, deps.questions, virtual_of(deps.questions), held)
        before = {one.id: one for one in held}
        found = keeper.state(principal, fact, work.question)
        talks = runtime.context.in_conversation if runtime.context else False
        work = _asked(work, found, before.get(found.replaces), talks=talks)
    work = work.model_copy(update={"planner": "rules"})
    runtime.stream_writer(PlannedEvent(planner="rules", understood="a fact to remember"))
    return {"work": plain(work), "exchanges": closed}


def _replied(work: Work, keeper: FactKeeper, principal: Principal, fact_id: str, *, yes: bool) -> Work:
    if not yes:
        dropped = keeper.drop(principal, fact_id)
        return work.model_copy(update={"text": f"Dropped: {in_words(dropped.fact)} is not kept."})
    found, old = keeper.confirm(principal, fact_id)
    instead = f" It replaces: {in_words(old.fact)} ({source_words(old)})." if old else ""
    text = f"Kept: {in_words(found.fact)}.{instead} Take it back with `toll facts forget {found.id}`."
    return work.model_copy(update={"text": text})


def _asked(work: Work, found: StandingFact, old: StandingFact | None, *, talks: bool) -> Work:
    words = in_words(found.fact)
    if found.state == "confirmed":
        return work.model_copy(update={"text": f"That is kept already: {words} ({source_words(found)}, `{found.id}`)."})
    replaces = f"{in_words(old.fact)} ({source_words(old)})" if old else ""
    how = f"Answer `yes` or `no`, or confirm it with `toll facts confirm {found.id}`." if talks else (
        f"Confirm it with `toll facts confirm {found.id}`, or drop it with `toll facts forget {found.id}`."
    )  # fmt: skip
    instead = f" It would replace: {replaces}." if replaces else ""
    text = f"Shall I keep this for later answers: {words}{_example(found)}?{instead} {how}"
    return work.model_copy(
        update={"text": text, "fact": PendingFact(id=found.id, words=words, replaces=replaces)}
    )  # fmt: skip


def _example(found: StandingFact) -> str:
    """Say the convention, so that the person confirms that too."""
    if not isinstance(found.fact, FiscalYear):
        return ""
    last = found.fact.year(2026).last_day
    return f" (FY26 is the one that ends in {MONTH_NAMES[last.month - 1]} {last.year})"
