"""The turn a planner sees, put together from state and the evidence that state points to."""

from datetime import date

from agent.deps import Asker, Deps, who
from agent.planners.contract import Exchange, ToolOutcome, Turn
from agent.state import Called, State, Work
from finops.allocation import SHARED, UNALLOCATED, VirtualDimension
from finops.errors import BadInput
from finops.evidence import Evidence
from finops.ports import DataHandle, DimensionInfo
from finops.query import VIRTUAL
from finops.spend import Account
from finops.standing_facts import StandingFact
from gateway.questions import Questions, as_of
from tools.contract import Tool
from tools.registry import TOOLS


def questions_of(deps: Deps, work: Work) -> Questions:
    """Return the door to the state of the lake that a question is about: the present one, or the one known at a day it names.

    Raises `BadInput` before the first load.
    """
    if not work.known_on:
        return deps.questions
    if deps.questions_as_of is None:
        raise BadInput("earlier states of the data cannot be asked for here", fix="ask about the present one")
    return deps.questions_as_of(date.fromisoformat(work.known_on))


def evidence_of(deps: Deps, work: Work) -> dict[str, Evidence]:
    """Return the evidence gathered so far by alias, in order."""
    return {c.alias: deps.questions.evidence.get(c.evidence) for c in work.called if c.evidence}


def facts_of(deps: Deps, asker: Asker | None) -> tuple[StandingFact, ...]:
    """Return the standing facts that hold for whoever asks."""
    return deps.facts(who(deps, asker)) if deps.facts else ()


def turn_of(
    deps: Deps, state: State, work: Work, facts: tuple[StandingFact, ...], account: Account | None = None
) -> Turn:
    """Return everything the planner may look at."""
    evidence, questions = evidence_of(deps, work), questions_of(deps, work)
    return Turn(
        question=work.asked or work.question,
        history=tuple(Exchange.model_validate(e) for e in state.get("exchanges") or ()),
        outcomes=tuple(_outcome(called, evidence) for called in work.called),
        data=questions.data,
        as_of=as_of(questions.data),
        tools=tools_of(questions),
        complaints=work.complaints,
        virtual=virtual_of(questions),
        account=account,
        facts=facts,
    )


def tools_of(questions: Questions) -> tuple[Tool, ...]:
    """Return the tools there are; where nobody recorded a note, none to read them with."""
    noted = bool(questions.shelf.mark(frozenset({"notes"})))
    return tuple(tool for tool in TOOLS.values() if noted or tool.name != "list_notes")


def virtual_of(questions: Questions) -> tuple[DimensionInfo, ...]:
    """Return the dimensions that the allocation rules in force make, with the values they name."""
    rules = questions.shelf.books().allocation
    found = rules.dimensions if rules else {}
    return tuple(_dimension(VIRTUAL + name, one, questions.data) for name, one in found.items())


def _dimension(name: str, made: VirtualDimension, data: DataHandle) -> DimensionInfo:
    listed = {info.name: info.values for info in data.dimensions}
    values: list[str] = []
    for rule in made.rules:
        values += [rule.value] if rule.value else rule.map.values()
        values += [SHARED + rule.shared] if rule.shared else []
        if rule.from_ and rule.unmapped == "keep":
            values += [value for value in listed.get(rule.from_, ()) if value not in rule.map]
    distinct = tuple(dict.fromkeys((*values, UNALLOCATED)))
    return DimensionInfo(name=name, distinct=len(distinct), values=distinct)


def _outcome(called: Called, evidence: dict[str, Evidence]) -> ToolOutcome:
    return ToolOutcome(
        call=called.call, alias=called.alias, evidence=evidence.get(called.alias), error=called.error, repeat=called.repeat
    )  # fmt: skip
