"""What `toll proposals approve` binds an approval to: the bytes it printed, or those whose hash is given."""

import io
import sys
from pathlib import Path

import pytest

from app.cli.proposals import _shown  # pyright: ignore[reportPrivateUsage] - what binds the approval
from finops.errors import BadInput, StateConflict
from tests.unit.gateway.fakes import BEN, Stage, engine, stage_at


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return stage_at(tmp_path, engine(tmp_path))


def test_without_a_hash_the_proposal_and_its_calls_are_printed(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    proposal_id = stage.proposed()
    shown = _shown(stage.proposals, proposal_id, ask=False)
    printed = capsys.readouterr().err
    assert shown.hash[:12] in printed
    assert f"change {shown.action.target.resource_id}" in printed
    assert stage.proposals.approve(BEN, shown.id, "", shown.hash).state == "approved"


def test_with_its_hash_nothing_is_printed_and_with_another_nothing_is_approved(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    proposal_id = stage.proposed()
    hash_ = stage.proposals.get(proposal_id).hash
    assert _shown(stage.proposals, f"{proposal_id}@{hash_[:12]}", ask=True).id == proposal_id
    assert capsys.readouterr().err == ""
    with pytest.raises(StateConflict, match="is not the one with hash `000000000000` any more"):
        _shown(stage.proposals, f"{proposal_id}@000000000000", ask=True)


@pytest.mark.parametrize("length", [0, 1, 11])
def test_a_part_of_a_hash_approves_nothing(stage: Stage, length: int) -> None:
    proposal_id = stage.proposed()
    hash_ = stage.proposals.get(proposal_id).hash[:length]
    with pytest.raises(BadInput, match=f"has {length} characters of a hash"):
        _shown(stage.proposals, f"{proposal_id}@{hash_}", ask=False)


def test_without_a_terminal_or_a_hash_nothing_is_approved(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    proposal_id = stage.proposed()
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(StateConflict, match=r"there is no terminal to ask at; give p-.*@[0-9a-f]{12}, or --yes"):
        _shown(stage.proposals, proposal_id, ask=True)
