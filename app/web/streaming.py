"""Bring a blocking generator of events into the page's event loop, one thread for each question."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from typing import Generic, TypeVar

T = TypeVar("T")


class _End:
    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class Pump(Generic[T]):
    """Runs `source` in a thread of its own. `stop` ends it at the next event; the generator is always closed."""

    def __init__(self, source: Callable[[], Iterator[T]]) -> None:
        self._source = source
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Ask the thread to end after the event it is working on."""
        self._stopped.set()

    async def events(self) -> AsyncIterator[T]:
        """Yield events as they come; what the generator raises is raised here."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[T | _End] = asyncio.Queue()

        def put(item: T | _End) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(queue.put_nowait, item)

        threading.Thread(target=self._run, args=(put,), name="toll-question", daemon=True).start()
        while True:
            item = await queue.get()
            if not isinstance(item, _End):
                yield item
            elif item.error is not None:
                raise item.error
            else:
                return

    def _run(self, put: Callable[[T | _End], None]) -> None:
        try:
            with ExitStack() as stack:
                source = self._source()
                # A generator left half way still holds its run open: closing it lets it clean up, in this thread.
                stack.callback(getattr(source, "close", _nothing))
                for item in source:
                    put(item)
                    if self._stopped.is_set():
                        break
        except BaseException as error:  # noqa: BLE001 - carried over to the loop, where it is raised again
            put(_End(error))
        else:
            put(_End())


def _nothing() -> None:
    pass
