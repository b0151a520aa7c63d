"""The demo's EC2 instances: what each is, how busy it is, and what was planted in it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, cast

from evals.estate.days import first_day_of
from evals.estate.org import AWS, TEAMS, UNTAGGED, tags_of
from evals.estate.seeded import identifier
from evals.estate.world import Change, Machine, World

ACCOUNT = "workloads"
COMMITTED_FAMILY = "r6i."
RETIRED_BEFORE_ANCHOR = 60
LAUNCHED_BEFORE_ANCHOR = 8

Workload = Literal["steady", "office", "daily-peak", "month-end", "idle"]
Case = Literal[
    "healthy", "oversized", "oversized-production", "oversized-unknown-owner", "oversized-too-large-a-step", "idle",
    "daily-peak", "month-end-peak", "too-few-days", "too-few-samples", "memory-bound", "retired",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spec:
    """One instance as it was made. `cpu` and `memory` are the highest percent of the original type it ever needs.

    `target` is the type planted as the right one, where there is one.
    """

    name: str
    instance_type: str
    environment: str
    team: str
    workload: Workload
    cpu: float
    memory: float
    volume: str
    case: Case
    target: str | None

    def tags(self) -> dict[str, str]:
        """Return its tags, `Name` included."""
        return tags_of(self.environment, self.team, Name=self.name)


def _read(line: str) -> Spec:
    name, kind, environment, team, workload, cpu, memory, volume, case, target = line.split()
    return Spec(
        name, kind, environment, team, cast(Workload, workload), float(cpu), float(memory), volume, cast(Case, case),
        None if target == "-" else target,
    )  # fmt: skip


# name, type, environment, team, workload, highest CPU %, highest memory %, volume, case, right type
_TABLE = """
checkout-api-1 m5a.xlarge production checkout steady 74 62 gp3:100 healthy -
checkout-api-2 m5a.xlarge production checkout steady 72 61 gp3:100 healthy -
checkout-worker m5a.2xlarge production checkout steady 70 58 gp3:150 healthy -
orders-cache-1 r6g.xlarge production checkout steady 58 76 gp3:60 healthy -
orders-cache-2 r6g.xlarge production checkout steady 57 75 gp3:60 healthy -
fraud-model c6g.2xlarge production checkout steady 73 66 gp3:80 healthy -
catalogue-api-1 m5a.2xlarge production catalogue steady 71 63 gp3:120 healthy -
catalogue-api-2 m5a.2xlarge production catalogue steady 72 62 gp3:120 healthy -
media-encoder c6g.4xlarge production catalogue steady 75 58 gp2:400 healthy -
price-rules m6g.xlarge production catalogue steady 72 60 gp3:60 healthy -
search-node-1 r6i.2xlarge production search office 66 74 gp3:800 healthy -
search-node-2 r6i.2xlarge production search office 67 75 gp3:800 healthy -
search-node-3 r6i.2xlarge production search office 66 74 gp3:800 healthy -
search-coordinator r6i.xlarge production search office 62 70 gp3:200 healthy -
search-node-4 r6i.2xlarge production search office 60 70 gp3:800 retired -
lake-ingest m5a.4xlarge production data steady 70 64 gp2:600 healthy -
lake-query r6g.2xlarge production data office 61 77 gp3:500 healthy -
airgap-mirror m5a.large production platform steady 70 60 gp2:250 healthy -
gateway-1 c6g.xlarge production platform steady 74 59 gp3:40 healthy -
gateway-2 c6g.xlarge production platform steady 73 58 gp3:40 healthy -
helper-api m6g.2xlarge production assistant steady 71 61 gp3:100 healthy -
helper-vectors r6g.2xlarge production assistant steady 55 78 gp3:400 healthy -
staging-shop m5a.xlarge staging checkout steady 70 63 gp3:60 healthy -
staging-search r6g.large staging search office 58 72 gp3:100 healthy -
ci-runner-1 c6g.4xlarge dev platform steady 74 57 gp3:300 healthy -
ci-runner-2 c6g.4xlarge dev platform steady 75 58 gp3:300 healthy -
dev-bastion t4g.small dev platform office 24 60 gp3:20 healthy -
dev-docs t4g.medium dev catalogue office 22 66 gp3:30 healthy -
ledger-db r5.4xlarge production checkout steady 33 36 gp3:900 oversized-production r5.2xlarge
recommender m5a.2xlarge production assistant steady 34 35 gp3:120 oversized-production m5a.xlarge
staging-warehouse r5.2xlarge staging data steady 34 37 gp3:300 oversized r5.xlarge
dev-analytics m5a.4xlarge dev data steady 33 34 gp3:250 oversized m5a.2xlarge
dev-search r5.xlarge dev search steady 35 36 gp3:150 oversized r5.large
dev-feature-lab m6g.2xlarge dev assistant steady 34 35 gp3:120 oversized m6g.xlarge
poc-recsys m5a.xlarge dev - steady 34 36 gp2:100 oversized-unknown-owner m5a.large
dev-simulator m5a.4xlarge dev catalogue steady 8.6 8 gp3:200 oversized-too-large-a-step m5a.large
dev-old-build m5a.xlarge dev platform idle 1.8 9 gp2:200 idle -
staging-import m5a.2xlarge staging catalogue idle 1.6 8 gp3:160 idle -
dev-report-runner m5a.2xlarge dev data daily-peak 88 46 gp3:120 daily-peak -
billing-run m5a.2xlarge production checkout month-end 88 44 gp3:120 month-end-peak -
dev-graph-store r5.2xlarge dev search steady 18 91 gp3:300 memory-bound -
dev-new-cluster m5a.2xlarge dev assistant steady 30 32 gp3:120 too-few-days -
dev-flaky-agent m5a.2xlarge dev platform steady 31 33 gp3:120 too-few-samples -
"""
FLEET: dict[str, Spec] = {spec.name: spec for spec in map(_read, _TABLE.strip().splitlines())}


def _machine(spec: Spec, *, seed: int, first_day: date, anchor: date) -> Machine:
    launched = anchor - timedelta(days=LAUNCHED_BEFORE_ANCHOR) if spec.case == "too-few-days" else first_day
    start = Change(day=launched, instance_type=spec.instance_type, state="running", tags=spec.tags())
    machine = Machine(
        resource_id=identifier(seed, spec.name, prefix="i-"),
        volume_id=identifier(seed, f"{spec.name}/volume", prefix="vol-"),
        name=spec.name,
        changes=(start,),
    )
    if spec.case != "retired":
        return machine
    retired = start.model_copy(update={"day": anchor - timedelta(days=RETIRED_BEFORE_ANCHOR), "state": "terminated"})
    return machine.becomes(retired)


def original_world(seed: int, end: date) -> World:
    """Return the world as it is made for bills that run up to, and not including, `end`."""
    first_day = first_day_of(end)
    machines = tuple(_machine(spec, seed=seed, first_day=first_day, anchor=end) for spec in FLEET.values())
    return World(
        seed=seed, first_day=first_day, anchor=end, end=end, region="us-east-1",
        account=AWS.sub_accounts[ACCOUNT], instances=machines,
    )  # fmt: skip


def owner_of(spec: Spec) -> str | None:
    """Return the person it is tagged with, None where nobody is."""
    return None if spec.team == UNTAGGED else TEAMS[spec.team].owner
