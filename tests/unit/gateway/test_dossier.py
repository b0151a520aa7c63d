"""A dossier replays without the records, and every byte that was changed in it is found."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, cast

import pytest
from pydantic import JsonValue

from evals.hostile_model import KeptEvidence
from finops.actions import Action
from finops.canonical import digest
from finops.errors import BadFile, Denied, StateConflict, Unavailable
from finops.evidence import Evidence
from finops.ports import Observation
from gateway.acting import dossier_of
from gateway.dossier import Dossier, parse_dossier, replay
from gateway.policies import schema_text
from policies.engine import Engine
from policies.freezes import Freeze, calendar_of
from store.records import exemptions
from store.records.guard import ZERO, event_hash
from store.records.tables import AuditEvent
from tests.unit.gateway.fakes import BEN, EVE, START, TARGET, Stage, facts


def made(stage: Stage, proposal_id: str) -> Dossier:
    kept = KeptEvidence()
    kept.put(stage.draft(reason=""))
    policy = stage.proposals.policy
    assert isinstance(policy, Engine)
    rules = json.dumps({"rules": policy.texts, "schema_text": schema_text()})
    return dossier_of(stage.proposals, kept, lambda version: rules if version == policy.version else None, proposal_id)


def executed(stage: Stage) -> str:
    """Two people, a difference found on the way, a run and its undo: every kind of event."""
    stage.questions.facts = facts(risk="medium")
    proposal_id = stage.approved()
    stage.cloud.attributes["state"] = "stopped"
    with pytest.raises(StateConflict):
        stage.proposals.execute(BEN, proposal_id)
    stage.proposals.approve(EVE, proposal_id, "still sound")
    stage.proposals.execute(BEN, proposal_id)
    stage.proposals.undo(BEN, proposal_id)
    return proposal_id


@pytest.mark.parametrize("step", ["proposed", "approved", "executed", "broken_off"])
def test_a_dossier_replays_at_every_step_of_a_proposal(stage: Stage, step: str) -> None:
    found = replay(made(stage, getattr(stage, step)()))
    assert found.faults == ()
    assert found.decisions >= 1


def test_a_dossier_of_a_whole_life_replays_each_decision(stage: Stage) -> None:
    dossier = made(stage, executed(stage))
    found = replay(parse_dossier("d.json", dossier.model_dump_json()))
    assert found.faults == ()
    # Proposed, approved, judged anew, approved again, run.
    assert (found.decisions, found.events) == (5, len(dossier.events))


@pytest.mark.parametrize("outcome", ["allow", "deny"])
def test_the_decision_on_a_run_that_is_gone_on_with_is_kept_and_replays(stage: Stage, outcome: str) -> None:
    proposal_id = stage.broken_off()
    stage.clock.forward(hours=1)
    if outcome == "deny":
        with stage.records.write() as session:
            exemptions.add(
                session,
                resource_id=TARGET.resource_id,
                until=START.date(),
                reason="close",
                person="ana",
                at=stage.clock(),
            )
        with pytest.raises(Denied, match="is exempt"):
            stage.proposals.execute(EVE, proposal_id)
    else:
        stage.proposals.execute(EVE, proposal_id)
    (step,) = [one for one in stage.proposals.history(proposal_id) if one.kind == "proposal.resumed"]
    assert step.actor == "eve"
    assert cast(dict[str, JsonValue], step.payload["decision"])["outcome"] == outcome
    found = replay(made(stage, proposal_id))
    # Proposed, approved, begun, gone on with.
    assert (found.faults, found.decisions) == ((), 4)


def test_a_dossier_of_an_undo_that_waited_replays(stage: Stage) -> None:
    proposal_id = stage.approved()
    stage.cloud.fails_as = {"instance_type": "m5.2xlarge", "state": "stopped"}
    ready, asked = stage.cloud.ready, iter(range(9))

    def down(action: Action, before: Observation) -> None:
        if next(asked) == 2:
            raise Unavailable("the cloud is down")
        ready(action, before)

    stage.cloud.ready = down
    assert not stage.proposals.execute(BEN, proposal_id).verified
    assert stage.proposals.executions(proposal_id)[1].error == "the cloud is down"
    assert replay(made(stage, proposal_id)).faults == ()
    stage.proposals.undo(BEN, proposal_id)
    assert replay(made(stage, proposal_id)).faults == ()


def test_a_dossier_of_a_proposal_under_change_freezes_replays(stage: Stage) -> None:
    freezes = (Freeze(name="close", start=date(2026, 3, 12), end=date(2026, 3, 12)),)
    stage.proposals = replace(stage.proposals, freezes=freezes)
    dossier = made(stage, stage.executed())
    assert replay(dossier).faults == ()
    other_calendar = dossier.proposal.model_copy(update={"calendar": calendar_of(())})
    assert (
        "the proposal's hash is not that of its content"
        in replay(dossier.model_copy(update={"proposal": other_calendar})).faults
    )


def leaves(node: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(node, dict):
        for key, value in cast(dict[str, object], node).items():
            yield from leaves(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(cast(list[object], node)):
            yield from leaves(value, (*path, index))
    else:
        yield path


def other(value: bool | int | str | None) -> bool | int | str:  # noqa: FBT001
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case None:
            return "x"
        case str():
            return f"{value[:-1]}{'y' if value.endswith('x') else 'x'}"


def with_change(document: Any, path: tuple[str | int, ...]) -> Any:
    copy = json.loads(json.dumps(document))
    node = copy
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = other(node[path[-1]])
    return copy


def faults(document: Any) -> tuple[str, ...]:
    try:
        return replay(parse_dossier("d.json", json.dumps(document))).faults
    except BadFile as error:
        return (error.message,)


def test_every_changed_value_in_a_dossier_is_found(stage: Stage) -> None:
    document = json.loads(made(stage, executed(stage)).model_dump_json())
    # The head is vouched for by whoever keeps it, and may be any later one. Formula and query of evidence are words beside it.
    words = {"head_seq", "head_hash", "formula", "query"}
    paths = [path for path in leaves(document) if path[0] not in words and (path[0], path[-1]) not in
             {("evidence", word) for word in words}]  # fmt: skip
    assert len(paths) > 200
    assert [path for path in paths if not faults(with_change(document, path))] == []


@pytest.mark.parametrize(
    ("part", "cut", "said"),
    [
        ("approvals", "pop", "is missing"),
        ("executions", "pop", "is missing"),
        ("evidence", "clear", "its evidence is not the proposal's"),
        ("events", "pop", "not as its last event left it"),
        ("events", "reverse", "out of order"),
        ("rules", "clear", "are not in the dossier"),
    ],
)
def test_what_is_taken_out_of_a_dossier_is_missed(stage: Stage, part: str, cut: str, said: str) -> None:
    document = json.loads(made(stage, executed(stage)).model_dump_json())
    getattr(document[part], cut)()
    assert any(said in fault for fault in faults(document))


def test_a_decision_written_anew_with_its_hashes_is_still_decided_otherwise(stage: Stage) -> None:
    document = json.loads(made(stage, stage.proposed()).model_dump_json())
    previous = ZERO
    for event in document["events"]:
        payload = json.loads(event["payload"])
        if "decision" in payload:
            payload["decision"]["outcome"] = "allow"
        event.update(payload=json.dumps(payload), previous=previous)
        event["hash"] = previous = event_hash(AuditEvent(**event))
    document["head_hash"] = previous
    assert any("decided `allow` then and `needs_approval` now" in fault for fault in faults(document))


def test_what_is_no_dossier_is_refused() -> None:
    with pytest.raises(BadFile, match="is no dossier"):
        parse_dossier("d.json", "{}")


def test_evidence_in_a_dossier_is_what_the_proposal_rests_on(stage: Stage) -> None:
    dossier = made(stage, stage.proposed())
    assert [one.id for one in dossier.evidence] == list(dossier.proposal.evidence)
    assert all(isinstance(one, Evidence) and len(digest(one)) == 64 for one in dossier.evidence)
