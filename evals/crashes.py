"""Processes killed at every step of what they do, against the demo cloud and a git remote: nothing runs twice, nothing is lost.

A step is a write to the records (before it, before it is kept, after it) or a call that changes something (before it is sent, and
after it was answered, of which the process then never hears). What ran twice is counted in the server's own log of requests.
"""

import os
import signal
from collections import Counter
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from botocore.awsrequest import AWSResponse
from sqlmodel import Session

from connectors.aws import AwsExecutor
from connectors.git.executor import GitExecutor
from evals.acting_fakes import START, Estate, FakeClock, facts
from evals.breaking import refused
from evals.cloud_view import CloudView
from evals.crash_tales import ADA, ANN, PAT, REGION, TALES, Tale, pushes
from evals.estate.request_log import DONE, Served, requests_of
from evals.played import Seen
from evals.team_repository import TeamRepository
from finops.actions import Action, ChangeCode, SetBudget
from finops.errors import CheckFailed
from finops.evidence import seal
from finops.ports import Executor
from finops.query import Frozen
from gateway.home import Home
from gateway.policies import load_engine
from gateway.proposals import Proposals
from gateway.repositories import parse_repositories
from store.records import Records, people

_MOST_POINTS: Final = 200


class Crashed(Frozen):
    """What came of the crashes. `lost` counts tales that did not end as they should once a new process had gone on with them."""

    crashes: int
    survived: int
    double_executions: int
    lost: int
    faults: tuple[str, ...] = ()


class Points:
    """Counts the steps and the calls of a process, and kills it at a step or after a call; never where a number is 0."""

    def __init__(self, at: int, *, after_calls: int = 0) -> None:
        self.at, self.after_calls, self.passed, self.answered = at, after_calls, 0, 0

    def reached(self) -> None:
        """Say that a step was reached."""
        self.passed += 1
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def called(self) -> None:
        """Say that a call was answered, which is a step."""
        self.reached()
        self.answered += 1
        if self.answered == self.after_calls:
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
    """What one process is to do; `at` is the step it dies at. `leads` says that it does what comes before."""

    folder: str
    endpoint: str
    resource: str
    tale: str
    proposal: str
    at: int
    leads: bool


def _door(folder: Path, endpoint: str, resource: str, points: Points) -> Proposals:
    opened = Records.open(f"sqlite:///{folder / 'records.db'}", clock=FakeClock())
    records = MortalRecords(opened.engine, opened.clock, opened.lock, points)
    aws = AwsExecutor.of(endpoint=endpoint, live=False, timeout=30, attempts=1, wait_seconds=20, pause_seconds=0.01)
    estate = Estate({resource: facts(state_before={}, monthly_cost_after=Decimal(100))})

    def executor(action: Action) -> Executor:
        return _git(folder) if isinstance(action, ChangeCode) else aws

    return Proposals(records, lambda: estate, load_engine(Home(folder, {})), executor)


def _git(folder: Path) -> GitExecutor:
    settings = TeamRepository(folder / "remote" / "shop.git").settings()
    clones, path = folder / "cache", {"PATH": os.environ["PATH"]}
    return GitExecutor(parse_repositories("repositories.toml", settings), clones, live=False, environment=path)


def work(job: Job) -> None:
    """Do a job in this process, which dies at its step, or ends well where it has not so many."""
    tale = TALES[job.tale]
    points = Points(0, after_calls=tale.lead_dies if job.leads else 0)
    door = _door(Path(job.folder), job.endpoint, job.resource, points)
    action = door.get(job.proposal).action
    _watch_calls(door.executor(action), "budgets" if isinstance(action, SetBudget) else "ec2", points, tale.refuses)
    does = tale.leads if job.leads and tale.leads else tale.does
    points.passed, points.at = 0, job.at
    does(door, job.proposal)


def _watch_calls(executor: Executor, service: str, points: Points, refuses: str) -> None:
    """Make each call a step; a push to a git remote is one by what is written down of it before and after."""
    if not isinstance(executor, AwsExecutor):
        return

    def before(event_name: str, **_: object) -> AWSResponse | None:
        if _changes(event_name):
            points.reached()
        return refused(event_name, refuses)

    def answered(event_name: str, **_: object) -> None:
        if _changes(event_name):
            points.called()

    for once in (False, True):
        events: Any = executor.clients.client(service, REGION, once=once).meta.events
        events.register(f"before-send.{service}", before)
        # The answer is here, and nobody has read it yet.
        events.register_first(f"response-received.{service}", answered)


def _changes(event_name: str) -> bool:
    return not event_name.rpartition(".")[2].startswith("Describe")


