"""A process that has everything imported and forks a load for each line of JSON it reads: `python -m ...`.

A line names the home, the bill and the step at which the load kills itself with SIGKILL, or the seconds after which it is killed from
outside, whatever it does then; null lets it finish. Steps are what the
load does to the files of its home and what it tells: progress, and the audit log. The answer is a line of JSON: whether it was
killed, and the steps it took, by name.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from finops.people import Principal
from gateway.home import Home
from gateway.ingest import ingest

_ON_FILES = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree", "sqlite3.connect")


class Steps:
    """Writes each step's name to a pipe, and kills its own process just before step number `kill`."""

    def __init__(self, home: str, out: int, kill: int | None) -> None:
        self._home, self._out, self._kill = home, out, kill
        self._count = 0

    def take(self, name: str) -> None:
        """Take one step."""
        if self._count == self._kill:
            os.kill(os.getpid(), signal.SIGKILL)
        self._count += 1
        os.write(self._out, f"{name}\n".encode())

    def heard(self, event: str, arguments: tuple[object, ...]) -> None:
        """Take what Python tells of each file that is touched, where it is of the home and not only read."""
        if event not in _ON_FILES or (event == "open" and "r" in str(arguments[1])):
            return
        place = str(arguments[0])
        if place.startswith(self._home):
            self.take(f"{event} {Path(place).name}")


def load(home: str, bill: str, steps: Steps) -> None:
    """Load, step by step."""

    def told(kind: Literal["ingest.begun", "ingest"], _event: dict[str, JsonValue]) -> None:
        steps.take(kind)

    sys.addaudithook(steps.heard)
    opened = Home.open({"TOLL_HOME": home})
    principal = Principal(name="ann", role="admin")
    ingest(opened, principal, [Path(bill)], audit=told, progress=lambda text, _share: steps.take(text))


def begin(home: str, bill: str, kill: int | None) -> tuple[int, int]:
    """Fork a load; return its process id and the pipe of its steps, which closes when it ends."""
    steps, told = os.pipe()
    process = os.fork()
    if process:
        os.close(told)
        return process, steps
    failed = True
    try:
        os.close(steps)
        load(home, bill, Steps(home, told, kill))
        failed = False
    finally:
        os._exit(int(failed))


def serve(line: str) -> dict[str, JsonValue]:
    """Do what one line asks for."""
    asked = json.loads(line)
    process, steps = begin(asked["home"], asked["bill"], asked["kill"])
    if asked["after"] is not None:
        time.sleep(asked["after"])
        # It may have ended by itself: it is still waited for, so the number is no other process's.
        os.kill(process, signal.SIGKILL)
    with os.fdopen(steps, encoding="utf-8") as stream:
        taken = stream.read().splitlines()
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return {"killed": status == -signal.SIGKILL, "failed": status > 0, "steps": [*taken]}


if __name__ == "__main__":
    for asked in sys.stdin:
        sys.stdout.write(json.dumps(serve(asked)) + "\n")
        sys.stdout.flush()
