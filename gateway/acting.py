"""Put the acting half of the door together. Costs the ORM; who only reads imports `gateway.compose` instead."""

import json
from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from typing import Literal, cast

from pydantic import JsonValue

from finops.actions import Action
from finops.errors import Unavailable
from finops.people import Principal, require
from finops.ports import Clock, EvidenceStore, Executor
from gateway.aftercare import Aftercare
from gateway.audit import Audit
from gateway.clock import clock_of
from gateway.compose import open_questions
from gateway.dossier import Dossier, Logged, Rules
from gateway.exemptions import Exemptions
from gateway.home import Home
from gateway.people import acting, open_records
from gateway.policies import load_engine, load_freezes, schema_text
from gateway.proposals import Proposals
from gateway.repositories import load_repositories
from gateway.rules_kept import keep_rules, kept_rules
from store.records import audit, proposals
from store.records.database import Records
from store.records.guard import append, columns

LoadEvent = Literal["ingest.begun", "ingest", "forget.begun", "forget"]


def open_proposals(home: Home, *, clock: Clock | None = None) -> Proposals:
    """Return the door to proposals over the present state of lake, rules and clouds. Raises `BadInput` on rules that do not parse."""
    records = Records.open(home.database_url, clock=clock or clock_of(home))
    engine = load_engine(home)
    keep_rules(home, engine, schema_text())
    return Proposals(records, lambda: open_questions(home), engine, _executors(home), load_freezes(home))


def open_aftercare(home: Home) -> Aftercare:
    """Return what looks after executed proposals."""
    door = open_proposals(home)
    return Aftercare(door.records, door.judge, lambda: open_questions(home).data)


def make_dossier(home: Home, proposal_id: str) -> Dossier:
    """Return the dossier of a proposal. Raises `UnknownName`, and `CheckFailed` where a row of it was tampered with."""
    return dossier_of(open_proposals(home), open_questions(home).evidence, partial(kept_rules, home), proposal_id)


def dossier_of(
    door: Proposals, evidence: EvidenceStore, rules: Callable[[str], str | None], proposal_id: str
) -> Dossier:
    """Gather a dossier; `rules` gives what was kept under a policy version."""
    proposal = door.get(proposal_id)
    with door.records.read() as session:
        events = tuple(
            Logged.model_validate(columns(event))
            for event in audit.events_of(session, proposal_id)
        )  # fmt: skip
        arguments, head = proposals.arguments_of(proposals.get(session, proposal_id)), audit.head(session)
    decided = {
        event["decision"]["policy_version"] for one in events if "decision" in (event := json.loads(one.payload))
    }
    texts = {version: rules(version) for version in sorted(decided)}
    return Dossier(
        proposal=proposal, arguments=arguments, approvals=door.approvals(proposal_id), executions=door.executions(proposal_id),
        evidence=tuple(evidence.get(one) for one in proposal.evidence), events=events,
        rules={version: Rules.model_validate_json(text) for version, text in texts.items() if text is not None},
        head_seq=head.seq, head_hash=head.hash,
    )  # fmt: skip


def open_exemptions(home: Home) -> Exemptions:
    """Return the door to exemptions of the resources that the bill has."""
    records = Records.open(home.database_url, clock=clock_of(home))
    return Exemptions(records, open_questions(home).data)


def open_audit(home: Home) -> Audit:
    """Return the audit log."""
    return Audit(open_records(home))


def audit_of_loads(home: Home, principal: Principal) -> Callable[[LoadEvent, dict[str, JsonValue]], None]:
    """Return what writes an event about a load, or about what is forgotten, to the audit log, in the person's name.

    Raises `Unauthenticated` or `Forbidden` unless they may load by the records, now and again when the load begins.
    """
    records = open_records(home)
    with records.read() as session:
        require(acting(session, principal), "ingest")

    def write(kind: LoadEvent, payload: dict[str, JsonValue]) -> None:
        with records.write() as session:
            # A load that is done is put on record whatever has become of the person since.
            if kind in ("ingest.begun", "forget.begun"):
                require(acting(session, principal), "ingest")
            append(session, at=records.clock(), actor=principal.name, kind=kind, payload=payload)

    return write


def _executors(home: Home) -> Callable[[Action], Executor]:
    """Return who carries out an action, by the provider its target names."""

    @cache
    def aws() -> Executor:
        # boto3 costs a third of a second: listing proposals does not pay for it.
        if home.demo_day.exists() and home.aws_endpoint is None:
            raise Unavailable("the demo's cloud is not running", fix="start it with `toll demo` in another terminal")
        executor = import_module("connectors.aws").AwsExecutor
        made = executor.of(
            endpoint=home.aws_endpoint, live=home.live, role_arn=home.aws_role, without_role=home.aws_without_role,
            copy_seconds=60.0 * home.aws_snapshot_minutes,
        )  # fmt: skip
        return cast(Executor, made)

    @cache
    def git() -> Executor:
        # Its parsers as well are paid for only where code is changed.
        make = import_module("connectors.git").executor_of
        settings = load_repositories(home.repositories)
        folder = home.path / "cache" / "repositories"
        return cast(Executor, make(settings, folder=folder, live=home.live, environment=home.environment))

    return lambda action: {"aws": aws, "git": git}[action.target.provider]()
