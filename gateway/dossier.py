"""A dossier: one proposal with everything that was judged, decided, approved, run and written down about it, in one file.

It replays offline, without the records, the lake or the cloud: same inputs, same rules, same decision, byte for byte.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, cast

from pydantic import Field, JsonValue, ValidationError

from finops.actions import Approval, Decision, Execution, Proposal, binding
from finops.canonical import canonical
from finops.errors import BadFile
from finops.evidence import Evidence, intact
from finops.ports import Observation
from finops.query import Frozen
from gateway.dossier_rows import row_faults
from gateway.judging import verdict
from policies.engine import Engine, version_of
from policies.request import PolicyRequest
from store.records.guard import ZERO, event_hash
from store.records.tables import AuditEvent

FORMAT = 1


class Rules(Frozen):
    """The rules in force at one time, by id, and the schema they were held against."""

    rules: dict[str, str]
    schema_text: str


class Logged(Frozen):
    """One event of the audit log, every column of it."""

    seq: int
    at: str
    actor: str
    kind: str
    subject: str
    payload: str
    previous: str
    hash: str


class Dossier(Frozen):
    """One proposal, whole. `rules` are by policy version; `head` is the log's last event when the dossier was made."""

    format: Literal[1] = FORMAT
    proposal: Proposal
    arguments: dict[str, JsonValue]
    approvals: tuple[Approval, ...]
    executions: tuple[Execution, ...]
    evidence: tuple[Evidence, ...]
    events: Annotated[tuple[Logged, ...], Field(min_length=1)]
    rules: dict[str, Rules]
    head_seq: int
    head_hash: str


class Replayed(Frozen):
    """What a replay of a dossier showed. `faults` say what did not come out as recorded."""

    proposal: str
    decisions: int = Field(description="decisions that came out the same, byte for byte")
    events: int = Field(description="events whose hash holds")
    faults: tuple[str, ...] = ()


def parse_dossier(name: str, text: str) -> Dossier:
    """Read a dossier; raises `BadFile`."""
    try:
        return Dossier.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadFile(
            f"`{name}` is no dossier, `{where}`: {first['msg']}", fix="give what `toll proposals dossier ID` wrote"
        ) from error


def replay(dossier: Dossier) -> Replayed:
    """Decide everything in a dossier again, and hold every hash in it against its content."""
    events = [AuditEvent(**event.model_dump()) for event in dossier.events]
    broken = tuple(_event_faults(events))
    if broken:
        # What does not hold itself is not read on.
        return Replayed(proposal=dossier.proposal.id, decisions=0, events=len(events) - len(broken), faults=broken)
    engines = {version: _engine(kept, version) for version, kept in dossier.rules.items()}
    decided = [_decided_again(event, engines) for event in events if "request" in _payload(event)]
    faults = [
        *_binding_faults(dossier, events),
        *_other_faults(dossier),
        *row_faults(dossier.proposal, dossier.arguments, dossier.approvals, dossier.executions, events),
        *(fault for fault in decided if fault),
    ]
    decisions = decided.count(None)
    faults += [] if decisions else ["it holds no decision that could be replayed"]
    return Replayed(proposal=dossier.proposal.id, decisions=decisions, events=len(events), faults=tuple(faults))


def _decided_again(event: AuditEvent, engines: Mapping[str, Engine | None]) -> str | None:
    """Return why a recorded decision does not come out the same, None where it does."""
    payload = _payload(event)
    seen = payload.get("observed")
    try:
        recorded = Decision.model_validate(payload.get("decision"))
        request = PolicyRequest.model_validate(payload["request"])
        observed = Observation.model_validate(seen) if seen else None
    except ValidationError:
        return f"event {event.seq}: its request or its decision cannot be read"
    version = recorded.policy_version
    if version not in engines:
        return f"event {event.seq}: the rules {version[:12]} it was decided by are not in the dossier"
    engine = engines[version]
    if engine is None:
        return f"event {event.seq}: the rules kept for {version[:12]} are others"
    again = verdict(engine, request, observed)
    if canonical(again) != canonical(recorded):
        return f"event {event.seq}: decided `{recorded.outcome}` then and `{again.outcome}` now, {'; '.join(again.reasons)}"
    return None


def _engine(kept: Rules, version: str) -> Engine | None:
    """Return the engine over what was kept, None where that is not what the version names. Such rules are not even read."""
    return Engine(kept.rules, kept.schema_text) if version_of(kept.rules, kept.schema_text) == version else None


def _payload(event: AuditEvent) -> dict[str, JsonValue]:
    """Return what an event carries; nothing where that is no object."""
    try:
        found: object = json.loads(event.payload)
    except ValueError:
        return {}
    return cast(dict[str, JsonValue], found) if isinstance(found, dict) else {}


def _event_faults(events: Iterable[AuditEvent]) -> Iterable[str]:
    last = 0
    for event in events:
        if event_hash(event) != event.hash:
            yield f"event {event.seq}: its hash is not that of its content"
        if event.seq <= last:
            yield f"event {event.seq}: it is out of order"
        last = event.seq
        if event.seq == 1 and event.previous != ZERO:
            yield "event 1: it follows nothing, and says it does"


def _other_faults(dossier: Dossier) -> Iterable[str]:
    yield from (f"evidence `{one.id}` is not what was sealed" for one in dossier.evidence if not intact(one))
    if tuple(one.id for one in dossier.evidence) != dossier.proposal.evidence:
        yield "its evidence is not the proposal's"
    last = dossier.events[-1]
    if dossier.head_seq < last.seq or (dossier.head_seq == last.seq and dossier.head_hash != last.hash):
        yield "its head is not the log's after its last event"


def _binding_faults(dossier: Dossier, events: Iterable[AuditEvent]) -> Iterable[str]:
    proposal = dossier.proposal
    bound = binding(
        action=proposal.action, facts=proposal.facts, evidence=proposal.evidence, fingerprint=proposal.fingerprint,
        policy_version=proposal.decision.policy_version, calendar=proposal.calendar,
    )  # fmt: skip
    if bound != proposal.hash:
        yield "the proposal's hash is not that of its content"
    about = f"proposal/{proposal.id}"
    known = {proposal.hash} | {str(_payload(one).get("hash", "")) for one in events if one.subject == about}
    yield from (
        f"an approval by `{one.approver}` is of other bytes" for one in dossier.approvals if one.hash not in known
    )
