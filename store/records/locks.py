"""Locks that one holder at a time has, across threads and processes, and that die with their holder."""

import fcntl
import hashlib
import os
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from finops.errors import CheckFailed

Confirm = Callable[[], None]
"""Raises `CheckFailed` where a lock that was got is held no more."""


class Lock(Protocol):
    """A lock not yet taken."""

    def __call__(self, *, wait: bool) -> AbstractContextManager[Confirm | None]:
        """Take it for a block, waiting for it or not; gives what confirms that it is still held, None where another holds it."""
        ...


def file_lock(folder: Path, name: str) -> Lock:
    """Return the lock called `name`, kept as a locked file in `folder`: for one machine."""

    @contextmanager
    def taken(*, wait: bool) -> Generator[Confirm | None]:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Never deleted: a lock on a deleted file would not exclude who made the file anew.
        # Named by a digest: a name may hold what leads out of the folder, or be longer than a file's may.
        file = folder / hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:32]
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield _as_long_as_open if _flock(handle, wait=wait) else None
        finally:
            os.close(handle)

    return taken


def _as_long_as_open() -> None:
    """Return: nothing takes a locked file from whoever has it open."""


def _flock(handle: int, *, wait: bool) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def server_lock(engine: Engine, name: str) -> Lock:
    """Return the lock called `name`, kept as PostgreSQL's advisory lock of one connection: for many machines."""
    key = int.from_bytes(hashlib.sha256(name.encode(errors="surrogatepass")).digest()[:8], signed=True)

    @contextmanager
    def taken(*, wait: bool) -> Generator[Confirm | None]:
        # Without a transaction: a server that ends the idle ones would drop the lock in the middle of a run.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            holder = connection.execute(text("SELECT pg_backend_pid()")).scalar()

            def confirm() -> None:
                # By who holds it: a pooler between may have gone on with another connection, which does not.
                try:
                    held = connection.execute(text("SELECT pg_backend_pid()")).scalar() == holder
                except SQLAlchemyError:
                    held = False
                if not held:
                    raise CheckFailed(
                        f"the lock on `{name}` was lost with its connection", fix="look at it again in a minute"
                    )

            if wait:
                connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": key})
                yield confirm
            else:
                got = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar()
                yield confirm if got else None

    return taken
