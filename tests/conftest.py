"""Fixtures every test may use."""

from collections.abc import Generator
from pathlib import Path
from weakref import WeakSet

import pytest
from sqlalchemy import Connection, Engine, event

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real data beside the checkout; skip where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real data (../shared/data) is not beside this checkout")
    return SHARED_DATA


@pytest.fixture(autouse=True)
def _closed_databases() -> Generator[None]:
    """Close the connections that a test left open: nothing else closes an engine's, and a run has thousands of tests."""
    yield
    while _ENGINES:
        _ENGINES.pop().dispose()


_ENGINES: WeakSet[Engine] = WeakSet()


@event.listens_for(Engine, "engine_connect")
def _used(connection: Connection) -> None:
    _ENGINES.add(connection.engine)
