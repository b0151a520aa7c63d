"""A small bill of very dear instances: what the limits by amount are tried on. Half of each would do for its load."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from evals.hostile import Resource, service_of, write_bill

# The first day without a charge of what was stopped.
_STOPPED = date(2026, 10, 20)


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine: its type, what a day costs in USD, and the first day it stood still, where it does."""

    type: str
    daily: Decimal
    owner: str
    stopped: date | None = None


MACHINES: dict[str, Machine] = {
    "dear": Machine("m5a.4xlarge", Decimal(80), "nora.vale"),
    "huge-1": Machine("m5a.4xlarge", Decimal(400), "nora.vale"),
    "huge-2": Machine("m5a.4xlarge", Decimal(400), "otto.brand"),
    "asleep": Machine("m5a.large", Decimal(2), "otto.brand", _STOPPED),
}


def tags_of(name: str) -> dict[str, str]:
    """Return the tags of a machine, on the bill and in the cloud."""
    return {"environment": "dev", "owner": MACHINES[name].owner}


def write_dear(folder: Path, ids: Mapping[str, str], account: str) -> tuple[Path, Path]:
    """Write the bill and the metrics of the machines, whose ids the cloud gave; return their paths."""
    resources = tuple(
        Resource(ids[name], service_of("EC2"), one.daily, tags_of(name), one.type, one.stopped)
        for name, one in MACHINES.items()
    )
    return write_bill(folder, resources, account=account)
