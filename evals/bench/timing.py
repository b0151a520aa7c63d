"""Wall time, in turn with a baseline, so that a noisy machine hits both alike."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from finops.errors import CheckFailed


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of a command."""

    seconds: float
    stdout: str


def run_once(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Ran:
    """Run a command to its end; raises `CheckFailed` where it does not exit 0."""
    started = time.perf_counter()
    done = subprocess.run(
        command, env={**os.environ, **environment}, cwd=folder, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        raise CheckFailed(
            f"`{' '.join(command)}` exited {done.returncode}: {done.stderr.strip()[-300:]}", fix="mend it, then measure"
        )
    return Ran(seconds, done.stdout)


def in_turn(timed: Mapping[str, Callable[[], float]], *, runs: int) -> dict[str, float]:
    """Call each once to warm up, then `runs` times in turn; return the median of what each says it took."""
    for one in timed.values():
        one()
    taken: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(runs):
        for name, one in timed.items():
            taken[name].append(one())
    return {name: median(found) for name, found in taken.items()}
