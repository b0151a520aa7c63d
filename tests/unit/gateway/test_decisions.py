"""Decisions read back from the log: explained as they were taken, and taken again by rules that are the same or others."""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops.actions import StopInstance
from finops.errors import CheckFailed, Denied, TollError
from gateway.home import Home
from gateway.policies import backtest_decisions, explain_decision
from policies.backtest import BacktestReport
from policies.engine import Engine
from store.records import proposals
from tests.unit.gateway.fakes import ANA, BEN, EVE, TARGET, Stage, engine, facts, stage_at
from tests.unit.policies.estate import RULES, SCHEMA

OTHER = StopInstance(target=TARGET)
PRODUCTION = facts(environment="production", tags={"environment": "production", "owner": "ana"})
LARGE = facts(monthly_cost_before=Decimal(1200), monthly_cost_after=Decimal(600), monthly_saving=Decimal(600))


def again(stage: Stage, rules: Engine | None = None) -> BacktestReport:
    """Take every decision on record again, by the rules in force or by others."""
    door = stage.proposals
    decisions = (one for proposal in door.list() for one in door.decisions(proposal.id))
    return backtest_decisions(rules or cast(Engine, door.policy), decisions)


def with_rule(name: str, old: str, new: str) -> Engine:
    """Return the rules in force with one of them changed."""
    assert old in RULES[name]
    return Engine({**RULES, name: RULES[name].replace(old, new)}, SCHEMA)


def occasions(stage: Stage, proposal_id: str) -> list[tuple[str, str]]:
    return [(one.occasion, one.decision.outcome) for one in stage.proposals.decisions(proposal_id) if one]


def test_each_decision_is_read_with_what_it_was_taken_on(stage: Stage) -> None:
    proposal_id = stage.executed()
    assert occasions(stage, proposal_id) == [("proposal", "needs_approval"), ("approval", "allow"), ("run", "allow")]
    made, given, ran = filter(None, stage.proposals.decisions(proposal_id))
    assert (len(made.request.approvals), len(given.request.approvals), len(ran.request.approvals)) == (0, 1, 1)
    assert made.observed is not None
    assert made.observed.attributes["instance_type"] == "m5.2xlarge"


def test_a_review_counts_once(stage: Stage) -> None:
    proposal_id = stage.approved()
    stage.questions.facts = PRODUCTION
    with pytest.raises(Denied):
        stage.proposals.execute(BEN, proposal_id)
    assert occasions(stage, proposal_id)[2:] == [("review", "deny")]


def test_a_target_that_is_another_than_the_data_says_is_explained_as_refused(stage: Stage, tmp_path: Path) -> None:
    stage.cloud.attributes["instance_type"] = "m5.4xlarge"
    proposal_id = stage.proposed()
    told = explain_decision(Home(tmp_path, {}), stage.proposals.last_decision(proposal_id))
    assert told.decision.policies == ("target_moved",)
    assert told.lines()[0].startswith("deny: `i-0a1b2c3d` is `m5.4xlarge` at the provider")
    assert again(stage).changed == ()


def test_what_is_explained_is_the_latest_decision(stage: Stage, tmp_path: Path) -> None:
    proposal_id = stage.approved()
    stage.questions.facts = PRODUCTION
    with pytest.raises(Denied):
        stage.proposals.execute(BEN, proposal_id)
    told = explain_decision(Home(tmp_path, {}), stage.proposals.last_decision(proposal_id))
    assert told.lines()[0].startswith("deny: ")
    assert again(stage).changed == ()


def test_a_stricter_rule_on_approvals_shows_where_one_was_given(stage: Stage) -> None:
    proposal_id = stage.approved()
    report = again(stage, with_rule("two_people", "500000000", "1000000"))
    assert [(one.proposal, one.occasion, one.now.outcome, one.looser) for one in report.changed] == [
        (proposal_id, "approval", "needs_approval", False)
    ]


def test_a_looser_rule_on_approvals_shows_where_one_more_was_asked_for(stage: Stage) -> None:
    stage.questions.facts = LARGE
    proposal_id = stage.approved()
    report = again(stage, with_rule("two_people", "500000000", "9000000000"))
    assert [(one.proposal, one.occasion, one.now.outcome, one.looser) for one in report.changed] == [
        (proposal_id, "approval", "allow", True)
    ]


def test_a_proposal_recorded_without_its_request_is_left_out_and_counted(stage: Stage) -> None:
    known = stage.proposals.get(stage.proposed())
    with stage.records.write() as session:
        bare = known.model_copy(update={"id": "p-bare", "state": "proposed"})
        proposals.insert(session, bare, arguments={}, observed=None, actor="ana", at=stage.clock())
    report = again(stage)
    assert (report.proposals, report.compared, report.skipped, report.changed) == (1, 1, 1, ())
    with pytest.raises(CheckFailed, match="was recorded without its request"):
        stage.proposals.last_decision("p-bare")


def _act(stage: Stage, known: list[str], step: int) -> None:
    """Take one of the steps that a story is made of; `known` are the proposals so far."""
    door, last = stage.proposals, known[-1] if known else "p-none"
    steps: tuple[Callable[[], object], ...] = (
        lambda: known.append(stage.proposed()),
        lambda: known.append(stage.proposed(by=EVE, action=OTHER)),
        lambda: door.approve(BEN, last),
        lambda: door.approve(EVE, last),
        lambda: door.execute(BEN, last),
        lambda: door.undo(BEN, last),
        lambda: door.reject(EVE, last, "no"),
        lambda: known.append(door.edit(ANA, last, {"instance_type": "m5.large"}).id),
        lambda: setattr(stage.questions, "facts", facts()),
        lambda: setattr(stage.questions, "facts", LARGE),
        lambda: setattr(stage.questions, "facts", PRODUCTION),
        lambda: stage.cloud.attributes.update(instance_type="m5.4xlarge"),
        lambda: stage.cloud.attributes.update(instance_type="m5.2xlarge"),
        lambda: stage.cloud.tags.update(environment="production"),
        lambda: setattr(stage.cloud, "down", not stage.cloud.down),
        lambda: setattr(stage.cloud, "fails_as", {"instance_type": "m5.xlarge", "state": "stopped"}),
        lambda: stage.clock.forward(hours=25),
        lambda: stage.clock.forward(days=8),
    )
    with suppress(TollError):
        steps[step % len(steps)]()


@settings(max_examples=60, deadline=None)
@given(story=st.lists(st.integers(0, 17), min_size=2, max_size=14))
def test_unchanged_rules_change_nothing_whatever_happened(story: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stage = stage_at(Path(folder), engine(Path(folder)))
        numbers = iter(range(100))
        stage.proposals = replace(stage.proposals, new_id=lambda: f"p-{next(numbers)}")
        known: list[str] = []
        for step in (0, 2, *story):
            _act(stage, known, step)
        report = again(stage)
        stage.records.engine.dispose()
    assert report.compared >= 1
    assert (report.changed, report.other_policies, report.skipped) == ((), 0, 0)
