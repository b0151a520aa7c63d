"""Crashes are counted from the server's log: what was made twice shows, and a process dies exactly at its step."""

import signal
from collections import Counter
from datetime import UTC, datetime
from multiprocessing import get_context

from evals.crashes import Points, calls_on, doubles
from evals.estate.request_log import DONE, Served

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def line(action: str, *resources: str, made: tuple[str, ...] = (), outcome: str = DONE) -> Served:
    return Served(time=NOW, action=action, resources=resources, made=made, outcome=outcome)


def test_calls_on_a_resource_and_on_what_was_made_of_it_are_counted() -> None:
    log = [
        line("CreateVolume", made=("vol-1",)),
        line("CreateSnapshot", "vol-1", made=("snap-1",)),
        line("DeleteVolume", "vol-1", outcome="VolumeInUse"),
        line("DeleteVolume", "vol-1"),
        line("DeleteVolume", "vol-2"),
        line("CreateVolume", "snap-1", made=("vol-3",)),
    ]
    assert calls_on("vol-1", log) == Counter({"CreateSnapshot": 1, "DeleteVolume": 1, "CreateVolume": 1})


def test_a_call_made_twice_is_a_double() -> None:
    assert (
        doubles(Counter({"StopInstances": 2, "StartInstances": 1}), Counter({"StopInstances": 1, "StartInstances": 1}))
        == 1
    )
    assert doubles(Counter({"StopInstances": 1}), Counter({"StopInstances": 1, "StartInstances": 1})) == 0


def _three_steps(at: int) -> None:
    points = Points(at)
    for _ in range(3):
        points.reached()


def test_a_process_dies_at_its_step_and_at_none_beyond_the_last() -> None:
    codes: list[int | None] = []
    for at in (2, 4):
        process = get_context("forkserver").Process(target=_three_steps, args=(at,))
        process.start()
        process.join(60)
        codes.append(process.exitcode)
    assert codes == [-signal.SIGKILL, 0]
