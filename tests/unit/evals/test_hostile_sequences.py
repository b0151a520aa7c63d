"""Hostile sequences: short ones pass, the ledger finds a door that runs what nobody approved, and its rules are its own."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from evals.acting_fakes import START, facts
from evals.approval_ledger import Ledger
from evals.hostile_sequences import play_block
from finops.actions import ResizeInstance, Target
from finops.people import Principal
from gateway.proposals import Proposals

ACTION = ResizeInstance(target=Target(account="1", region="r", resource_id="i-1"), instance_type="m5.large")
ROLES = {"ann": "analyst", "pat": "approver", "sue": "approver", "ada": "admin"}


def ledger(**changes: Any) -> Ledger:
    made = Ledger(ROLES, {"i-1": facts(**changes)})
    made.proposed("p-1", "ann", ACTION)
    return made


def test_a_short_run_executes_something_and_nothing_without_approval(tmp_path: Path) -> None:
    tried = play_block(tmp_path, 3, 60)
    assert (tried.sequences, tried.without_approval, tried.faults) == (60, 0, ())
    assert 0 < tried.executions < tried.refused < tried.steps


def test_the_same_seed_gives_the_same_sequences(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert play_block(tmp_path / "a", 5, 15) == play_block(tmp_path / "b", 5, 15)


@dataclass(frozen=True)
class Careless:
    """A door that carries out whatever it is asked to."""

    door: Proposals

    def __getattr__(self, name: str) -> object:
        return getattr(self.door, name)

    def execute(self, principal: Principal, proposal_id: str) -> None:
        proposal = self.door.get(proposal_id)
        executor = self.door.executor(proposal.action)
        cast(Any, executor).ran(proposal_id, proposal.action)


def test_a_door_that_runs_what_nobody_approved_is_found_out(tmp_path: Path) -> None:
    tried = play_block(tmp_path, 3, 30, door=lambda one: cast(Proposals, Careless(one)))
    assert tried.without_approval > 0


def test_one_approval_by_another_person_is_enough_for_one_execution() -> None:
    kept = ledger()
    kept.approved("p-1", "pat", ACTION, START)
    kept.ran("p-1", ACTION, START + timedelta(hours=23))
    assert kept.faults == []
    kept.ran("p-1", ACTION, START + timedelta(hours=23))
    assert kept.faults == ["`p-1` ran 2 times"]


@pytest.mark.parametrize(
    ("person", "hours", "changes", "fault"),
    [
        ("ann", 0, {}, "with 0 valid approvals of 1"),
        ("nobody", 0, {}, "with 0 valid approvals of 1"),
        ("pat", 24, {}, "with 0 valid approvals of 1"),
        ("pat", 0, {"undo_certain": False}, "with 1 valid approvals of 2"),
        ("pat", 0, {"environment": "production"}, "in production"),
    ],
)
def test_an_approval_that_is_none_is_found_out(person: str, hours: int, changes: dict[str, Any], fault: str) -> None:
    kept = ledger(**changes)
    kept.approved("p-1", person, ACTION, START)
    kept.ran("p-1", ACTION, START + timedelta(hours=hours))
    assert kept.faults == [f"`p-1` ran {fault}"]


def test_what_changed_since_or_was_rejected_or_never_proposed_may_not_run() -> None:
    changed, rejected = ledger(), ledger()
    for kept in (changed, rejected):
        kept.approved("p-1", "pat", ACTION, START)
    changed.changed("i-1")
    changed.ran("p-1", ACTION, START)
    rejected.ended("p-1", "rejected")
    rejected.ran("p-1", ACTION, START)
    rejected.ran("p-2", ACTION, START)
    assert changed.faults == ["`p-1` ran with 0 valid approvals of 1"]
    assert rejected.faults == ["`p-1` ran after it was rejected", "`p-2` ran and was never proposed"]
