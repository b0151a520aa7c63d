"""Processes killed at every step of a run and of its undo, against the demo cloud: nothing runs twice, nothing is lost.

A step is a write to the records (before it, before it is kept, after it) or a call that changes something (before it is sent, and
after it was answered, of which the process then never hears). What ran twice is counted in the cloud server's own log of requests.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, Literal, cast

from sqlmodel import Session

from connectors.aws import AwsExecutor
from evals.acting_fakes import START, Estate, FakeClock, facts
from evals.cloud_view import CloudView
from evals.estate.request_log import DONE, Served, requests_of
from evals.played import Seen
from finops.actions import Action, DeleteVolume, ResizeInstance, Target
from finops.errors import CheckFailed
from finops.evidence import seal
from finops.people import Principal
from finops.query import Frozen
from gateway.home import Home
from gateway.policies import load_engine
from gateway.proposals import Proposals
from store.records import Records, people

Way = Literal["execute", "undo"]
_ANN, _PAT, _ADA = (
    Principal(name="ann", role="analyst"), Principal(name="pat", role="approver"), Principal(name="ada", role="admin"),
)  # fmt: skip
_TAGS: Final = {"environment": "dev", "owner": "ana"}
_MOST_POINTS: Final = 200


class Crashed(Frozen):
    """What came of the crashes. `lost` counts runs that did not end as they should once a new process had gone on with them."""

    crashes: int
    survived: int
    double_executions: int
    lost: int
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of action: how its target is made, and the calls of its run and of its undo, each made once."""

    make: Callable[[CloudView], str]
    action: Callable[[Target], Action]
    calls: dict[Way, Counter[str]]


def _instance(view: CloudView) -> str:
    return view.launch("m5.2xlarge", _TAGS)


def _volume(view: CloudView) -> str:
    pairs = [{"Key": key, "Value": value} for key, value in sorted(_TAGS.items())]
    made = view.ec2.create_volume(
        AvailabilityZone="us-east-1a",
        Size=40,
        VolumeType="gp3",
        TagSpecifications=[{"ResourceType": "volume", "Tags": pairs}],
    )
    return str(made["VolumeId"])


_RESIZED: Counter[str] = Counter({"StopInstances": 1, "ModifyInstanceAttribute": 1, "StartInstances": 1})
KINDS: dict[str, Kind] = {
    "resize_instance": Kind(
        _instance,
        lambda target: ResizeInstance(target=target, instance_type="m5.xlarge"),
        {"execute": _RESIZED, "undo": _RESIZED},
    ),
    "delete_volume": Kind(
        _volume,
        lambda target: DeleteVolume(target=target),
        {"execute": Counter({"CreateSnapshot": 1, "DeleteVolume": 1}), "undo": Counter({"CreateVolume": 1})},
    ),
}


class Points:
    """Counts the steps of a process, and kills it at one of them; at none where `at` is 0."""

    def __init__(self, at: int) -> None:
        self.at, self.passed = at, 0

    def reached(self) -> None:
        """Say that a step was reached."""
        self.passed += 1
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class MortalRecords(Records):
    """Records whose every write is three steps at which the process may die."""

    points: Points

    @contextmanager
    def write(self) -> Generator[Session]:
        """Write as ever."""
        self.points.reached()
        with Records.write(self) as session:
            yield session
            self.points.reached()
        self.points.reached()


@dataclass(frozen=True, slots=True)
class Job:
    """What one process is to do; `at` is the step it dies at."""

    folder: str
    endpoint: str
    resource: str
    kind: str
    proposal: str
    way: Way
    at: int


def _door(folder: Path, endpoint: str, resource: str, points: Points) -> Proposals:
    opened = Records.open(f"sqlite:///{folder / 'records.db'}", clock=FakeClock())
    records = MortalRecords(opened.engine, opened.clock, opened.lock, points)
    executor = AwsExecutor.of(
        endpoint=endpoint, live=False, timeout=30, attempts=1, wait_seconds=20, pause_seconds=0.01
    )
    estate = Estate({resource: facts(state_before={}, monthly_cost_after=Decimal(100))})
    return Proposals(records, lambda: estate, load_engine(Home(folder, {})), lambda _: executor)


def work(job: Job) -> None:
    """Do a job in this process, which dies at its step, or ends well where it has not so many."""
    points = Points(job.at)
    door = _door(Path(job.folder), job.endpoint, job.resource, points)
    _watch_calls(cast(AwsExecutor, door.executor(door.get(job.proposal).action)), points)
    points.passed = 0
    run = door.execute if job.way == "execute" else door.undo
    run(_PAT, job.proposal)


def _watch_calls(executor: AwsExecutor, points: Points) -> None:
    def step(event_name: str, **_: object) -> None:
        if not event_name.rpartition(".")[2].startswith("Describe"):
            points.reached()

    for once in (False, True):
        events = executor.clients.client("ec2", "us-east-1", once=once).meta.events
        events.register("before-send.ec2", step)
        # The answer is here, and nobody has read it yet.
        events.register_first("response-received.ec2", step)


