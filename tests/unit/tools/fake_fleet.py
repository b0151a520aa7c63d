"""Instances and their metrics for the tools' tests."""

import json
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from tests.unit.tools.fake_data import FakeData, Row, bill_row, moment

TODAY = date(2026, 3, 1)
STEP = 21600
PER_DAY = 86400 // STEP
# Utilisation by the number of the sample, 0 for the first.
Load = float | Callable[[int], float]


def instance_rows(
    resource_id: str = "i-1",
    kind: str = "m5.2xlarge",
    *,
    daily: str = "10",
    days: int = 30,
    until: date = TODAY,
    tags: dict[str, str] | None = None,
    **columns: object,
) -> list[Row]:
    """`days` daily rows of one instance up to, and not including, `until`."""
    more = {
        "ResourceId": resource_id,
        "ResourceName": f"name of {resource_id}",
        "SkuPriceDetails": json.dumps({"InstanceType": kind}),
        "Tags": json.dumps(tags if tags is not None else {"environment": "dev", "owner": "ann"}),
        **columns,
    }
    return [bill_row(until - timedelta(days=back), daily, **more) for back in range(days, 0, -1)]


def samples(
    resource_id: str = "i-1",
    *,
    cpu: Load | None = 20.0,
    memory: Load | None = 20.0,
    network: Load | None = 1e9,
    days: int = 32,
    until: date = TODAY,
    step: int = STEP,
    keep: Callable[[int], bool] = lambda _: True,
) -> list[Row]:
    """Samples of the metrics that are not None, `step` seconds apart."""
    loads = {"cpu_percent": cpu, "memory_percent": memory, "network_in_bytes": network}
    start = moment(until - timedelta(days=days))
    return [
        {
            "ResourceId": resource_id,
            "x_Metric": metric,
            "Timestamp": start + timedelta(seconds=step * i),
            "Value": load(i) if callable(load) else load,
            "x_StepSeconds": step,
        }
        for metric, load in loads.items()
        if load is not None
        for i in range(days * 86400 // step)
        if keep(i)
    ]


def fleet(*parts: tuple[Sequence[Row], Sequence[Row]]) -> FakeData:
    """A snapshot of instances, each its bill rows and its samples."""
    return FakeData([row for bill, _ in parts for row in bill], [row for _, metrics in parts for row in metrics])
