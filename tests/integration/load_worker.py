"""A process that has everything imported and forks a load for each line of JSON it reads: `python -m ...`.

A line names the home, the bill, the event from which on time is counted (`start`, or what the load tells the audit log) and
the seconds after it at which the load is killed with SIGKILL; null lets it finish. The answer is a line of JSON: whether it
was killed, and the seconds from its start at which each event was told.
"""

import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from finops.people import Principal
from gateway.home import Home
from gateway.ingest import ingest

_SHORT = {"ingest.begun": b"b", "ingest": b"i"}
_NAMES = {letter: name for name, letter in _SHORT.items()}


def load(home: str, bill: str, events: int) -> None:
    """Load, and write a letter for each event."""

    def told(kind: Literal["ingest.begun", "ingest"], _event: dict[str, JsonValue]) -> None:
        os.write(events, _SHORT[kind])

    ingest(Home.open({"TOLL_HOME": home}), Principal(name="ann", role="admin"), [Path(bill)], audit=told)


def begin(home: str, bill: str) -> tuple[int, int]:
    """Fork a load; return its process id and the pipe of its events, which closes when it ends."""
    events, told = os.pipe()
    process = os.fork()
    if process:
        os.close(told)
        return process, events
    failed = True
    try:
        os.close(events)
        load(home, bill, told)
        failed = False
    finally:
        os._exit(int(failed))


def watch(events: int, after: str, delay: float | None) -> tuple[dict[str, float], bool]:
    """Note when each event is told, until the end or until the moment to kill; tell which of the two it was."""
    started = time.perf_counter()
    seen = {"start": 0.0}
    while True:
        left = None if delay is None or after not in seen else seen[after] + delay - (time.perf_counter() - started)
        if left is not None and left <= 0:
            return seen, True
        if not select.select([events], [], [], left)[0]:
            return seen, True
        letter = os.read(events, 1)
        if not letter:
            return seen, False
        seen[_NAMES[letter]] = time.perf_counter() - started


def serve(line: str) -> dict[str, JsonValue]:
    """Do what one line asks for."""
    asked = json.loads(line)
    process, events = begin(asked["home"], asked["bill"])
    seen, kill = watch(events, asked["after"], asked["delay"])
    if kill:
        os.kill(process, signal.SIGKILL)
    os.close(events)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return {"killed": status == -signal.SIGKILL, "failed": status > 0, "seen": {**seen}}


if __name__ == "__main__":
    for asked in sys.stdin:
        sys.stdout.write(json.dumps(serve(asked)) + "\n")
        sys.stdout.flush()
