"""A stage to act on: real records, real policies, a faked cloud."""

from pathlib import Path

import pytest

from gateway.judging import Policy
from tests.unit.gateway.fakes import Stage, engine, stage_at


@pytest.fixture(scope="session")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return engine(tmp_path_factory.mktemp("home"))


@pytest.fixture
def stage(tmp_path: Path, policy: Policy) -> Stage:
    return stage_at(tmp_path, policy)
