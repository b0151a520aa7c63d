"""Write to the lake: one at a time, with a folder to prepare in, and a commit at the end."""

import fcntl
import os
import shutil
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Literal, Protocol, cast

from finops.errors import BadInput
from finops.relational import Table
from finops.tables import Part, StagedPart
from store.lake.layout import Layout

_WRITER = "store.lake.commit.writer"
Status = Literal["loaded", "replaced", "unchanged"]


@dataclass(frozen=True, slots=True)
class Committed:
    """What became of one part; `before` is what it replaced."""

    table: Table
    part: Part
    status: Status
    before: Part | None = None


@contextmanager
def writing(root: Path) -> Generator[Path]:
    """Hold the one writer's lock, waiting for it, and give a scratch folder that is emptied before and after.

    Raises `BadInput` for a folder DuckDB cannot write to: it takes a backslash as the end of a folder's name.
    """
    layout = Layout(root)
    if "\\" in str(root) or not _is_text(str(root)):
        shown = os.fsencode(root).decode(errors="replace")
        raise BadInput(f"`{shown}` holds a backslash or is not UTF-8", fix="set TOLL_HOME to another folder")
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with layout.lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            _clear(layout)
            layout.scratch.mkdir(parents=True)
            # PyIceberg takes a second to import: by the time there is something to commit, it has long been done.
            Thread(target=import_module, args=(_WRITER,), daemon=True).start()
            yield layout.scratch
        finally:
            _clear(layout)


def _is_text(written: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in written)


def _clear(layout: Layout) -> None:
    shutil.rmtree(layout.scratch, ignore_errors=True)
    for leftover in (layout.staged_catalogue, Path(f"{layout.staged_catalogue}-journal")):
        leftover.unlink(missing_ok=True)


class _Writer(Protocol):
    def commit(
        self,
        root: Path,
        staged: Mapping[Table, Sequence[StagedPart]],
        *,
        at: datetime | None,
        forget: Collection[tuple[str, str]],
    ) -> tuple[Committed, ...]: ...


def commit(
    root: Path,
    staged: Mapping[Table, Sequence[StagedPart]],
    *,
    at: datetime | None = None,
    forget: Collection[tuple[str, str]] = (),
) -> tuple[Committed, ...]:
    """Make staged parts the lake's present state, within `writing`; see `store.lake.commit.writer.commit`."""
    return cast(_Writer, import_module(_WRITER)).commit(root, staged, at=at, forget=forget)
