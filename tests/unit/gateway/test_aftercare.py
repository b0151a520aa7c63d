"""After a run: looked at again for 48 hours, and brought back where it suffers."""

from datetime import date

import pytest

from finops.errors import Forbidden
from finops.ports import DataHandle
from gateway.aftercare import Aftercare, Looked
from store.records import audit
from tests.unit.gateway.fakes import ANA, BEN, RESIZE, Stage
from tests.unit.tools.fake_data import FakeData
from tests.unit.tools.fake_fleet import Load, samples


def look(stage: Stage, data: DataHandle | None = None) -> tuple[Looked, ...]:
    found = Aftercare(stage.records, stage.proposals.judge, lambda: data or FakeData()).look(BEN)
    with stage.records.read() as session:
        assert audit.verify(session).ok
    return found


def metrics(*, until: date, cpu: Load = 20.0, memory: Load = 20.0) -> FakeData:
    return FakeData((), samples(RESIZE.target.resource_id, cpu=cpu, memory=memory, days=8, until=until, step=3600))


def test_what_ran_well_is_left_as_it_is(stage: Stage) -> None:
    proposal_id = stage.executed()
    assert look(stage) == (Looked(proposal=proposal_id, found="well"),)
    assert stage.proposals.get(proposal_id).state == "verified"


def test_what_ails_is_brought_back_in_the_name_of_the_verification(stage: Stage) -> None:
    proposal_id = stage.executed()
    stage.cloud.ails = "its status check fails"
    assert look(stage) == (Looked(proposal=proposal_id, found="taken_back", detail="its status check fails"),)
    assert stage.cloud.attributes["instance_type"] == "m5.2xlarge"
    assert stage.proposals.get(proposal_id).state == "undone"
    assert stage.proposals.history(proposal_id)[-1].actor == "verification"
    assert look(stage) == ()


def test_what_somebody_changed_since_is_left_to_them(stage: Stage) -> None:
    proposal_id = stage.executed()
    stage.cloud.ails, stage.cloud.attributes["instance_type"] = "its status check fails", "c5.large"
    (found,) = look(stage)
    assert (found.proposal, found.found) == (proposal_id, "changed")
    assert len(stage.cloud.calls) == 1


def test_what_cannot_be_brought_back_is_said(stage: Stage) -> None:
    stage.executed()
    stage.cloud.ails, stage.cloud.refuses = "its status check fails", True
    (found,) = look(stage)
    assert (found.found, found.detail) == ("not_taken_back", "its status check fails; the cloud refused")


def test_what_became_protected_since_is_not_touched(stage: Stage) -> None:
    stage.executed()
    stage.cloud.ails, stage.cloud.tags["environment"] = "its status check fails", "production"
    (found,) = look(stage)
    assert found.found == "not_taken_back"
    assert "protected" in found.detail
    assert len(stage.cloud.calls) == 1


def test_a_provider_that_does_not_answer_is_no_verdict(stage: Stage) -> None:
    stage.executed()
    stage.cloud.down = True
    (found,) = look(stage)
    assert (found.found, found.detail) == ("not_seen", "the cloud is down")


@pytest.mark.parametrize(("cpu", "memory"), [(99.0, 20.0), (20.0, 96.0)])
def test_an_instance_that_is_nearly_full_since_is_brought_back(stage: Stage, cpu: float, memory: float) -> None:
    stage.executed()
    stage.clock.forward(hours=47)
    (found,) = look(stage, metrics(until=date(2026, 3, 12), cpu=cpu, memory=memory))
    assert found.found == "taken_back"
    assert "was above 95 in 24 of 24 samples since" in found.detail


def test_one_sample_in_twenty_may_be_high(stage: Stage) -> None:
    stage.executed()
    stage.clock.forward(hours=47)
    (found,) = look(stage, metrics(until=date(2026, 3, 12), cpu=lambda i: 99.0 if i % 24 == 3 else 20.0))
    assert found.found == "well"


def test_load_of_the_days_before_the_run_and_of_its_own_day_says_nothing(stage: Stage) -> None:
    stage.executed()
    stage.clock.forward(hours=10)
    (found,) = look(stage, metrics(until=date(2026, 3, 11), cpu=99.0))
    assert found.found == "well"


def test_the_window_closes_after_48_hours(stage: Stage) -> None:
    stage.executed()
    stage.cloud.ails = "its status check fails"
    stage.clock.forward(hours=48, minutes=1)
    assert look(stage) == ()


def test_who_may_not_execute_starts_no_look(stage: Stage) -> None:
    with pytest.raises(Forbidden):
        Aftercare(stage.records, stage.proposals.judge, FakeData).look(ANA)
