"""The harness: everything the cases of a run need, made once, and for each case a stage that leaks nothing to the next."""

import json
import os
import shutil
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from types import TracebackType
from typing import Self
from uuid import uuid4

from langgraph.checkpoint.memory import InMemorySaver

from agent.answer import Answer
from agent.compose import deps_of
from agent.deps import Proposals as Recorder
from agent.planners.contract import Planner
from agent.service import Assistant
from evals.beside import beside
from evals.breaking import breakable
from evals.case import (
    ActionCase,
    AdversaryCase,
    Case,
    Estate,
    Paraphrase,
    QuestionCase,
    UseCase,
    estate_of,
    needs_cloud,
)
from evals.cloud_view import CloudView
from evals.dear import MACHINES, tags_of
from evals.estate.cloud import require_demo_extra
from evals.estate.cloud_copies import CloudCopies
from evals.estate.request_log import FILE as REQUESTS
from evals.estate.world import World, save
from evals.estates import LoadedEstate, Tell, load_dear, load_estate, missing
from evals.homes import People, case_home, noon
from evals.played import Seen
from evals.scripted_endpoint import ScriptedEndpoint
from evals.spark_cluster import INSTALL_SPARK, spark_cluster, spark_missing
from evals.stage import Stage, StageClock
from evals.suite import resolved
from evals.tables import Cells, reference_cells
from evals.team_repository import TeamRepository
from evals.truth import TrueFigure
from evals.use_cases import LIBRARY
from finops.errors import BadInput, TollError
from gateway.acting import open_proposals
from gateway.compose import open_questions
from gateway.home import Home
from gateway.notes import Notes, Wording
from gateway.proposals import Proposals
from store.lake.engines.spark import close_spark

_MODEL = {
    "TOLL_MODEL": "scripted", "OPENAI_API_KEY": "none", "TOLL_MODEL_TIMEOUT": "20", "TOLL_MODEL_RETRIES": "0",
}  # fmt: skip


_MODEL_SETTINGS = ("TOLL_MODEL", "OPENAI_")


@dataclass(frozen=True, slots=True)
class Ready:
    """A case with its placeholders filled and its truth computed."""

    case: Case
    truth: tuple[TrueFigure, ...]
    rows: tuple[Cells, ...] = ()
    """What the reference of a use case finds."""


