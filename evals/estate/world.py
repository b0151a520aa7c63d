"""The world behind the demo bill: what every instance is and was, kept in one file that the cloud and the biller share."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from finops.errors import BadFile
from finops.query import Frozen

State = Literal["running", "stopped", "terminated"]
FILE = "world.json"


class Change(Frozen):
    """What an instance is from the start of `day` on."""

    day: date
    instance_type: str
    state: State
    tags: dict[str, str]


class Machine(Frozen):
    """One instance and its history; the last change is its present."""

    resource_id: str
    volume_id: str
    name: str = Field(description="name in the fleet table, which holds its workload")
    changes: tuple[Change, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        days = [change.day for change in self.changes]
        if days != sorted(set(days)):
            raise ValueError(f"the changes of `{self.resource_id}` are out of order; one a day, oldest first")
        return self

    @property
    def present(self) -> Change:
        """What it is now."""
        return self.changes[-1]

    def becomes(self, change: Change) -> "Machine":
        """Return it with `change` as its present; what happened earlier the same day, and a change to the same, leave no trace."""
        earlier = tuple(past for past in self.changes if past.day < change.day)
        same = earlier and _without_day(earlier[-1]) == _without_day(change)
        return self.model_copy(update={"changes": earlier if same else (*earlier, change)})


class Done(Frozen):
    """What a volume or an address is from the start of `day` on, once something was done to it."""

    resource_id: str
    day: date
    exists: bool
    volume_type: str = ""
    size_gib: int = 0


def _without_day(change: Change) -> tuple[str, str, dict[str, str]]:
    return change.instance_type, change.state, change.tags


class World(Frozen):
    """The estate's state. `end` is its today: the first day without data. `anchor` is the `end` it was made with."""

    version: Literal[1] = 1
    seed: int
    first_day: date
    anchor: date
    end: date
    region: str
    account: str = Field(description="the sub-account that all instances are in")
    instances: tuple[Machine, ...]
    done: tuple[Done, ...] = Field(default=(), description="what was done to volumes and addresses, oldest first")
    endpoint: str | None = Field(default=None, description="address the demo cloud last answered at")


def load(folder: Path) -> World:
    """Return the world of the estate in `folder`; raises `BadFile`."""
    path = folder / FILE
    try:
        return World.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BadFile(f"there is no demo estate in `{folder}`", fix="make one with `toll demo`") from error
    except ValidationError as error:
        raise BadFile(
            f"`{path}` is not the world of a demo estate", fix="remove the folder, then `toll demo`"
        ) from error


def save(folder: Path, world: World) -> None:
    """Write the world atomically."""
    write_atomically(folder / FILE, (world.model_dump_json(indent=1) + "\n").encode())


def write_atomically(path: Path, content: bytes) -> None:
    """Write a whole file or nothing; a reader sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(path)


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Hold the estate's lock: whoever reads the world in order to change it does so under it, in any process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "world.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
