"""Locks that one holder at a time has, across threads and processes, and that die with their holder."""

import fcntl
import hashlib
import os
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, text


class Lock(Protocol):
    """A lock not yet taken."""

    def __call__(self, *, wait: bool) -> AbstractContextManager[bool]:
        """Take it for a block, waiting for it or not; gives whether it was got."""
        ...


def file_lock(folder: Path, name: str) -> Lock:
    """Return the lock called `name`, kept as a locked file in `folder`: for one machine."""

    @contextmanager
    def taken(*, wait: bool) -> Generator[bool]:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Never deleted: a lock on a deleted file would not exclude who made the file anew.
        # Named by a digest: a name may hold what leads out of the folder, or be longer than a file's may.
        file = folder / hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:32]
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield _flock(handle, wait=wait)
        finally:
            os.close(handle)

    return taken


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
    def taken(*, wait: bool) -> Generator[bool]:
        with engine.connect() as connection:
            if wait:
                connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": key})
                yield True
            else:
                yield bool(connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar())

    return taken
