"""The decisions on one proposal as the audit log has them, each with what it was taken on."""

import json
from collections.abc import Iterable
from typing import cast

from pydantic import JsonValue, ValidationError

from policies.backtest import Occasion, RecordedDecision
from store.records.tables import AuditEvent


def recorded_decisions(proposal_id: str, events: Iterable[AuditEvent]) -> tuple[RecordedDecision | None, ...]:
    """Return every decision in the events about a proposal, in order; None for one that lacks what it was taken on.

    A proposal is decided on when it is made: where no event has a decision, that one is lacking.
    """
    found: list[RecordedDecision | None] = []
    for event in events:
        payload = cast(dict[str, JsonValue], json.loads(event.payload))
        if "request" not in payload:
            continue
        decision = _recorded(proposal_id, event.kind, payload)
        # A review is logged as such and again with the state it leads to.
        if decision is None or not found or not _same(decision, found[-1]):
            found.append(decision)
    return tuple(found) or (None,)


def _recorded(proposal_id: str, kind: str, payload: dict[str, JsonValue]) -> RecordedDecision | None:
    kept = {name: payload.get(name) for name in ("request", "observed", "decision")}
    try:
        return RecordedDecision.model_validate({"proposal": proposal_id, "occasion": _occasion(kind, payload), **kept})
    except ValidationError:
        return None


def _occasion(kind: str, payload: dict[str, JsonValue]) -> Occasion:
    if kind == "approval.given":
        return "approval"
    if kind == "proposal.rejudged":
        return "review"
    return "proposal" if payload.get("from") == "proposed" else "run"


def _same(one: RecordedDecision, other: RecordedDecision | None) -> bool:
    return other is not None and one == other.model_copy(update={"occasion": one.occasion})
