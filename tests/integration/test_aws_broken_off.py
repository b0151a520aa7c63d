"""Every kind of action, broken off at every one of its calls: it goes on, or back, and nothing is made twice."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from connectors.aws import AwsExecutor
from finops.actions import Action, ResizeInstance, StartInstance, StopInstance
from finops.errors import Unavailable
from finops.ports import ExecutionReport, Observation
from tests.integration.aws_estate import (
    ACCOUNT,
    address,
    attached,
    budget,
    change,
    client,
    delete,
    ec2,
    executor_for,
    instance,
    new_key,
    release,
    run_of,
    set_budget,
    target_of,
    undo_of,
    volume,
)
from tests.integration.aws_proxy import AwsProxy, Cut

Make = Callable[[str], Action]
When = Literal["noted", "before", "during", "after"]


def _budget_there(endpoint: str) -> Action:
    name = new_key()
    budget(endpoint, name)
    return set_budget(name)


@dataclass(frozen=True)
class Kind:
    """An action on something new, and the changing calls of its run and of its undo."""

    make: Make
    forth: list[str]
    back: list[str]


KINDS: dict[str, Kind] = {
    "resize": Kind(
        lambda at: ResizeInstance(target=target_of(instance(at, running=True)), instance_type="m5.large"),
        ["StopInstances", "ModifyInstanceAttribute", "StartInstances"],
        ["StopInstances", "ModifyInstanceAttribute", "StartInstances"],
    ),
    "stop": Kind(
        lambda at: StopInstance(target=target_of(instance(at, running=True))), ["StopInstances"], ["StartInstances"]
    ),
    "start": Kind(
        lambda at: StartInstance(target=target_of(instance(at, running=False))), ["StartInstances"], ["StopInstances"]
    ),
    "change_volume": Kind(lambda at: change(volume(at), volume_type="gp3"), ["ModifyVolume"], ["ModifyVolume"]),
    "delete_volume": Kind(lambda at: delete(volume(at)), ["CreateSnapshot", "DeleteVolume"], ["CreateVolume"]),
    "delete_attached": Kind(
        lambda at: delete(attached(at, running=False, VolumeType="gp3", Iops=4000, Throughput=200, Encrypted=True)[0]),
        ["CreateSnapshot", "DetachVolume", "DeleteVolume"],
        ["CreateVolume", "AttachVolume", "ModifyInstanceAttribute"],
    ),
    "release_address": Kind(lambda at: release(address(at)), ["ReleaseAddress"], ["AllocateAddress"]),
    "make_budget": Kind(lambda _: set_budget(new_key()), ["CreateBudget"], ["DeleteBudget"]),
    "change_budget": Kind(_budget_there, ["UpdateBudget"], ["UpdateBudget"]),
}
WHENS: tuple[When, ...] = ("noted", "before", "during", "after")
FORTH = [(name, at, when) for name, kind in KINDS.items() for at in range(len(kind.forth)) for when in WHENS]
BACK = [(name, at, when) for name, kind in KINDS.items() for at in range(len(kind.back)) for when in WHENS]


class Died(Exception):
    """The process ends here."""


class Journal:
    """Notes calls, and dies at the note of one, as a process does whose call is noted and never made."""

    def __init__(self, *, dies_at: int = -1) -> None:
        self.notes: list[str] = []
        self._dies_at = dies_at

    def __call__(self, call: str) -> None:
        self.notes.append(call)
        if len(self.notes) - 1 == self._dies_at:
            raise Died


@dataclass
class Story:
    """One action on one target through the proxy, and the runs of it."""

    proxy: AwsProxy
    executor: AwsExecutor
    action: Action
    before: Observation
    key: str

    @classmethod
    def of(cls, kind: Kind, proxy: AwsProxy) -> "Story":
        executor = executor_for(proxy.endpoint)
        action = kind.make(proxy.upstream)
        return cls(proxy, executor, action, executor.observe(action), new_key())

    def apply(self, journal: Callable[[str], None] = lambda _: None) -> ExecutionReport:
        return self.executor.apply(self.action, self.before, run_of(self.key, journal))

    def undo(self, journal: Callable[[str], None] = lambda _: None) -> ExecutionReport:
        return self.executor.undo(self.action, self.before, undo_of(self.key, journal))

    def broken_off(self, run: Callable[[Callable[[str], None]], ExecutionReport], at: int, when: When) -> None:
        """Run it and break it off at its call number `at`."""
        if when == "noted":
            with pytest.raises(Died):
                run(Journal(dies_at=at))
            return
        self.proxy.cut = Cut(self.proxy.changes.total() + at, when)
        report = run(lambda _: None)
        assert not report.verified
        assert "cannot be reached" in report.error or "failed" in report.error
        self.proxy.up()

    def is_back(self, after: Observation) -> bool:
        """Tell whether what is there is what was there, under whichever id."""
        return _lasting(after) == _lasting(self.before)


def _lasting(seen: Observation) -> dict[str, Any]:
    fresh = ("restored_as", "made_from")
    tags = {key: value for key, value in seen.tags.items() if key != "tollkeeper:run"}
    return {"exists": seen.exists, "tags": tags, **{k: v for k, v in seen.attributes.items() if k not in fresh}}


@pytest.mark.parametrize("name", KINDS)
def test_an_action_makes_each_of_its_calls_once_and_so_does_its_undo(name: str, aws_proxy: AwsProxy) -> None:
    kind = KINDS[name]
    story = Story.of(kind, aws_proxy)
    journal = Journal()
    report = story.apply(journal)
    assert (report.verified, report.error) == (True, "")
    assert list(report.calls) == journal.notes
    assert aws_proxy.changes == Counter(kind.forth)
    assert story.executor.place(story.action, story.before, story.executor.observe(story.action)) == "after"
    undone = story.undo()
    assert (undone.verified, undone.error) == (True, "")
    assert story.is_back(undone.after)
    assert aws_proxy.changes == Counter(kind.forth) + Counter(kind.back)


@pytest.mark.parametrize("name", KINDS)
def test_a_run_and_an_undo_that_are_done_make_no_further_call(name: str, aws_proxy: AwsProxy) -> None:
    kind = KINDS[name]
    story = Story.of(kind, aws_proxy)
    first, again = story.apply(), story.apply()
    assert (again.verified, again.calls, again.after) == (True, (), first.after)
    first, again = story.undo(), story.undo()
    assert (again.verified, again.calls, again.after) == (True, (), first.after)


@pytest.mark.parametrize(("name", "at", "when"), FORTH)
def test_a_run_broken_off_anywhere_goes_on_and_makes_no_call_twice(
    name: str, at: int, when: When, aws_proxy: AwsProxy
) -> None:
    kind = KINDS[name]
    story = Story.of(kind, aws_proxy)
    story.broken_off(story.apply, at, when)
    assert story.executor.place(story.action, story.before, story.executor.observe(story.action)) != "elsewhere"
    report = story.apply()
    assert (report.verified, report.error) == (True, "")
    assert aws_proxy.changes == Counter(kind.forth)
    assert story.is_back(story.undo().after)
    assert aws_proxy.changes == Counter(kind.forth) + Counter(kind.back)


@pytest.mark.parametrize(("name", "at"), sorted({(name, at) for name, at, _ in FORTH}))
def test_a_call_whose_answer_alone_was_lost_counts_where_it_shows(name: str, at: int, aws_proxy: AwsProxy) -> None:
    kind = KINDS[name]
    story = Story.of(kind, aws_proxy)
    aws_proxy.cut = Cut(at, "lost")
    journal = Journal()
    report = story.apply(journal)
    assert (report.verified, report.error, list(report.calls)) == (True, "", journal.notes)
    assert aws_proxy.changes == Counter(kind.forth)


@pytest.mark.parametrize(("name", "at", "when"), FORTH)
def test_a_run_broken_off_anywhere_can_be_undone(name: str, at: int, when: When, aws_proxy: AwsProxy) -> None:
    kind = KINDS[name]
    story = Story.of(kind, aws_proxy)
    story.broken_off(story.apply, at, when)
    undone = story.undo()
    assert (undone.verified, undone.error) == (True, "")
    assert story.is_back(undone.after)
    assert aws_proxy.changes - Counter(kind.forth) - Counter(kind.back) == Counter()


@pytest.mark.parametrize(("name", "at", "when"), BACK)
def test_an_undo_broken_off_anywhere_goes_on_and_makes_no_call_twice(
    name: str, at: int, when: When, aws_proxy: AwsProxy
) -> None:
    kind = KINDS[name]
    story = Story.of(kind, aws_proxy)
    assert story.apply().verified
    story.broken_off(story.undo, at, when)
    assert story.executor.place(story.action, story.before, story.executor.observe(story.action)) != "elsewhere"
    undone = story.undo()
    assert (undone.verified, undone.error) == (True, "")
    assert story.is_back(undone.after)
    assert aws_proxy.changes == Counter(kind.forth) + Counter(kind.back)


def test_an_endpoint_that_is_down_before_the_first_call_is_raised(aws_proxy: AwsProxy) -> None:
    story = Story.of(KINDS["delete_volume"], aws_proxy)
    aws_proxy.down = True
    with pytest.raises(Unavailable):
        story.apply()


def by_hand(endpoint: str, kind: str) -> tuple[Action, Callable[[], object]]:
    """Return an action, and what somebody does to its target by hand."""
    if kind == "budget":
        action = _budget_there(endpoint)
        other = {"BudgetName": action.target.resource_id, "BudgetLimit": {"Amount": "900", "Unit": "USD"},
                 "TimeUnit": "MONTHLY", "BudgetType": "COST"}  # fmt: skip
        return action, lambda: client("budgets", endpoint).update_budget(AccountId=ACCOUNT, NewBudget=other)
    if kind == "volume":
        name = volume(endpoint)
        return change(name, volume_type="gp3"), lambda: ec2(endpoint).modify_volume(VolumeId=name, VolumeType="sc1")
    name = instance(endpoint, running=True)
    resize = ResizeInstance(target=target_of(name), instance_type="m5.large")
    return resize, lambda: other_type(endpoint, name)


def other_type(endpoint: str, name: str) -> None:
    ec2(endpoint).stop_instances(InstanceIds=[name])
    ec2(endpoint).modify_instance_attribute(InstanceId=name, InstanceType={"Value": "c5.4xlarge"})


@pytest.mark.parametrize("way", ["apply", "undo"])
@pytest.mark.parametrize("kind", ["instance", "volume", "budget"])
def test_what_somebody_changes_right_before_the_first_call_is_not_written_over(
    aws_proxy: AwsProxy, kind: str, way: str
) -> None:
    executor = executor_for(aws_proxy.endpoint)
    action, change_it = by_hand(aws_proxy.upstream, kind)
    before, run = executor.observe(action), run_of(new_key())
    if way == "undo":
        assert executor.apply(action, before, run).verified
    change_it()
    made = aws_proxy.changes.total()
    seen = executor.observe(action)
    report = executor.apply(action, before, run) if way == "apply" else executor.undo(action, before, undo_of(run.key))
    assert (report.verified, report.calls, aws_proxy.changes.total()) == (False, (), made)
    assert "was changed by somebody else right before" in report.error
    assert report.after == seen == executor.observe(action)
