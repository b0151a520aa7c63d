"""The same stage as the unit tests have, over records in PostgreSQL."""

from itertools import count
from pathlib import Path

import pytest

from evals.postgres_server import PostgresServer
from gateway.judging import Policy
from tests.unit.gateway.fakes import Stage, engine, stage_at

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return engine(tmp_path_factory.mktemp("home"))


@pytest.fixture
def stage(tmp_path: Path, policy: Policy, postgres: PostgresServer) -> Stage:
    return stage_at(tmp_path, policy, url=postgres.make(f"stage_{next(_NUMBERS)}", like="empty"))