@dataclass(slots=True)
class Story:
    """One tale told once: its target, and one proposal about it, approved; with the records in a folder of their own."""

    name: str
    folder: Path
    cloud: tuple[CloudView, str, Path]
    resource: str = ""
    proposal: str = ""
    before: Seen | None = None

    @property
    def tale(self) -> Tale:
        """What is told."""
        return TALES[self.name]

    def begin(self) -> None:
        """Make the target, propose and approve, and let happen what happens meanwhile."""
        view, endpoint, _ = self.cloud
        self.folder.mkdir(parents=True)
        self.resource, action = self.tale.make(view, self.folder)
        self.before = self.seen()
        door = _door(self.folder, endpoint, self.resource, Points(0))
        with door.records.write() as session:
            for who in (ANN, PAT, ADA):
                people.add(session, name=who.name, role=who.role, origin="added", secret="", actor="eval", at=START)
        arguments: dict[str, Any] = {"action": action.model_dump(mode="json"), "reason": ""}
        draft = seal(
            tool="propose_action", arguments=arguments, snapshot="s", as_of="2026-03-10", rows_read=1, result={}, figures=(),
            formula="",
        )  # fmt: skip
        self.proposal = door.record(ANN, draft, "rules").id
        door.approve(ADA, self.proposal)
        door.records.engine.dispose()
        if self.tale.meanwhile:
            self.tale.meanwhile(view, self.resource)

    def process(self, at: int, *, leads: bool = False) -> int | None:
        """Run one process to its end and return its exit code."""
        job = Job(str(self.folder), self.cloud[1], self.resource, self.name, self.proposal, at, leads)
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

    def seen(self) -> Seen | None:
        """Return the target as the cloud or the remote shows it."""
        if (self.folder / "remote").exists():
            return TeamRepository(self.folder / "remote" / "shop.git").seen()
        return self.cloud[0].one(self.resource)

    def calls(self) -> Counter[str]:
        """Return the changes that the server served of this target, and of what was made of it."""
        return pushes(self.folder) + calls_on(self.resource, requests_of(self.cloud[2]))


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


def crash_everywhere(
    folder: Path, cloud: tuple[CloudView, str, Path], *, tales: tuple[str, ...] = tuple(TALES)
) -> Crashed:
    """Kill a process at each step of each tale in turn, go on in a new process, and count what came of it.

    `cloud` is seen through a view, at an endpoint, with its log of requests in a folder.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(["evals.crashes", "evals.crash_preload"])
    stories = [Story(name, folder / name.replace(" ", "-"), cloud) for name in tales]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        found = [one.result() for one in [pool.submit(_every_step, story) for story in stories]]
    return Crashed(
        crashes=sum(one.crashes for one in found), survived=sum(one.survived for one in found),
        double_executions=sum(one.double_executions for one in found), lost=sum(one.lost for one in found),
        faults=tuple(fault for one in found for fault in one.faults),
    )  # fmt: skip


def _every_step(of: Story) -> Crashed:
    total = Crashed(crashes=0, survived=0, double_executions=0, lost=0)
    for at in range(1, _MOST_POINTS):
        story = replace(of, folder=of.folder / str(at))
        story.begin()
        if story.tale.leads:
            code = story.process(0, leads=True)
            if code != (-signal.SIGKILL if story.tale.lead_dies else 0):
                raise CheckFailed(f"what leads to `{of.name}` ended with {code}", fix="see what it wrote")
        code = story.process(at)
        if code == 0:
            return total
        if code != -signal.SIGKILL:
            raise CheckFailed(f"a process of `{of.name}` ended with {code} at step {at}", fix="see what it wrote")
        total = _survived(story, at, total)
    raise CheckFailed(f"`{of.name}` has more than {_MOST_POINTS} steps", fix="raise the limit")


def _survived(story: Story, at: int, total: Crashed) -> Crashed:
    """Go on in a new process, unless the one that died had done all; judge what the records, the cloud and its log say."""
    tale = story.tale
    if story.state() != tale.end:
        story.process(0)
    state, calls = story.state(), story.calls()
    twice = doubles(calls, tale.calls)
    lost = state != tale.end or bool(tale.calls - calls) or (tale.whole and story.seen() != story.before)
    faults = [f"{story.name} killed at step {at}: {state}, {dict(calls)}"] if twice or lost else []
    return Crashed(
        crashes=total.crashes + 1, survived=total.survived + (not twice and not lost), double_executions=total.double_executions + twice,
        lost=total.lost + lost, faults=(*total.faults, *faults),
    )  # fmt: skip
