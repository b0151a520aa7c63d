"""Proposals in the records and the one state machine over them."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import ROUND_CEILING, localcontext
from typing import cast

from pydantic import JsonValue
from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, asc, col, desc, select

from finops.actions import TRANSITIONS, Facts, Proposal, State, effective, likeness, resource_of
from finops.canonical import canonical
from finops.errors import BadInput, StateConflict, UnknownName
from finops.money import EXACT
from finops.ports import Observation
from store.records.guard import intact, keep, stamp, storable
from store.records.tables import ProposalRow

_COLUMNS = {"id", "state", "hash", "created", "expires", "replaces"}
_MICRO = 6
# Sums of so many such numbers stay within 64 bits.
MOST_MICRO = 10**15


def _body(proposal: Proposal) -> str:
    # Without a calendar it is what proposals were before there was one, so that their rows keep the digest that the log has.
    left_out = _COLUMNS if proposal.calendar else _COLUMNS | {"calendar"}
    return canonical(proposal.model_dump(mode="json", exclude=left_out))


def _observed(observed: Observation | None) -> str:
    return canonical(observed.model_dump(mode="json")) if observed else ""


def proposal_of(row: ProposalRow) -> Proposal:
    """Return the proposal a row holds."""
    stored = {
        "id": row.id, "state": row.state, "hash": row.hash, "created": row.created, "expires": row.expires, "replaces": row.replaces,
    }  # fmt: skip
    return Proposal.model_validate(json.loads(row.body) | stored)


def arguments_of(row: ProposalRow) -> dict[str, JsonValue]:
    """Return the input of the tool call that drafted a proposal."""
    return cast(dict[str, JsonValue], json.loads(row.arguments))


def observed_of(row: ProposalRow) -> Observation | None:
    """Return the target as it was when the proposal was judged, None where it could not be observed."""
    return Observation.model_validate_json(row.observed) if row.observed else None


def insert(
    session: Session, proposal: Proposal, *, arguments: Mapping[str, JsonValue], observed: Observation | None, actor: str,
    at: datetime,
) -> ProposalRow:  # fmt: skip
    """Record a new proposal, in the state `proposed`."""
    row = row_of(proposal, arguments=arguments, observed=observed, at=at)
    keep(session, row, at=at, actor=actor, kind="proposal.proposed", detail={"hash": row.hash, "to": "proposed"})
    return row


def row_of(
    proposal: Proposal, *, arguments: Mapping[str, JsonValue], observed: Observation | None, at: datetime
) -> ProposalRow:
    """Return the row of a new proposal, in the state `proposed` since `at`."""
    return ProposalRow(
        id=proposal.id, state="proposed", hash=proposal.hash, created=stamp(proposal.created),
        expires=stamp(proposal.expires), arguments=canonical(dict(arguments)), observed=_observed(observed),
        body=_body(proposal), action_hash=likeness(proposal.action, proposal.facts), kind=effective(proposal.action).kind,
        resource=resource_of(proposal.action), owner=owner_key(proposal.facts), currency=proposal.facts.currency,
        amount=micro_amount(proposal.facts), reserved=stamp(at), moved=stamp(at), replaces=proposal.replaces,
    )  # fmt: skip


def owner_key(facts: Facts) -> str:
    """Return the owner as limits count by: in lower case, so that two spellings are one."""
    return (facts.owner or "").strip().casefold()


def micro_amount(facts: Facts) -> int:
    """Return how much the monthly cost changes, up or down, in whole micro-units of its currency, rounded up.

    Raises `BadInput` for what no limit can count.
    """
    with localcontext(EXACT) as context:
        context.rounding = ROUND_CEILING
        change = abs(facts.monthly_cost_after - facts.monthly_cost_before)
        if not change.is_finite() or change.scaleb(_MICRO) > MOST_MICRO:
            raise BadInput("the change of cost is out of the range that limits can count", fix="check the bill")
        return int(change.scaleb(_MICRO).to_integral_value(ROUND_CEILING))


def get(session: Session, proposal_id: str) -> ProposalRow:
    """Return one proposal as the log vouches for it. Raises `UnknownName`, `CheckFailed`, and `BadInput` where the id is no text."""
    row = session.get(ProposalRow, storable("the proposal's id", proposal_id))
    if row is None:
        raise UnknownName("proposal", proposal_id, session.exec(select(ProposalRow.id).limit(1000)))
    return intact(session, row)


def exists(session: Session, proposal_id: str) -> bool:
    """Tell whether there is a proposal with this id."""
    return session.get(ProposalRow, proposal_id) is not None


def listed(session: Session, states: Iterable[State] = ()) -> list[ProposalRow]:
    """Return proposals, the newest first: all, or those in one of `states`."""
    query = select(ProposalRow).order_by(desc(col(ProposalRow.created)), asc(col(ProposalRow.id)))
    wanted = tuple(states)
    return list(session.exec(query.where(col(ProposalRow.state).in_(wanted)) if wanted else query))


def overdue(session: Session, now: datetime) -> list[str]:
    """Return the ids of the pending and approved proposals that expired by `now`."""
    query = select(ProposalRow.id).where(
        col(ProposalRow.state).in_(("pending", "approved")), col(ProposalRow.expires) <= stamp(now)
    )
    return list(session.exec(query.order_by(asc(col(ProposalRow.id)))))


def open_with_hash(session: Session, hash_: str) -> ProposalRow | None:
    """Return the proposal that waits with exactly these bytes, pending or approved."""
    states = ("pending", "approved")
    query = select(ProposalRow).where(ProposalRow.hash == hash_, col(ProposalRow.state).in_(states))
    return session.exec(query.order_by(asc(col(ProposalRow.created)), asc(col(ProposalRow.id)))).first()


def transition(
    session: Session, proposal_id: str, to_state: State, *, actor: str, at: datetime,
    detail: Mapping[str, JsonValue] | None = None, expires: datetime | None = None,
) -> ProposalRow:  # fmt: skip
    """Move a proposal to `to_state`, where the table of states allows it, and log it; both or neither.

    What runs takes from the limits of the moment it runs at.

    Compares and sets the state it found. Raises `StateConflict`, `UnknownName`, and `CheckFailed` where the row was tampered with.
    """
    row = get(session, proposal_id)
    found = cast(State, row.state)
    if to_state not in TRANSITIONS[found]:
        raise StateConflict(f"proposal `{proposal_id}` is {found} and cannot become {to_state}",
                            fix=f"see `toll proposals show {proposal_id}`")  # fmt: skip
    until = stamp(expires) if expires else row.expires
    statement = update(ProposalRow).where(col(ProposalRow.id) == proposal_id, col(ProposalRow.state) == found)
    reserved = stamp(at) if to_state == "executing" else row.reserved
    if session.exec(statement.values(state=to_state, expires=until, moved=stamp(at), reserved=reserved)).rowcount != 1:
        raise StateConflict(f"proposal `{proposal_id}` is no longer {found}", fix="look at it again")
    for name, value in {"state": to_state, "expires": until, "moved": stamp(at), "reserved": reserved}.items():
        # What the statement above has written, without asking the database for it again.
        set_committed_value(row, name, value)
    keep(session, row, at=at, actor=actor, kind=f"proposal.{to_state}",
         detail={"hash": row.hash, "from": found, "to": to_state, **(detail or {})})  # fmt: skip
    return row


def rejudge(
    session: Session,
    proposal: Proposal,
    *,
    observed: Observation | None,
    actor: str,
    at: datetime,
    detail: Mapping[str, JsonValue],
) -> ProposalRow:
    """Put what was computed anew in the place of what a pending proposal says; the state stays. Voids what its hash was good for."""
    row = get(session, proposal.id)
    if row.state != "pending":
        raise StateConflict(f"proposal `{proposal.id}` is {row.state} and is not judged anew", fix="look at it again")
    row.hash, row.expires = proposal.hash, stamp(proposal.expires)
    row.observed, row.body = _observed(observed), _body(proposal)
    row.action_hash = likeness(proposal.action, proposal.facts)
    row.owner, row.currency, row.amount = (
        owner_key(proposal.facts),
        proposal.facts.currency,
        micro_amount(proposal.facts),
    )
    keep(session, row, at=at, actor=actor, kind="proposal.rejudged", detail={"hash": row.hash, **detail})
    return row


def resume(session: Session, proposal_id: str, *, actor: str, at: datetime, detail: Mapping[str, JsonValue]) -> None:
    """Log what was decided on a run that was broken off and is to go on; nothing of the proposal changes."""
    row = get(session, proposal_id)
    if row.state != "executing":
        raise StateConflict(f"proposal `{proposal_id}` is no longer executing", fix="look at it again")
    keep(session, row, at=at, actor=actor, kind="proposal.resumed", detail={"hash": row.hash, **detail})