class Harness:
    """Estates, people and the demo cloud of one run, in a folder that goes with it."""

    def __init__(
        self, tell: Tell, *, without_spark: bool = False, planner: str = "rules", shared: Path | None = None
    ) -> None:
        """`shared` is where estates are loaded that other processes play on too; without one they go with this run."""
        self._tell = tell
        self._planner = planner
        self._without_spark = without_spark
        self._shared = shared
        self._stack = ExitStack()
        self._estates: dict[Estate, LoadedEstate] = {}
        self._clouds: CloudCopies | None = None
        self._cloud: tuple[CloudView, str] | None = None
        self._original: dict[str, Seen] = {}
        self._engines: dict[str, str] = {}
        # The cloud is one, and cases look at all of it: one case at a time.
        self._acting = Lock()
        self.faults: list[TollError] = []
        self.unmet: list[str] = []
        """What this run should have compared, and could not."""

    def __enter__(self) -> Self:
        self._folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="toll-eval-")))
        self._people = People.make(self._folder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def lacks(self, case: Case) -> str:
        """Say why a case cannot be played on this machine; empty where it can."""
        if needs_cloud(case):
            try:
                require_demo_extra()
            except BadInput as error:
                return str(error)
        if isinstance(case, UseCase) and case.use_case and not LIBRARY.is_file():
            return "the use cases of FOCUS (../shared/data/focus/use_cases.yaml) are not beside this checkout"
        return missing(estate_of(case))

    def prepare(self, cases: Sequence[Case]) -> tuple[Ready, ...]:
        """Load what the cases need and compute their truth. Raises `BadInput` for a case whose truth cannot be computed."""
        wanted: list[Estate] = [estate_of(case) for case in cases]
        if any(map(needs_cloud, cases)):
            # The cloud has the demo's instances; those of the dear estate are made in it.
            wanted.insert(0, "demo")
        different: dict[Estate, None] = dict.fromkeys(wanted)
        for estate in different:
            if estate != "dear" and estate not in self._estates:
                self._keep(estate, load_estate(estate, (self._shared or self._folder) / estate, self._tell))
        if any(map(needs_cloud, cases)) and self._cloud is None:
            self._start_cloud(dear="dear" in wanted)
        if any(isinstance(case, UseCase) for case in cases) and not self._engines and not self.unmet:
            self._start_spark()
        return tuple(map(self._ready, cases))

    def _ready(self, case: Case) -> Ready:
        loaded = self._estates[estate_of(case)]
        case = resolved(case, loaded.value_of)
        if isinstance(case, UseCase):
            found = loaded.raw.rows(case.reference, case.parameters)
            return Ready(case, (), tuple(reference_cells(found, case.columns)))
        sql = case.truth if isinstance(case, QuestionCase | AdversaryCase | Paraphrase) else ""
        return Ready(case, loaded.raw.expected(sql) if sql else ())

    def beside(self, ready: Ready, answer: Answer | None) -> tuple[TrueFigure, ...]:
        """Return what an answer may state beside the case's truth, from the raw rows of the same query."""
        if answer is None or not ready.truth:
            return ()
        found = beside(answer, ready.truth, self._estates[estate_of(ready.case)].raw.read)
        whole = isinstance(ready.case, Paraphrase) or (
            isinstance(ready.case, QuestionCase) and ready.case.allows == "raw"
        )
        return tuple(row for row in found if whole or row.unit == "%")

    def _start_spark(self) -> None:
        if self._without_spark:
            return
        if lacks := spark_missing():
            self.unmet.append(f"the use cases were asked of DuckDB alone: {lacks}; {INSTALL_SPARK}")
            return
        self._tell("starting a Spark cluster: a master and two workers")
        self._engines["spark"] = self._stack.enter_context(spark_cluster())
        self._stack.callback(close_spark)

    def _keep(self, estate: Estate, loaded: LoadedEstate) -> None:
        self._stack.callback(loaded.raw.close)
        self._estates[estate] = loaded

    @property
    def world(self) -> World:
        """The demo's world, as it was made."""
        demo = self._estates["demo"]
        if demo.world is None:
            raise BadInput("the demo estate has no world", fix="make it with `make_estate`")
        return demo.world

    def _start_cloud(self, *, dear: bool) -> None:
        self._tell("starting the demo cloud")
        made = self._folder / "clouds" / "made"
        _write_world(made, self.world)
        self._clouds = self._stack.enter_context(CloudCopies(made))
        view, endpoint = self._new_cloud(self._folder / "cloud", self._stack)
        if dear:
            ids = {
                name: view.launch(one.type, tags_of(name), running=one.stopped is None)
                for name, one in MACHINES.items()
            }
            self._keep("dear", load_dear(self._folder / "dear", ids, self.world.account, self._tell))
        self._cloud, self._original = (view, endpoint), view.everything()

    def _new_cloud(self, folder: Path, stack: ExitStack) -> tuple[CloudView, str]:
        """Start a cloud of its own over the demo's world, as it was made."""
        if self._clouds is None:
            raise BadInput("the demo cloud was not started", fix="prepare the cases first")
        _write_world(folder, self.world)
        endpoint = stack.enter_context(self._clouds.copy(folder))
        return CloudView(endpoint, self.world.region, self.world.account, requests=folder / REQUESTS), endpoint

    @contextmanager
    def stage(self, case: Case) -> Generator[Stage]:
        """Give a case its own home, assistant and door; what it did to the cloud is taken back afterwards."""
        with ExitStack() as stack:
            # Two epochs of one case may be under way at once.
            folder = self._folder / "cases" / f"{case.id}-{uuid4().hex[:8]}"
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            yield self._staged(case, folder, stack)

    def _staged(self, case: Case, folder: Path, stack: ExitStack) -> Stage:
        loaded, settings = self._estates[estate_of(case)], dict[str, str]()
        endpoint = None
        if isinstance(case, AdversaryCase) and case.script:
            endpoint = stack.enter_context(ScriptedEndpoint([*case.script, *[case.script[-1]] * case.again]))
            settings |= {**_MODEL, "OPENAI_BASE_URL": endpoint.base_url}
        elif self._planner == "openai":
            settings |= {name: value for name, value in os.environ.items() if name.startswith(_MODEL_SETTINGS)}
        cloud = self._cloud if needs_cloud(case) else None
        own = cloud is not None and isinstance(case, ActionCase) and case.own_cloud
        if own:
            cloud = self._new_cloud(self._folder / "clouds" / folder.name, stack)
        if cloud:
            settings["AWS_ENDPOINT_URL"] = cloud[1]
        team = not (isinstance(case, ActionCase) and case.people == "local")
        home = case_home(loaded, self._people, folder, team=team, settings=settings)
        if isinstance(case, QuestionCase) and case.notes:
            said = [Wording(one.day, one.text, one.kind, scope=one.scope) for one in case.notes]
            Notes(home).add(self._people.who("analyst"), said)
        stage = self._opened(case, home, noon(loaded.end), stack)
        stage.endpoint = endpoint
        stage.engines = {
            "duckdb": home,
            **{name: _with_engine(home, address) for name, address in self._engines.items()},
        }
        if cloud:
            self._watch(stage, cloud[0], stack, own=own)
        return stage

    def _opened(self, case: Case, home: Home, start: datetime, stack: ExitStack) -> Stage:
        acting = case if isinstance(case, ActionCase) else None
        clock = StageClock(start + timedelta(days=acting.days_late if acting else 0))
        # An adversary brings its own model, behind the rules planner.
        planner = "rules" if isinstance(case, AdversaryCase) else self._planner
        repository = None
        if acting:
            _write_freezes(acting, home, clock.now.date())
        if acting and acting.repository:
            repository = TeamRepository.made(home.path / "remote")
            home.repositories.write_text(repository.settings(), encoding="utf-8")

        def opened(at: Home) -> tuple[Proposals, Assistant]:
            door = open_proposals(at, clock=clock)
            stack.callback(door.records.engine.dispose)
            door = breakable(door, lambda: stage.broken)
            return door, self._assistant(at, door, stack, planner=planner)

        stage: Stage
        door, assistant = opened(home)
        stage = Stage(home, self._people, assistant, door, clock, opened, repository=repository, planner=planner)
        stage.resource = acting.resource if acting else ""
        return stage

    @staticmethod
    def _assistant(home: Home, door: Proposals, stack: ExitStack, *, planner: str) -> Assistant:
        @cache
        def proposals() -> Recorder:
            return door

        deps = replace(deps_of(home, open_questions(home)), proposals=proposals)
        for one in deps.planners:
            if close := getattr(one, "close", None):
                stack.callback(close)
        if planner == "openai":
            deps = replace(deps, planners=_models(deps.planners))
        return Assistant(deps, InMemorySaver())

    def _watch(self, stage: Stage, cloud: CloudView, stack: ExitStack, *, own: bool) -> None:
        if own:
            stage.cloud, stage.before = cloud, cloud.everything()
            return
        stack.enter_context(self._acting)
        stage.cloud, stage.before = cloud, self._original
        stack.callback(self._restore, stage, cloud)

    def _restore(self, stage: Stage, cloud: CloudView) -> None:
        # What was seen whole and unchanged at the end needs no second look; a case that crashed was not seen.
        if stage.after == stage.before:
            return
        try:
            cloud.restore(stage.before)
        except TollError as error:
            self.faults.append(error)


def _write_world(folder: Path, world: World) -> None:
    folder.mkdir(parents=True)
    save(folder, world)


def _models(planners: tuple[Planner, ...]) -> tuple[Planner, ...]:
    """Return the planners that are models: the rules planner would answer before them."""
    models = tuple(one for one in planners if one.name != "rules")
    if not models:
        raise BadInput("no model is configured", fix="set TOLL_MODEL and OPENAI_BASE_URL or OPENAI_API_KEY")
    return models


def _write_freezes(case: ActionCase, home: Home, today: date) -> None:
    tables = [
        f'[[freeze]]\nname = "{one.name}"\nstart = {today + timedelta(days=one.first)}\nend = {today + timedelta(days=one.last)}\n'
        f"kinds = {json.dumps(list(one.kinds))}\n"
        for one in case.freezes
    ]
    if tables:
        (home.path / "freezes.toml").write_text("\n".join(tables), encoding="utf-8")


def _with_engine(home: Home, address: str) -> Home:
    return Home(home.path, {**home.environment, "TOLL_LAKE_ENGINE": address})


def skipped_of(harness: Harness, cases: Iterable[Case]) -> dict[str, str]:
    """Return the cases that cannot be played here, each with the reason."""
    return {case.id: why for case in cases if (why := harness.lacks(case))}
