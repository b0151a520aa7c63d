"""Wall time of whole commands, in turn with a baseline."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from statistics import median

from finops.errors import CheckFailed


def run_once(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> float:
    """Return the wall seconds of one run; raises `CheckFailed` where the command does not exit 0."""
    started = time.perf_counter()
    done = subprocess.run(
        command, env={**os.environ, **environment}, cwd=folder, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        raise CheckFailed(
            f"`{' '.join(command)}` exited {done.returncode}: {done.stderr.strip()[-300:]}", fix="mend it, then measure"
        )
    return seconds


def in_turn(
    commands: Mapping[str, Sequence[str]], environment: Mapping[str, str], folder: Path, *, runs: int
) -> dict[str, Decimal]:
    """Run every command once to warm up, then `runs` times in turn; return the median seconds of each, to the millisecond."""
    for command in commands.values():
        run_once(command, environment, folder)
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            seconds[name].append(run_once(command, environment, folder))
    return {name: Decimal(str(round(median(taken), 3))) for name, taken in seconds.items()}
