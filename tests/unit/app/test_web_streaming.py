"""A blocking generator brought into an event loop."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from app.web.streaming import Pump
from finops.errors import Unavailable


async def collected(pump: Pump[int]) -> list[int]:
    return [item async for item in pump.events()]


def test_events_arrive_in_order() -> None:
    assert asyncio.run(collected(Pump(lambda: iter(range(5))))) == [0, 1, 2, 3, 4]


def test_what_the_generator_raises_is_raised_to_the_page() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise Unavailable("the endpoint is down")

    with pytest.raises(Unavailable, match="down"):
        asyncio.run(collected(Pump(source)))


def test_the_loop_goes_on_while_a_generator_blocks() -> None:
    release = threading.Event()

    def source() -> Iterator[int]:
        yield 1
        release.wait(5)
        yield 2

    async def scene() -> list[int]:
        got: list[int] = []
        async for item in Pump(source).events():
            got.append(item)
            release.set()  # reached only if the loop runs while the thread waits
        return got

    assert asyncio.run(scene()) == [1, 2]


def test_two_pumps_run_side_by_side() -> None:
    meet = threading.Barrier(2, timeout=5)

    def source() -> Iterator[int]:
        meet.wait()
        yield 1

    async def scene() -> tuple[list[int], list[int]]:
        return await asyncio.gather(collected(Pump(source)), collected(Pump(source)))

    assert tuple(asyncio.run(scene())) == ([1], [1])


def test_stopping_closes_the_generator_at_its_next_event() -> None:
    closed = threading.Event()

    def source() -> Iterator[int]:
        try:
            for number in range(1000):
                time.sleep(0.01)
                yield number
        finally:
            closed.set()

    async def scene() -> int:
        pump, got = Pump(source), 0
        async for _ in pump.events():
            got += 1
            pump.stop()
        return got

    assert asyncio.run(scene()) < 100
    assert closed.wait(2)


class Source:
    """An iterator that is not collected before the test ends, so that only an explicit close closes it."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def __iter__(self) -> "Source":
        return self

    def __next__(self) -> int:
        raise Unavailable("the endpoint is down")

    def close(self) -> None:
        self.closed.set()


def test_a_generator_that_fails_is_closed_too() -> None:
    source = Source()
    with pytest.raises(Unavailable):
        asyncio.run(collected(Pump(lambda: source)))
    assert source.closed.wait(2)
