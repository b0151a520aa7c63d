"""The acting half of the door against a real AWS API over HTTP: run once, whoever asks and however often, and found where it breaks."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest

from connectors.aws import AwsExecutor
from finops.actions import ResizeInstance, Target
from finops.errors import Denied, Refused, StateConflict, TollError, Unavailable
from gateway.judging import Policy
from store.records import audit
from tests.integration.aws_proxy import AwsProxy
from tests.integration.test_aws_executor import ec2, launch
from tests.unit.gateway.fakes import ANA, BEN, EVE, Stage, engine, stage_at

RESIZED = {"StopInstances": 1, "ModifyInstanceAttribute": 1, "StartInstances": 1}


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return engine(tmp_path_factory.mktemp("home"))


@pytest.fixture
def stage(tmp_path: Path, policy: Policy, aws_proxy: AwsProxy) -> Stage:
    executor = AwsExecutor.of(endpoint=aws_proxy.endpoint, live=False, timeout=30, attempts=1)
    return stage_at(tmp_path, policy, executor=executor)


@pytest.fixture
def target(aws_proxy: AwsProxy) -> Target:
    return launch(aws_proxy.upstream, environment="dev", owner="ana")


def proposed(stage: Stage, target: Target) -> str:
    action = ResizeInstance(target=target, instance_type="m5.xlarge")
    return stage.proposals.record(ANA, stage.draft(action), "rules").id


def approved(stage: Stage, target: Target) -> str:
    proposal_id = proposed(stage, target)
    stage.proposals.approve(BEN, proposal_id)
    return proposal_id


def type_of(proxy: AwsProxy, target: Target) -> str:
    answer = ec2(proxy.upstream).describe_instances(InstanceIds=[target.resource_id])
    return answer["Reservations"][0].get("Instances", [{}])[0].get("InstanceType", "")


def state_of(proxy: AwsProxy, target: Target) -> str:
    answer = ec2(proxy.upstream).describe_instances(InstanceIds=[target.resource_id])
    return answer["Reservations"][0].get("Instances", [{}])[0].get("State", {}).get("Name", "")


def outcomes(calls: list[Callable[[], object]]) -> list[str]:
    results: list[str] = []

    def run(call: Callable[[], object]) -> None:
        try:
            call()
            results.append("done")
        except TollError as error:
            results.append(type(error).__name__)

    threads = [Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results)


def test_proposed_approved_executed_verified_and_undone(stage: Stage, target: Target, aws_proxy: AwsProxy) -> None:
    proposal_id = approved(stage, target)
    assert aws_proxy.changes.total() == 0
    assert stage.proposals.execute(BEN, proposal_id).verified
    assert (type_of(aws_proxy, target), aws_proxy.changes) == ("m5.xlarge", RESIZED)
    assert stage.proposals.get(proposal_id).state == "verified"
    assert stage.proposals.undo(BEN, proposal_id).verified
    assert type_of(aws_proxy, target) == "m5.2xlarge"
    assert stage.proposals.get(proposal_id).state == "undone"
    with stage.records.read() as session:
        assert audit.verify(session).ok


def test_a_protected_instance_is_refused_and_never_called(stage: Stage, aws_proxy: AwsProxy) -> None:
    target = launch(aws_proxy.upstream, environment="production", owner="ana")
    proposal_id = proposed(stage, target)
    with pytest.raises(Denied, match="production"):
        stage.proposals.approve(EVE, proposal_id)
    with pytest.raises(Denied):
        stage.proposals.execute(EVE, proposal_id)
    assert aws_proxy.changes.total() == 0


def test_an_instance_retagged_after_the_approval_is_refused(stage: Stage, target: Target, aws_proxy: AwsProxy) -> None:
    proposal_id = approved(stage, target)
    ec2(aws_proxy.upstream).create_tags(
        Resources=[target.resource_id], Tags=[{"Key": "environment", "Value": "production"}]
    )
    with pytest.raises(Denied, match="tag environment was `dev`, is `production`"):
        stage.proposals.execute(BEN, proposal_id)
    assert aws_proxy.changes.total() == 0


def test_an_instance_stopped_after_the_approval_goes_back_to_a_person(
    stage: Stage, target: Target, aws_proxy: AwsProxy
) -> None:
    proposal_id = approved(stage, target)
    ec2(aws_proxy.upstream).stop_instances(InstanceIds=[target.resource_id])
    with pytest.raises(StateConflict, match="state was `running`, is `stopped`"):
        stage.proposals.execute(BEN, proposal_id)
    assert aws_proxy.changes.total() == 0
    stage.proposals.approve(EVE, proposal_id)
    assert stage.proposals.execute(BEN, proposal_id).verified
    assert aws_proxy.changes == {"ModifyInstanceAttribute": 1}


def test_threads_that_execute_at_once_make_its_calls_once(stage: Stage, target: Target, aws_proxy: AwsProxy) -> None:
    proposal_id = approved(stage, target)
    results = outcomes([lambda: stage.proposals.execute(BEN, proposal_id)] * 8)
    assert results == ["StateConflict"] * 7 + ["done"]
    assert aws_proxy.changes == RESIZED


def test_threads_that_approve_and_execute_at_once_run_it_at_most_once(
    stage: Stage, target: Target, aws_proxy: AwsProxy
) -> None:
    proposal_id = proposed(stage, target)
    approve, execute = (
        lambda: stage.proposals.approve(BEN, proposal_id),
        lambda: stage.proposals.execute(EVE, proposal_id),
    )
    outcomes([approve, execute] * 4)
    if stage.proposals.get(proposal_id).state == "approved":
        stage.proposals.execute(EVE, proposal_id)
    assert aws_proxy.changes == RESIZED
    assert len(stage.proposals.approvals(proposal_id)) == 1


def test_two_processes_that_execute_at_once_make_its_calls_once(
    stage: Stage, target: Target, aws_proxy: AwsProxy, tmp_path: Path
) -> None:
    proposal_id = approved(stage, target)
    command = [sys.executable, "-m", "tests.integration.acting_worker", str(tmp_path), aws_proxy.endpoint, proposal_id]
    workers = [
        subprocess.Popen([*command, person], cwd=Path(__file__).parents[2], text=True, stdin=-1, stdout=-1)
        for person in ("ben", "eve")
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    results = sorted(both(workers))
    assert results == ["StateConflict", "verified"]
    assert aws_proxy.changes == RESIZED
    assert stage.proposals.get(proposal_id).state == "verified"


def both(workers: "list[subprocess.Popen[str]]") -> list[str]:
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return [worker.communicate(timeout=60)[0].strip() for worker in workers]


def test_a_process_killed_half_way_is_finished_by_the_next_without_a_second_call(
    stage: Stage, target: Target, aws_proxy: AwsProxy, tmp_path: Path
) -> None:
    proposal_id = approved(stage, target)
    aws_proxy.pauses["ModifyInstanceAttribute"] = Event()
    command = [
        sys.executable,
        "-m",
        "tests.integration.acting_worker",
        str(tmp_path),
        aws_proxy.endpoint,
        proposal_id,
        "ben",
    ]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], text=True, stdin=-1, stdout=-1) as worker:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
        while "ModifyInstanceAttribute" not in aws_proxy.calls:
            assert worker.poll() is None
        with pytest.raises(StateConflict, match="is being changed by another process now"):
            stage.proposals.execute(EVE, proposal_id)
        worker.kill()
    aws_proxy.pauses.pop("ModifyInstanceAttribute").set()
    assert stage.proposals.get(proposal_id).state == "executing"
    assert stage.proposals.execute(EVE, proposal_id).verified
    assert aws_proxy.changes["StopInstances"] == 1
    # It ran before the run that died, so it runs again after the one that finished it.
    assert (type_of(aws_proxy, target), state_of(aws_proxy, target)) == ("m5.xlarge", "running")
    assert stage.proposals.undo(EVE, proposal_id).verified
    assert type_of(aws_proxy, target) == "m5.2xlarge"


def test_an_api_that_goes_down_half_way_is_a_failed_run_that_can_be_undone(
    stage: Stage, target: Target, aws_proxy: AwsProxy
) -> None:
    proposal_id = approved(stage, target)
    aws_proxy.down_after = "ModifyInstanceAttribute"
    execution = stage.proposals.execute(BEN, proposal_id)
    assert not execution.verified
    assert len(execution.calls) == 2
    assert stage.proposals.get(proposal_id).state == "failed"
    with pytest.raises(Unavailable):
        stage.proposals.undo(BEN, proposal_id)
    aws_proxy.down, aws_proxy.down_after = False, ""
    assert stage.proposals.undo(BEN, proposal_id).verified
    assert type_of(aws_proxy, target) == "m5.2xlarge"
    assert stage.proposals.get(proposal_id).state == "undone"


def test_an_api_that_is_down_changes_nothing(stage: Stage, target: Target, aws_proxy: AwsProxy) -> None:
    proposal_id = approved(stage, target)
    aws_proxy.down = True
    with pytest.raises(Unavailable):
        stage.proposals.execute(BEN, proposal_id)
    assert stage.proposals.get(proposal_id).state == "approved"


def test_without_the_live_switch_the_calls_are_only_said(tmp_path: Path, policy: Policy) -> None:
    stage = stage_at(tmp_path, policy, executor=AwsExecutor.from_environment({}))
    proposal_id = stage.approved()
    with pytest.raises(Refused, match=r"would call ec2\.stop_instances.*ec2\.modify_instance_attribute.*TOLL_LIVE=1"):
        stage.proposals.execute(BEN, proposal_id)
    assert stage.proposals.get(proposal_id).state == "approved"
