"""Clouds of one world without making its instances each time: a process makes them once, and each copy of it serves them."""

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import IO, Self, cast

from evals.estate.cloud import LOG, Cloud, announced, require_demo_extra, start_process
from finops.errors import Unavailable

_WAIT_SECONDS = 60.0


class CloudCopies:
    """Serves copies of the estate's cloud, each over a folder and at an address of its own; all end with it.

    Raises `BadFile` without an estate in `folder`, `BadInput` without the `demo` extra, `Unavailable` where it does not start.
    """

    def __init__(self, folder: Path) -> None:
        require_demo_extra()
        self._folder, self._asking = folder, Lock()
        self._process = start_process(folder, "--copies")
        self._told()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it and every copy."""
        Cloud("", self._process).stop()

    @contextmanager
    def copy(self, folder: Path) -> Generator[str]:
        """Give the address of a copy over the world in `folder`, which has to be the world as it was made."""
        stdin = cast(IO[bytes], self._process.stdin)
        with self._asking:
            stdin.write(f"{folder.resolve()}\n".encode())
            stdin.flush()
            endpoint, process = self._told().split()
        try:
            yield endpoint
        finally:
            # It is no child of this process, which therefore cannot wait for it; it may have ended by itself.
            with suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGTERM)

    def _told(self) -> str:
        line = announced(self._process, _WAIT_SECONDS)
        if line is None:
            # What it would say later would be taken for the answer to the next.
            self.close()
            raise Unavailable("the demo cloud did not start", fix=f"see `{self._folder / LOG}`")
        return line
