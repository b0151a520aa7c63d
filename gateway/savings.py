"""What executed actions really saved, beside what they promised: measured from the bill, each with evidence of its own.

Costs the ORM. Only what is verified and not undone counts; an action on a resource counts until the next one on it, and is
compared with no day before the one that was done to it last.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from typing import cast

from pydantic import Field, JsonValue
from sqlmodel import Session

from finops.actions import ChangeCode, Proposal, SetBudget, State, in_words, resource_of
from finops.errors import ToolError
from finops.money import EXACT, divide
from finops.people import Principal
from finops.query import Frozen
from gateway.clock import clock_of
from gateway.compose import open_questions
from gateway.home import Home
from gateway.judging import Asks
from store.records import Records, executions, proposals
from tools.savings_contract import MeasureSaving, RealisedSaving

TOOL = "measure_saving"
# States of proposals whose action may have changed its resource, whatever became of it.
_BEGUN: tuple[State, ...] = ("executing", "verified", "failed", "undone")


class ProposalSaving(Frozen):
    """One executed proposal: promised for 30 days, and what is measured so far, or why nothing is."""

    proposal: str
    action: str
    resource_id: str
    executed_on: date
    currency: str
    monthly_saving: Decimal = Field(description="promised for 30 days")
    realised: RealisedSaving | None = None
    lacking: str = Field(default="", description="why it cannot be measured")
    evidence: str = Field(default="", description="id of the evidence of the measurement")
    note: str = ""


class SavingsTotal(Frozen):
    """All that is measured in one currency, over each proposal's own days; the ends of the intervals are added, which is widest."""

    currency: str
    proposals: int
    promised: Decimal
    saved: Decimal
    low: Decimal
    high: Decimal
    ratio: Decimal | None


class Savings(Frozen):
    """Every verified proposal that promised something, the newest first, and their totals by currency."""

    proposals: tuple[ProposalSaving, ...]
    totals: tuple[SavingsTotal, ...]


@dataclass(frozen=True, slots=True, order=True)
class _Change:
    """A run, or the undo of one, that changed its resource, in order of time."""

    began: datetime
    ended: datetime
    key: str


@dataclass(frozen=True, slots=True)
class _Ran:
    """A proposal whose action ran, with the change that it was and those next to it on the same resource."""

    proposal: Proposal
    change: _Change
    earlier: _Change | None
    later: _Change | None


def realised_savings(home: Home, principal: Principal) -> Savings:
    """Measure every verified proposal on the present data. Raises `Forbidden` where the person may not ask."""
    records = Records.open(home.database_url, clock=clock_of(home))
    return measure(records, open_questions(home), principal)


def measure(records: Records, questions: Asks, principal: Principal) -> Savings:
    """Measure every verified proposal through `questions`; what cannot be measured says why."""
    with records.read() as session:
        ran = _ran(session)
    found = tuple(_measured(one, questions, principal) for one in ran)
    return Savings(proposals=found, totals=tuple(_totals(found)))


def _ran(session: Session) -> list[_Ran]:
    """Return what is verified and has a resource of the bill, the newest proposal first."""
    begun = [one for one in map(proposals.proposal_of, proposals.listed(session, _BEGUN)) if _has_resource(one)]
    changes: dict[str, list[_Change]] = {}
    runs: dict[str, _Change] = {}
    for proposal in begun:
        for run in executions.of(session, proposal.id):
            if run.verified or executions.execution_of(run).calls:
                change = _Change(datetime.fromisoformat(run.at), datetime.fromisoformat(run.ended or run.at), run.key)
                changes.setdefault(resource_of(proposal.action), []).append(change)
                if run.kind == "apply":
                    runs[proposal.id] = change
    verified = [one for one in begun if one.state == "verified" and one.id in runs]
    return [_among(one, runs[one.id], changes[resource_of(one.action)]) for one in verified]


def _among(proposal: Proposal, change: _Change, changes: Iterable[_Change]) -> _Ran:
    """Return what ran with the changes of its resource right before and right after it."""
    earlier = max((other for other in changes if other < change), default=None)
    later = min((other for other in changes if other > change), default=None)
    return _Ran(proposal, change, earlier, later)


def _has_resource(proposal: Proposal) -> bool:
    action = proposal.action
    return not isinstance(action, SetBudget) and not (isinstance(action, ChangeCode) and action.stands_for is None)


def _measured(one: _Ran, questions: Asks, principal: Principal) -> ProposalSaving:
    proposal, action, day = one.proposal, one.proposal.action, one.change.ended.date()
    target = action.stands_for.target if isinstance(action, ChangeCode) and action.stands_for else action.target
    asked = MeasureSaving(
        resource_id=target.resource_id, executed_on=day, monthly_saving=proposal.facts.monthly_saving,
        currency=proposal.facts.currency, until=one.later.began.date() if one.later else None,
        # The day of a change is half the one and half the other.
        since=one.earlier.ended.date() + timedelta(days=1) if one.earlier else None,
    )  # fmt: skip
    known = ProposalSaving(
        proposal=proposal.id, action=in_words(action), resource_id=target.resource_id, executed_on=day,
        currency=asked.currency, monthly_saving=asked.monthly_saving, note=_note(proposal),
    )  # fmt: skip
    try:
        evidence = questions.run(principal, TOOL, cast(dict[str, JsonValue], asked.model_dump(mode="json")))
    except ToolError as error:
        return known.model_copy(update={"lacking": str(error)})
    if evidence.result.get("status") != "ok":
        return known.model_copy(update={"lacking": _lacking(evidence.result), "evidence": evidence.id})
    realised = RealisedSaving.model_validate(evidence.result)
    return known.model_copy(update={"realised": realised, "evidence": evidence.id})


def _lacking(result: dict[str, JsonValue]) -> str:
    return f"{result['reason']}: {result['have']} {result['unit']}, {result['needed']} needed"


def _note(proposal: Proposal) -> str:
    match proposal.action.kind:
        case "delete_volume":
            return "the snapshot that is kept is billed by itself and not counted here"
        case "change_code":
            return "counts from the commit; nothing is saved before its owners merge it"
        case _:
            return ""


def _totals(found: Iterable[ProposalSaving]) -> Iterable[SavingsTotal]:
    by_currency: dict[str, list[RealisedSaving]] = {}
    for one in found:
        if one.realised:
            by_currency.setdefault(one.currency, []).append(one.realised)
    with localcontext(EXACT):
        for currency, mine in sorted(by_currency.items()):
            promised, saved, low, high = (
                sum((getattr(one, name) for one in mine), Decimal(0)) for name in ("promised", "saved", "low", "high")
            )
            yield SavingsTotal(
                currency=currency, proposals=len(mine), promised=promised, saved=saved, low=low, high=high,
                ratio=divide(saved, promised, places=4) if promised else None,
            )  # fmt: skip