@dataclass(slots=True)
class Story:
    """One target, one proposal about it, approved; with the records in a folder of their own."""

    kind: str
    folder: Path
    cloud: tuple[CloudView, str, Path]
    resource: str = ""
    proposal: str = ""
    before: Seen | None = None

    def begin(self) -> None:
        """Make the target, propose and approve."""
        view, endpoint, _ = self.cloud
        self.folder.mkdir(parents=True)
        self.resource = KINDS[self.kind].make(view)
        self.before = view.one(self.resource)
        door = _door(self.folder, endpoint, self.resource, Points(0))
        with door.records.write() as session:
            for person in (_ANN, _PAT, _ADA):
                people.add(
                    session,
                    name=person.name,
                    role=person.role,
                    origin="added",
                    secret="",
                    actor="eval",
                    at=START,
                )
        action = KINDS[self.kind].action(Target(account=view.account, region="us-east-1", resource_id=self.resource))
        arguments: dict[str, Any] = {"action": action.model_dump(mode="json"), "reason": ""}
        draft = seal(
            tool="propose_action",
            arguments=arguments,
            snapshot="s",
            as_of="2026-03-10",
            rows_read=1,
            result={},
            figures=(),
            formula="",
        )
        self.proposal = door.record(_ANN, draft, "rules").id
        door.approve(_ADA, self.proposal)
        door.records.engine.dispose()

    def process(self, way: Way, at: int) -> int | None:
        """Run one process to its end and return its exit code."""
        job = Job(str(self.folder), self.cloud[1], self.resource, self.kind, self.proposal, way, at)
        process = get_context("forkserver").Process(target=work, args=(job,))
        process.start()
        process.join(120)
        return process.exitcode

    def state(self) -> str:
        """Return what the records say of the proposal."""
        door = _door(self.folder, self.cloud[1], self.resource, Points(0))
        try:
            return door.get(self.proposal).state
        finally:
            door.records.engine.dispose()

    def calls(self) -> Counter[str]:
        """Return the changes that the server served of this target, and of what was made of it."""
        return calls_on(self.resource, requests_of(self.cloud[2]))


def calls_on(resource: str, log: list[Served]) -> Counter[str]:
    """Count the changes made to a resource and to what was made from it, by the server's log; what made itself is left out."""
    ids, found = {resource}, Counter[str]()
    for line in log:
        if line.outcome == DONE and ids & set(line.resources):
            ids |= set(line.made) - ids
            found[line.action] += 1
    return found


def doubles(made: Counter[str], wanted: Counter[str]) -> int:
    """Return how many calls were made more often than a run makes them."""
    return (made - wanted).total()


def crash_everywhere(folder: Path, cloud: tuple[CloudView, str, Path]) -> Crashed:
    """Kill a run and an undo of each kind at each of its steps in turn, go on in a new process, and count what came of it.

    `cloud` is seen through a view, at an endpoint, with its log of requests in a folder.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(["evals.crashes"])
    ways: tuple[Way, ...] = ("execute", "undo")
    stories: list[tuple[Story, Way]] = [
        (Story(kind, folder / f"{kind}-{way}", cloud), way) for kind in KINDS for way in ways
    ]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        found = [one.result() for one in [pool.submit(_every_step, story, way) for story, way in stories]]
    return Crashed(
        crashes=sum(one.crashes for one in found), survived=sum(one.survived for one in found),
        double_executions=sum(one.double_executions for one in found), lost=sum(one.lost for one in found),
        faults=tuple(fault for one in found for fault in one.faults),
    )  # fmt: skip


def _every_step(of: Story, way: Way) -> Crashed:
    total = Crashed(crashes=0, survived=0, double_executions=0, lost=0)
    for at in range(1, _MOST_POINTS):
        story = replace(of, folder=of.folder / str(at))
        story.begin()
        if way == "undo":
            story.process("execute", 0)
        code = story.process(way, at)
        if code == 0:
            return total
        if code != -signal.SIGKILL:
            raise CheckFailed(f"a process of `{of.kind}` ended with {code} at step {at}", fix="see what it wrote")
        total = _survived(story, way, at, total)
    raise CheckFailed(f"`{of.kind}` has more than {_MOST_POINTS} steps", fix="raise the limit")


def _survived(story: Story, way: Way, at: int, total: Crashed) -> Crashed:
    """Go on in a new process, unless the one that died had done all; judge what the records, the cloud and its log say."""
    end = "verified" if way == "execute" else "undone"
    if story.state() != end:
        story.process(way, 0)
    kind, state, calls = KINDS[story.kind], story.state(), story.calls()
    wanted = kind.calls["execute"] + (kind.calls["undo"] if way == "undo" else Counter[str]())
    twice = doubles(calls, wanted)
    seen = story.cloud[0].one(story.resource)
    lost = state != end or bool(wanted - calls) or (way == "undo" and seen != story.before)
    faults = [f"{way} of {story.kind} killed at step {at}: {state}, {dict(calls)}"] if twice or lost else []
    return Crashed(
        crashes=total.crashes + 1, survived=total.survived + (not twice and not lost), double_executions=total.double_executions + twice,
        lost=total.lost + lost, faults=(*total.faults, *faults),
    )  # fmt: skip
