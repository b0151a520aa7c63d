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
from finops.evidence import Evidence
from finops.ports import Observation
from finops.query import Frozen
from gateway.judging import verdict
from policies.engine import Engine
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
    faults = [*_event_faults(dossier.events), *_binding_faults(dossier)]
    engines: dict[str, Engine] = {}
    decisions = 0
    for event in dossier.events:
        payload = cast(dict[str, JsonValue], json.loads(event.payload))
        if "request" not in payload:
            continue
        fault = _decided_again(event, payload, dossier.rules, engines)
        decisions += fault is None
        faults += [fault] if fault else []
    faults += [] if decisions else ["it holds no decision that could be replayed"]
    sound = len(dossier.events) - sum(fault.startswith("event") and "hash" in fault for fault in faults)
    return Replayed(proposal=dossier.proposal.id, decisions=decisions, events=sound, faults=tuple(faults))


def _decided_again(
    event: Logged, payload: Mapping[str, JsonValue], rules: Mapping[str, Rules], engines: dict[str, Engine]
) -> str | None:
    """Return why a recorded decision does not come out the same, None where it does."""
    recorded = Decision.model_validate(payload["decision"])
    version = recorded.policy_version
    if version not in engines:
        if version not in rules:
            return f"event {event.seq}: the rules {version[:12]} it was decided by are not in the dossier"
        engines[version] = Engine(rules[version].rules, rules[version].schema_text)
        if engines[version].version != version:
            return f"event {event.seq}: the rules kept for {version[:12]} are others"
    seen = payload.get("observed")
    again = verdict(
        engines[version],
        PolicyRequest.model_validate(payload["request"]),
        Observation.model_validate(seen) if seen else None,
    )
    if canonical(again) != canonical(recorded):
        return f"event {event.seq}: decided `{recorded.outcome}` then and `{again.outcome}` now, {'; '.join(again.reasons)}"
    return None


def _event_faults(events: Iterable[Logged]) -> Iterable[str]:
    last = 0
    for event in events:
        if event_hash(AuditEvent(**event.model_dump())) != event.hash:
            yield f"event {event.seq}: its hash is not that of its content"
        if event.seq <= last:
            yield f"event {event.seq}: it is out of order"
        last = event.seq
        if event.seq == 1 and event.previous != ZERO:
            yield "event 1: it follows nothing, and says it does"


def _binding_faults(dossier: Dossier) -> Iterable[str]:
    proposal = dossier.proposal
    bound = binding(
        action=proposal.action, facts=proposal.facts, evidence=proposal.evidence, fingerprint=proposal.fingerprint,
        policy_version=proposal.decision.policy_version,
    )  # fmt: skip
    if bound != proposal.hash:
        yield "the proposal's hash is not that of its content"
    known = {proposal.hash}
    for event in dossier.events:
        if event.subject == f"proposal/{proposal.id}":
            known.add(str(cast(dict[str, JsonValue], json.loads(event.payload)).get("hash", "")))
    yield from (
        f"an approval by `{one.approver}` is of other bytes" for one in dossier.approvals if one.hash not in known
    )
