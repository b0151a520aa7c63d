"""Crashes are counted from the server's log: what was made twice shows, and a process dies exactly at its step."""

import signal
import subprocess
from collections import Counter
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from evals.cloud_view import CloudView
from evals.crash_tales import TALES, pushes
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


def test_a_remote_writes_down_each_branch_that_is_pushed_and_deleted(tmp_path: Path) -> None:
    view = cast(CloudView, SimpleNamespace(account="1"))
    TALES["execute change_code"].make(view, tmp_path)
    remote = str(tmp_path / "remote" / "shop.git")
    git = ("git", "-C", str(tmp_path / "remote" / "team"))
    for refspec in ("main:refs/heads/tollkeeper/p-1", ":refs/heads/tollkeeper/p-1"):
        subprocess.run([*git, "push", "-q", remote, refspec], check=True, capture_output=True)
    assert pushes(tmp_path) == Counter({"push branch": 1, "delete branch": 1})


def test_each_tale_that_is_undone_or_taken_back_ends_whole() -> None:
    assert {name for name, tale in TALES.items() if tale.end == "undone"} == {n for n, t in TALES.items() if t.whole}


def _three_calls(after: int) -> None:
    points = Points(0, after_calls=after)
    for _ in range(3):
        points.reached()
        points.called()


def test_a_process_dies_after_its_call() -> None:
    codes: list[int | None] = []
    for after in (3, 4):
        process = get_context("forkserver").Process(target=_three_calls, args=(after,))
        process.start()
        process.join(60)
        codes.append(process.exitcode)
    assert codes == [-signal.SIGKILL, 0]


def test_a_process_dies_at_its_step_and_at_none_beyond_the_last() -> None:
    codes: list[int | None] = []
    for at in (2, 4):
        process = get_context("forkserver").Process(target=_three_steps, args=(at,))
        process.start()
        process.join(60)
        codes.append(process.exitcode)
    assert codes == [-signal.SIGKILL, 0]
