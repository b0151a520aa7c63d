"""Hold what a dossier tells of a proposal, its approvals and its runs against the digests that its events carry of their rows."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from pydantic import JsonValue

from finops.actions import Approval, Execution, Proposal
from finops.canonical import canonical
from finops.ports import Observation
from store.records import approvals as approval_rows
from store.records import proposals as proposal_rows
from store.records.guard import row_digest, stamp, vouched
from store.records.tables import AuditEvent, ExecutionRow, ProposalRow

# Events of a proposal that leave it in its state.
_STAYING: Final = ("proposal.rejudged", "proposal.resumed")


def row_faults(
    proposal: Proposal, arguments: Mapping[str, JsonValue], given: Sequence[Approval], runs: Sequence[Execution],
    events: Sequence[AuditEvent],
) -> Iterable[str]:  # fmt: skip
    """Yield what is not as the last event about it left it."""
    row = _proposal_row(proposal, arguments, _of(events, f"proposal/{proposal.id}"))
    if row_digest(row) != _last_digest(events, f"proposal/{proposal.id}"):
        yield "the proposal is not as its last event left it"
    yield from _approval_faults(given, events)
    yield from _run_faults(runs, events)


def _proposal_row(proposal: Proposal, arguments: Mapping[str, JsonValue], events: Sequence[AuditEvent]) -> ProposalRow:
    """Return the row as the log tells it: when it moved, when it took from the limits, and what was seen of the target."""
    row = proposal_rows.row_of(proposal, arguments=arguments, observed=_observed(events), at=proposal.created)
    row.state = proposal.state
    row.moved = next((one.at for one in reversed(events) if one.kind not in _STAYING), "")
    row.reserved = next((one.at for one in reversed(events) if one.kind == "proposal.executing"), row.reserved)
    return row


def _observed(events: Sequence[AuditEvent]) -> Observation | None:
    """Return the target as it was when the proposal was judged last: when it was made, or anew."""
    judged = [one for one in events if "request" in _payload(one)]
    anew = [one for one in judged if one.kind == "proposal.rejudged"]
    seen = _payload((anew[-1:] or judged[:1])[0]).get("observed") if judged else None
    return Observation.model_validate(seen) if seen else None


def _approval_faults(given: Sequence[Approval], events: Sequence[AuditEvent]) -> Iterable[str]:
    subjects = dict.fromkeys(one.subject for one in events if one.subject.startswith("approval/"))
    left = {_last_digest(events, subject): subject for subject in subjects}
    for approval in given:
        rows = (
            approval_rows.row_of(approval, id_=subject.partition("/")[2], spent=_spent(events, subject))
            for subject in subjects
        )
        if not any(left.pop(row_digest(row), None) for row in rows):
            yield f"the approval by `{approval.approver}` is not as its last event left it"
    yield from (f"`{subject}` is missing" for subject in left.values())


def _spent(events: Sequence[AuditEvent], subject: str) -> str:
    how = _of(events, subject)[-1].kind.partition(".")[2]
    return "" if how == "given" else how


def _run_faults(runs: Sequence[Execution], events: Sequence[AuditEvent]) -> Iterable[str]:
    subjects = {one.subject for one in events if one.subject.startswith("execution/")}
    for run in runs:
        subject = f"execution/{run.idempotency_key}"
        about = _of(events, subject)
        subjects.discard(subject)
        if not about or row_digest(_run_row(run, about)) != _last_digest(events, subject):
            yield f"the run `{run.idempotency_key}` is not as its last event left it"
    yield from (f"`{subject}` is missing" for subject in sorted(subjects))


def _run_row(run: Execution, events: Sequence[AuditEvent]) -> ExecutionRow:
    kind, _, step = events[-1].kind.partition(".")[2].partition("_")
    return ExecutionRow(
        key=run.idempotency_key, proposal=run.proposal, kind=kind, person=events[0].actor, at=stamp(run.at),
        ended=events[-1].at if step == "ended" else "", calls=canonical(list(run.calls)), before=canonical(run.before),
        after=canonical(run.after), verified=int(run.verified), error=run.error,
    )  # fmt: skip


def _of(events: Sequence[AuditEvent], subject: str) -> list[AuditEvent]:
    return [one for one in events if one.subject == subject]


def _last_digest(events: Sequence[AuditEvent], subject: str) -> str | None:
    about = _of(events, subject)
    return vouched(about[-1]) if about else None


def _payload(event: AuditEvent) -> dict[str, JsonValue]:
    return cast(dict[str, JsonValue], json.loads(event.payload))
